"""One JSON object a line, as taken from arXiv's API; an `AI` group adds generated notes.

```
{"id": "2510.11822", "categories": ["cs.AI"], "pdf": "...", "abs": "...", "authors": ["A", "B"],
 "title": "...", "comment": null, "summary": "...", "AI": {"tldr": "...", "motivation": "...", ...}}
```
`summary` is arXiv's abstract. The notes' language is read off their script, since only the file name says it.
The raw file repeats a paper once for every category that listed it: each line is an entry. Lines that broke off
and the marks of a merge that was never resolved are rejects between the records.
"""

import re
from itertools import islice

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.parsing.json_records import (
    is_conflict_mark,
    load_json,
    names_paper,
    read_api_record,
    read_lines,
)
from paperhouse.transforms.text.lines import lines_of

_RECORD = re.compile(r"\s*\{\s*\"[^\"\n]{1,40}\"\s*:")
_TITLE = re.compile(r"\"(?:title|标题)\"\s*:\s*\"")
_TEXT = re.compile(r"\"(?:summary|abstract|authors|摘要|作者)\"\s*:\s*[\"\[]")
_DOCUMENT = re.compile(r"\"papers\"\s*:\s*\[")
_SNAPSHOT = '"authors_parsed":'  # of arxiv_kaggle
_SAMPLE = 20


def recognise(head: str) -> bool:
    """Whether most of the first lines are JSON objects with the fields of a paper, and one names a paper."""
    lines = list(islice((line for line in lines_of(head) if line.strip()), _SAMPLE))
    if not lines or _DOCUMENT.search(lines[0]) or _SNAPSHOT in lines[0]:
        return False
    whole = [line for line in lines if not is_conflict_mark(line) and not _is_cut(line)]
    records = [line for line in whole if _is_record(line)]
    return 2 * len(records) > len(whole) and any(map(_states_paper, records))


def _is_record(line: str) -> bool:
    return bool(_RECORD.match(line) and _TITLE.search(line) and _TEXT.search(line))


def _is_cut(line: str) -> bool:
    """Whether a record begins in this line and does not end in it."""
    return _RECORD.match(line) is not None and not line.rstrip().endswith("}")


def _states_paper(line: str) -> bool:
    record = load_json(line)
    return isinstance(record, dict) and names_paper(record)


def parse(text: str) -> Parsed:
    """Read every line; one that is no JSON object, or names no paper, is a reject."""
    return read_lines(text, load_json, read_api_record)


FORMAT = DigestFormat(
    name="ai_enhanced_jsonl",
    description="one JSON object a line with id, title, authors, categories, summary and generated notes",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
