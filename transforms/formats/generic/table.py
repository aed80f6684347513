"""Rows of Markdown tables as labelled pieces: the head of the column is the label.

# ruff: noqa: E501  (patterns are read in one piece)
"""

import re
from typing import Final

from paperhouse.transforms.formats.generic.names import looks_like_names
from paperhouse.transforms.formats.generic.pieces import Piece
from paperhouse.transforms.formats.generic.segments import segments_of
from paperhouse.transforms.formats.generic.vocabulary import role_of
from paperhouse.transforms.parsing.field_names import Role, field_role
from paperhouse.transforms.parsing.markdown_table import TableHead, fit_row, is_separator, table_head

_DETAILS: Final = re.compile(
    r"<details\b[^<>]{0,60}>\s{0,9}<summary>([^<]{0,80})</summary>((?:(?!</details>).){0,20000})</details>",
    re.DOTALL | re.IGNORECASE,
)
_BREAK: Final = re.compile(r"<br[ \t]*/?>|</br>", re.IGNORECASE)
_TWO: Final = re.compile(r"(?:(?<![ \t])[ \t]+)?(?:[/&+,、，]|\band\b|<br[ \t]*/?>)[ \t]*")
_MOST_CELLS: Final = 60


class TableColumns:
    """The tables of a text: for each row the head above it."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._heads: dict[int, TableHead | None] = {}
        head: TableHead | None = None
        for index, line in enumerate(lines):
            if not line.lstrip(" \t>").startswith("|"):
                head = head if not line.strip() and head is None else None
                continue
            following = lines[index + 1] if index + 1 < len(lines) else ""
            found = (
                table_head(line.lstrip(" \t>"), following.lstrip(" \t>")) if is_separator(following) else None
            )
            head = found or head
            self._heads[index + 1] = head

    def pieces(self, number: int) -> list[Piece]:
        """Cells of the row in line `number`, each labelled by its column."""
        row = self._lines[number - 1].strip().lstrip(">").strip()
        head = self._heads.get(number)
        cells = fit_row(head, row) if head is not None else None
        if cells is None:
            cells = [cell.strip() for cell in row.strip("|").split("|")][:_MOST_CELLS]
        names = head.names if head is not None else ()
        pieces: list[Piece] = []
        for index, cell in enumerate(cells):
            name = names[index] if index < len(names) else ""
            role = _role_of_head(name)
            if head is not None and index < len(head.roles) and head.roles[index] is not None:
                role = head.roles[index]
            pieces += _cell_pieces(name, role, cell)
        return pieces


def _role_of_head(name: str) -> Role | None:
    """Role of a column; of one that names two fields (`Title / Authors`) the first."""
    if not name:
        return None
    role = field_role(name) or role_of(name)
    first = _TWO.split(name, maxsplit=1)[0]
    return role or field_role(first) or role_of(first)


def _cell_pieces(name: str, role: Role | None, cell: str) -> list[Piece]:
    """A cell as pieces: each `<details>` and each line of it that has a label of its own is one."""
    found = [
        Piece(m[1] or name, role_of(m[1]) or role, "cell", [_paragraph(m[2])])
        for m in _DETAILS.finditer(cell)
    ]
    if found:
        return found
    first, *more = _BREAK.split(cell) if "<" in cell else [cell]
    pieces = [Piece(name, role, "cell", [first])]
    for part in more:
        for segment in segments_of(part):
            is_names = role == "title" and not segment.label and looks_like_names(segment.text)
            pieces.append(
                Piece(segment.label or name, "authors" if is_names else segment.role, "line", [segment.text])
            )
    return pieces


def _paragraph(text: str) -> str:
    text = text.strip()
    return text[3:-4].strip() if text.startswith("<p>") and text.endswith("</p>") else text
