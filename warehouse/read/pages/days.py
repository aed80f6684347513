"""Days on which digests came: their papers by list, and which of them are new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from paperhouse.warehouse.read.pages.cards import LIST_LABEL, NO_LISTS
from paperhouse.warehouse.storage.connections import dict_rows


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Papers that lists of a day show, and those that no list showed on an earlier day."""

    day: date
    n_papers: int
    n_new: int


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """A paper on one day: the lists that show it, and whether none did before."""

    arxiv_id: str
    lists: tuple[str, ...]
    is_new: bool
    announce_type: str | None
    first_listed_date: date | None


@dataclass(frozen=True, slots=True)
class CoverageOfDay:
    """What arXiv announced on a day in the categories of our lists, and what lists show of it; see `coverage`."""

    category: str | None
    n_announced: int | None
    n_listed: int
    n_missing: int
    n_filled: int
    reason: str
    basis: str


def read_day_totals(connection: duckdb.DuckDBPyConnection) -> list[DayTotal]:
    """Every day with a dated digest, the oldest first; a day whose digests are empty has 0 papers."""
    query = f"""
        with shown as (
            select distinct
                digests.digest_date as day,
                listings.arxiv_id,
                coalesce(listings.announce_type, 'new') = 'new' as is_announced_new
            from digests
            left join listings using (digest_id)
            where digests.digest_date is not null and digests.format not in {NO_LISTS}
        )

        select
            shown.day,
            count(distinct shown.arxiv_id) as n_papers,
            count(distinct shown.arxiv_id) filter (
                where papers.first_listed_date = shown.day and shown.is_announced_new
            ) as n_new
        from shown
        left join papers using (arxiv_id)
        group by all
        order by shown.day
    """
    return [DayTotal(**row) for row in dict_rows(connection, query)]


def read_listed_papers(
    connection: duckdb.DuckDBPyConnection, since: date, until: date
) -> dict[date, list[ListedPaper]]:
    """Papers of each day in the window, new ones first, then the newest identifiers."""
    query = f"""
        with shown as (
            select
                digests.digest_date as day,
                listings.arxiv_id,
                list_sort(list_distinct(list({LIST_LABEL}))) as lists,
                bool_or(coalesce(listings.announce_type, 'new') = 'new') as is_announced_new,
                min(listings.announce_type) as announce_type
            from digests
            join listings using (digest_id)
            where digests.digest_date between $since and $until and digests.format not in {NO_LISTS}
            group by all
        )

        select
            shown.day,
            shown.arxiv_id,
            shown.lists,
            papers.first_listed_date = shown.day and shown.is_announced_new as is_new,
            shown.announce_type,
            papers.first_listed_date
        from shown
        join papers using (arxiv_id)
        order by shown.day, is_new desc, shown.arxiv_id desc
    """
    days: dict[date, list[ListedPaper]] = {}
    for row in dict_rows(connection, query, {"since": since, "until": until}):
        day = row.pop("day")
        days.setdefault(day, []).append(ListedPaper(**{**row, "lists": tuple(row["lists"])}))
    return days


def read_newest_papers(connection: duckdb.DuckDBPyConnection, n_most: int) -> list[str]:
    """Identifiers of the papers that dated digests listed first, the newest first."""
    query = """
        select arxiv_id
        from papers
        where first_listed_date is not null
        order by first_listed_date desc, arxiv_id desc
        limit $n_most
    """
    return [row["arxiv_id"] for row in dict_rows(connection, query, {"n_most": n_most})]


def read_coverage_of_days(connection: duckdb.DuckDBPyConnection) -> Mapping[date, list[CoverageOfDay]]:
    """Rows of `coverage` by day; the models must be computed on this connection, see `compute_models`."""
    query = """
        select
            announced_date as day,
            category,
            n_announced,
            n_listed,
            n_missing,
            n_filled,
            reason,
            basis
        from coverage
        order by announced_date, n_announced desc nulls last, category
    """
    days: dict[date, list[CoverageOfDay]] = {}
    for row in dict_rows(connection, query):
        days.setdefault(row.pop("day"), []).append(CoverageOfDay(**row))
    return days
