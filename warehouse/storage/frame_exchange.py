"""Frames into DuckDB by way of short-lived Parquet files, and back as Arrow, which copies nothing."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import duckdb
import polars as pl

from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.storage.parquet import write_parquet

_NUMBERS = count()
_ROWS_PER_GROUP = 10_000
"""DuckDB reads row groups side by side: a quarter less time for a half year's tables than from one large group."""

_FEW_ROWS = 200
"""Up to so many keys stand in the text of a query themselves: to write a file and read it takes longer."""
_WRITTEN_TYPES: Mapping[pl.DataType, str] = {
    pl.String(): "varchar",
    pl.Int64(): "bigint",
    pl.UInt32(): "uinteger",
    pl.UInt64(): "ubigint",
}


@dataclass(slots=True)
class StoredRows:
    """Rows for one table, which are too many to hold: each frame that is added waits in a file of its own."""

    scratch: Path
    files: list[Path] = field(default_factory=list)

    def add(self, rows: pl.DataFrame) -> None:
        """Write these rows to a file."""
        if rows.height:
            path = _new_path(self.scratch)
            write_parquet(rows, path, compression="lz4", row_group_size=_ROWS_PER_GROUP)
            self.files.append(path)


@dataclass(frozen=True, slots=True)
class FrameExchange:
    """An open warehouse and an existing folder for files on their way."""

    connection: duckdb.DuckDBPyConnection
    scratch: Path

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to a table, in their order; columns are matched by name."""
        if rows.height:
            self._load(f"insert into {quoted_name(table)} by name from {{file}}", rows)

    def store(self) -> StoredRows:
        """A place for rows that wait to be inserted."""
        return StoredRows(self.scratch)

    def insert_stored(self, table: str, stored: Iterable[StoredRows], order: str) -> None:
        """Add stored rows to a table and delete their files; `order` by columns, which each frame has already."""
        files = [path for rows in stored for path in rows.files]
        if not files:
            return
        among = ", ".join(quoted_text(str(path)) for path in files)
        by = f" order by {order}" if len(files) > 1 else ""
        self.connection.execute(f"insert into {quoted_name(table)} by name from read_parquet([{among}]){by}")
        for path in files:
            path.unlink()

    @contextmanager
    def lend(self, rows: pl.DataFrame) -> Iterator[str]:
        """A frame as a relation for the block: what stands for its rows in the text of a query."""
        if rows.width == 1 and rows.height <= _FEW_ROWS and rows.dtypes[0] in _WRITTEN_TYPES:
            yield _written_out(rows.to_series())
            return
        path = _new_path(self.scratch)
        write_parquet(rows, path, compression="lz4", row_group_size=_ROWS_PER_GROUP)
        yield f"read_parquet({quoted_text(str(path))})"
        path.unlink()

    def put_temporary(self, table: str, rows: pl.DataFrame) -> None:
        """Make a temporary table of exactly these rows."""
        self._load(f"create or replace temp table {quoted_name(table)} as from {{file}}", rows)

    def take(self, query: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """Rows of a query with the columns and types of `schema`."""
        rows = pl.DataFrame(self.connection.sql(query))
        return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())

    def count(self, query: str) -> int:
        """The number that a query of one row and column gives."""
        ((number,),) = self.connection.execute(query).fetchall()
        return int(number)

    def _load(self, statement: str, rows: pl.DataFrame) -> None:
        path = _new_path(self.scratch)
        write_parquet(rows, path, compression="lz4", row_group_size=_ROWS_PER_GROUP)
        self.connection.execute(statement.format(file=f"read_parquet({quoted_text(str(path))})"))
        path.unlink()


def _written_out(values: pl.Series) -> str:
    write = quoted_text if values.dtype == pl.String() else str
    written = ", ".join("null" if value is None else write(value) for value in values.to_list())
    return f"(select unnest([{written}]::{_WRITTEN_TYPES[values.dtype]}[]) as {quoted_name(values.name)})"


def _new_path(folder: Path) -> Path:
    return folder / f"exchange-{next(_NUMBERS)}.parquet"
