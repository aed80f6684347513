"""Zotero's own JSON: of its web API, of its export, and of Better BibTeX.

```
[{"key": "ABCD1234", "data": {"itemType": "preprint", "title": "...", "abstractNote": "...",
  "creators": [{"creatorType": "author", "firstName": "Ashish", "lastName": "Vaswani"}],
  "archiveID": "arXiv:1706.03762", "url": "...", "DOI": "...", "extra": "arXiv:1706.03762 [cs]"}}]
{"config": {...}, "items": [{"itemType": "preprint", ...}]}
```
Attachments and notes, which stand among the references, are about no paper of their own.
"""

from paperhouse.transforms.digest import DigestFormat, Note, Parsed
from paperhouse.transforms.exports.json_exports import dicts_in, read_export, sample_records, text_in
from paperhouse.transforms.exports.names import turned_name
from paperhouse.transforms.exports.references import Reference
from paperhouse.transforms.parsing.json_records import Record

_LISTS = frozenset({"items"})
_NO_REFERENCE = frozenset({"attachment", "note", "annotation"})
_AUTHOR = "author"


def recognise(head: str) -> bool:
    """Whether the first record has a type of Zotero's."""
    return any(map(_is_own, sample_records(head, _LISTS)))


def _is_own(record: Record) -> bool:
    return isinstance(_data_of(record).get("itemType"), str)


def _data_of(record: Record) -> Record:
    data = record.get("data")
    return data if isinstance(data, dict) else record


def parse(text: str) -> Parsed:
    """Read every reference."""
    return read_export(text, _LISTS, _is_own, read_reference)


def read_reference(record: Record) -> Reference | None:
    """Read one record; None for an attachment or a note."""
    data = _data_of(record)
    if data.get("itemType") in _NO_REFERENCE:
        return None
    journal = text_in(data, "publicationTitle")
    return Reference(
        title=text_in(data, "title"),
        authors=[name for one in dicts_in(data.get("creators")) if (name := _name_of(one))],
        abstract=text_in(data, "abstractNote"),
        identifiers=[text_in(data, "archiveID"), text_in(data, "url")],
        mentions=[
            text_in(data, "extra"),
            journal,
            text_in(data, "archiveLocation"),
            text_in(data, "reportNumber"),
        ],
        doi=text_in(data, "DOI"),
        journal_ref=None if journal is None or "arxiv" in journal.casefold() else journal,
        date=text_in(data, "date"),
        notes=[Note("tag", tag) for one in dicts_in(data.get("tags")) if (tag := text_in(one, "tag"))],
    )


def _name_of(creator: Record) -> str | None:
    if creator.get("creatorType", _AUTHOR) != _AUTHOR:
        return None
    if name := text_in(creator, "name"):
        return turned_name(name)
    parts = [part.strip() for key in ("firstName", "lastName") if (part := text_in(creator, key))]
    return " ".join(parts) or None


FORMAT = DigestFormat(
    name="zotero_json",
    description="Zotero's JSON, of its API or exported: references with archiveID, URL, DOI or Extra",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
