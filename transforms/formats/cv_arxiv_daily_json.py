r"""The rows of cv-arxiv-daily as JSON, by topic and identifier.

```
{"SLAM": {"2110.07546": "|**2021-10-14**|**Title**|First Author et.al.|[2110.07546](http://...)|null|\n"}}
```
or with list lines as values. Some forks have one more level of topics. The unit is the record, one identifier
under one topic; a key that occurs twice is two records. There is no table head: columns are recognised by their
number and looks.
"""

import json
import re

from paperhouse.transforms.digest import DigestFormat, Entry, Parsed, Reject
from paperhouse.transforms.parsing.list_rows import read_list_row
from paperhouse.transforms.parsing.markdown_table import fit_row, head_of_names
from paperhouse.transforms.parsing.sections import topic_of
from paperhouse.transforms.parsing.table_rows import read_row

_COLUMNS = ("Publish Date", "Title", "Authors", "PDF", "Code", "Abstract")
_HEADS = tuple(head_of_names(_COLUMNS[:n]) for n in (5, 4, 6))
_STRING = r'"(?:[^"\\\n]|\\.)*"'
_ID = r'"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?"'
_HEAD = re.compile(
    rf"\s*\{{(?:\s*{_STRING}\s*:\s*\{{\s*\}}\s*,|\s*{_STRING}\s*:\s*\{{(?!\s*\}}))*"
    rf'\s*{_ID}\s*:\s*"\s*(?:\\n)?(?:\||- \d{{4}}-)'
)

Pairs = list[tuple[str, object]]


class _Pairs(Pairs):
    """The members of one JSON object in their order; a key may occur twice."""


def recognise(head: str) -> bool:
    """Whether the first identifier in an object of topics has a table row or a list line as its value."""
    return _HEAD.match(head) is not None


def parse(text: str) -> Parsed:
    """Read every record; text that is no JSON, or nested without end, is one reject."""
    try:
        return _read_topics(json.loads(text, object_pairs_hook=_Pairs))
    except (ValueError, RecursionError):
        reject = Reject(1, 1, "malformed_record", text)
        return Parsed(rejects=[reject], unit="record", n_records=1)


def _read_topics(topics: object) -> Parsed:
    members = topics if isinstance(topics, _Pairs) else _Pairs([("", topics)])
    parsed = Parsed(unit="record", n_records=_count(members))
    _read_topic(parsed, members, ())
    return parsed


def _count(members: _Pairs) -> int:
    return sum(_count(value) if isinstance(value, _Pairs) else 1 for _, value in members)


def _read_topic(parsed: Parsed, members: _Pairs, names: tuple[str, ...]) -> None:
    topic = topic_of(names)
    for key, value in members:
        if isinstance(value, _Pairs):
            _read_topic(parsed, value, (*names, key))
            continue
        number = len(parsed.entries) + len(parsed.rejects) + 1
        found = _read_record(value, number, topic)
        if isinstance(found, Entry):
            parsed.entries.append(found)
        else:
            stretch = json.dumps({key: value}, ensure_ascii=False)
            parsed.rejects.append(Reject(number, number, found, stretch))


def _read_record(value: object, number: int, topic: str | None) -> Entry | str:
    """Read the paper of one value; the reason where there is none."""
    if not isinstance(value, str):
        return "malformed_record"
    row = value.strip()
    if row.startswith("|"):
        head = next((head for head in _HEADS if fit_row(head, row) is not None), _HEADS[0])
        found = read_row(head, row, number, number, topic)
    else:
        listed = read_list_row(row, number, topic)
        if listed is None:
            return "malformed_record"
        found = listed
    return found if isinstance(found, Entry) else found.reason


FORMAT = DigestFormat(
    name="cv_arxiv_daily_json",
    description="JSON of topics, identifiers and their table rows or list lines",
    authors="first_only",
    abstract="none",
    recognise=recognise,
    parse=parse,
)
