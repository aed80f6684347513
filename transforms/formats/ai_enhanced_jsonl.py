"""One JSON object a line, as taken from arXiv's API; an `AI` group adds generated notes.

```
{"id": "2510.11822", "categories": ["cs.AI"], "pdf": "...", "abs": "...", "authors": ["A", "B"],
 "title": "...", "comment": null, "summary": "...", "AI": {"tldr": "...", "motivation": "...", ...}}
```
`summary` is arXiv's abstract. The notes' language is read off their script, since only the file name says it.
The raw file repeats a paper once for every category that listed it: each line is an entry.
"""

import re

from transforms.digest import DigestFormat, Parsed
from transforms.json_records import load_json, read_api_record, read_lines

_RECORD = re.compile(r"\s*\{\s*\"[^\"\n]{1,40}\"\s*:")
_TITLE = re.compile(r"\"(?:title|标题)\"\s*:\s*\"")
_TEXT = re.compile(r"\"(?:summary|abstract|authors|摘要|作者)\"\s*:\s*[\"\[]")
_DOCUMENT = re.compile(r"\"papers\"\s*:\s*\[")
_SAMPLE = 20


def recognise(head: str) -> bool:
    """Whether most of the first lines are JSON objects with the fields of a paper."""
    lines = [line for line in head.split("\n") if line.strip()][:_SAMPLE]
    records = [line for line in lines if _RECORD.match(line) and _TITLE.search(line) and _TEXT.search(line)]
    return 2 * len(records) > len(lines) and not _DOCUMENT.search(lines[0])


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
