"""One screen of lines and tables: with colours on a terminal, plain and always the same where it is piped.

rich obeys NO_COLOR, TERM and COLUMNS; nothing of it is imported where the output is no terminal.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from paperhouse.flows.output.terminal_text import escape_controls
from paperhouse.flows.output.text_table import TextTable

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Line:
    """A label and its text; `style` colours the text on a terminal."""

    label: str
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table below a label; the columns named in `numbers` stand to the right."""

    label: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numbers: frozenset[str] = frozenset()

    @property
    def table(self) -> TextTable:
        """The columns of the table."""
        return TextTable(self.head, [name in self.numbers for name in self.head])


ScreenPart = Line | Grid
_LABEL_WIDTH = 12


def show(parts: Sequence[ScreenPart], stream: TextIO | None = None) -> None:
    """Write the parts to `stream` (standard output), as it takes them best."""
    stream = stream or sys.stdout
    if stream.isatty():
        from rich.console import Console  # noqa: PLC0415 - 60 ms that a pipe need not pay

        show_on(Console(file=stream, highlight=False), parts)
    else:
        stream.write("".join(f"{line}\n" for part in parts for line in plain_lines(part)))


def show_text(lines: Sequence[tuple[str, str]], stream: TextIO | None = None) -> None:
    """Write lines, each with its style on a terminal, to `stream` (standard output)."""
    stream = stream or sys.stdout
    if not stream.isatty():
        stream.write("".join(f"{escape_controls(line)}\n" for line, _ in lines))
        return
    from rich.console import Console  # noqa: PLC0415 - 60 ms that a pipe need not pay
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=stream, highlight=False)
    for line, style in lines:
        console.print(Text(escape_controls(line), style=style))


def plain_lines(part: ScreenPart) -> Iterator[str]:
    """The part as plain text, as wide as it is."""
    if isinstance(part, Line):
        yield f"{part.label:<{_LABEL_WIDTH}}{escape_controls(part.text)}".rstrip()
        return
    if part.label:
        yield part.label
    indent = "  " if part.label else ""
    yield from (f"{indent}{line}" for line in part.table.plain(part.rows))


def show_on(console: "Console", parts: Sequence[ScreenPart]) -> None:
    """Draw the parts on a console of rich."""
    for part in parts:
        if isinstance(part, Line):
            _show_line(console, part)
        else:
            _show_grid(console, part)


def _show_line(console: "Console", line: Line) -> None:
    from rich.padding import Padding  # noqa: PLC0415 - see above
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    text = Text(escape_controls(line.text), style=line.style)
    if not line.label:
        console.print(Padding(text, (0, 0, 0, _LABEL_WIDTH)))
        return
    grid = Table.grid(padding=0)
    grid.add_column(width=_LABEL_WIDTH, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(line.label, style="bold"), text)
    console.print(grid)


def _show_grid(console: "Console", part: Grid) -> None:
    from rich.text import Text  # noqa: PLC0415 - see above

    if part.label:
        console.print(Text(part.label, style="bold"))
    console.print(part.table.drawn(part.rows))
