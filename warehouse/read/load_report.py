"""What a load brought, and what stands now, for those who report it: a few small questions to the live file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb

from paperhouse.transforms.calendar.day_window import DayWindow, day_window
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name
from paperhouse.warehouse.storage.connections import Live, open_read_only

N_CHARACTERS = 120
"""Of a reject's text."""


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper that a load was the first to list."""

    arxiv_id: str
    title: str | None
    first_author: str | None
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayCount:
    """Distinct papers that the digests of a day and list name.

    `list_name` is their source where nothing says the list, and None where nothing says either.
    """

    digest_date: date
    list_name: str | None
    n_papers: int


@dataclass(frozen=True, slots=True)
class PapersPerDay:
    """Papers by day and list within a window of days; without a window no digest has a date."""

    counts: tuple[DayCount, ...]
    window: DayWindow | None


@dataclass(frozen=True, slots=True)
class ListArrival:
    """What a load brought of one source and list."""

    source: str | None
    list_name: str | None
    n_digests: int
    n_papers: int
    n_rejects: int


@dataclass(frozen=True, slots=True)
class LoadArrivals:
    """What a load brought, by source and list; `n_papers` counts each paper once, `rejects` is by reason."""

    lists: tuple[ListArrival, ...] = ()
    n_papers: int = 0
    rejects: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WarehouseState:
    """What stands in the warehouse: rows by table, the newest digest, the newest load."""

    tables: dict[str, int]
    last_digest_date: date | None
    load_id: str | None
    finished_at: datetime | None


def new_papers(live: Live, load_id: str, limit: int) -> list[NewPaper]:
    """Read the papers that this load was the first to list, by identifier, the newest `limit`."""
    query = """
        with listed as (
            select
                listings.arxiv_id,
                list_sort(list(distinct digests.list_name) filter (digests.list_name is not null)) as lists
            from listings
            join digests using (digest_id)
            where digests.load_id = $load_id
            group by all
        )

        select
            listed.arxiv_id,
            papers.title,
            paper_authors.name_as_written as first_author,
            listed.lists
        from listed
        join papers using (arxiv_id)
        left join paper_authors
            on paper_authors.arxiv_id = listed.arxiv_id and paper_authors.position = 1
        where not exists (
            from listings
            join digests using (digest_id)
            where listings.arxiv_id = listed.arxiv_id and digests.load_id < $load_id
        )
        order by listed.arxiv_id desc
        limit $limit
    """
    rows = _rows(live, query, {"load_id": load_id, "limit": limit})
    return [
        NewPaper(row["arxiv_id"], row["title"], row["first_author"], tuple(row["lists"] or ()))
        for row in rows
    ]


def load_rejects(live: Live, load_id: str, limit: int) -> list[dict[str, Any]]:
    """Read the rejects of one load, the first `limit`: path, lines, reason code and how the text starts."""
    query = f"""
        select
            digests.path,
            rejects.line_start,
            rejects.line_end,
            rejects.reason,
            rejects.text[:{N_CHARACTERS}] as text
        from rejects
        join digests using (digest_id)
        where digests.load_id = $load_id
        order by digests.path, rejects.line_start, rejects.position
        limit $limit
    """
    return _rows(live, query, {"load_id": load_id, "limit": limit})


def papers_per_day(live: Live) -> PapersPerDay:
    """Read how many papers each day and list had, for the days up to the newest digest that the habit lets expect."""
    query = """
        select
            digests.digest_date,
            coalesce(digests.list_name, digests.source) as list_name,
            count(distinct listings.arxiv_id) as n_papers
        from digests
        join listings using (digest_id)
        where digests.digest_date between $first and $last
        group by all
        order by all
    """
    with open_read_only(live) as connection:
        days = _all(connection, "select distinct digest_date from digests where n_entries > 0", {})
        window = day_window(row["digest_date"] for row in days if row["digest_date"])
        if window is None:
            return PapersPerDay((), None)
        rows = _all(connection, query, {"first": window.first, "last": window.last})
    return PapersPerDay(tuple(DayCount(**row) for row in rows), window)


def load_arrivals(live: Live, load_id: str) -> LoadArrivals:
    """Read what one load brought by source and list, the most papers first."""
    by_list = """
        select
            digests.source,
            digests.list_name,
            count(distinct digests.digest_id) as n_digests,
            count(distinct listings.arxiv_id) as n_papers
        from digests
        left join listings using (digest_id)
        where digests.load_id = $load_id
        group by all
        order by n_papers desc, digests.source nulls last, digests.list_name nulls last
    """
    in_all = """
        select count(distinct listings.arxiv_id) as n_papers
        from digests
        join listings using (digest_id)
        where digests.load_id = $load_id
    """
    rejects = """
        select
            digests.source,
            digests.list_name,
            rejects.reason,
            count(*) as n_rejects
        from rejects
        join digests using (digest_id)
        where digests.load_id = $load_id
        group by all
        order by n_rejects desc, rejects.reason
    """
    with open_read_only(live) as connection:
        counted = _all(connection, by_list, {"load_id": load_id})
        (whole,) = _all(connection, in_all, {"load_id": load_id})
        refused = _all(connection, rejects, {"load_id": load_id})
    reasons: dict[str, int] = {}
    by_key: dict[tuple[str | None, str | None], int] = {}
    for row in refused:
        key = (row["source"], row["list_name"])
        reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["n_rejects"]
        by_key[key] = by_key.get(key, 0) + row["n_rejects"]
    lists = tuple(
        ListArrival(**row, n_rejects=by_key.get((row["source"], row["list_name"]), 0)) for row in counted
    )
    return LoadArrivals(lists, whole["n_papers"], reasons)


def standing(live: Live) -> WarehouseState:
    """Read what stands in the warehouse."""
    with open_read_only(live) as connection:
        counts = " union all ".join(
            f"select '{name}' as name, count(*) as n_rows from {quoted_name(name)}"
            for name in WAREHOUSE_TABLES
        )
        tables = {row["name"]: row["n_rows"] for row in _all(connection, counts, {})}
        (newest,) = _all(connection, "select max(digest_date) as digest_date from digests", {})
        loads = _all(connection, "select load_id, finished_at from loads order by load_id desc limit 1", {})
    last = loads[0] if loads else {"load_id": None, "finished_at": None}
    return WarehouseState(tables, newest["digest_date"], last["load_id"], last["finished_at"])


def _rows(live: Live, query: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    with open_read_only(live) as connection:
        return _all(connection, query, parameters)


def _all(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
