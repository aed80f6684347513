"""The next warehouse file: built beside the live one, checked, forced to disk, swapped in with one rename.

Readers that hold the live file open keep their file; new ones get the next. Up to the rename nothing is live,
after it everything is. The package of the load gets its final name just before: a package that is not in
the ledger of the live file is a load that was cut off in between, and the next run brings it in.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from transforms.errors import WarehouseError
from transforms.tables import PACKAGE_TABLES, WAREHOUSE_TABLES
from warehouse.apply import Changes, apply_packages, replace_reference
from warehouse.bridge import Bridge
from warehouse.checks import require_checks
from warehouse.content_hash import table_hashes
from warehouse.ddl import create_tables, quoted_text
from warehouse.durable import copy_file, fsync_path, replace_durably
from warehouse.home import Home
from warehouse.packages import Package, PackageWriter, delete_folder, scan_table, sealed_packages
from warehouse.receipts import Receipt, has_receipts, receipt_of, write_receipt
from warehouse.relations import create_models

N_PREVIOUS = 2
"""Published files that are kept beside the live one."""
_STORAGE_VERSION = "v1.5.0"
_MEMORY_LIMIT = "384MB"
"""Of DuckDB while it writes; what does not fit goes to disk. Left alone it would take most of the machine."""


def publish_new(home: Home, writer: PackageWriter, load: dict[str, Any], categories: pl.DataFrame) -> Changes:
    """Publish the load that `writer` has collected; the caller holds the lock.

    `load` has load_id, started_at, trigger and code_version; the counts are filled in here. On any error the
    live file is as it was. So are the packages, unless only the swap itself failed: then the package waits in its
    place, and the next run publishes it.

    Raises:
        CheckFailedError: a check found offending rows.
    """
    with _next_file(home, writer.package.load_id, base=home.live) as (path, bridge):
        archive = [*sealed_packages(home.loads), writer.package]
        changes = _apply(bridge, [writer.package], archive, categories)
        known = {**load, "finished_at": datetime.now(UTC), **asdict(changes)}
        schema = {name: column.dtype for name, column in PACKAGE_TABLES["loads"].columns().items()}
        row = {name: known[name] for name in schema}
        bridge.insert("loads", pl.DataFrame([row], schema=schema))
        _finish(bridge)
        writer.seal(row)
        _record(home, path, writer.package.load_id)
        home.loads.mkdir(exist_ok=True)
        replace_durably(writer.package.folder, home.loads / writer.package.load_id)
        swap_in(home, path)
    return changes


def publish_sealed(
    home: Home, packages: Sequence[Package], categories: pl.DataFrame, *, base: Path | None
) -> Changes:
    """Publish packages that are complete on disk, on top of `base` or from nothing; the caller holds the lock.

    Raises:
        CheckFailedError: a check found offending rows.
    """
    with _next_file(home, packages[-1].load_id, base=base) as (path, bridge):
        changes = _apply(bridge, packages, sealed_packages(home.loads), categories)
        bridge.insert("loads", scan_table(packages, "loads").sort("load_id").collect())
        _finish(bridge)
        _record(home, path, packages[-1].load_id)
        swap_in(home, path)
    return changes


def swap_in(home: Home, path: Path) -> None:
    """Make the finished file at `path` the live one; the file that was live joins the previous ones.

    A log that some other program left beside the live file goes with it: beside the new file it would be read as
    that one's, which then could not be opened.
    """
    fsync_path(path)
    log = log_of(home.live)
    if home.live.exists():
        kept = _keep_previous(home)
        if log.exists():
            log.replace(log_of(kept))
    log.unlink(missing_ok=True)
    replace_durably(path, home.live)


@contextmanager
def _next_file(home: Home, load_id: str, *, base: Path | None) -> Iterator[tuple[Path, Bridge]]:
    """A copy of `base`, or a new warehouse, open for writing under `work`; scrap is gone afterwards."""
    folder = home.work / f"next-{load_id}"
    folder.mkdir(parents=True)
    path = folder / "next.duckdb"
    try:
        is_new = base is None or not base.exists()
        if base is not None and not is_new:
            copy_file(base, path)
            _require_published(home, base, path)
        connection = _open_for_writing(path)
        try:
            if is_new:
                create_tables(connection)
            else:
                require_schema(connection, path)
            yield path, Bridge(connection, folder)
        finally:
            connection.close()
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        msg = f"{path}: the next warehouse could not be made ({reason}); the live warehouse is untouched"
        raise WarehouseError(msg, path=str(path)) from error
    finally:
        delete_folder(folder)


def _require_published(home: Home, base: Path, copy: Path) -> None:
    """Refuse to build on a file that somebody changed since it was published.

    Raises:
        WarehouseError: its bytes are not those of any receipt.
    """
    if has_receipts(home.receipts) and receipt_of(home.receipts, copy) is None:
        msg = (
            f"{base}: was changed since it was published, by another program or by damage; "
            "go back with `paperhouse restore`, or make it again with `paperhouse rebuild`"
        )
        raise WarehouseError(msg, path=str(base))


def _open_for_writing(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={"preserve_insertion_order": True, "allow_community_extensions": False}
    )
    attach = f"attach {quoted_text(str(path))} as paperhouse (storage_version '{_STORAGE_VERSION}')"
    connection.execute(attach)
    # Else what does not fit into memory would go to .tmp in the working folder.
    connection.execute(f"set temp_directory = {quoted_text(str(path.parent))}")
    connection.execute(f"set memory_limit = {quoted_text(_MEMORY_LIMIT)}")
    connection.execute("use paperhouse; set timezone = 'UTC'")
    return connection


def _apply(
    bridge: Bridge, packages: Sequence[Package], archive: Sequence[Package], categories: pl.DataFrame
) -> Changes:
    bridge.connection.execute("begin transaction")
    replace_reference(bridge, categories)
    return apply_packages(bridge, packages, archive, frozenset(categories["category"].to_list()))


def _finish(bridge: Bridge) -> None:
    """Commit, check, write everything into the one file and let go of it."""
    create_models(bridge.connection)
    bridge.connection.execute("commit")
    require_checks(bridge.connection)
    bridge.connection.execute("checkpoint")
    bridge.connection.execute("use memory; detach paperhouse")
    bridge.connection.close()


def _record(home: Home, path: Path, load_id: str) -> None:
    """Read back every block of the finished file and write its receipt.

    Raises:
        WarehouseError: a log file was left beside it, or a block cannot be read.
    """
    log = log_of(path)
    if log.exists():
        msg = f"{log}: DuckDB left a log behind, so {path.name} is not complete; the live warehouse is untouched"
        raise WarehouseError(msg, path=str(path))
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = table_hashes(connection)
    except duckdb.Error as error:
        msg = f"{path}: the finished file cannot be read back ({error}); the live warehouse is untouched"
        raise WarehouseError(msg, path=str(path)) from error
    fsync_path(path)
    kept = [kept for kept in (home.live, *_previous(home)) if kept.exists()]
    write_receipt(home.receipts, path, Receipt(load_id, path.stat().st_size, tables), kept)


def log_of(path: Path) -> Path:
    """Where DuckDB keeps the write-ahead log of the file at `path`."""
    return path.with_name(path.name + ".wal")


def require_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a warehouse whose base tables are not those of this version.

    Raises:
        WarehouseError: with the remedy, a rebuild from the packages.
    """
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'main' order by table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append(column)
    differing = [
        name for name, schema in WAREHOUSE_TABLES.items() if found.get(name) != list(schema.columns())
    ]
    if differing:
        msg = (
            f"{path}: tables {', '.join(differing)} are not those of this version of Paperhouse; "
            "run `paperhouse rebuild` to make the warehouse again from its load packages"
        )
        raise WarehouseError(msg, path=str(path), tables=differing)


def _keep_previous(home: Home) -> Path:
    """Give the live file a second name under `previous`, return it, and let the oldest there go."""
    home.previous.mkdir(exist_ok=True)
    stamp = datetime.fromtimestamp(home.live.stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kept = home.previous / f"paperhouse-{stamp}.duckdb"
    if not kept.exists():
        os.link(home.live, kept)
    for path in _previous(home)[:-N_PREVIOUS]:
        path.unlink()
        log_of(path).unlink(missing_ok=True)
    fsync_path(home.previous)
    return kept


def _previous(home: Home) -> list[Path]:
    """Published files that are kept, oldest first."""
    return sorted(home.previous.glob("paperhouse-*.duckdb"))
