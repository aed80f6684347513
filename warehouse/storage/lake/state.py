"""What a lake says about itself beside its tables: whose it is, how often it was changed, what each change recorded."""

import json
from typing import Final

import duckdb

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.engine import LAKE

STATE: Final = "house"
"""Schema of these tables."""
Tables = dict[str, tuple[int, int]]
"""Rows and hash of each table."""


def has_state(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the lake that is open was ever published."""
    try:
        connection.execute(f"select 1 from {STATE}.warehouse_state limit 0")
    except duckdb.CatalogException:  # to list the tables takes ten times as long
        return False
    return True


def require_loaded(connection: duckdb.DuckDBPyConnection, address: LakeAddress) -> None:
    """Refuse a lake that nothing was published in yet.

    Raises:
        WarehouseError: with the remedy.
    """
    if not has_state(connection):
        msg = f"{address.name}: nothing was loaded yet; run `paperhouse ingest`"
        raise WarehouseError(msg, path=address.name, reason="missing")


def newest_snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    """Number of the state that the lake is in, as the engine counts them."""
    ((snapshot,),) = connection.execute(f"select id from {LAKE}.current_snapshot()").fetchall()
    return int(snapshot)


def generation_of(connection: duckdb.DuckDBPyConnection) -> int:
    """How often the lake that is open was changed."""
    ((generation,),) = connection.execute(f"select generation from {STATE}.warehouse_state").fetchall()
    return int(generation)


def recorded_tables(connection: duckdb.DuckDBPyConnection) -> Tables | None:
    """Rows and hashes of all tables as the newest change recorded them; None before the first."""
    rows = connection.execute(
        f"select tables from {STATE}.receipts order by generation desc limit 1"
    ).fetchall()
    if not rows:
        return None
    return {name: (int(n_rows), int(total)) for name, (n_rows, total) in json.loads(rows[0][0]).items()}
