"""Rows of a CSV text with their lines, each whole or known to be broken."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_CELL_LIMIT: Final = 131_072


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its lines, its cells, and whether its last cell was cut off inside quotes.

    `cells` is None where the quoting is broken otherwise.
    """

    line_start: int
    line_end: int
    cells: list[str] | None
    is_cut: bool = False


def csv_rows(text: str, delimiter: str = ",") -> Iterator[CsvRow]:
    """Every row that is not blank; quoted cells may hold line breaks.

    A quote that is never closed would swallow the rows behind it. So a row that cannot be read whole gives
    up its first line only, and reading starts again at the next. A cell has at most 131,072 characters, the
    limit of Python's csv module, also where the process has raised it: no abstract comes near.
    """
    lines = text.split("\n")
    start = 0
    while start < len(lines):
        reader = csv.reader(
            (lines[i] + "\n" for i in range(start, len(lines))), delimiter=delimiter, strict=True
        )
        before = start
        try:
            for cells in reader:
                _require_short(cells)
                if any(cell.strip() for cell in cells):
                    yield CsvRow(before + 1, start + reader.line_num, cells)
                before = start + reader.line_num
        except csv.Error:
            yield _broken_row(lines[before], before + 1, delimiter)
            start = before + 1
        else:
            return


def _require_short(cells: list[str]) -> None:
    if max(map(len, cells), default=0) > _CELL_LIMIT:
        what = f"field larger than field limit ({_CELL_LIMIT})"
        raise csv.Error(what)


def _broken_row(line: str, number: int, delimiter: str) -> CsvRow:
    try:
        next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            cells = next(csv.reader([line], delimiter=delimiter))
            if max(map(len, cells), default=0) <= _CELL_LIMIT:
                return CsvRow(number, number, cells, is_cut=True)
    return CsvRow(number, number, None)
