"""Opening a warehouse for Paperhouse's own reading; nothing heavier than the engine is imported for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.file_size import refuse_cut_short


@contextmanager
def open_read_only(live: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse for Paperhouse's own reading, for the block.

    Raises:
        WarehouseError: it is missing, cut short, damaged, of another version, or held open by a program that writes.
    """
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
