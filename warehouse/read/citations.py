"""Papers with what a citation says of them, out of an open warehouse."""

from collections.abc import Sequence

import duckdb

from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.citations.cited_paper import CitedPaper
from paperhouse.transforms.errors import InputError, QueryError
from paperhouse.warehouse.read.paper_choice import CHOSEN, choice_of
from paperhouse.warehouse.read.query import run_query
from paperhouse.warehouse.storage.connections import dict_rows

_COLUMN = "arxiv_id"
_N_NAMED = 10


def read_cited_papers(connection: duckdb.DuckDBPyConnection, identifiers: Sequence[str]) -> list[CitedPaper]:
    """The papers in the order given, each once; identifiers may have a version, a prefix or an address.

    Raises:
        InputError: a paper is not in the warehouse.
        InvalidArxivIdError: an identifier is none.
    """
    wanted = list(dict.fromkeys(split_version(identifier)[0] for identifier in identifiers))
    if not wanted:
        return []
    query = f"""
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
            submitted_month,
            title,
            coalesce(authors, []) as authors,
            authors_completeness,
            abstract,
            version,
            primary_category,
            published_at,
            comment,
            doi,
            journal_ref
        from papers
        left join author_lists using (arxiv_id)
        where papers.{CHOSEN}
    """
    found = {
        row["arxiv_id"]: CitedPaper(**{**row, "authors": tuple(row["authors"])})
        for row in dict_rows(connection, query, choice_of(wanted))
    }
    lacking = [arxiv_id for arxiv_id in wanted if arxiv_id not in found]
    if lacking:
        more = f" and {len(lacking) - _N_NAMED:,} more" if len(lacking) > _N_NAMED else ""
        msg = (
            f"{', '.join(lacking[:_N_NAMED])}{more}: not in the warehouse; leave the identifier out, "
            "or load a digest that lists the paper"
        )
        raise InputError(msg, arxiv_ids=lacking)
    return [found[arxiv_id] for arxiv_id in wanted]


def identifiers_of_query(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    """The column `arxiv_id` of a query's result, run as foreign SQL; nulls are left out.

    Raises:
        QueryError: the engine refused it, or its result has no such column.
    """
    result = run_query(connection, sql)
    if _COLUMN not in result.columns:
        named = ", ".join(result.columns) or "none"
        msg = (
            f"the query gives no column {_COLUMN} (its columns: {named}); select one, which names the papers"
        )
        raise QueryError(msg, sql=sql)
    at = result.columns.index(_COLUMN)
    return [
        str(value) for batch in result.batches for value in batch.column(at).to_pylist() if value is not None
    ]
