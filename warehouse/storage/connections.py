"""Opening a warehouse for Paperhouse's own reading; nothing heavier than the engine is imported for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.file_size import refuse_cut_short
from paperhouse.warehouse.storage.lake.address import LakeAddress

Live = Path | LakeAddress
"""Where a warehouse is published: the file of a home, or a lake."""


@contextmanager
def open_read_only(live: Live) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse for Paperhouse's own reading, for the block: a file, or a lake in its newest state.

    Raises:
        WarehouseError: it is missing, cut short, damaged, of another version, or held open by a program that writes.
    """
    if isinstance(live, LakeAddress):
        with _open_loaded_lake(live) as connection:
            yield connection
        return
    if not live.exists():
        msg = f"{live}: there is no warehouse yet; run `paperhouse ingest` first, or give another --home"
        raise WarehouseError(msg, path=str(live))
    try:
        with duckdb.connect(str(live), read_only=True) as connection:
            refuse_cut_short(connection, live)
            connection.execute("set timezone = 'UTC'")
            yield connection
    except duckdb.Error as error:
        msg = (
            f"{live}: cannot be read ({str(error).splitlines()[0]}); if another program holds it open for writing, "
            "close it there; if it is damaged or of another version, run `paperhouse rebuild`"
        )
        raise WarehouseError(
            msg, path=str(live), is_held="could not set lock" in str(error).lower()
        ) from error


@contextmanager
def open_pinned(live: Live) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse as `open_read_only` does, for long: a lake in the state of now, outside of any transaction.

    Raises:
        WarehouseError: as there.
    """
    if not isinstance(live, LakeAddress):
        with open_read_only(live) as connection:
            yield connection
        return
    from paperhouse.warehouse.storage.lake.engine import open_lake  # noqa: PLC0415 - hardly anyone has a lake
    from paperhouse.warehouse.storage.lake.state import newest_snapshot, require_loaded  # noqa: PLC0415 - as above

    with open_lake(live) as (connection, _):
        require_loaded(connection, live)
        snapshot = newest_snapshot(connection)
    with open_lake(live, snapshot) as (connection, _):
        yield connection


def is_published(live: Live) -> bool:
    """Whether there is a warehouse, that is: whether anything was ever loaded.

    Raises:
        WarehouseError: a lake's server does not say.
    """
    if isinstance(live, Path):
        return live.exists()
    try:
        with _open_loaded_lake(live):
            return True
    except WarehouseError as error:
        if error.facts.get("reason") == "missing":
            return False
        raise


@contextmanager
def _open_loaded_lake(address: LakeAddress) -> Iterator[duckdb.DuckDBPyConnection]:
    from paperhouse.warehouse.storage.lake.engine import open_lake  # noqa: PLC0415 - hardly anyone has a lake
    from paperhouse.warehouse.storage.lake.state import require_loaded  # noqa: PLC0415 - as above

    with open_lake(address) as (connection, _):
        connection.execute("begin transaction")  # one state, whatever loads publish meanwhile
        require_loaded(connection, address)
        yield connection


def one_value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    """First value of the first row; None if there is none."""
    row = connection.execute(query).fetchone()
    return None if row is None else row[0]


def dict_rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query, by the names of its columns."""
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
