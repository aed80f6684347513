"""Lines of Python `repr` dicts beside the section files: not JSON, though the file's ending says so.

```
{'arxiv_id': 'arXiv:2504.05299', 'title': '...', 'authors': 'A, B', 'link': '...', 'abstract': '...'}
```
Bilingual forks add `title_zh` and `abstract_zh`. Names come from arXiv's listing page, which stops at 100.
"""

import re
from itertools import islice

from paperhouse.transforms.digest import DigestFormat, Entry, Parsed
from paperhouse.transforms.parsing.author_list import list_completeness, split_names
from paperhouse.transforms.parsing.json_records import (
    Record,
    is_conflict_mark,
    load_literal,
    read_lines,
    read_record,
    text_of,
)
from paperhouse.transforms.text.lines import lines_of

_RECORD = re.compile(r"\{'[^'\n]{1,40}': ")
_SAMPLE = 20


def recognise(head: str) -> bool:
    """Whether most of the first lines are Python dicts with a title."""
    written = (line for line in lines_of(head) if line.strip() and not is_conflict_mark(line))
    lines = list(islice(written, _SAMPLE))
    records = [line for line in lines if _RECORD.match(line)]
    return 2 * len(records) > len(lines) and any("'title': " in line for line in records)


def parse(text: str) -> Parsed:
    """Read every line; one that is no dict, or names no paper, is a reject."""
    return read_lines(text, load_literal, _read)


def _read(record: Record) -> Entry | str:
    entry = read_record(record)
    if isinstance(entry, Entry):
        written = text_of(record.get("authors"))
        entry.authors = split_names(written) if written else entry.authors
        entry.authors_completeness = list_completeness(entry.authors)
    return entry


FORMAT = DigestFormat(
    name="reporter_jsonl",
    description="one Python dict a line with title, authors, link and abstract; one or two languages",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
