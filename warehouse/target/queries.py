"""A published warehouse, file or lake, open for SQL from anyone."""

import duckdb

from paperhouse.warehouse.read.query import open_locked
from paperhouse.warehouse.storage.connections import Live
from paperhouse.warehouse.storage.lake.address import LakeAddress


def open_for_queries(live: Live, *, memory_limit: str = "1GB", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Open a warehouse for foreign SQL: its tables to read and nothing else, settings locked, time zone UTC.

    Raises:
        WarehouseError: there is none, or it cannot be read.
    """
    if not isinstance(live, LakeAddress):
        return open_locked(live, memory_limit=memory_limit, threads=threads)
    from paperhouse.warehouse.lake.queries import open_lake_locked  # noqa: PLC0415 - hardly anyone has a lake

    return open_lake_locked(live, memory_limit=memory_limit, threads=threads)
