"""A daily table of title, link, abstract and authors.

```
# arXiv Daily Report - 30-Apr-2025

| Title | Link | abstract | author |
| --- | --- | --- | --- |
| title | [url](url) | abstract | A, B, C |
```
Forks have their columns in another order, a date for the abstract, or `arXiv` as the link's text.
Nothing is escaped and a row may run over several lines, so a row is anchored on its link cell and ends at a
` |` that closes a line. Continuation lines are indented by two spaces, as in arXiv's own text: kept. Real
URLs stand where other formats have `this https URL`. Every complete file closes its last row: the authors of
one that is not closed are truncated.
"""

import re

from paperhouse.transforms.arxiv.identifiers import LINK_PATTERN, split_version
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Entry, Furniture, Parsed, Reject
from paperhouse.transforms.parsing.author_list import list_completeness, split_names
from paperhouse.transforms.parsing.markdown_page import is_deployed_page, read_page
from paperhouse.transforms.parsing.sections import INTRODUCTION, is_introduction
from paperhouse.transforms.parsing.table_kinds import (
    complete_single_names,
    first_table_paper,
    is_titled_row,
)
from paperhouse.transforms.text.lines import LineCounter

_HEADING = re.compile(r"^# ((?:[^\n]*[^ \t\n])?)[ \t]*(?:\n|\Z)", re.MULTILINE)
_TABLE_HEAD = re.compile(
    r"^\|[ \t]*Title[ \t]*\|[ \t]*Link[ \t]*\|[ \t]*abstract[ \t]*\|[ \t]*authors?[ \t]*\|[ \t]*\n"
    r"\|[-:| \t]+\|[ \t]*(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
# No `[` inside: a row of a thousand open link cells would be searched to its end from each of them.
_LINK_CELL = re.compile(rf" \| \[[^\[\]\n]*\]\({LINK_PATTERN}[^\[)\n]*\) \| ", re.IGNORECASE)
_ROW_END = re.compile(r" \|[ \t]*(?:\n(?=\||[ \t]*\n|[ \t\n]*\Z)|\Z)")


def recognise(head: str) -> bool:
    """Whether the text holds this table head near its start, or a table of such columns in another order."""
    if _TABLE_HEAD.search(head[:4096]) is not None:
        return True
    table = None if is_deployed_page(head) else first_table_paper(head)
    return table is not None and is_titled_row(*table)


def parse(text: str) -> Parsed:
    """Read every row; a row without a link cell that leads to arXiv is a reject."""
    parsed = Parsed()
    counter = LineCounter(text)
    heading = _HEADING.search(text[:4096])
    table = _TABLE_HEAD.search(text)
    if table is None:
        return _read_other_order(text, heading[1] if heading else "")
    heading_line = 0
    if heading and heading.start() < table.start():
        parsed.heading_date = date_in(heading[1])
        heading_line = counter.line_at(heading.start())
        parsed.furniture.append(Furniture(heading_line, heading_line, "heading"))
    line = counter.line_at(table.start())
    for number, above in enumerate(text[: table.start()].split("\n")[: line - 1], start=1):
        if number != heading_line and is_introduction(above):
            parsed.furniture.append(Furniture(number, number, INTRODUCTION))
    parsed.furniture.append(Furniture(line, line + 1, "table_head"))
    start = table.end()
    while (start := _skip_blank(text, start)) < len(text):
        boundary = _ROW_END.search(text, start)
        end, after = boundary.span() if boundary else (len(text.rstrip()), len(text))
        line = counter.line_at(start)
        row = text[start:end]
        _read_row(parsed, row, text[start:after].rstrip("\n"), line)
        if boundary is None and parsed.entries and parsed.entries[-1].line_start == line:
            _mark_cut(parsed.entries[-1])
        start = after
    return parsed


def _read_other_order(text: str, title: str) -> Parsed:
    parsed = read_page(text)
    complete_single_names(parsed, text.split("\n"))
    parsed.heading_date = parsed.heading_date or date_in(title)
    return parsed


def _mark_cut(last: Entry) -> None:
    if last.authors:
        last.authors_completeness = "truncated"


def _skip_blank(text: str, start: int) -> int:
    while start < len(text) and text[start] in " \t\n":
        start += 1
    return start


def _read_row(parsed: Parsed, row: str, raw: str, line: int) -> None:
    last_line = line + row.count("\n")
    link = _LINK_CELL.search(row)
    if not row.startswith("| ") or link is None:
        reason = "no_arxiv_id" if row.startswith("|") else "not_understood"
        parsed.rejects.append(Reject(line, last_line, reason, raw))
        return
    title = row[2 : link.start()].strip(" \t\n")
    abstract, divider, names = row[link.end() :].rpartition(" | ")
    if not title or not divider:
        parsed.rejects.append(Reject(line, last_line, "malformed_row" if title else "no_title", raw))
        return
    arxiv_id, version = split_version(link["id"])
    authors = split_names(names)
    abstract = abstract.strip(" \t\n")
    parsed.entries.append(
        Entry(
            line_start=line,
            line_end=last_line,
            arxiv_id=arxiv_id,
            version=version,
            title=title,
            authors=authors,
            authors_completeness=list_completeness(authors),
            abstract=abstract or None,
            abstract_completeness="full" if abstract else "none",
        )
    )


FORMAT = DigestFormat(
    name="report_table",
    description="one table of title, link, abstract and authors under a dated heading",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
