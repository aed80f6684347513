"""Papers as lists of them show: title, authors, abstract, lists, and where code lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from paperhouse.warehouse.read.paper_choice import CHOSEN, choice_of
from paperhouse.warehouse.storage.connections import dict_rows

NO_LISTS = "('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle', 'arxiv_feed')"
"""Formats of digests that are no list: indexes and arXiv's own replies."""
LIST_LABEL = "coalesce(digests.list_name, digests.source, 'no list')"
"""What a list is called where people read it; the model `coverage` uses the same words."""


@dataclass(frozen=True, slots=True)
class Name:
    """A place in an author list: the name as written, and whose it is."""

    name: str
    person_id: int
    author_id: int


@dataclass(frozen=True, slots=True)
class Card:
    """A paper in a list of papers; `code_url` is a link of it to code, as a digest or the abstract states it."""

    arxiv_id: str
    title: str | None
    abstract: str | None
    is_abstract_whole: bool
    primary_category: str | None
    first_listed_date: date | None
    authors: tuple[Name, ...]
    lists: tuple[str, ...]
    code_url: str | None


_CARDS = f"""
    with names as (
        select
            arxiv_id,
            list({{name: name_as_written, person_id: person_id, author_id: author_id}} order by position) as authors
        from paper_authors
        where {CHOSEN}
        group by all
    ),

    lists as (
        select
            arxiv_id,
            list_sort(list_distinct(list({LIST_LABEL}))) as lists
        from listings
        join digests using (digest_id)
        where {CHOSEN} and digests.format not in {NO_LISTS}
        group by all
    ),

    code as (
        select
            arxiv_id,
            min(url) as code_url
        from paper_links
        where kind = 'code' and {CHOSEN}
        group by all
    )

    select
        arxiv_id,
        papers.title,
        papers.abstract,
        papers.abstract_completeness = 'full' as is_abstract_whole,
        papers.primary_category,
        papers.first_listed_date,
        coalesce(names.authors, []) as authors,
        coalesce(lists.lists, []) as lists,
        code.code_url
    from papers
    left join names using (arxiv_id)
    left join lists using (arxiv_id)
    left join code using (arxiv_id)
    where {CHOSEN}
"""


@dataclass(frozen=True, slots=True)
class Title:
    """A paper by its title alone: abstracts are nine tenths of what a list of papers would read."""

    arxiv_id: str
    title: str | None
    first_listed_date: date | None


def read_titles(connection: duckdb.DuckDBPyConnection, arxiv_ids: Sequence[str]) -> dict[str, Title]:
    """Read the titles of these papers, by identifier in the order given; those that are not held are left out."""
    if not arxiv_ids:
        return {}
    query = f"select arxiv_id, title, first_listed_date from papers where {CHOSEN}"
    found = {row["arxiv_id"]: Title(**row) for row in dict_rows(connection, query, choice_of(arxiv_ids))}
    return {arxiv_id: found[arxiv_id] for arxiv_id in arxiv_ids if arxiv_id in found}


def read_cards(connection: duckdb.DuckDBPyConnection, arxiv_ids: Sequence[str]) -> dict[str, Card]:
    """Read these papers, by identifier in the order given; those that the warehouse does not hold are left out."""
    if not arxiv_ids:
        return {}
    found = {
        row["arxiv_id"]: Card(
            **{
                **row,
                "authors": tuple(Name(**name) for name in row["authors"]),
                "lists": tuple(row["lists"]),
            }
        )
        for row in dict_rows(connection, _CARDS, choice_of(arxiv_ids))
    }
    return {arxiv_id: found[arxiv_id] for arxiv_id in arxiv_ids if arxiv_id in found}
