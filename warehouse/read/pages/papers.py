"""Papers with all that a page of each shows: record, wordings, versions, notes of digests, and file and line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from paperhouse.warehouse.read.pages.cards import Card, read_cards
from paperhouse.warehouse.read.paper_choice import CHOSEN, WITHIN, choice_of
from paperhouse.warehouse.read.paper_record import sources_of
from paperhouse.warehouse.read.similar import SimilarPaper, has_similar, similar_papers
from paperhouse.warehouse.storage.connections import dict_rows

Row = dict[str, Any]
N_SIMILAR = 6
"""Papers that a page shows as most like its own."""
N_SOURCES = 20
"""Places that a page names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A paper with its facts, wordings (the oldest first), versions, links, places, and papers that are like it."""

    card: Card
    record: Row
    categories: tuple[str, ...] = ()
    links: tuple[Row, ...] = ()
    versions: tuple[Row, ...] = ()
    wordings: tuple[Row, ...] = ()
    sources: tuple[Row, ...] = ()
    similar: tuple[SimilarPaper, ...] = ()


_RECORD = f"""
    select
        arxiv_id,
        version,
        authors_completeness,
        abstract_completeness,
        submitted_month,
        published_at,
        updated_at,
        comment,
        doi,
        journal_ref,
        first_listed_date,
        last_listed_date,
        n_listings,
        n_variants
    from papers
    where {CHOSEN}
"""
_CATEGORIES = f"""
    select
        arxiv_id,
        category
    from paper_categories
    where {CHOSEN}
    order by arxiv_id, is_primary desc, category
"""
_LINKS = f"""
    select
        arxiv_id,
        url,
        kind::varchar as kind,
        host
    from paper_links
    where {CHOSEN}
    order by arxiv_id, kind, url
"""
_VERSIONS = f"""
    select
        arxiv_id,
        version,
        submitted_at,
        size_kb,
        is_withdrawn
    from paper_versions
    where {CHOSEN}
    order by arxiv_id, version
"""
_WORDINGS = f"""
    select
        variants.arxiv_id,
        variants.version,
        variants.first_listed_date,
        variants.last_listed_date,
        variants.n_listings,
        variants.source_kind::varchar as source_kind,
        variants.abstract_completeness::varchar as abstract_completeness,
        variants.authors_completeness::varchar as authors_completeness,
        variants.variant_id = papers.variant_id as is_canonical,
        nullif(coalesce(variants.title, papers.title), '') as title,
        case
            when variants.abstract_completeness = 'none' then null
            else coalesce(variants.abstract, papers.abstract)
        end as abstract
    from variants
    join papers using (arxiv_id)
    where variants.{CHOSEN} and papers.{WITHIN}
    order by
        variants.arxiv_id,
        variants.first_listed_date nulls first,
        variants.version nulls first,
        variants.variant_id
"""


def read_paper_pages(connection: duckdb.DuckDBPyConnection, arxiv_ids: Sequence[str]) -> dict[str, PaperPage]:
    """Read these papers, by identifier; those that the warehouse does not hold are left out."""
    if not arxiv_ids:
        return {}
    named = choice_of(arxiv_ids)
    records = {row["arxiv_id"]: row for row in dict_rows(connection, _RECORD, named)}
    reworded = [arxiv_id for arxiv_id, record in records.items() if record["n_variants"] > 1]
    categories = {
        arxiv_id: tuple(row["category"] for row in rows)
        for arxiv_id, rows in _by_paper(connection, _CATEGORIES, named).items()
    }
    links = _by_paper(connection, _LINKS, named)
    versions = _by_paper(connection, _VERSIONS, named)
    wordings = _by_paper(connection, _WORDINGS, choice_of(reworded)) if reworded else {}
    sources = sources_of(connection, arxiv_ids, N_SOURCES)
    similar = similar_papers(connection, arxiv_ids, N_SIMILAR) if has_similar(connection) else {}
    return {
        arxiv_id: PaperPage(
            card,
            records[arxiv_id],
            categories.get(arxiv_id, ()),
            links.get(arxiv_id, ()),
            versions.get(arxiv_id, ()),
            wordings.get(arxiv_id, ()),
            tuple(sources.get(arxiv_id, ())),
            tuple(similar.get(arxiv_id, ())),
        )
        for arxiv_id, card in read_cards(connection, arxiv_ids).items()
    }


def read_papers_since(connection: duckdb.DuckDBPyConnection, since: date | None) -> list[str]:
    """Identifiers of papers that a dated digest listed since then; of all papers, undated ones too, without a day."""
    query = """
        select arxiv_id
        from papers
        where $since is null or last_listed_date >= $since
        order by arxiv_id
    """
    return [row["arxiv_id"] for row in dict_rows(connection, query, {"since": since})]


def _by_paper(connection: duckdb.DuckDBPyConnection, query: str, named: Row) -> dict[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for row in dict_rows(connection, query, named):
        found.setdefault(row.pop("arxiv_id"), []).append(row)
    return {arxiv_id: tuple(rows) for arxiv_id, rows in found.items()}
