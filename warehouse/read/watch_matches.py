"""Papers that meet the criteria of a watch, and what a message says of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import duckdb

from paperhouse.transforms.errors import QueryError
from paperhouse.transforms.papers.author_names import name_key
from paperhouse.transforms.watches.criteria import WatchCriteria
from paperhouse.transforms.watches.watch_message import FoundPaper
from paperhouse.transforms.watches.watched_words import word_patterns
from paperhouse.warehouse.read.citations import identifiers_of_query, read_cited_papers
from paperhouse.warehouse.read.paper_choice import CHOSEN, choice_of
from paperhouse.warehouse.read.paper_record import sources_of
from paperhouse.warehouse.read.similar import has_similar
from paperhouse.warehouse.schema.ddl import quoted_text
from paperhouse.warehouse.storage.connections import dict_rows

LEAST_LIKENESS: Final = 0.5
"""Score from which a watch takes a paper as like another: in a small warehouse the ten nearest may share little."""


@dataclass(frozen=True, slots=True)
class ListedDays:
    """Days after a date of which digests are loaded, and how many papers they list."""

    days: frozenset[date]
    n_papers: int


def matching_papers(connection: duckdb.DuckDBPyConnection, criteria: WatchCriteria) -> dict[str, date | None]:
    """Papers that meet all criteria, each with the first date on which a digest of the watch's lists has it.

    Raises:
        QueryError: the SQL condition or the words are not understood, or the warehouse knows no similar papers yet.
    """
    if criteria.like and not has_similar(connection):
        msg = "`like` needs the similar papers, which an earlier version did not keep; they come with the next load"
        raise QueryError(msg)
    conditions, named = _conditions(criteria)
    found = _found_otherwise(connection, criteria)
    if found is not None:
        conditions.append("papers.arxiv_id in (select unnest($found))")
        named["found"] = sorted(found)
    in_lists = "where list_contains($lists, digests.list_name)" if criteria.lists else ""
    query = f"""
        with listed as (
            select
                listings.arxiv_id,
                min(digests.digest_date) as listed_date
            from listings
            join digests using (digest_id)
            {in_lists}
            group by all
        )

        select
            papers.arxiv_id,
            listed.listed_date
        from papers
        {"join" if criteria.lists else "left join"} listed using (arxiv_id)
        where {" and ".join(conditions) or "true"}
        order by papers.arxiv_id
    """
    if criteria.lists:
        named["lists"] = list(criteria.lists)
    return {row["arxiv_id"]: row["listed_date"] for row in dict_rows(connection, query, named)}


def _conditions(criteria: WatchCriteria) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    named: dict[str, Any] = {}
    if criteria.words is not None:
        patterns = word_patterns(criteria.words)
        # Literals: a pattern that is a parameter or in a list would be compiled anew for every paper.
        text = "concat_ws(chr(10), papers.title, papers.abstract)"
        conditions += [f"regexp_matches({text}, {quoted_text(one)}, 'i')" for one in patterns.wanted]
        conditions += [f"not regexp_matches({text}, {quoted_text(one)}, 'i')" for one in patterns.unwanted]
    if criteria.authors:
        named["name_keys"] = [name_key(name) for name in criteria.authors]
        conditions.append(
            "papers.arxiv_id in (select arxiv_id from paper_authors join authors using (author_id) "
            "where list_contains($name_keys, authors.name_key))"
        )
    if criteria.persons:
        named["persons"] = list(criteria.persons)
        conditions.append(
            "papers.arxiv_id in (select arxiv_id from paper_authors where person_id in ("
            "select unnest($persons) union all "
            "select person_id from person_redirects where list_contains($persons, retired_person_id)))"
        )
    if criteria.categories:
        named["categories"] = list(criteria.categories)
        conditions.append(
            "papers.arxiv_id in (select arxiv_id from paper_categories where list_contains($categories, category))"
        )
    if criteria.like:
        named["like"] = list(criteria.like)
        conditions.append(_IS_LIKE)
    return conditions, named


_IS_LIKE: Final = f"""
    not list_contains($like, papers.arxiv_id)
    and papers.arxiv_id in (
        select neighbour_id
        from paper_neighbours
        where list_contains($like, arxiv_id) and score >= {LEAST_LIKENESS}
        union all
        select arxiv_id
        from paper_neighbours
        where list_contains($like, neighbour_id) and score >= {LEAST_LIKENESS}
    )
"""
"""A paper among the ten nearest of a given one, or that has a given one among its own."""


def _found_otherwise(connection: duckdb.DuckDBPyConnection, criteria: WatchCriteria) -> set[str] | None:
    """Papers that foreign SQL finds; None where the watch states none."""
    if criteria.sql is None:
        return None
    # On a line of its own, so that a comment at its end does not swallow the bracket.
    query = f"select arxiv_id from papers where (\n{criteria.sql}\n)"
    try:
        return set(identifiers_of_query(connection, query))
    except QueryError as error:
        msg = f"the SQL condition is not understood: {error}"
        raise QueryError(msg, sql=criteria.sql) from error


def found_papers(
    connection: duckdb.DuckDBPyConnection,
    listed_dates: Mapping[str, date | None],
    late: Iterable[str] = (),
) -> tuple[FoundPaper, ...]:
    """What a message says of the papers; one that is in the warehouse no more is left out."""
    wanted = sorted(listed_dates)
    if not wanted:
        return ()
    is_late = frozenset(late)
    present = {
        row["arxiv_id"]
        for row in dict_rows(connection, f"select arxiv_id from papers where {CHOSEN}", choice_of(wanted))
    }
    kept = [arxiv_id for arxiv_id in wanted if arxiv_id in present]
    cited = {paper.arxiv_id: paper for paper in read_cited_papers(connection, kept)}
    sources = sources_of(connection, kept, 1)
    lists = _lists_of(connection, kept)
    return tuple(
        FoundPaper(
            cited[arxiv_id],
            listed_dates[arxiv_id],
            lists.get(arxiv_id, ()),
            _place(sources.get(arxiv_id, ())),
            arxiv_id in is_late,
        )
        for arxiv_id in kept
    )


def _place(sources: Sequence[Mapping[str, Any]]) -> str | None:
    return f"{sources[0]['path']}:{sources[0]['line_start']}" if sources else None


def _lists_of(connection: duckdb.DuckDBPyConnection, arxiv_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    if not arxiv_ids:
        return {}
    query = f"""
        select
            listings.arxiv_id,
            list_sort(list(distinct digests.list_name)) as lists
        from listings
        join digests using (digest_id)
        where listings.{CHOSEN} and digests.list_name is not null
        group by all
    """
    return {
        row["arxiv_id"]: tuple(row["lists"]) for row in dict_rows(connection, query, choice_of(arxiv_ids))
    }


def newest_digest_date(connection: duckdb.DuckDBPyConnection, lists: Sequence[str]) -> date | None:
    """Date of the newest digest, of these lists if any are named."""
    return _newest_and_days(connection, lists, None)[0]


def listed_days(
    connection: duckdb.DuckDBPyConnection, lists: Sequence[str], after: date | None
) -> ListedDays:
    """What the digests later than a day list; nothing where no day is given."""
    return _newest_and_days(connection, lists, after)[1]


def _newest_and_days(
    connection: duckdb.DuckDBPyConnection, lists: Sequence[str], after: date | None
) -> tuple[date | None, ListedDays]:
    query = """
        select
            max(digests.digest_date) as newest,
            coalesce(list(distinct digests.digest_date) filter (digests.digest_date > $after), []) as days,
            count(distinct listings.arxiv_id) filter (digests.digest_date > $after) as n_papers
        from digests
        left join listings using (digest_id)
        where len($lists) = 0 or list_contains($lists, digests.list_name)
    """
    (row,) = dict_rows(connection, query, {"lists": list(lists), "after": after})
    return row["newest"], ListedDays(frozenset(row["days"]), row["n_papers"])
