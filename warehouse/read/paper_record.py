"""One paper with all that the warehouse knows of it, and where each statement stands."""

from collections.abc import Sequence
from typing import Any

import duckdb

from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.read.paper_choice import CHOSEN, WITHIN, choice_of
from paperhouse.warehouse.storage.connections import dict_rows

Rows = list[dict[str, Any]]
_N_SOURCES = 20


def read_paper_record(connection: duckdb.DuckDBPyConnection, arxiv_id: str) -> dict[str, Any] | None:
    """The canonical record with authors, categories, links and sources; None if the paper is not in the warehouse."""
    named = {"arxiv_id": arxiv_id}
    record = next(iter(dict_rows(connection, "from papers where arxiv_id = $arxiv_id", named)), None)
    if record is None:
        return None
    authors = """
        select position, name_as_written, author_id, person_id
        from paper_authors
        where arxiv_id = $arxiv_id
        order by position
    """
    categories = (
        "select category from paper_categories where arxiv_id = $arxiv_id order by is_primary desc, category"
    )
    links = "select url, kind from paper_links where arxiv_id = $arxiv_id order by url"
    return {
        **record,
        "url": f"https://arxiv.org/abs/{arxiv_id}",
        "authors": dict_rows(connection, authors, named),
        "categories": [row["category"] for row in dict_rows(connection, categories, named)],
        "links": dict_rows(connection, links, named),
        "sources": sources_of(connection, [arxiv_id]).get(arxiv_id, []),
    }


def title_of(connection: duckdb.DuckDBPyConnection, arxiv_id: str) -> str | None:
    """Title of a paper; None if no source states one.

    Raises:
        InputError: the paper is not in the warehouse.
    """
    found = dict_rows(
        connection, "select title from papers where arxiv_id = $arxiv_id", {"arxiv_id": arxiv_id}
    )
    if not found:
        msg = f"{arxiv_id}: not in the warehouse; no digest that was loaded lists it"
        raise InputError(msg, arxiv_id=arxiv_id)
    title: str | None = found[0]["title"]
    return title


def sources_of(
    connection: duckdb.DuckDBPyConnection, arxiv_ids: Sequence[str], limit: int = _N_SOURCES
) -> dict[str, Rows]:
    """Files and lines that state each paper, its canonical wording first, then the newest; at most `limit` a paper."""
    if not arxiv_ids:
        return {}
    query = f"""
        select
            entries.arxiv_id,
            digests.path,
            entries.line_start,
            entries.line_end,
            digests.unit,
            digests.digest_date,
            digests.source,
            digests.list_name,
            digests.load_id,
            entries.variant_id = papers.variant_id as is_canonical
        from entries
        join digests using (digest_id)
        join papers using (arxiv_id)
        where entries.{CHOSEN} and papers.{WITHIN}
        qualify row_number() over (
            partition by entries.arxiv_id
            order by is_canonical desc, digests.digest_date desc nulls last, digests.path, entries.position
        ) <= $limit
        order by
            entries.arxiv_id, is_canonical desc, digests.digest_date desc nulls last, digests.path, entries.position
    """
    found: dict[str, Rows] = {}
    for row in dict_rows(connection, query, {**choice_of(arxiv_ids), "limit": limit}):
        found.setdefault(row.pop("arxiv_id"), []).append(row)
    return found


def read_state(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Which state of the warehouse this is: its generation, newest load and newest digest."""
    query = """
        select
            count(*) as generation,
            max(load_id) as load_id,
            max(finished_at) as finished_at,
            (select max(digest_date) from digests) as last_digest_date
        from loads
    """
    return dict_rows(connection, query)[0]
