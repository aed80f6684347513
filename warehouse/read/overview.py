"""What stands in the live warehouse at a glance: tables and rows, loads, digests by day, rejects, size.

`paperhouse status` reads this every morning, so nothing heavy is imported: no Polars, and not the schema with it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb

from paperhouse.warehouse.read.arrivals import EVER, Arrival, DigestDay, read_arrivals, read_days
from paperhouse.warehouse.read.coverage import (
    Coverage,
    compute_models,
    first_day_shown,
    has_coverage,
    read_coverage,
)
from paperhouse.warehouse.read.frozen_pages import PageRows, read_page_rows
from paperhouse.warehouse.storage.connections import Live, dict_rows, is_published, one_value, open_read_only
from paperhouse.warehouse.storage.disk_use import DiskUse, disk_use
from paperhouse.warehouse.storage.home import MANIFEST, Home

N_LOADS = 5
"""Loads that an overview tells in full."""


@dataclass(frozen=True, slots=True)
class Overview:
    """State of one warehouse. `generation` counts the loads that made it; `rejects` is by reason.

    `loads` are the last ones, newest first; `arrivals` is what came in since the given moment.
    """

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
    loads: tuple[Mapping[str, Any], ...] = ()
    days: tuple[DigestDay, ...] = ()
    page_rows: tuple[PageRows, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    disk: DiskUse = field(default_factory=DiskUse)
    coverage: Coverage = field(default_factory=Coverage)


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
    n_rejects: int = 0

    @property
    def needs_attention(self) -> bool:
        """Whether the newest digest is empty or low, no more came, or an undated one is empty."""
        is_empty_undated = self.last_digest_date is None and self.n_empty_digests > 0
        return self.is_empty or self.is_low or self.is_stopped or is_empty_undated


def read_overview(home: Home, since: datetime = EVER) -> Overview:
    """Read the state of the live warehouse, read-only; with it what came in `since` then.

    Raises:
        WarehouseError: there is none yet, or it cannot be read.
    """
    with open_read_only(home.live) as connection:
        place = WarehousePlace(str(home.live), home.live.stat().st_size, _packaged(home), disk_use(home))
        return overview_of(connection, place, since)


def _packaged(home: Home) -> Collection[str]:
    """Loads of which there is a complete package."""
    if not home.loads.is_dir():
        return ()
    return {folder.name for folder in home.loads.iterdir() if (folder / MANIFEST).is_file()}


@dataclass(frozen=True, slots=True)
class WarehousePlace:
    """Where a warehouse lies: how it is called, its size, which loads it has packages of, and the room of all."""

    name: str
    n_bytes: int
    packaged: Collection[str]
    disk: DiskUse


def overview_of(
    connection: duckdb.DuckDBPyConnection, place: WarehousePlace, since: datetime = EVER
) -> Overview:
    """Read the state of the warehouse that is open; with it what came in `since` then."""
    loads = dict_rows(connection, "select * from loads order by load_id desc")
    return Overview(
        path=place.name,
        n_bytes=place.n_bytes,
        generation=len(loads),
        tables=_table_counts(connection),
        last_load=loads[0] if loads else None,
        last_digest_date=one_value(connection, "select max(digest_date) from digests"),
        rejects=_rejects_by_reason(connection),
        n_ids_unaccounted=one_value(
            connection, "select coalesce(sum(n_ids_unaccounted), 0)::bigint from digests"
        ),
        missing_packages=tuple(
            sorted(load["load_id"] for load in loads if load["load_id"] not in place.packaged)
        ),
        sources=tuple(read_source_health(connection)),
        loads=tuple(loads[:N_LOADS]),
        days=tuple(read_days(connection)),
        page_rows=tuple(read_page_rows(connection)),
        arrivals=tuple(read_arrivals(connection, since)),
        disk=place.disk,
        coverage=_coverage(connection),
    )


def current_coverage(live: Live) -> Coverage:
    """What digests miss of arXiv in the last weeks; nothing where there is no warehouse, or one that knows no coverage.

    Raises:
        WarehouseError: the warehouse cannot be read.
    """
    if not is_published(live):
        return Coverage()
    with open_read_only(live) as connection:
        return _coverage(connection)


def _coverage(connection: duckdb.DuckDBPyConnection) -> Coverage:
    """What digests miss of arXiv in the last weeks; nothing where an earlier version wrote the warehouse."""
    if not has_coverage(connection):
        return Coverage()
    since = first_day_shown(connection)
    compute_models(connection, since)
    return read_coverage(connection, since)


def _table_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every table, in the order in which the schema makes them."""
    names = dict_rows(
        connection,
        "select table_name as name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'main' order by table_oid",
    )
    return {row["name"]: one_value(connection, f'select count(*) from main."{row["name"]}"') for row in names}


def _rejects_by_reason(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    query = "select reason, count(*) as n_rejects from rejects group by all order by all"
    return {row["reason"]: row["n_rejects"] for row in dict_rows(connection, query)}


def source_health(live: Live) -> list[SourceHealth]:
    """Read the health of every source and list in the live warehouse, by name; none if there is no warehouse.

    Raises:
        WarehouseError: the warehouse cannot be read.
    """
    if not is_published(live):
        return []
    with open_read_only(live) as connection:
        return list(read_source_health(connection))


def read_source_health(connection: duckdb.DuckDBPyConnection) -> Iterator[SourceHealth]:
    """Read the model `source_health`, by name."""
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
            coalesce(is_stopped, false) as is_stopped,
            n_rejects
        from source_health
        order by source nulls last, list_name nulls last
    """
    return (SourceHealth(**row) for row in dict_rows(connection, query))
