"""The next warehouse file while it is made: a copy of the last one or a new one, changed, checked and read back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from paperhouse.transforms.errors import WarehouseError
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.schema.empty_warehouse import STORAGE_VERSION, write_empty_warehouse
from paperhouse.warehouse.schema.relations import create_models
from paperhouse.warehouse.storage.atomic_files import copy_file
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import delete_folder
from paperhouse.warehouse.storage.receipts import Receipt, has_receipts, receipt_of
from paperhouse.warehouse.write.changed_keys import write_changed
from paperhouse.warehouse.write.compaction import copy_rows, is_due
from paperhouse.warehouse.write.content_hash import hashes_of_changed, table_hashes
from paperhouse.warehouse.write.row_counts import row_counts
from paperhouse.warehouse.write.run_checks import require_checks

_MEMORY_LIMIT = "384MB"
"""Of DuckDB while it writes; what does not fit goes to disk. Left alone it would take most of the machine."""
_FEW_BYTES = 4 * 1024**2
"""Of packages: what these state is written by one thread, for several would wait for each other most of the time ..."""
_BASE_SHARE = 32
"""... of a file so many times as large too."""


@dataclass(frozen=True, slots=True)
class StagedWarehouse:
    """The next file, open for writing, and the receipt of the file that it started from, if there was one."""

    path: Path
    exchange: FrameExchange
    base: Receipt | None


@contextmanager
def open_staged(
    home: Home, load_id: str, *, base: Path | None, n_bytes: int | None
) -> Iterator[StagedWarehouse]:
    """A copy of `base`, or a new warehouse, in a transaction that `finish` ends; scrap is gone afterwards.

    `n_bytes` is the size of the packages that come in, if anybody knows.
    """
    folder = home.work / f"next-{load_id}"
    folder.mkdir(parents=True)
    path = folder / "next.duckdb"
    try:
        receipt = None
        is_new = base is None or not base.exists()
        if base is not None and not is_new:
            copy_file(base, path)
            receipt = _receipt_of_base(home, base, path)
        else:
            write_empty_warehouse(path)
        connection = _open_for_writing(path)
        try:
            if n_bytes is not None and max(n_bytes, path.stat().st_size // _BASE_SHARE) <= _FEW_BYTES:
                connection.execute("set threads = 1")
            if not is_new:
                require_schema(connection, path)
            connection.execute("begin transaction")
            yield StagedWarehouse(path, FrameExchange(connection, folder), receipt)
        finally:
            connection.close()
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        msg = f"{path}: the next warehouse could not be made ({reason}); the live warehouse is untouched"
        raise WarehouseError(msg, path=str(path)) from error
    finally:
        delete_folder(folder)


def _receipt_of_base(home: Home, base: Path, copy: Path) -> Receipt | None:
    """Receipt of the file that the next one starts from; None in a home without any receipts.

    Raises:
        WarehouseError: its bytes are not those of any receipt: somebody changed it since it was published.
    """
    receipt = receipt_of(home.receipts, copy)
    if receipt is None and has_receipts(home.receipts):
        msg = (
            f"{base}: was changed since it was published, by another program or by damage; "
            "go back with `paperhouse restore`, or make it again with `paperhouse rebuild`"
        )
        raise WarehouseError(msg, path=str(base))
    return receipt


def _open_for_writing(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={"preserve_insertion_order": True, "allow_community_extensions": False}
    )
    attach = f"attach {quoted_text(str(path))} as paperhouse (storage_version '{STORAGE_VERSION}')"
    connection.execute(attach)
    # Else what does not fit into memory would go to .tmp in the working folder.
    connection.execute(f"set temp_directory = {quoted_text(str(path.parent))}")
    connection.execute(f"set memory_limit = {quoted_text(_MEMORY_LIMIT)}")
    # What is committed goes straight into the file, and not into a log first.
    connection.execute("use paperhouse; set timezone = 'UTC'; set checkpoint_threshold = '1b'")
    return connection


@dataclass(frozen=True, slots=True)
class Finished:
    """What a finished file holds: rows and hash of each table; and the loads on top of the last file written whole."""

    tables: dict[str, tuple[int, int]]
    n_loads_since_whole: int


def finish(draft: StagedWarehouse) -> Finished:
    """Commit, check, write everything into the one file and let go of it; return what it holds.

    Where the file started from one with a receipt, only what changed is checked, read back and hashed: the other
    rows are those of the receipt, and their bytes were compared with it. Now and then it is then written anew.

    Raises:
        CheckFailedError: a check found offending rows.
        WarehouseError: a log file was left behind, or the file cannot be read back.
    """
    connection = draft.exchange.connection
    create_models(connection)
    is_first = draft.base is None
    if draft.base is not None:
        key_files = write_changed(connection, draft.exchange.scratch)
        before = _hashes_before(connection, key_files, draft.base)
    connection.execute("commit")
    require_checks(connection, is_of_changes=not is_first)
    connection.execute("checkpoint")
    _let_go(connection)
    with _reading_back(connection, draft.path) as finished:
        if draft.base is None:
            return Finished(table_hashes(finished), 0)
        n_rows = row_counts(finished)
        after = hashes_of_changed(finished, key_files, n_rows)
        tables = added_up(draft.base.tables, before, after)
        _require_row_counts(draft.path, n_rows, tables)
    n_loads = draft.base.n_loads_since_whole + 1
    if not is_due(draft.path.stat().st_size, n_loads):
        return Finished(tables, n_loads)
    _write_anew(draft.path, tables)
    return Finished(tables, 0)


def _let_go(connection: duckdb.DuckDBPyConnection) -> None:
    """Close the file, with all that the engine holds of it in memory."""
    connection.execute("use memory; detach paperhouse")


def _write_anew(path: Path, tables: Mapping[str, tuple[int, int]]) -> None:
    """Put a file with the same rows, read back whole, in the place of this one.

    Raises:
        WarehouseError: its rows are not the same.
    """
    fresh = path.with_name("fresh.duckdb")
    write_empty_warehouse(fresh)
    connection = _open_for_writing(fresh)
    try:
        copy_rows(connection, path)
        _let_go(connection)
        with _reading_back(connection, fresh) as finished:
            if table_hashes(finished) != tables:
                msg = f"{fresh}: does not hold what it was copied from; the live warehouse is untouched"
                raise WarehouseError(msg, path=str(fresh))
    finally:
        connection.close()
    fresh.replace(path)


def _hashes_before(
    connection: duckdb.DuckDBPyConnection, key_files: Mapping[str, Path], base: Receipt
) -> dict[str, tuple[int, int]]:
    """Hashes of the changed rows as they were before the transaction that is open."""
    with connection.cursor() as committed:
        committed.execute("use paperhouse")
        n_rows = {table: n_rows for table, (n_rows, _) in base.tables.items()}
        return hashes_of_changed(committed, key_files, n_rows)


def added_up(
    base: Mapping[str, tuple[int, int]],
    before: Mapping[str, tuple[int, int]],
    after: Mapping[str, tuple[int, int]],
) -> dict[str, tuple[int, int]]:
    """Rows and hashes of all tables, from those of the base and of the rows that changed."""
    return {
        table: (base[table][0] - before[table][0] + n_rows, base[table][1] - before[table][1] + total)
        for table, (n_rows, total) in after.items()
    }


def _require_row_counts(
    path: Path, counted: Mapping[str, int], tables: Mapping[str, tuple[int, int]]
) -> None:
    """Refuse a file that lost or gained rows beside those that changed.

    Raises:
        WarehouseError: names the tables.
    """
    differing = [
        f"{table} ({counted[table]:,} rows, not {n_rows:,})"
        for table, (n_rows, _) in tables.items()
        if counted[table] != n_rows
    ]
    if differing:
        lost = ", ".join(differing)
        msg = f"{path}: tables hold other rows than was written: {lost}; the live warehouse is untouched"
        raise WarehouseError(msg, path=str(path), tables=differing)


@contextmanager
def _reading_back(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The finished file, opened anew, to be read only; an engine that runs opens it in half the time of another one.

    Raises:
        WarehouseError: a log file was left beside it, or a block cannot be read.
    """
    log = log_of(path)
    if log.exists():
        msg = f"{log}: DuckDB left a log behind, so {path.name} is not complete; the live warehouse is untouched"
        raise WarehouseError(msg, path=str(path))
    try:
        connection.execute(f"attach {quoted_text(str(path))} as finished (read_only); use finished")
        yield connection
        connection.execute("use memory; detach finished")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        msg = f"{path}: the finished file cannot be read back ({reason}); the live warehouse is untouched"
        raise WarehouseError(msg, path=str(path)) from error


def log_of(path: Path) -> Path:
    """Where DuckDB keeps the write-ahead log of the file at `path`."""
    return path.with_name(path.name + ".wal")


def require_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a warehouse whose base tables are not those of this version.

    Raises:
        WarehouseError: with the remedy, a rebuild from the packages.
    """
    found = _columns_of_tables(connection)
    differing = [
        name for name, schema in WAREHOUSE_TABLES.items() if found.get(name) != list(schema.columns())
    ]
    if differing:
        msg = (
            f"{path}: tables {', '.join(differing)} are not those of this version of Paperhouse; "
            "run `paperhouse rebuild` to make the warehouse again from its load packages"
        )
        raise WarehouseError(msg, path=str(path), tables=differing)


def _columns_of_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Columns of each base table that is there; the engine's own list of columns binds every model for it."""
    held = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'main' order by all"
    ).fetchall()
    queries = [
        f"select {number} as number, cid, name from pragma_table_info({quoted_text(f'main.{quoted_name(table)}')})"
        for number, (table,) in enumerate(held)
    ]
    columns: dict[str, list[str]] = {table: [] for (table,) in held}
    if queries:
        for number, _, name in connection.execute(f"{' union all '.join(queries)} order by all").fetchall():
            columns[held[number][0]].append(name)
    return columns
