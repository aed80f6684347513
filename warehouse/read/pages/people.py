"""Persons and names: their papers and co-authors, for one page or for many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from paperhouse.warehouse.storage.connections import dict_rows

Row = dict[str, Any]
_N_COAUTHORS = 12


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A person, the identifiers of the papers (the newest first), co-authors, and other persons of the name."""

    person: Row
    arxiv_ids: tuple[str, ...]
    spellings: tuple[str, ...]
    coauthors: tuple[Row, ...]
    n_of_name: int


_CHOSEN = "person_id between $least and $most and person_id in (select unnest(string_split($person_ids, ' '))::bigint)"
_PERSONS = f"""
    with chosen as (
        select
            person_id,
            author_id,
            name,
            n_papers,
            first_listed_date,
            last_listed_date,
            confidence,
            main_categories
        from persons
        where {_CHOSEN}
    ),

    names as (
        select
            author_id,
            count(*) as n_of_name
        from persons
        where author_id in (select author_id from chosen)
        group by all
    )

    select
        chosen.person_id,
        chosen.author_id,
        chosen.name,
        chosen.n_papers,
        chosen.first_listed_date,
        chosen.last_listed_date,
        chosen.confidence,
        chosen.main_categories,
        names.n_of_name
    from chosen
    join names using (author_id)
"""
_MENTIONS = f"""
    select
        person_id,
        list(distinct arxiv_id order by arxiv_id desc) as arxiv_ids,
        list(distinct name_as_written order by name_as_written) as spellings
    from paper_authors
    where {_CHOSEN}
    group by all
"""
_COAUTHORS = f"""
    with mentions as (
        select distinct person_id, arxiv_id
        from paper_authors
        where {_CHOSEN}
    ),

    pairs as (
        select
            mentions.person_id,
            others.person_id as coauthor_id,
            any_value(others.author_id) as author_id,
            min(others.name_as_written) as name,
            count(distinct mentions.arxiv_id) as n_papers
        from mentions
        join paper_authors as others using (arxiv_id)
        where others.person_id <> mentions.person_id
        group by all
    )

    select
        person_id,
        coauthor_id,
        author_id,
        name,
        n_papers
    from pairs
    qualify row_number() over (partition by person_id order by n_papers desc, name, coauthor_id) <= $n_coauthors
    order by person_id, n_papers desc, name, coauthor_id
"""


def read_person_pages(
    connection: duckdb.DuckDBPyConnection, person_ids: Sequence[int]
) -> dict[int, PersonPage]:
    """Read these persons, by id; those that the warehouse does not hold are left out."""
    if not person_ids:
        return {}
    named: dict[str, Any] = {
        "person_ids": " ".join(map(str, person_ids)),
        "least": min(person_ids),
        "most": max(person_ids),
    }
    mentions = {row["person_id"]: row for row in dict_rows(connection, _MENTIONS, named)}
    coauthors: dict[int, list[Row]] = {}
    for row in dict_rows(connection, _COAUTHORS, {**named, "n_coauthors": _N_COAUTHORS}):
        coauthors.setdefault(row.pop("person_id"), []).append(row)
    return {
        person["person_id"]: PersonPage(
            person,
            tuple(mentions[person["person_id"]]["arxiv_ids"]),
            tuple(mentions[person["person_id"]]["spellings"]),
            tuple(coauthors.get(person["person_id"], ())),
            person.pop("n_of_name"),
        )
        for person in dict_rows(connection, _PERSONS, named)
        if person["person_id"] in mentions
    }


def read_name(connection: duckdb.DuckDBPyConnection, author_id: int) -> Row | None:
    """A name with its persons, those of most papers first; None if the warehouse does not hold it."""
    query = """
        select
            author_id,
            name,
            n_papers,
            first_listed_date,
            last_listed_date
        from authors
        where author_id = $author_id
    """
    name = next(iter(dict_rows(connection, query, {"author_id": author_id})), None)
    if name is None:
        return None
    persons = """
        select
            person_id,
            name,
            n_papers,
            first_listed_date,
            last_listed_date,
            main_categories
        from persons
        where author_id = $author_id
        order by n_papers desc, first_listed_date, person_id
        limit 200
    """
    return {**name, "persons": dict_rows(connection, persons, {"author_id": author_id})}


def read_frequent_persons(
    connection: duckdb.DuckDBPyConnection, arxiv_ids: Sequence[str], n_least: int
) -> list[int]:
    """Persons of these papers who wrote at least so many papers, by id."""
    query = """
        select distinct person_id
        from paper_authors
        join persons using (person_id)
        where arxiv_id in (select unnest(string_split($arxiv_ids, ' '))) and persons.n_papers >= $n_least
        order by person_id
    """
    rows = dict_rows(connection, query, {"arxiv_ids": " ".join(arxiv_ids), "n_least": n_least})
    return [row["person_id"] for row in rows]
