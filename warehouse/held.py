"""What the warehouse already holds about given papers and authors, in the shapes that the transform wants."""

import duckdb
import polars as pl

from transforms.papers import PaperFacts
from transforms.tables import PACKAGE_TABLES, WAREHOUSE_TABLES

_WORDINGS = """
    select
        variants.variant_id,
        variants.arxiv_id,
        variants.version,
        coalesce(variants.title, papers.title) as title,
        case
            when variants.authors_completeness = 'none' then []
            else coalesce(variants.authors, own_lists.authors, [])
        end as authors,
        variants.authors_completeness,
        case
            when variants.abstract_completeness = 'none' then null
            else coalesce(variants.abstract, papers.abstract)
        end as abstract,
        variants.abstract_completeness,
        variants.source_kind
    from variants
    join touched using (arxiv_id)
    join papers using (arxiv_id)
    left join (
        select
            arxiv_id,
            list(name_as_written order by position) as authors
        from paper_authors
        join touched using (arxiv_id)
        group by arxiv_id
    ) as own_lists using (arxiv_id)
"""
_LISTINGS = """
    select
        listings.*,
        digests.digest_date
    from listings
    join touched using (arxiv_id)
    join digests using (digest_id)
"""
_OF_TOUCHED = "select {columns} from {table} join touched using (arxiv_id)"


def touch(connection: duckdb.DuckDBPyConnection, arxiv_ids: pl.DataFrame) -> None:
    """Make these papers (column arxiv_id) the ones that the other functions speak of."""
    connection.register("touched_frame", arxiv_ids.to_arrow())
    connection.execute("create or replace temp table touched as select arxiv_id from touched_frame")
    connection.unregister("touched_frame")


def held_facts(connection: duckdb.DuckDBPyConnection) -> PaperFacts:
    """Everything that the warehouse holds about the touched papers."""
    listing_schema = {**_schema("listings"), "digest_date": pl.Date()}
    return PaperFacts(
        wordings=_frame(
            connection, _WORDINGS, {n: c.dtype for n, c in PACKAGE_TABLES["wordings"].columns().items()}
        ),
        listings=_frame(connection, _LISTINGS, listing_schema),
        particulars=_of_touched(connection, "particulars"),
        links=_of_touched(connection, "paper_links").drop("host"),
        translations=_of_touched(connection, "paper_translations"),
        notes=_of_touched(connection, "paper_notes"),
    )


def held_papers(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Rows of `papers` for the touched papers that are already known."""
    return _of_touched(connection, "papers")


def held_mentions(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """All mentions of the authors in the temp table `touched_authors`, with the dates of their papers."""
    query = """
        select
            paper_authors.arxiv_id,
            paper_authors.author_id,
            paper_authors.name_as_written,
            papers.first_listed_date,
            papers.last_listed_date
        from paper_authors
        join touched_authors using (author_id)
        join papers using (arxiv_id)
    """
    schema = {
        "arxiv_id": pl.String(),
        "author_id": pl.Int64(),
        "name_as_written": pl.String(),
        "first_listed_date": pl.Date(),
        "last_listed_date": pl.Date(),
    }
    return _frame(connection, query, schema)


def _schema(table: str) -> dict[str, pl.DataType]:
    return {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}


def _of_touched(connection: duckdb.DuckDBPyConnection, table: str) -> pl.DataFrame:
    schema = _schema(table)
    columns = ", ".join(f'{table}."{name}"' for name in schema)
    return _frame(connection, _OF_TOUCHED.format(columns=columns, table=table), schema)


def _frame(connection: duckdb.DuckDBPyConnection, query: str, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    frame = connection.sql(query).pl()
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
