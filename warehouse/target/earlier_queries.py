"""An earlier state of a warehouse, file or lake, open for SQL from anyone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from paperhouse.warehouse.maintain.changes import load_ids_until
from paperhouse.warehouse.maintain.earlier_state import earlier_warehouse
from paperhouse.warehouse.read.query import open_locked
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lake.address import LakeAddress


@contextmanager
def open_earlier_for_queries(
    home: Path,
    lake: LakeAddress | None,
    as_of: int | datetime,
    *,
    memory_limit: str = "1GB",
    threads: int = 2,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an earlier state, by its number of loads or a time, as `open_for_queries` opens the newest.

    Raises:
        InputError: there is no such state, or it cannot be had any more.
        WarehouseError: the warehouse cannot be read.
    """
    if lake is None:
        place = Home(home)
        with (
            earlier_warehouse(place, load_ids_until(place, as_of)) as path,
            open_locked(path, memory_limit=memory_limit, threads=threads) as connection,
        ):
            yield connection
        return
    from paperhouse.warehouse.lake.history import state_as_of  # noqa: PLC0415 - hardly anyone has a lake
    from paperhouse.warehouse.lake.queries import open_lake_locked  # noqa: PLC0415 - as above

    state = state_as_of(lake, as_of)
    with open_lake_locked(
        lake, memory_limit=memory_limit, threads=threads, snapshot=state.snapshot
    ) as connection:
        yield connection
