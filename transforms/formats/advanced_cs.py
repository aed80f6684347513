"""Sections that state how arXiv announced the paper, with bold labels in list and quote lines.

```
#### [new 001] Title
- **分类: cs.CV; eess.SP**

- **链接: [https://arxiv.org/pdf/2603.14856](https://arxiv.org/pdf/2603.14856)**

> **作者:** A; B; C
>
> **备注:** comment
>
> **摘要:** abstract
>
---
```
A section that breaks off is an entry as long as it names a paper and a title; what it stated last is truncated,
as no `---` closes it.
"""

import re

from paperhouse.transforms.digest import DigestFormat, Entry, Parsed
from paperhouse.transforms.parsing.author_list import split_names
from paperhouse.transforms.parsing.labelled_lines import read_labels
from paperhouse.transforms.parsing.sections import (
    HEADING,
    INTRODUCTION,
    SEPARATOR,
    add_section,
    claim_furniture,
    is_introduction,
    last_text_line,
)
from paperhouse.transforms.text.lines import matches_line

_HEAD = re.compile(
    r"####[ \t]+\[(?P<type>[A-Za-z][A-Za-z -]{1,20}?)[ \t]*(?P<number>\d{1,6})\][ \t]*+(?P<title>[^\n]*)"
)
_STATISTIC = re.compile(r"[ \t]*[-*][ \t]+\*\*[^\n:：]{1,40}?\d{1,9}[^\n:：]{0,20}\*\*[ \t]*")
_ANCHORS = re.compile(
    r"(?m:^)####[ \t]+\[[A-Za-z][A-Za-z -]{1,20}\d{1,6}\][ \t][^\n]*\n\s{0,9}[-*>][ \t]+\*\*"
)
_NO_NAME = frozenset({":"})


def recognise(head: str) -> bool:
    """Whether a heading with announcement type and number is followed by a bold label in a list."""
    return matches_line(_ANCHORS, "####", head)


def parse(text: str) -> Parsed:
    """Read every section; headings, separators and statistics are furniture."""
    parsed = Parsed()
    lines = text.split("\n")
    around: list[tuple[int, str]] = []
    number = 1
    while number <= len(lines):
        line = lines[number - 1]
        head = _HEAD.fullmatch(line)
        if head:
            end = _section_end(lines, number)
            _read_section(parsed, lines, number, end, head)
            number = end + 1
            continue
        kind = _furniture_kind(line)
        if kind is None and not parsed.entries and not parsed.rejects and is_introduction(line):
            kind = INTRODUCTION
        if kind:
            around.append((number, kind))
        number += 1
    if parsed.entries and parsed.entries[-1].line_end == last_text_line(lines, 1, len(lines)):
        _mark_cut(parsed.entries[-1])
    claim_furniture(parsed, lines, around)
    return parsed


def _section_end(lines: list[str], start: int) -> int:
    for number in range(start + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.rstrip() == "---" or HEADING.match(line):
            return last_text_line(lines, start, number - 1)
    return last_text_line(lines, start, len(lines))


def _furniture_kind(line: str) -> str | None:
    if HEADING.match(line):
        return "heading"
    if _STATISTIC.fullmatch(line):
        return "statistic"
    return "separator" if SEPARATOR.fullmatch(line) else None


def _read_section(parsed: Parsed, lines: list[str], start: int, end: int, head: re.Match[str]) -> None:
    texts = read_labels(_unquoted(line) for line in lines[start:end])
    # arXiv sets a lone colon between a collaboration and its members; the digest splits there too.
    names = [name for name in split_names(texts.pop("authors", ""), ";") if name not in _NO_NAME]
    fields = {**texts, "title": head["title"].strip(), "authors": names, "announce_type": head["type"]}
    add_section(parsed, lines, start, end, fields)


def _mark_cut(last: Entry) -> None:
    if last.abstract:
        last.abstract_completeness = "truncated"
    elif last.authors:
        last.authors_completeness = "truncated"


def _unquoted(line: str) -> str:
    return line[1:].strip() if line.startswith(">") else line


FORMAT = DigestFormat(
    name="advanced_cs",
    description="`#### [new 001] title` sections with bold labels in list and quote lines",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
    list_from_stem=True,
)
