"""Rows of Markdown tables as labelled pieces: the head of the column is the label."""

from typing import Final

from paperhouse.transforms.formats.generic.fields import Piece
from paperhouse.transforms.formats.generic.vocabulary import role_of
from paperhouse.transforms.parsing.field_names import field_role
from paperhouse.transforms.parsing.markdown_table import TableHead, fit_row, is_separator, table_head
from paperhouse.transforms.parsing.table_rows import details_text

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
            role = (field_role(name) or role_of(name)) if name else None
            if head is not None and index < len(head.roles) and head.roles[index] is not None:
                role = head.roles[index]
            text = details_text(cell) if role in {"abstract", "abstract_zh", "comment", "summary"} else cell
            pieces.append(Piece(name, role, "cell", [text]))
        return pieces
