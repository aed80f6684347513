"""Which family writes a table, recognised by its columns and its first row that states a paper."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from paperhouse.transforms.digest import Entry, Parsed
from paperhouse.transforms.parsing.markdown_table import LINK_ROLES, TableHead, first_rows
from paperhouse.transforms.parsing.table_rows import read_row

_ET_AL_ANYWHERE: Final = re.compile(r"[ \t]et\.?[ \t]?al\b|等", re.IGNORECASE)


class TablePaper(NamedTuple):
    """A table's head, its first row that states a paper, and that paper."""

    head: TableHead
    row: str
    paper: Entry


@lru_cache(maxsize=4)  # several families look at the same table in turn
def first_table_paper(text: str) -> TablePaper | None:
    """Find the first table whose first row states a paper; the entry is not to be changed."""
    for head, row in first_rows(text):
        found = read_row(head, row, 1, 1, None)
        if isinstance(found, Entry):
            return TablePaper(head, row, found)
    return None


def is_first_author_row(head: TableHead, row: str, paper: Entry) -> bool:
    """Whether a row states date, title, author and link as cv-arxiv-daily's do.

    Hand-made lists have tables with such columns too; these rows say `et.al.` or show the bare identifier as
    the link's text. Forks link the title itself, and state no abstract then.
    """
    if head.date_column is None or head.column("authors") is None or paper.stated_date is None:
        return False
    if head.column(*LINK_ROLES) is None:
        return head.column("abstract") is None and bool(paper.authors)
    return f"[{paper.arxiv_id}" in row or _ET_AL_ANYWHERE.search(row) is not None


def is_abstract_row(head: TableHead, paper: Entry) -> bool:
    """Whether a row states a linked title, a date and an abstract as dailyarxiv's do; forks add authors."""
    return (
        head.column(*LINK_ROLES) is None
        and head.column("abstract") is not None
        and paper.stated_date is not None
    )


def is_titled_row(head: TableHead, row: str, paper: Entry) -> bool:
    """Whether a row states title, authors and a link of its own, as a report's table does in any order.

    An abstract or a date stands with them: a hand-made list of papers has years and venues.
    """
    has_columns = None not in (head.column("title"), head.column("authors"), head.column(*LINK_ROLES))
    is_dated = paper.stated_date is not None or head.column("abstract") is not None
    return has_columns and is_dated and bool(paper.authors) and not is_first_author_row(head, row, paper)


def complete_single_names(parsed: Parsed, lines: Sequence[str]) -> None:
    """Take a single name for a whole list, in place, where other rows of the page state several in full.

    Where no row does, the column may hold first authors only: nobody knows, and the list stays a beginning.
    """
    if not any(len(e.authors) > 1 and e.authors_completeness == "full" for e in parsed.entries):
        return
    for entry in parsed.entries:
        written = "\n".join(lines[entry.line_start - 1 : entry.line_end])
        if entry.authors_completeness == "first_only" and not _ET_AL_ANYWHERE.search(written):
            entry.authors_completeness = "full"
