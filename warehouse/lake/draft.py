"""A lake open for one change: one transaction, in which the change is made, checked and hashed before it is committed.

Two transactions that insert the same new key both commit on DuckLake. So every change counts `generation` up, in a
table of one row: of two that started from the same state, the second to commit is refused.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from paperhouse.transforms.errors import BusyError, WarehouseError
from paperhouse.warehouse.lake.changed_rows import pull_changed
from paperhouse.warehouse.schema.ddl import create_lake_tables, quoted_name, quoted_text
from paperhouse.warehouse.schema.relations import create_lake_models
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.data import LakeData, claim, read_marker
from paperhouse.warehouse.storage.lake.engine import (
    LAKE,
    attach_lake,
    connect_engine,
    create_lake,
    open_lake,
    roll_back,
)
from paperhouse.warehouse.storage.lake.engine_errors import explain
from paperhouse.warehouse.storage.lake.state import STATE, Tables, generation_of, has_state, recorded_tables
from paperhouse.warehouse.write.changed_keys import rows_by_key, write_changed
from paperhouse.warehouse.write.content_hash import hash_of_tables, hashes_of_changed, table_hashes
from paperhouse.warehouse.write.row_counts import row_counts
from paperhouse.warehouse.write.run_checks import refuse_failures, require_checks
from paperhouse.warehouse.write.staging import added_up

_MEMORY_LIMIT: Final = "384MB"
ANSWER_SECONDS: Final = 30.0
"""How long a server that broke off gets to say whether it committed."""


@dataclass(slots=True)
class LakeDraft:
    """A lake in the transaction that changes it; `base` are the tables that it started from, if it has any."""

    address: LakeAddress
    data: LakeData
    exchange: FrameExchange
    base: Tables | None
    generation: int
    is_committed: bool = False

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection in which the lake is open."""
        return self.exchange.connection


@contextmanager
def open_draft(
    address: LakeAddress,
    scratch: Path,
    prepare: Callable[[duckdb.DuckDBPyConnection], object] = lambda _: None,
) -> Iterator[LakeDraft]:
    """The lake in a transaction of its own, made if there is none; without a commit nothing is changed.

    `scratch` is a folder for files on their way, which is gone afterwards; `prepare` may attach more to the connection
    before the transaction begins. The caller holds the lock.

    Raises:
        WarehouseError: the lake cannot be reached, or its tables are of another version.
    """
    scratch.mkdir(parents=True)
    try:
        with connect_engine(address, _limits(scratch)) as connection:
            data = _attach(connection, address)
            connection.execute(f"use {LAKE}")
            prepare(connection)
            connection.execute("begin transaction")
            base = _begin(connection, address, data)
            exchange = FrameExchange(connection, scratch)
            try:
                yield LakeDraft(address, data, exchange, base, generation_of(connection))
            except BaseException:
                roll_back(connection)
                raise
    except duckdb.Error as error:
        raise explain(address, error) from error
    except pl.exceptions.PolarsError as error:
        msg = f"{address.name}: the load could not be made ({str(error).splitlines()[0]}); the lake is untouched"
        raise WarehouseError(msg, path=address.name) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _limits(scratch: Path) -> dict[str, Any]:
    return {
        "preserve_insertion_order": True,
        "temp_directory": str(scratch),
        "memory_limit": _MEMORY_LIMIT,
    }


def _attach(connection: duckdb.DuckDBPyConnection, address: LakeAddress) -> LakeData:
    try:
        return attach_lake(connection, address, is_writing=True)
    except WarehouseError as error:
        if error.facts.get("reason") != "missing":
            raise
        return create_lake(connection, address)


def _begin(connection: duckdb.DuckDBPyConnection, address: LakeAddress, data: LakeData) -> Tables | None:
    """Raise the fence; in an empty lake make it and the tables. Return what is recorded of the tables, if anything."""
    if not has_state(connection):
        _found(connection, claim(address, data))
        return None
    require_own_data(connection, address, data)
    connection.execute(f"update {STATE}.warehouse_state set generation = generation + 1")
    return recorded_tables(connection)


def _found(connection: duckdb.DuckDBPyConnection, lake_id: str) -> None:
    connection.execute(f"create schema {STATE}")
    connection.execute(f"create table {STATE}.warehouse_state (lake_id varchar, generation bigint)")
    connection.execute(
        f"create table {STATE}.receipts (generation bigint, load_id varchar, content_hash varchar, tables varchar)"
    )
    connection.execute(f"insert into {STATE}.warehouse_state values ({quoted_text(lake_id)}, 1)")
    create_lake_tables(connection)


def require_own_data(connection: duckdb.DuckDBPyConnection, address: LakeAddress, data: LakeData) -> None:
    """Refuse data that are not those of the lake that is open.

    Raises:
        WarehouseError: they are not there, or another lake's.
    """
    ((lake_id,),) = connection.execute(f"select lake_id from {STATE}.warehouse_state").fetchall()
    marked, catalog = read_marker(data)
    if lake_id != marked:
        msg = (
            f"{data.name}: holds the data of another lake, {catalog}; restore those of {address.name}, "
            "or correct the address"
        )
        raise WarehouseError(msg, path=data.name, catalog=catalog)


def start_anew(draft: LakeDraft) -> None:
    """Empty the lake in the draft's transaction: what follows makes everything anew, in tables of this version."""
    held = draft.connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'main'"
    ).fetchall()
    for (table,) in held:
        draft.connection.execute(f"drop table {quoted_name(table)}")
    create_lake_tables(draft.connection)
    draft.base = None


def check_and_record(draft: LakeDraft, load_id: str) -> str:
    """Make the models, check, hash and count what the transaction holds, record it, and return the content hash.

    On top of what is recorded only the changes are checked and hashed.

    Raises:
        CheckFailedError: a check found offending rows.
        WarehouseError: a table holds other rows than those that were and those that changed.
    """
    connection = draft.connection
    create_lake_models(connection)
    if draft.base is None:
        require_checks(connection)
        tables = table_hashes(connection)
    else:
        n_rows = row_counts(connection)
        changed = pull_changed(connection, n_rows)
        refuse_failures(changed.failures(n_rows))
        key_files = write_changed(connection, draft.exchange.scratch)
        with connection.cursor() as committed:
            committed.execute(f"use {LAKE}")
            n_before = {table: n_held for table, (n_held, _) in draft.base.items()}
            before = hashes_of_changed(committed, key_files, n_before, rows_by_key)
        tables = added_up(draft.base, before, changed.hashes())
        _require_counts(draft.address, n_rows, tables)
    content = hash_of_tables(tables)
    connection.execute(
        f"insert into {STATE}.receipts select generation, ?, ?, ? from {STATE}.warehouse_state",
        [load_id, content, json.dumps(tables)],
    )
    return content


def _require_counts(
    address: LakeAddress, counted: Mapping[str, int], tables: Mapping[str, tuple[int, int]]
) -> None:
    differing = [table for table, (n_rows, _) in tables.items() if counted[table] != n_rows]
    if differing:
        msg = (
            f"{address.name}: tables hold other rows than was written: {', '.join(differing)}; nothing is published. "
            "Run `paperhouse verify`, then `paperhouse rebuild`"
        )
        raise WarehouseError(msg, path=address.name, tables=differing)


def commit(draft: LakeDraft, load_id: str, content: str) -> None:
    """Publish; where the answer is lost, find out whether it was, and never try again blindly.

    Raises:
        BusyError: another load was published meanwhile; nothing of this one is.
        WarehouseError: it was not published, or nobody can say.
    """
    message = quoted_text(f"load {load_id}, content hash {content}")
    draft.connection.execute(f"call {LAKE}.set_commit_message('paperhouse', {message})")
    try:
        draft.connection.execute("commit")
    except duckdb.Error as error:
        if "onflict" in str(error):
            if _has_load(draft.address, load_id):  # the other found its package complete, and brought it in
                draft.is_committed = True
                return
            msg = (
                f"{draft.address.name}: another load was published meanwhile, and nothing of this one is; "
                "run it again"
            )
            raise BusyError(msg, path=draft.address.name) from error
        if not _was_published(draft, load_id, error):
            raise
    draft.is_committed = True


def _has_load(address: LakeAddress, load_id: str) -> bool:
    with open_lake(address) as (connection, _):
        return bool(connection.execute("select 1 from main.loads where load_id = ?", [load_id]).fetchall())


def _was_published(draft: LakeDraft, load_id: str, cause: duckdb.Error) -> bool:
    """Whether this very change is recorded, or another one that made the same load public.

    Raises:
        WarehouseError: the server does not say.
    """
    address = draft.address
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            with open_lake(address) as (connection, _):
                return has_state(connection) and _is_recorded(connection, draft.generation, load_id)
        except WarehouseError as error:
            if time.monotonic() < deadline:
                time.sleep(1)
                continue
            reason = str(cause).splitlines()[0][:200]
            msg = (
                f"{address.name}: broke off while the load was committed ({reason}), and does not say whether it was; "
                "run it again once the server is there: nothing is loaded twice"
            )
            raise WarehouseError(msg, path=address.name, is_unknown=True) from error


def _is_recorded(connection: duckdb.DuckDBPyConnection, generation: int, load_id: str) -> bool:
    return bool(
        connection.execute(
            f"select 1 from {STATE}.receipts where generation = ? and load_id = ?", [generation, load_id]
        ).fetchall()
    )
