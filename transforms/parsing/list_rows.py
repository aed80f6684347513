"""List lines of one paper each: `- 2022-01-19, **Title**, X et.al., Paper: [url](url), Code: **[url](url)**`."""

import re

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Entry, Reject
from paperhouse.transforms.parsing.row_cache import RowMemo
from paperhouse.transforms.parsing.table_rows import ROW_DATE_KIND, cell_urls, first_authors, paper_identifier

_START = re.compile(r"[-*] (\d{4}-\d{2}-\d{2}), \*\*")
_PAPER = ", Paper: ["
_CODE = ", Code: "
_TITLE_END = "**, "


def is_list_row(line: str) -> bool:
    """Whether the line starts as this form does and names where the paper is."""
    return _START.match(line) is not None and _PAPER in line


def has_list_row(text: str) -> bool:
    """Whether a line of the text is one of this form."""
    return _PAPER in text and any(is_list_row(line) for line in text.split("\n"))


def read_list_row(line: str, number: int, topic: str | None) -> Entry | Reject | None:
    """Read the paper of one line; None if the line does not start as this form does."""
    if _START.match(line) is None:
        return None
    return _LINES.read(None, line, number, number, topic)


def _read_parts(_head: None, line: str) -> Entry | str:
    """The paper of one line, its number left open, or the reason why the line is a reject."""
    day, start = line[2:12], len("- 2022-01-19, **")
    stated, _, links = line.rpartition(_PAPER)
    title, divider, names = stated[start:].rpartition(_TITLE_END)
    paper, _, code = links.partition(_CODE)
    identifier = paper_identifier(paper)
    if identifier is None or not divider:
        return "malformed_row" if paper_identifier(line) else "no_arxiv_id"
    if not title.strip():
        return "no_title"
    authors, completeness = first_authors(names.strip())
    stated_date = date_in(day)
    return Entry(
        line_start=1,
        line_end=1,
        arxiv_id=identifier[0],
        version=identifier[1],
        title=title.strip(),
        authors=authors,
        authors_completeness=completeness,
        stated_date=stated_date,
        stated_date_kind=ROW_DATE_KIND if stated_date else None,
        links=[(url, "code") for url in cell_urls(code)],
    )


_LINES = RowMemo(_read_parts)
