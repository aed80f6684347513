"""List lines of one paper each: `- 2022-01-19, **Title**, X et.al., Paper: [url](url), Code: **[url](url)**`."""

import re
from datetime import date

from transforms.dates import date_in
from transforms.digest import Entry, Reject
from transforms.table_rows import ROW_DATE_KIND, first_authors, paper_identifier, urls_in

_START = re.compile(r"[-*] (\d{4}-\d{2}-\d{2}), \*\*")
_PAPER = ", Paper: ["
_CODE = ", Code: "
_TITLE_END = "**, "


def is_list_row(line: str) -> bool:
    """Whether the line starts as this form does and names where the paper is."""
    return _START.match(line) is not None and _PAPER in line


def read_list_row(line: str, number: int, topic: str | None) -> Entry | Reject | None:
    """Read the paper of one line; None if the line does not start as this form does."""
    start = _START.match(line)
    if start is None:
        return None
    stated, _, links = line.rpartition(_PAPER)
    title, divider, names = stated[start.end() :].rpartition(_TITLE_END)
    paper, _, code = links.partition(_CODE)
    identifier = paper_identifier(paper)
    if identifier is None or not divider:
        reason = "malformed_row" if paper_identifier(line) else "no_arxiv_id"
        return Reject(number, number, reason, line)
    if not title.strip():
        return Reject(number, number, "no_title", line)
    authors, completeness = first_authors(names.strip())
    day: date | None = date_in(start[1])
    return Entry(
        line_start=number,
        line_end=number,
        arxiv_id=identifier[0],
        version=identifier[1],
        title=title.strip(),
        authors=authors,
        authors_completeness=completeness,
        topic=topic,
        stated_date=day,
        stated_date_kind=ROW_DATE_KIND if day else None,
        links=[(url, "code") for url in urls_in(code)],
    )
