"""CSL-JSON: what Zotero, Pandoc, Crossref and doi.org give.

```
[{"type": "article", "title": "...", "author": [{"family": "Vaswani", "given": "Ashish"}, {"literal": "A Team"}],
  "issued": {"date-parts": [[2017, 6, 12]]}, "number": "arXiv:1706.03762", "DOI": "...", "URL": "...", "note": "..."}]
```
"""

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.exports.json_exports import dicts_in, read_export, sample_records, text_in
from paperhouse.transforms.exports.references import Reference
from paperhouse.transforms.parsing.json_records import Record

_LISTS = frozenset({"items", "references"})
_DATE_PARTS = 3


def recognise(head: str) -> bool:
    """Whether the first record has a type, a title, and authors or a date as CSL has them."""
    return any(map(_is_own, sample_records(head, _LISTS)))


def _is_own(record: Record) -> bool:
    if not isinstance(record.get("type"), str) or "title" not in record:
        return False
    authors = dicts_in(record.get("author"))
    return any("family" in one or "literal" in one for one in authors) or _date_of(record) is not None


def parse(text: str) -> Parsed:
    """Read every record."""
    return read_export(text, _LISTS, _is_own, read_reference)


def read_reference(record: Record) -> Reference:
    """Read one record."""
    journal = text_in(record, "container-title")
    return Reference(
        title=_first(record.get("title")),
        authors=[name for one in dicts_in(record.get("author")) if (name := _name_of(one))],
        abstract=text_in(record, "abstract"),
        identifiers=[_first(record.get("URL")), text_in(record, "arxiv"), text_in(record, "eprint")],
        mentions=[text_in(record, key) for key in ("number", "note", "archive_location", "container-title")],
        doi=text_in(record, "DOI"),
        journal_ref=None if journal is None or "arxiv" in journal.casefold() else journal,
        date=_date_of(record),
    )


def _first(value: object) -> str | None:
    """A text, or the first of a list of them: Crossref has titles in lists."""
    one = value[0] if isinstance(value, list) and value else value
    return one if isinstance(one, str) else None


def _name_of(author: Record) -> str | None:
    if isinstance(literal := author.get("literal") or author.get("name"), str):
        return literal.strip() or None
    keys = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    parts = [part.strip() for key in keys if isinstance(part := author.get(key), str)]
    return " ".join(part for part in parts if part) or None


def _date_of(record: Record) -> str | None:
    issued = record.get("issued")
    parts = issued.get("date-parts") if isinstance(issued, dict) else None
    days = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
    return "-".join(str(part) for part in days) if len(days) == _DATE_PARTS else None


FORMAT = DigestFormat(
    name="csl_json",
    description="CSL-JSON: references with a link to arXiv, arXiv's DOI, or arXiv:ID as their number",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
