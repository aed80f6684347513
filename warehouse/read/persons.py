"""Who is behind a name: its persons, their papers, and why they are one or several."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from paperhouse.transforms.papers.author_names import name_key
from paperhouse.transforms.persons.corrections import Correction
from paperhouse.warehouse.storage.connections import dict_rows

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PersonOfName:
    """A person, with the latest titles, the co-authors of most papers, and what arXiv states of where they are."""

    person: Row
    titles: tuple[str, ...]
    coauthors: tuple[str, ...]
    affiliations: tuple[str, ...]


def persons_of_name(connection: duckdb.DuckDBPyConnection, name: str, limit: int) -> list[PersonOfName]:
    """Persons of a name as anybody may spell it, those with most papers first; empty if nobody is called so."""
    query = """
        from persons
        where name_key = $name_key
        order by n_papers desc, first_listed_date, person_id
        limit $limit
    """
    rows = dict_rows(connection, query, {"name_key": name_key(name), "limit": limit})
    return [_with_examples(connection, row) for row in rows]


def count_persons(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Persons of a name."""
    query = "select count(*) as n from persons where name_key = $name_key"
    return int(dict_rows(connection, query, {"name_key": name_key(name)})[0]["n"])


def find_person(connection: duckdb.DuckDBPyConnection, person_id: int) -> Row | None:
    """The person of an id, or of the id that it leads to now."""
    query = """
        from persons
        where person_id in (
            select $person_id
            union all
            select person_id from person_redirects where retired_person_id = $person_id
        )
    """
    return next(iter(dict_rows(connection, query, {"person_id": person_id})), None)


def mentions_of_person(connection: duckdb.DuckDBPyConnection, person_id: int) -> list[Row]:
    """Each mention with title, date, what arXiv states of it, and how it came to the person: null for the oldest."""
    query = """
        select
            paper_authors.arxiv_id,
            paper_authors.position,
            paper_authors.author_id,
            paper_authors.name_as_written,
            papers.title,
            papers.first_listed_date,
            papers.primary_category,
            coalesce(stated.affiliations, []) as affiliations,
            person_evidence.joined_by,
            person_evidence.score,
            person_evidence.joined_arxiv_id,
            person_evidence.joined_position
        from paper_authors
        join papers using (arxiv_id)
        left join person_evidence using (arxiv_id, position)
        left join (
            select arxiv_id, position, list(affiliation order by affiliation) as affiliations
            from author_affiliations
            group by all
        ) as stated using (arxiv_id, position)
        where paper_authors.person_id = $person_id
        order by paper_authors.arxiv_id, paper_authors.position
    """
    return [*dict_rows(connection, query, {"person_id": person_id})]


def mention_of(connection: duckdb.DuckDBPyConnection, arxiv_id: str, position: int) -> Row | None:
    """The name and the person at a place of an author list."""
    query = """
        select arxiv_id, position, author_id, person_id, name_as_written
        from paper_authors
        where arxiv_id = $arxiv_id and position = $position
    """
    return next(iter(dict_rows(connection, query, {"arxiv_id": arxiv_id, "position": position})), None)


def count_corrections(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Corrections in force: pairs of one person, pairs of two."""
    query = """
        select
            count(*) filter (verdict = 'same') as n_same,
            count(*) filter (verdict = 'different') as n_different
        from person_corrections
    """
    (row,) = dict_rows(connection, query)
    return int(row["n_same"]), int(row["n_different"])


def corrections_in_force(connection: duckdb.DuckDBPyConnection) -> list[Correction]:
    """Corrections that the warehouse applied, as the curation file stated them."""
    query = """
        select verdict, arxiv_id, position, other_arxiv_id, other_position, reason, stated_date
        from person_corrections
        order by stated_date nulls first, arxiv_id, position, other_arxiv_id, other_position
    """
    return [
        Correction(
            row["verdict"],
            (row["arxiv_id"], row["position"]),
            (row["other_arxiv_id"], row["other_position"]),
            row["reason"],
            row["stated_date"],
        )
        for row in dict_rows(connection, query)
    ]


def _with_examples(connection: duckdb.DuckDBPyConnection, person: Row) -> PersonOfName:
    named = {"person_id": person["person_id"]}
    titles = dict_rows(
        connection,
        """
        select distinct papers.title, papers.arxiv_id
        from paper_authors
        join papers using (arxiv_id)
        where paper_authors.person_id = $person_id
        order by papers.arxiv_id desc
        limit 3
        """,
        named,
    )
    coauthors = dict_rows(
        connection,
        """
        select authors.name, count(*) as n_papers
        from paper_authors as mentions
        join paper_authors as others
            on others.arxiv_id = mentions.arxiv_id and others.author_id <> mentions.author_id
        join authors on authors.author_id = others.author_id
        where mentions.person_id = $person_id
        group by authors.author_id, authors.name
        order by n_papers desc, authors.name
        limit 5
        """,
        named,
    )
    affiliations = dict_rows(
        connection,
        """
        select affiliation, count(*) as n_papers
        from author_affiliations
        join paper_authors using (arxiv_id, position)
        where person_id = $person_id
        group by affiliation
        order by n_papers desc, affiliation
        limit 3
        """,
        named,
    )
    return PersonOfName(
        person,
        tuple(row["title"] for row in titles),
        tuple(row["name"] for row in coauthors),
        tuple(row["affiliation"] for row in affiliations),
    )
