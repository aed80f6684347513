"""What stands in the live warehouse at a glance: tables and rows, last load, freshness, rejects, size."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from transforms.errors import WarehouseError
from transforms.tables import WAREHOUSE_TABLES
from warehouse.ddl import quoted_name
from warehouse.home import Home
from warehouse.packages import sealed_packages


@dataclass(frozen=True, slots=True)
class Overview:
    """State of one warehouse. `generation` counts the loads that made it; `rejects` is by reason."""

    path: str
    n_bytes: int
    generation: int
    tables: Mapping[str, int]
    last_load: Mapping[str, Any] | None
    last_digest_date: date | None
    rejects: Mapping[str, int]
    n_ids_unaccounted: int
    missing_packages: tuple[str, ...]
    sources: tuple["SourceHealth", ...] = ()


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """Whether the digests of one source and list still arrive and still hold papers: a row of the model's.

    Without a date (`last_digest_date` None) nothing is known of the newest one, so `is_empty`, `is_low` and
    `is_stopped` are False.
    """

    source: str | None
    list_name: str | None
    n_digests: int
    n_empty_digests: int
    last_digest_date: date | None
    median_days_between: float | None
    days_behind: int | None
    median_entries: float
    newest_n_entries: int | None
    is_empty: bool
    is_low: bool
    is_stopped: bool

    @property
    def needs_attention(self) -> bool:
        """Whether the newest digest is empty or low, no more came, or an undated one is empty."""
        is_empty_undated = self.last_digest_date is None and self.n_empty_digests > 0
        return self.is_empty or self.is_low or self.is_stopped or is_empty_undated


def read_overview(home: Home) -> Overview:
    """Read the state of the live warehouse, read-only.

    Raises:
        WarehouseError: there is none yet, or it cannot be read.
    """
    with open_read_only(home.live) as connection:
        tables = {
            name: _one(connection, f"select count(*) from {quoted_name(name)}") for name in WAREHOUSE_TABLES
        }
        loads = _rows(connection, "select * from loads order by load_id")
        rejects = _rows(
            connection, "select reason, count(*) as n_rejects from rejects group by all order by all"
        )
        packaged = {package.load_id for package in sealed_packages(home.loads)}
        return Overview(
            path=str(home.live),
            n_bytes=home.live.stat().st_size,
            generation=len(loads),
            tables=tables,
            last_load=loads[-1] if loads else None,
            last_digest_date=_one(connection, "select max(digest_date) from digests"),
            rejects={row["reason"]: row["n_rejects"] for row in rejects},
            n_ids_unaccounted=_one(
                connection, "select coalesce(sum(n_ids_unaccounted), 0)::bigint from digests"
            ),
            missing_packages=tuple(load["load_id"] for load in loads if load["load_id"] not in packaged),
            sources=tuple(_health_rows(connection)),
        )


def source_health(home: Home) -> list[SourceHealth]:
    """Read the health of every source and list in the live warehouse, by name; none if there is no warehouse.

    Raises:
        WarehouseError: the warehouse cannot be read.
    """
    if not home.live.exists():
        return []
    with open_read_only(home.live) as connection:
        return list(_health_rows(connection))


def _health_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[SourceHealth]:
    query = """
        select
            source,
            list_name,
            n_digests,
            n_empty_digests,
            last_digest_date,
            median_days_between,
            days_behind,
            median_entries,
            newest_n_entries,
            coalesce(is_empty, false) as is_empty,
            coalesce(is_low, false) as is_low,
            coalesce(is_stopped, false) as is_stopped
        from source_health
        order by source nulls last, list_name nulls last
    """
    return (SourceHealth(**row) for row in _rows(connection, query))


@contextmanager
def open_read_only(live: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse for Paperhouse's own reading, for the block.

    Raises:
        WarehouseError: it is missing, damaged, of another version, or held open for writing by another program.
    """
    if not live.exists():
        msg = f"{live}: there is no warehouse yet; run `paperhouse ingest` first, or give another --home"
        raise WarehouseError(msg, path=str(live))
    try:
        with duckdb.connect(str(live), read_only=True) as connection:
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


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return None if row is None else row[0]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
