"""Tables read by their heads: which column holds what, and the cells of a row in which nothing is escaped.

Digests write titles and abstracts into cells as they are, so a `|` may stand inside of a cell. A row is cut at
its pipes first; where that does not fit the head, pipes inside `<details>`, links and `$maths$` are taken as
text, and at last the cells that can be recognised by their looks (date, link to the paper) are anchors between which
one column of free text takes what is left. A row that none of these fits has no cells: guessing would move text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from paperhouse.transforms.arxiv.identifiers import LINK, LINK_PATTERN
from paperhouse.transforms.parsing.field_names import Role, field_role, normal_name

LINK_ROLES: tuple[Role, ...] = ("link", "pdf", "arxiv_id", "html")
"""Columns that may hold the link to the paper, the most telling one first."""
DATE_ROLES: tuple[Role, ...] = ("date", "updated")
NOTHING = frozenset({"", "null", "none", "n/a", "na", "-", "--", "—", "nan", "无", "暂无"})
"""What digests write, in lower case and without stars, into a cell that has nothing to say."""

_MAX_EXTRA_CELLS = 64
_MAX_PIPES = 2000
_MAX_COLUMNS = 200
_ROW_LINES = 40
_FREE_TEXT: frozenset[Role | None] = frozenset(
    {
        "title",
        "title_zh",
        "abstract",
        "abstract_zh",
        "summary",
        "tldr",
        "translation",
        "comment",
        "keywords",
        None,
    }
)
_TRANSLATED: dict[Role, Role] = {"title": "title_zh", "abstract": "abstract_zh"}
_ESCAPE_OR_PIPE = re.compile(r"\\.|\|")
_BRACKET = re.compile(r"[\[\]]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
# What follows a run takes none of its characters: else the engine tries every way to share them.
_DATE_CELL = re.compile(r"\**\d{4}([-./])\d{1,2}\1\d{1,2}(?:[ T][\d:]\S*|\**)")
_LINK_CELL = re.compile(
    rf"\**(?:\[[^\]\n]*\]\(<?{LINK_PATTERN}[^)\s]*\)\**|<?{LINK_PATTERN.replace('<id>', '<bare>')}\S*)",
    re.IGNORECASE,
)
_LINK_CLOSER = re.compile(rf"\]\(<?{LINK_PATTERN}[^()\[\]\s|]*\)\**\Z", re.IGNORECASE)

CellSpan = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TableHead:
    """Columns of a table in their order: the normal form of the name, and its role (None if not known)."""

    names: tuple[str, ...]
    roles: tuple[Role | None, ...]

    def column(self, *wanted: Role) -> int | None:
        """Index of the first column with one of these roles, the first role first; None if there is none."""
        return next((self.roles.index(role) for role in wanted if role in self.roles), None)

    @property
    def link_column(self) -> int | None:
        """Column that leads to the paper; the title's own where no column is there for it."""
        return self.column(*LINK_ROLES, "title")

    @property
    def date_column(self) -> int | None:
        """Column of the row's date."""
        return self.column(*DATE_ROLES)


def table_head(line: str, next_line: str) -> TableHead | None:
    """Head of the table that starts with these two lines; None if they start none."""
    if not line.lstrip(" \t").startswith("|") or not is_separator(next_line):
        return None
    # Every row is filled up to the columns of its head.
    if line.count("|") > _MAX_COLUMNS:
        return None
    return head_of_names(line[start:end].strip() for start, end in _between(line, _plain_pipes(line)))


def head_of_names(names: Iterator[str] | Sequence[str]) -> TableHead:
    """Head with these column names; of two titles (abstracts) the one named in Chinese is the translation."""
    written = tuple(names)
    roles: list[Role | None] = []
    for name in written:
        role = field_role(name)
        if role in _TRANSLATED and role in roles:
            earlier = roles.index(role)
            translated = next((i for i in (len(roles), earlier) if _HAN.search(written[i])), None)
            if translated == earlier:
                roles[earlier] = _TRANSLATED[role]
            elif translated is not None:
                role = _TRANSLATED[role]
        roles.append(role if role is None or role not in roles else None)
    return TableHead(tuple(normal_name(name) for name in written), tuple(roles))


_SEPARATOR_STARTS: Final = ("|", ":", "-", " ", "\t", "\r")


def is_separator(line: str) -> bool:
    """Whether the line divides a table's head from its rows (`|---|:--:|`)."""
    return "|" in line and "-" in line and not line.strip("|:- \t\r")


def first_rows(text: str) -> Iterator[tuple[TableHead, str]]:
    """Head and first row of every table that has rows."""
    if "|" not in text:
        return
    lines = text.split("\n")
    for index in range(len(lines) - 2):
        if not lines[index + 1].startswith(_SEPARATOR_STARTS):
            continue
        head = table_head(lines[index], lines[index + 1])
        if head is not None and lines[index + 2].lstrip(" \t").startswith("|"):
            yield head, "\n".join(lines[index + 2 : row_end(lines, index + 2)])


def row_end(lines: Sequence[str], number: int) -> int:
    """Index after the last line of the row that starts at index `number`.

    Titles with a line break make rows of several lines: a row that its first line does not close goes on to
    the next line that ends in a pipe, unless a blank line, another row or a heading comes first.
    """
    if lines[number].rstrip().endswith("|"):
        return number + 1
    for after in range(number + 1, min(number + _ROW_LINES, len(lines))):
        line = lines[after].strip()
        if not line or line.startswith(("|", "#")):
            break
        if line.endswith("|"):
            return after + 1
    return number + 1


def fit_row(head: TableHead, row: str) -> list[str] | None:
    """Text of each column of a row, trimmed; None if the row does not fit the head.

    Columns at the end that the row leaves out are empty.
    """
    row = row.strip()
    if not row.startswith("|") or row.count("|") > _MAX_PIPES:
        return None
    plain = _plain_pipes(row)
    spans = _between(row, plain)
    if len(spans) == len(head.roles) and _fits(head, cells := _texts(row, spans)):
        return cells
    closed = _outside(plain, [*_details(row), *_links(row)])
    cuts = (closed, _outside(closed, list(_maths(row))), plain)
    candidates = [_between(row, pipes) for pipes in cuts]
    for spans in candidates:
        if len(spans) == len(head.roles) and _fits(head, cells := _texts(row, spans)):
            return cells
    for spans in candidates:
        aligned = _align(head, row, spans)
        if aligned is None or not _fits(head, cells := _texts(row, aligned)):
            continue
        title = head.column("title")
        if title is None or cells[title].startswith("**") == cells[title].endswith("**"):
            return cells
    return None


def has_paper_link(text: str) -> bool:
    """Whether an identifier stands in a link to arXiv."""
    return LINK.search(text) is not None


def _plain_pipes(row: str) -> list[int]:
    return [match.start() for match in _ESCAPE_OR_PIPE.finditer(row) if match[0] == "|"]


def _between(row: str, pipes: list[int]) -> list[CellSpan]:
    """Spans of the cells; text after the last pipe is a cell of its own, as a row need not be closed."""
    spans = [(a + 1, b) for a, b in pairwise(pipes)]
    if pipes and row[pipes[-1] + 1 :].strip():
        spans.append((pipes[-1] + 1, len(row)))
    return spans


def _texts(row: str, spans: list[CellSpan]) -> list[str]:
    return [row[start:end].strip(" \t\n\r") for start, end in spans]


def _outside(pipes: list[int], shelters: list[CellSpan]) -> list[int]:
    """Pipes that stand in none of the shelters."""
    shelters.sort()
    kept, position, reach = [], 0, -1
    for pipe in pipes:
        while position < len(shelters) and shelters[position][0] < pipe:
            reach = max(reach, shelters[position][1])
            position += 1
        if pipe >= reach:
            kept.append(pipe)
    return kept


def _details(row: str) -> Iterator[CellSpan]:
    end = 0
    while (start := row.find("<details", end)) >= 0:
        end = row.find("</details>", start)
        if end < 0:
            return
        yield start, end


def _maths(row: str) -> Iterator[CellSpan]:
    end = -1
    while (start := row.find("$", end + 1)) >= 0:
        end = row.find("$", start + 1)
        if end < 0:
            return
        yield start, end


def _links(row: str) -> Iterator[CellSpan]:
    """Link texts and their targets, by matching brackets."""
    open_at: list[int] = []
    for match in _BRACKET.finditer(row):
        if match[0] == "[":
            open_at.append(match.start())
        elif open_at:
            start = open_at.pop()
            if row.startswith("(", match.end()):
                yield start, match.end()


def _fits(head: TableHead, cells: list[str]) -> bool:
    """Whether every cell that can be recognised by its looks looks like its column."""
    link, day = head.link_column, head.date_column
    return (
        (link is None or has_paper_link(cells[link]) or head.roles[link] == "arxiv_id")
        and (day is None or not cells[day] or _DATE_CELL.fullmatch(cells[day]) is not None)
        and all(cell.count("<details") == cell.count("</details>") for cell in cells)
        and all(_fits_role(role, cell) for role, cell in zip(head.roles, cells, strict=True))
    )


def _fits_role(role: Role | None, cell: str) -> bool:
    if role == "code":
        return is_nothing(cell) or "](" in cell or "://" in cell
    if role == "title" and cell[2:-2]:
        # Half of a bold title: a pipe of the title was taken for the end of its cell.
        opens, closes = cell.startswith("**"), cell.endswith("**")
        return opens == closes or "**" in (cell[2:] if opens else cell[:-2])
    return True


def is_nothing(cell: str) -> bool:
    """Whether a cell has nothing to say (`null`, `None`, `-`)."""
    return cell.strip("* \t").lower() in NOTHING


def _align(head: TableHead, row: str, spans: list[CellSpan]) -> list[CellSpan] | None:
    """Cells of each column, found between anchors; None if the anchors leave a choice."""
    extra = len(spans) - len(head.roles)
    if not -len(head.roles) < extra <= _MAX_EXTRA_CELLS:
        return None
    anchors = _anchors(head, row, spans)
    if anchors is None:
        return None
    aligned: list[CellSpan] = []
    column, cell = 0, 0
    for anchor_column, anchor_cell in [*anchors, (len(head.roles), None)]:
        last = len(spans) if anchor_cell is None else anchor_cell
        part = _share(head, row, range(column, anchor_column), spans[cell:last], is_last=anchor_cell is None)
        if part is None:
            return None
        aligned += part
        if anchor_cell is not None:
            aligned.append(spans[anchor_cell])
            column, cell = anchor_column + 1, anchor_cell + 1
    return aligned


def _anchors(head: TableHead, row: str, spans: list[CellSpan]) -> list[tuple[int, int]] | None:
    """Columns whose cell is certain, with that cell, in order; None if there are none or they contradict."""
    cells = _texts(row, spans)
    found: list[tuple[int, int]] = []
    link, day = head.link_column, head.date_column
    if link is not None and head.roles[link] != "title":
        places = [i for i, cell in enumerate(cells) if _LINK_CELL.fullmatch(cell)]
        if len(places) != 1:
            return None
        found.append((link, places[0]))
    elif link == 0:
        # The title's link closes its cell: whatever stands before it is the title.
        places = [i for i, cell in enumerate(cells) if _LINK_CLOSER.search(cell)]
        if not places:
            return None
        spans[: places[0] + 1] = [(spans[0][0], spans[places[0]][1])]
        cells[: places[0] + 1] = [row[spans[0][0] : spans[0][1]]]
        found.append((0, 0))
    if day is not None:
        places = [i for i, cell in enumerate(cells) if _DATE_CELL.fullmatch(cell)]
        if day == 0 and places[:1] == [0]:
            found.append((0, 0))
        elif len(places) == 1:
            found.append((day, places[0]))
    found.sort()
    rising = all(a[1] < b[1] for a, b in pairwise(found))
    return found if found and rising else None


def _share(
    head: TableHead, row: str, columns: range, spans: list[CellSpan], *, is_last: bool
) -> list[CellSpan] | None:
    """Give cells to columns; the one column of free text takes the surplus, two of them would be a guess."""
    missing = len(columns) - len(spans)
    if missing >= 0:
        end = spans[-1][1] if spans else len(row)
        return [*spans, *([(end, end)] * missing)] if missing == 0 or is_last else None
    first, last = 0, len(columns) - 1
    while first <= last and _is_rigid(head.roles[columns[first]], row, spans[first]):
        first += 1
    while last > first and _is_rigid(head.roles[columns[last]], row, spans[last - len(columns)]):
        last -= 1
    if first != last:
        return None
    after = len(columns) - 1 - last
    surplus = (spans[first][0], spans[len(spans) - 1 - after][1])
    return [*spans[:first], surplus, *(spans[-after:] if after else [])]


def _is_rigid(role: Role | None, row: str, span: CellSpan) -> bool:
    """Whether the cell is complete as it is: of a column without free text, or one closed `<details>`."""
    cell = row[span[0] : span[1]].strip()
    return role not in _FREE_TEXT or (cell.startswith("<details") and cell.endswith("</details>"))
