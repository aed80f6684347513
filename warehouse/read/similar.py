"""Papers like given ones, and why: the terms, authors and lists that both have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from paperhouse.warehouse.storage.connections import dict_rows, one_value

MOST_SIMILAR: Final = 10
"""Papers that the warehouse keeps for each."""
_N_TERMS_TOLD: Final = 5

_QUERY: Final = """
    with wanted as (
        select unnest(string_split($arxiv_ids, ' ')) as arxiv_id
    ),
    pairs as (
        select paper_neighbours.*
        from paper_neighbours
        semi join wanted using (arxiv_id)
        where position <= $limit
    ),
    named as (
        select arxiv_id from pairs
        union
        select neighbour_id from pairs
    ),
    topics as (
        select arxiv_id, terms from paper_topics semi join named using (arxiv_id)
    ),
    mentions as (
        select arxiv_id, position, person_id, name_as_written from paper_authors semi join named using (arxiv_id)
    ),
    by_both as (
        select
            pairs.arxiv_id,
            pairs.neighbour_id,
            list(mine.name_as_written order by mine.position) as shared_authors
        from pairs
        join mentions as mine on mine.arxiv_id = pairs.arxiv_id
        semi join mentions as theirs
            on theirs.arxiv_id = pairs.neighbour_id and theirs.person_id = mine.person_id
        group by all
    ),
    lists as (
        select distinct arxiv_id, list_name
        from (from listings semi join named using (arxiv_id))
        join digests using (digest_id)
        where list_name is not null
    ),
    in_both as (
        select
            pairs.arxiv_id,
            pairs.neighbour_id,
            list(mine.list_name order by mine.list_name) as shared_lists
        from pairs
        join lists as mine on mine.arxiv_id = pairs.arxiv_id
        semi join lists as theirs
            on theirs.arxiv_id = pairs.neighbour_id and theirs.list_name = mine.list_name
        group by all
    )
    select
        pairs.arxiv_id as of_arxiv_id,
        pairs.neighbour_id as arxiv_id,
        pairs.position,
        pairs.score,
        papers.title,
        list_filter(mine.terms, lambda term: list_contains(theirs.terms, term))[:$n_terms] as shared_terms,
        coalesce(by_both.shared_authors, []) as shared_authors,
        coalesce(in_both.shared_lists, []) as shared_lists
    from pairs
    join papers on papers.arxiv_id = pairs.neighbour_id
    join topics as mine on mine.arxiv_id = pairs.arxiv_id
    join topics as theirs on theirs.arxiv_id = pairs.neighbour_id
    left join by_both on by_both.arxiv_id = pairs.arxiv_id and by_both.neighbour_id = pairs.neighbour_id
    left join in_both on in_both.arxiv_id = pairs.arxiv_id and in_both.neighbour_id = pairs.neighbour_id
    order by pairs.arxiv_id, pairs.position
"""


@dataclass(frozen=True, slots=True)
class SimilarPaper:
    """A paper that is like another one: its place among those, the cosine of both, and what both have.

    `shared_terms` tell much of both, those first that tell most of the other one; `shared_authors` are held to be the
    same persons.
    """

    arxiv_id: str
    position: int
    score: float
    title: str | None
    shared_terms: tuple[str, ...]
    shared_authors: tuple[str, ...]
    shared_lists: tuple[str, ...]

    @property
    def why(self) -> str:
        """What both have, in words."""
        parts = [
            f"{label} {', '.join(shared)}"
            for label, shared in (
                ("both on", self.shared_terms),
                ("both by", self.shared_authors),
                ("both in", self.shared_lists),
            )
            if shared
        ]
        return "; ".join(parts) or "about the same, in other words"


def has_similar(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the warehouse knows similar papers: one that an earlier version wrote gets them with its next load."""
    query = "select count(*) from duckdb_tables() where table_name = 'paper_neighbours'"
    return bool(one_value(connection, query))


def similar_papers(
    connection: duckdb.DuckDBPyConnection, arxiv_ids: Sequence[str], limit: int = MOST_SIMILAR
) -> dict[str, list[SimilarPaper]]:
    """For each of these papers those that are most like it, the most like first, at most ten.

    A paper that is not in the warehouse, or of whose text nothing is known, has no entry.
    """
    named = {"arxiv_ids": " ".join(arxiv_ids), "limit": limit, "n_terms": _N_TERMS_TOLD}
    found: dict[str, list[SimilarPaper]] = {}
    for row in dict_rows(connection, _QUERY, named):
        one = SimilarPaper(
            arxiv_id=row["arxiv_id"],
            position=row["position"],
            score=row["score"],
            title=row["title"],
            shared_terms=tuple(row["shared_terms"]),
            shared_authors=tuple(row["shared_authors"]),
            shared_lists=tuple(row["shared_lists"]),
        )
        found.setdefault(row["of_arxiv_id"], []).append(one)
    return found
