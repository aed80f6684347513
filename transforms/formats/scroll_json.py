"""One JSON document that counts and lists the papers of a day.

```
{"count": 119, "papers": [{"title": "...", "authors": ["A"], "arxiv_id": "2510.13809v1", "summary": "..."}]}
```
Other fields may stand before the list; a `date` among them is the day.
The papers are read one by one, so a document that was cut off keeps those before the cut; the rest is a
reject. A `count` that differs from the papers is a reject of its own: it tells of papers that are not there.
"""

import json
import re

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Parsed, Reject
from paperhouse.transforms.parsing.json_records import Located, place_record, read_api_record
from paperhouse.transforms.text.lines import LineCounter

_FIELD = r"\s*\"[^\"\n]{1,40}\"\s*:\s*(?:\"[^\"\n]{0,200}\"|[0-9.]{1,20}|null|true|false|\[[^\[\]{}]{0,2000}\])\s*,"
_HEAD = re.compile(rf"\s*\{{(?P<fields>(?:{_FIELD}){{0,12}})\s*\"papers\"\s*:\s*\[")
_DAY = re.compile(r"\"(?:date|day|digest_date)\"\s*:\s*\"(?P<day>[^\"\n]{6,40})\"")
_COUNT = re.compile(r"\"(?:count|total|n_papers)\"\s*:\s*(?P<count>[0-9]{1,9})\b")
# The first paper of daily_paper_reader_json and of hf_daily_papers; `top_k` is daily_paper_reader_archive's.
_FOREIGN = re.compile(
    r"\s*\{(?:\s*\"(?:paper_id|paper)\"\s*:|[^{}]{0,2000}?\"https?://(?:www\.)?huggingface\.co/papers/[0-9])"
)
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


def recognise(head: str) -> bool:
    """Whether the text is a JSON object whose list of papers comes first or after plain fields and lists."""
    found = _HEAD.match(head)
    return found is not None and '"top_k"' not in found["fields"] and not _FOREIGN.match(head, found.end())


def parse(text: str) -> Parsed:
    """Read every paper of the list."""
    parsed = Parsed(unit="record")
    head = _HEAD.match(text)
    if head is None:
        return parsed
    day = _DAY.search(head["fields"])
    parsed.heading_date = date_in(day["day"].replace("T", " ")) if day else None
    counter = LineCounter(text)
    count_line = counter.line_at(head.end())
    n_papers, end = 0, _BETWEEN.match(text, head.end()).end()  # type: ignore[union-attr]
    while end < len(text) and text[end] != "]":
        start = end
        paper, end = _next_paper(text, start)
        n_papers += 1
        located = Located(counter.line_at(start), counter.line_at(end - 1), text[start:end], paper)
        place_record(parsed, located, read_api_record)
        end = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
    parsed.n_records = n_papers
    count = _COUNT.search(head["fields"]) or _COUNT.search(text, end)
    if count and int(count["count"]) != n_papers:
        line = count_line if count.end() <= head.end() else counter.line_at(count.start())
        parsed.rejects.append(Reject(line, line, "malformed_record", count[0]))
        parsed.n_records += 1
    return parsed


def _next_paper(text: str, start: int) -> tuple[dict[str, object] | None, int]:
    """Paper at `start` and the offset behind it; None and the end of the text where JSON breaks off."""
    try:
        paper, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, len(text.rstrip())
    return paper if isinstance(paper, dict) else None, end


FORMAT = DigestFormat(
    name="scroll_json",
    description="one JSON document with a count and a list of papers",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
