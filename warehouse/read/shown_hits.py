"""What is shown of papers that a search found: the record, why it was found, and the lines that state it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from paperhouse.transforms.search.marks import MarkedText, Marker
from paperhouse.warehouse.read.paper_choice import CHOSEN, choice_of
from paperhouse.warehouse.read.paper_record import sources_of
from paperhouse.warehouse.read.search import Hit, SearchAnswer
from paperhouse.warehouse.storage.connections import dict_rows

_RECORDS = f"""
    with author_lists as (
        select
            arxiv_id,
            list(name_as_written order by position) as authors
        from paper_authors
        where {CHOSEN}
        group by all
    )

    select
        arxiv_id,
        title,
        coalesce(authors, []) as authors,
        abstract,
        first_listed_date
    from papers
    left join author_lists using (arxiv_id)
    where papers.{CHOSEN}
"""


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A paper that was found; `authors` are all, `matched_authors` those by whom it was found."""

    arxiv_id: str
    score: float
    has_all: bool
    title: MarkedText
    authors: tuple[str, ...]
    matched_authors: tuple[str, ...]
    snippet: MarkedText
    first_listed_date: date | None
    sources: tuple[dict[str, Any], ...]

    @property
    def place(self) -> str | None:
        """File and line of the digest that states it."""
        return f"{self.sources[0]['path']}:{self.sources[0]['line_start']}" if self.sources else None


def show_hits(connection: duckdb.DuckDBPyConnection, answer: SearchAnswer) -> list[ShownHit]:
    """Read what is shown of the papers of an answer, in its order."""
    arxiv_ids = [hit.arxiv_id for hit in answer.hits]
    if not arxiv_ids:
        return []
    records = {row["arxiv_id"]: row for row in dict_rows(connection, _RECORDS, choice_of(arxiv_ids))}
    sources = sources_of(connection, arxiv_ids, 1)
    marker = Marker.of(answer.query)
    return [_shown(hit, records[hit.arxiv_id], sources.get(hit.arxiv_id, []), marker) for hit in answer.hits]


def _shown(hit: Hit, record: dict[str, Any], sources: Sequence[dict[str, Any]], marker: Marker) -> ShownHit:
    authors = tuple(record["authors"])
    return ShownHit(
        arxiv_id=hit.arxiv_id,
        score=round(hit.score, 2),
        has_all=hit.has_all,
        title=marker.mark(record["title"] or ""),
        authors=authors,
        matched_authors=tuple(name for name in authors if marker.mark(name).marks),
        snippet=marker.snippet(record["abstract"] or ""),
        first_listed_date=record["first_listed_date"],
        sources=tuple(sources),
    )
