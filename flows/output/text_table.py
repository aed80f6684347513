"""Tables of text, the one way in which the terminal shows rows: drawn by rich there, aligned plain columns in a pipe.

A cell is None where there is no value. Control characters and line breaks are escaped, so a row of a pipe is a line;
nothing is cut. rich is imported by who draws on a terminal.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from paperhouse.flows.output.terminal_text import display_width, escape_controls

if TYPE_CHECKING:
    from rich.table import Table

NULL: Final = "NULL"
_GAP: Final = "  "
_SPOOL_BYTES: Final = 16 * 2**20
"""More than these wait in a temporary file until the widths are known."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """The columns of a table: their names, and which of them are numbers and stand to the right."""

    names: Sequence[str]
    are_numbers: Sequence[bool]

    def plain(self, rows: Iterable[Sequence[str | None]]) -> Iterator[str]:
        """Lines of the table: its names, a rule, its rows; memory does not grow with their number."""
        from tempfile import SpooledTemporaryFile  # noqa: PLC0415 - 5 ms that other output need not pay

        names = [escape_controls(name) for name in self.names]
        widths = [display_width(name) for name in names]
        with SpooledTemporaryFile(_SPOOL_BYTES, "w+", encoding="utf-8", newline="\n") as spool:
            for row in rows:
                cells = [_shown(cell) for cell in row]
                widths = [max(width, display_width(cell)) for width, cell in zip(widths, cells, strict=True)]
                spool.write(json.dumps(cells) + "\n")
            yield self._line(names, widths)
            yield _GAP.join("-" * width for width in widths)
            spool.seek(0)
            for line in spool:
                yield self._line(json.loads(line), widths)

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        padded = []
        for cell, width, is_number in zip(cells, widths, self.are_numbers, strict=True):
            space = " " * (width - display_width(cell))
            padded.append(space + cell if is_number else cell + space)
        return _GAP.join(padded).rstrip(" ")

    def drawn(self, rows: Iterable[Sequence[str | None]]) -> "Table":
        """The table for a console of rich, which wraps it to the terminal's width."""
        from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - 60 ms that a pipe need not pay
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
        for name, is_number in zip(self.names, self.are_numbers, strict=True):
            table.add_column(
                Text(escape_controls(name)), justify="right" if is_number else "left", overflow="fold"
            )
        for row in rows:
            table.add_row(*(Text(_shown(cell), style="dim" if cell is None else "") for cell in row))
        return table


def _shown(cell: str | None) -> str:
    return NULL if cell is None else escape_controls(cell)
