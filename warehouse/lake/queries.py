"""A lake open for SQL from anyone, run so that it reads the lake and nothing else."""

import duckdb

from paperhouse.warehouse.read.query import lock_settings
from paperhouse.warehouse.schema.ddl import quoted_text
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.engine import LAKE, attach_lake, connect_engine
from paperhouse.warehouse.storage.lake.state import require_loaded


def open_lake_locked(
    address: LakeAddress, *, memory_limit: str = "1GB", threads: int = 2, snapshot: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a lake for foreign SQL: its own tables to read and no other file, settings locked, time zone UTC.

    It is the newest state, or that of a snapshot.

    `run_query` refuses by name what reaches its catalog past the lake.

    Raises:
        WarehouseError: there is none, or it cannot be read.
    """
    config = {
        "python_enable_replacements": False,
        "temp_directory": "",
        "memory_limit": memory_limit,
        "threads": threads,
    }
    connection = connect_engine(address, config)
    try:
        data = attach_lake(connection, address, snapshot=snapshot)
        connection.execute(f"use {LAKE}")
        require_loaded(connection, address)
        # Without its own data the engine could not read the lake either.
        connection.execute(f"set allowed_directories = [{quoted_text(data.tables)}]")
        connection.execute("set enable_external_access = false")
        lock_settings(connection)
    except BaseException:
        connection.close()
        raise
    return connection
