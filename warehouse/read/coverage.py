"""What digests miss of arXiv, read from the models: by day and category, by list, and paper by paper.

The models are views one on top of the other, and each would be computed again wherever another reads it. Here each
is computed once, into a temporary table of its name, over the days that are looked at and those whose habits tell.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import duckdb

from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.storage.connections import dict_rows, one_value

CHAIN: Final = (
    "deferred_days",
    "listed_papers",
    "arxiv_days",
    "arxiv_announcements",
    "list_habits",
    "missing_papers",
    "list_days",
    "coverage",
)
"""The models, each after those that it reads."""
HABIT: Final = timedelta(days=180)
"""Days before those looked at from which habits are learned."""
NO_GAP: Final = frozenset({"complete", "part_by_habit", "not_due", "not_followed", "no_announcement"})
"""Reasons of `coverage` by which nothing is missing."""
SHOWN: Final = timedelta(days=84)
"""Days before the newest digest that are shown where nobody says since when."""
_ORDER: Final = "announced_date desc, category nulls last"

DAYS_QUERY: Final = f"""
    select
        announced_date,
        category,
        n_announced,
        n_cross_listed,
        n_listed,
        n_missing,
        n_filled,
        n_lacking,
        reason,
        list_aggregate(lists_at_fault, 'string_agg', ', ') as lists_at_fault,
        list_aggregate(shown_by, 'string_agg', ', ') as shown_by,
        basis
    from coverage
    where announced_date >= $since and (not $gaps_only or reason not in {tuple(sorted(NO_GAP))})
    order by {_ORDER}
"""
PAPERS_QUERY: Final = """
    select
        missing.announced_date,
        missing.arxiv_id,
        list_aggregate(
            list_sort(list(distinct missing.category) filter (where missing.category is not null)),
            'string_agg',
            ', '
        ) as categories,
        list_aggregate(
            list_sort(list(distinct coalesce(missing.list_name, missing.source, 'no list'))), 'string_agg', ', '
        ) as missing_from,
        bool_or(missing.is_listed_elsewhere) as is_listed_elsewhere,
        bool_or(missing.is_filled) as is_filled,
        min(missing.basis) as basis,
        any_value(papers.title) as title
    from missing_papers as missing
    left join papers using (arxiv_id)
    where missing.announced_date >= $since
    group by missing.announced_date, missing.arxiv_id
    order by missing.announced_date desc, missing.arxiv_id
"""
HABITS_QUERY: Final = """
    select
        source,
        list_name,
        category,
        kind,
        n_days,
        round(100 * new_share)::integer as new_percent,
        round(100 * cross_share)::integer as cross_percent,
        usual_delay
    from list_habits
    order by source nulls last, list_name nulls last, pooled_share desc, category
"""


@dataclass(frozen=True, slots=True)
class CoverageDay:
    """A row of `coverage`; without arXiv's word (basis `lists`) it has no category and no announced number."""

    announced_date: date
    category: str | None
    n_announced: int | None
    n_cross_listed: int | None
    n_listed: int
    n_missing: int
    n_filled: int
    n_lacking: int
    usual_share: float | None
    shown_by: tuple[str, ...]
    reason: str
    lists_at_fault: tuple[str, ...]
    basis: str

    @property
    def is_gap(self) -> bool:
        """Whether something is missing that should be there."""
        return self.reason not in NO_GAP

    @property
    def is_settled(self) -> bool:
        """Whether all that is missing was filled from arXiv, so that nobody need act."""
        return 0 < self.n_missing == self.n_filled and not self.n_lacking

    @property
    def is_estimate(self) -> bool:
        """Whether `n_missing` follows from habits, and not from papers that are known by name."""
        return self.basis == "lists" or self.reason == "fewer_than_usual"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows of `coverage`, the newest first, and papers that are known to be missing, each counted once.

    Of the `n_named` papers an answer of arXiv's holds `n_filled`.
    """

    days: tuple[CoverageDay, ...] = ()
    n_named: int = 0
    n_filled: int = 0

    @property
    def gaps(self) -> tuple[CoverageDay, ...]:
        """Rows by which something is missing."""
        return tuple(row for row in self.days if row.is_gap)

    @property
    def gap_dates(self) -> frozenset[date]:
        """Days on which something is missing."""
        return frozenset(row.announced_date for row in self.gaps)

    @property
    def n_estimated(self) -> int:
        """Papers missing by the habit of lists, which nobody can name."""
        return sum(row.n_missing for row in self.gaps if row.is_estimate)

    @property
    def n_missing(self) -> int:
        """Papers missing, named or not."""
        return self.n_named + self.n_estimated


def has_coverage(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the warehouse has the models: one that an earlier version wrote gets them with its next load."""
    query = "select count(*) from duckdb_views() where view_name = 'coverage' and not internal"
    return bool(one_value(connection, query))


def compute_models(connection: duckdb.DuckDBPyConnection, since: date | None) -> None:
    """Compute each model once; from then on this connection reads the results by the models' names.

    Raises:
        InputError: the warehouse was written by a version that knew no coverage.
    """
    if not has_coverage(connection):
        msg = "this warehouse was written before coverage was known; the next load, or `paperhouse rebuild`, adds it"
        raise InputError(msg)
    database = one_value(connection, "select current_database()")
    statements = dict(
        connection.execute("select view_name, sql from duckdb_views() where not internal").fetchall()
    )
    connection.execute(
        f'create temp table digests as from "{database}".main.digests '
        "where digest_date is null or digest_date >= $begin",
        {"begin": date.min if since is None else since - HABIT},
    )
    for name in CHAIN:
        query = statements[name].partition(" AS ")[2]
        connection.execute(f"create temp table {name} as {query}")


def read_coverage_days(connection: duckdb.DuckDBPyConnection, since: date | None) -> list[CoverageDay]:
    """Read the rows of `coverage` since a day, the newest first."""
    query = f"from coverage where announced_date >= $since order by {_ORDER}"
    rows = dict_rows(connection, query, {"since": since or date.min})
    return [
        CoverageDay(
            **{
                **row,
                "shown_by": tuple(row["shown_by"] or ()),
                "lists_at_fault": tuple(row["lists_at_fault"] or ()),
            }
        )
        for row in rows
    ]


def first_day_shown(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The day from which on coverage is shown where nobody says since when; None if no digest has a date."""
    day: date | None = one_value(connection, "select max(digest_date) from digests")
    return None if day is None else day - SHOWN


def read_coverage(connection: duckdb.DuckDBPyConnection, since: date | None) -> Coverage:
    """Read what `coverage` says since a day; the models must be computed, else it is empty."""
    if (
        one_value(
            connection, "select count(*) from duckdb_tables() where temporary and table_name = 'coverage'"
        )
        == 0
    ):
        return Coverage()
    query = """
        select
            count(distinct arxiv_id) as n_named,
            count(distinct arxiv_id) filter (where is_filled) as n_filled
        from missing_papers
        where not is_listed_elsewhere and announced_date >= $since
    """
    ((n_named, n_filled),) = connection.execute(query, {"since": since or date.min}).fetchall()
    return Coverage(tuple(read_coverage_days(connection, since)), n_named, n_filled)


@dataclass(frozen=True, slots=True)
class Missing:
    """Papers that no digest lists and that were never looked up: ids, newest first, and those looked up lately."""

    arxiv_ids: list[str]
    n_asked_lately: int


def missing_without_answer(
    connection: duckdb.DuckDBPyConnection, since: date | None, asked_after: datetime
) -> Missing:
    """Read the missing papers of which no answer of arXiv's is held; the models must be computed."""
    query = """
        select
            missing.arxiv_id,
            bool_or(coalesce(lookups.asked_at > $asked_after, false)) as is_asked_lately
        from missing_papers as missing
        left join lookups using (arxiv_id)
        anti join answers on missing.arxiv_id = answers.arxiv_id
        where not missing.is_listed_elsewhere and missing.announced_date >= $since
        group by missing.arxiv_id
        order by missing.arxiv_id desc
    """
    rows = connection.execute(query, {"asked_after": asked_after, "since": since or date.min}).fetchall()
    ids = [arxiv_id for arxiv_id, is_asked_lately in rows if not is_asked_lately]
    return Missing(ids, len(rows) - len(ids))


def categories_of_lists(connection: duckdb.DuckDBPyConnection, n_most: int = 3) -> dict[str, list[str]]:
    """Categories of each list by its name: those it shows whole, else the commonest primary ones of its papers.

    A category counts as common if it is that of a quarter of the papers whose category is known; at most `n_most`.
    """
    query = """
        with whole as (
            select
                coalesce(list_name, source, 'no list') as name,
                category,
                1.0 as share
            from list_habits
            where kind in ('whole', 'primary')
        ),

        primaries as (
            select
                coalesce(listed_papers.list_name, listed_papers.source, 'no list') as name,
                paper_categories.category,
                count(distinct arxiv_id) / sum(count(distinct arxiv_id)) over (partition by name) as share
            from listed_papers
            join paper_categories using (arxiv_id)
            where paper_categories.is_primary
            group by name, paper_categories.category
        )

        select
            name,
            category
        from (
            from whole
            union all
            from primaries
            where share >= 0.25 and name not in (select name from whole)
        )
        qualify row_number() over (partition by name order by share desc, category) <= $n_most
        order by name, category
    """
    found: dict[str, list[str]] = {}
    for name, category in connection.execute(query, {"n_most": n_most}).fetchall():
        found.setdefault(name, []).append(category)
    return found
