"""The papers that daily-paper-reader recommends on a day: `docs/YYYYMM/DD/papers.meta.json`.

```
{"label": "2026-03-22", "date": "2026-03-22", "count": 2, "papers": [{"paper_id": "202603/22/2603.14405v1-es-merging",
 "section": "deep", "title_en": "...", "authors": "A, B", "date": "2026-03-15", "pdf": "https://arxiv.org/pdf/...",
 "score": "9.0", "tldr": "...", "abstract_en": "..."}], "errors": []}
```
`date` of a record is the day of its submission, that of the document the day of the digest. What is generated
(`tldr`, `evidence`, `score`) is kept as notes. Preprints of other servers (bioRxiv) stand among the papers: those
have no arXiv identifier and are rejects.
"""

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Entry, Parsed, Reject
from paperhouse.transforms.parsing.json_document import outline_of, records_of
from paperhouse.transforms.parsing.json_records import Record, place_record, read_record

_LISTS = frozenset({"papers"})
_NAMES = {"title_en": "title", "abstract_en": "abstract", "tags": "query_tags", "category": "category"}


def recognise(head: str) -> bool:
    """Whether the document lists papers with the reader's own identifiers and English titles."""
    outline = outline_of(head)
    if outline is None or outline.name not in _LISTS:
        return False
    first = outline.first
    return "paper_id" in first and ("title_en" in first or "abstract_en" in first)


def parse(text: str) -> Parsed:
    """Read every paper; a `count` that differs from them is a reject of its own."""
    parsed, found, facts = records_of(text, _LISTS)
    for named in found:
        place_record(parsed, named.located, read_paper)
    stated = facts.get("date") or facts.get("label")
    parsed.heading_date = date_in(stated) if isinstance(stated, str) else None
    count = facts.get("count")
    if isinstance(count, int) and count != len(found):
        parsed.rejects.append(Reject(1, 1, "malformed_record", f'"count": {count}'))
        parsed.n_records += 1
    return parsed


def read_paper(record: Record) -> Entry | str:
    """Read one paper of the reader's own record."""
    fields = {_NAMES.get(key, key): value for key, value in record.items()}
    return read_record(fields | {"paper_id": _identifier(record.get("paper_id"))})


def _identifier(written: object) -> str | None:
    """The identifier in `202603/22/2603.14405v1-es-merging`; an old one is written `hep-th-9901001v1`."""
    return written.rpartition("/")[2].partition("-")[0] if isinstance(written, str) else None


FORMAT = DigestFormat(
    name="daily_paper_reader_json",
    description="daily-paper-reader: one JSON document a day with title_en, abstract_en and scores",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
