"""What daily-paper-reader looked at on a day: `archive/YYYYMMDD/{filtered,rank,recommend}/*.json`.

```
{"top_k": 200, "generated_at": "...", "papers": [{"id": "2601.05251v1", "title": "...", "abstract": "...",
 "authors": [...], "categories": [...], "published": "2026-01-08 18:59:56+00:00", "link": "...", "tags": [...]}]}
{"mode": "standard", "stats": {...}, "deep_dive": [...], "quick_skim": [...]}
```
The lists of recommended papers have names of their own, which become topics. `queries` and other members hold
no papers.
"""

from paperhouse.transforms.digest import DigestFormat, Entry, Parsed
from paperhouse.transforms.parsing.json_document import outline_of, records_of
from paperhouse.transforms.parsing.json_records import Record, place_record, read_api_record

_RECOMMENDED = frozenset({"deep_dive", "quick_skim"})
_LISTS = _RECOMMENDED | {"papers"}
_OWN_FACTS = frozenset({"top_k", "queries", "stats"})


def recognise(head: str) -> bool:
    """Whether a list of papers stands under one of the reader's names, beside facts of its own."""
    outline = outline_of(head)
    if outline is None or not {"id", "title", "abstract"} <= outline.first.keys():
        return False
    if outline.name in _RECOMMENDED:
        return True
    return outline.name == "papers" and not _OWN_FACTS.isdisjoint(outline.facts)


def parse(text: str) -> Parsed:
    """Read the papers of every list."""
    parsed, found, _ = records_of(text, _LISTS)
    for named in found:
        n_before = len(parsed.entries)
        place_record(parsed, named.located, read_paper)
        if len(parsed.entries) > n_before and named.name in _RECOMMENDED:
            parsed.entries[-1].topic = named.name
    return parsed


def read_paper(record: Record) -> Entry | str:
    """Read one paper; the reader's own tags are no categories."""
    return read_api_record({("query_tags" if key == "tags" else key): value for key, value in record.items()})


FORMAT = DigestFormat(
    name="daily_paper_reader_archive",
    description="daily-paper-reader: JSON of the papers that it filtered, ranked and recommended",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
