"""One JSON array a day of arxiv_daily_aigc: `daily_json/YYYY-MM-DD.json`.

```
[{"title": "...", "summary": "...", "url": "http://arxiv.org/abs/2512.21220v1",
  "published_date": "2025-12-24T15:01:26Z",
  "updated_date": "...", "categories": [...], "authors": [...], "tldr": "...", "tldr_zh": "...", "relevance_score": 8}]
```
`summary` is arXiv's abstract, as its API wraps it.
"""

from paperhouse.transforms.calendar.stated_times import time_of
from paperhouse.transforms.digest import DigestFormat, Entry, Parsed
from paperhouse.transforms.parsing.json_document import ANY_NAME, outline_of, records_of
from paperhouse.transforms.parsing.json_records import Record, place_record, read_api_record

_KEYS = frozenset({"title", "summary", "url", "authors"})
_OWN_KEYS = frozenset({"published_date", "relevance_score", "overall_priority_score"})
_NAMES = {"updated_date": "updated", "published_date": "published"}


def recognise(head: str) -> bool:
    """Whether a bare array begins with a paper under the keys of this family."""
    outline = outline_of(head)
    if outline is None or outline.name is not None:
        return False
    return outline.first.keys() >= _KEYS and not _OWN_KEYS.isdisjoint(outline.first)


def parse(text: str) -> Parsed:
    """Read every object of the array."""
    parsed, found, _ = records_of(text, ANY_NAME)
    for named in found:
        place_record(parsed, named.located, read_paper)
    return parsed


def read_paper(record: Record) -> Entry | str:
    """Read one paper, with the times that arXiv's API gave."""
    entry = read_api_record({_NAMES.get(key, key): value for key, value in record.items()})
    if isinstance(entry, Entry):
        entry.published_at = time_of(record.get("published_date"))
        entry.updated_at = time_of(record.get("updated_date"))
    return entry


FORMAT = DigestFormat(
    name="arxiv_daily_aigc_json",
    description="arxiv_daily_aigc: a JSON array a day with url, summary, dates and generated scores",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
