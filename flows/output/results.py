"""A query's result as text for people (table, markdown), for programs (csv, json, ndjson), or as Parquet.

How values are written: `flows/output/values.py`. Here NULL becomes `NULL` in table and markdown, nothing in CSV
(an empty string is nothing too) and null in JSON. Repeated column names are kept, but made unique (`x`, `x_1`) in
JSON and Parquet, which need it.

Formats stream: memory does not grow with the number of rows.
"""

import codecs
import csv
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final, TextIO, cast

from paperhouse.flows.output.terminal_text import escape_controls
from paperhouse.flows.output.text_table import NULL, TextTable
from paperhouse.flows.output.values import (
    Converter,
    is_number,
    is_text,
    json_converter,
    text_converter,
    unique_names,
    value_rows,
)
from paperhouse.transforms.errors import InputError, QueryError, SettingsError
from paperhouse.warehouse.storage.atomic_files import replace_durably

if TYPE_CHECKING:
    from paperhouse.warehouse.read.query import Result

FORMATS: Final = ("table", "markdown", "csv", "json", "ndjson", "parquet")

ROWS_ON_TERMINAL: Final = 1_000
"""A terminal table shows no more rows, and says so."""

_ROW_GROUP_ROWS: Final = 122_880
_ROW_GROUP_BYTES: Final = 64 * 2**20


def render(
    result: "Result",
    format_name: str,
    *,
    output: Path | None = None,
    stdout: TextIO,
    neutralise_formulas: bool = True,
) -> int:
    """Write the result to `output`, which appears when it is complete, or else to `stdout`; count the rows.

    A reader that closes the pipe (`| head`) ends the writing without an error.

    Raises:
        SettingsError: no such format, or Parquet on a terminal.
        InputError: `output` cannot be written.
        QueryError: the engine failed half way.
    """
    if format_name not in FORMATS:
        msg = f"{format_name!r} is no output format; choose one of {', '.join(FORMATS)}"
        raise SettingsError(msg, format=format_name)
    if output is not None:
        with replacing(output) as file:
            return _write(result, format_name, file, neutralise_formulas=neutralise_formulas)
    if format_name == "parquet" and stdout.isatty():
        msg = "Parquet is binary and would garble the terminal; give --output FILE or redirect the output"
        raise SettingsError(msg, format=format_name)
    try:
        if format_name == "table" and stdout.isatty():
            return write_terminal_table(result, stdout)
        stdout.flush()
        n_rows = _write(result, format_name, stdout.buffer, neutralise_formulas=neutralise_formulas)
        stdout.flush()
    except BrokenPipeError:
        _silence(stdout)
        return 0
    return n_rows


def _write(result: "Result", format_name: str, file: IO[bytes], *, neutralise_formulas: bool) -> int:
    if format_name == "parquet":
        return write_parquet_result(result, file)
    # UTF-8 wherever it goes: what is written must not depend on the locale of the shell.
    text = cast("TextIO", codecs.getwriter("utf-8")(file))
    if format_name == "csv":
        return write_csv(result, text, neutralise_formulas=neutralise_formulas)
    return _TEXT_WRITERS[format_name](result, text)


def _silence(stdout: TextIO) -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stdout.fileno())
    os.close(nowhere)


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the name `target` when the block ends well; else `target` stays as it was.

    Devices and pipes (`/dev/null`) are written directly; of a symbolic link the file behind it is replaced.
    """
    target = Path(os.path.realpath(target))
    is_special = target.exists() and not target.is_file()
    draft = target if is_special else draft_of(target, os.getpid())
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            if not is_special:
                os.fsync(file.fileno())
        if not is_special:
            replace_durably(draft, target)
    except OSError as error:
        msg = f"{target}: cannot be written ({error.strerror or error}); choose another --output"
        raise InputError(msg, path=target) from None
    finally:
        if not is_special:
            draft.unlink(missing_ok=True)


def draft_of(target: Path, pid: int) -> Path:
    """Where the process `pid` writes what is to become `target`."""
    target = Path(os.path.realpath(target))
    return target.with_name(f".{target.name}.{pid}.tmp")


def write_csv(result: "Result", stream: TextIO, *, neutralise_formulas: bool = True) -> int:
    """Write RFC 4180 with a header; the stream must not translate line ends.

    By default a text or name that a spreadsheet would run as a formula gets a leading apostrophe; texts that
    are plain numbers, such as -1.5, stay.
    """
    if not result.columns:
        return 0
    writer = csv.writer(stream, lineterminator="\r\n")
    names: Sequence[str] = result.columns
    converters = [text_converter(field.type) for field in result.schema]
    if neutralise_formulas:
        names = [_neutral(name) for name in names]
        converters = [
            _then_neutral(converter) if is_text(field.type) else converter
            for converter, field in zip(converters, result.schema, strict=True)
        ]
    writer.writerow(names)
    n_rows = 0
    for row in value_rows(result, converters):
        writer.writerow(row)
        n_rows += 1
    return n_rows


def write_json(result: "Result", stream: TextIO) -> int:
    """Write one array, one object a row and line; a repeated column name gets _1, _2 ..."""
    n_rows = 0
    stream.write("[")
    for line in _json_lines(result):
        stream.write(",\n" if n_rows else "\n")
        stream.write(line)
        n_rows += 1
    stream.write("\n]\n" if n_rows else "]\n")
    return n_rows


def write_ndjson(result: "Result", stream: TextIO) -> int:
    """Write one JSON object a line; a repeated column name gets _1, _2 ..."""
    n_rows = 0
    for line in _json_lines(result):
        stream.write(line)
        stream.write("\n")
        n_rows += 1
    return n_rows


def _json_lines(result: "Result") -> Iterator[str]:
    names = unique_names(result.columns)
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    for row in value_rows(result, [json_converter(field.type) for field in result.schema]):
        yield encode(dict(zip(names, row, strict=True)))


def write_markdown(result: "Result", stream: TextIO) -> int:
    """Write a pipe table; numbers stand to the right."""
    if not result.columns:
        return 0
    _write_markdown_row([_markdown_cell(name) for name in result.columns], stream)
    _write_markdown_row(["---:" if is_number(field.type) else "---" for field in result.schema], stream)
    n_rows = 0
    for row in _text_rows(result):
        _write_markdown_row([_markdown_cell(NULL if cell is None else cell) for cell in row], stream)
        n_rows += 1
    return n_rows


def _write_markdown_row(cells: Sequence[str], stream: TextIO) -> None:
    stream.write("| " + " | ".join(cells) + " |\n")


def _markdown_cell(text: str) -> str:
    if text.isprintable() and "|" not in text and "<" not in text:
        return text
    # A backslash before a pipe would escape the escape; a bare < would begin HTML.
    text = re.sub(r"(\\*)\|", lambda match: match[1] * 2 + r"\|", text.replace("<", "&lt;"))
    lines = re.split(r"\r\n|\r|\n", text)
    return "<br>".join(escape_controls(line) for line in lines)


def write_table(result: "Result", stream: TextIO) -> int:
    """Write aligned columns of plain text: nothing cut, no colours, the same whoever reads it."""
    if not result.columns:
        return 0
    n_lines = 0
    for line in _table_of(result).plain(_text_rows(result)):
        stream.write(f"{line}\n")
        n_lines += 1
    return n_lines - 2  # the names and the rule


def write_terminal_table(result: "Result", stream: TextIO) -> int:
    """Draw at most ROWS_ON_TERMINAL rows, wrapped to the terminal's width."""
    from rich.console import Console  # noqa: PLC0415  # 60 ms that a pipe need not pay

    if not result.columns:
        return 0
    rows = _text_rows(result)
    shown = list(islice(rows, ROWS_ON_TERMINAL))
    console = Console(file=stream)
    console.print(_table_of(result).drawn(shown))
    if next(rows, None) is not None:
        console.print(
            f"The first {len(shown):,} rows; --format csv or --output FILE gives all.", highlight=False
        )
    return len(shown)


def _table_of(result: "Result") -> TextTable:
    return TextTable(result.columns, [is_number(field.type) for field in result.schema])


def _text_rows(result: "Result") -> Iterator[Sequence[str | None]]:
    return value_rows(result, [text_converter(field.type) for field in result.schema])


def write_parquet_result(result: "Result", file: IO[bytes]) -> int:
    """Write Parquet, zstd, in row groups of 122,880 rows or 64 MB; a repeated column name gets _1, _2 ...

    Raises:
        QueryError: the statement gives no columns.
    """
    import pyarrow as pa  # noqa: PLC0415  # 0.1 s that the text formats do not need
    import pyarrow.parquet as pq  # noqa: PLC0415

    if not result.columns:
        msg = "the last statement gives no columns, so there is no Parquet to write; end with a SELECT"
        raise QueryError(msg)
    names = unique_names(result.columns)
    schema = pa.schema([field.with_name(name) for field, name in zip(result.schema, names, strict=True)])
    n_rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _row_groups(result.batches):
            batches = [pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in group]
            writer.write_table(pa.Table.from_batches(batches, schema))
            n_rows += sum(batch.num_rows for batch in batches)
    return n_rows


def _row_groups(batches: Iterator[Any]) -> Iterator[list[Any]]:
    group: list[Any] = []
    for batch in batches:
        group.append(batch)
        if (
            sum(held.num_rows for held in group) >= _ROW_GROUP_ROWS
            or sum(held.nbytes for held in group) >= _ROW_GROUP_BYTES
        ):
            yield group
            group = []
    if group:
        yield group


_TEXT_WRITERS: Final[dict[str, Callable[["Result", TextIO], int]]] = {
    "table": write_table,
    "markdown": write_markdown,
    "json": write_json,
    "ndjson": write_ndjson,
}


_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLAIN_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def _neutral(text: str) -> str:
    if text.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def _then_neutral(converter: Converter) -> Converter:
    def convert(value: Any) -> Any:
        text = converter(value)
        return text if text is None else _neutral(text)

    return convert
