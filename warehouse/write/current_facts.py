"""What the warehouse already holds about given papers and authors, in the shapes that the transform wants."""

from typing import Final

import polars as pl

from paperhouse.transforms.papers.canonical import PaperFacts
from paperhouse.transforms.tables import PACKAGE_TABLES, WAREHOUSE_TABLES
from paperhouse.warehouse.storage.frame_exchange import FrameExchange

_WORDINGS: Final = """
    select
        variants.variant_id,
        variants.arxiv_id,
        variants.version,
        nullif(coalesce(variants.title, papers.title), '') as title,
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
    join {wanted} as wanted using (arxiv_id)
    join papers using (arxiv_id)
    left join (
        select
            arxiv_id,
            list(name_as_written order by position) as authors
        from paper_authors
        join {wanted} as wanted using (arxiv_id)
        group by arxiv_id
    ) as own_lists using (arxiv_id)
"""
_DIGEST_FACTS: Final = ("format", "path", "source", "list_name", "digest_date")
_ENTRIES: Final = """
    select
        stated.* exclude (repeats_digest_id),
        digests.format,
        digests.path,
        digests.source,
        digests.list_name,
        digests.digest_date
    from (
        from listings
        union all by name
        from repeats
        union all by name
        from answers
    ) as stated
    join {wanted} as wanted using (arxiv_id)
    join digests using (digest_id)
"""


def current_facts(exchange: FrameExchange, arxiv_ids: pl.DataFrame) -> PaperFacts:
    """Everything that the warehouse holds about these papers (column arxiv_id)."""
    wording_schema = {name: column.dtype for name, column in PACKAGE_TABLES["wordings"].columns().items()}
    with exchange.lend(arxiv_ids) as wanted:
        return PaperFacts(
            wordings=exchange.take(_WORDINGS.format(wanted=wanted), wording_schema),
            entries=_entries(exchange, wanted),
            particulars=_rows_about(exchange, "particulars", wanted),
            links=_rows_about(exchange, "paper_links", wanted).drop("host"),
            translations=_rows_about(exchange, "paper_translations", wanted),
            notes=_rows_about(exchange, "paper_notes", wanted),
            affiliations=_rows_about(exchange, "variant_affiliations", wanted),
            versions=_rows_about(exchange, "paper_versions", wanted),
        )


def current_entries(exchange: FrameExchange, arxiv_ids: pl.DataFrame) -> pl.DataFrame:
    """Entries (listings, repeats, answers) of these papers, with facts of their digest; not yet marked."""
    with exchange.lend(arxiv_ids) as wanted:
        return _entries(exchange, wanted)


def digest_facts_schema() -> dict[str, pl.DataType]:
    """Columns of `digests` that decide what an entry counts for."""
    schema = _schema("digests")
    return {name: schema[name] for name in _DIGEST_FACTS}


def current_papers(exchange: FrameExchange, arxiv_ids: pl.DataFrame) -> pl.DataFrame:
    """Rows of `papers` for those of these papers that are already known.

    Which are is asked first: of the others, most of a day's, no text is read.
    """
    known = {"arxiv_id": pl.String()}
    with exchange.lend(arxiv_ids) as wanted:
        held = exchange.take(f"select arxiv_id from papers semi join {wanted} using (arxiv_id)", known)
    if not held.height:
        return pl.DataFrame(schema=_schema("papers"))
    with exchange.lend(held) as wanted:
        return _rows_about(exchange, "papers", wanted)


def current_mentions_of_papers(exchange: FrameExchange, arxiv_ids: pl.DataFrame) -> pl.DataFrame:
    """Rows of `paper_authors` of these papers."""
    if not arxiv_ids.height:
        return pl.DataFrame(schema=_schema("paper_authors"))
    with exchange.lend(arxiv_ids) as wanted:
        return _rows_about(exchange, "paper_authors", wanted)


def current_mentions(exchange: FrameExchange, author_ids: pl.DataFrame) -> pl.DataFrame:
    """All mentions of these authors (column author_id), with the dates of their papers."""
    dates = {name: _schema("papers")[name] for name in ("first_listed_date", "last_listed_date")}
    names = {name: _schema("paper_authors")[name] for name in ("arxiv_id", "author_id", "name_as_written")}
    with exchange.lend(author_ids) as wanted:
        query = f"""
            select
                paper_authors.arxiv_id,
                paper_authors.author_id,
                paper_authors.name_as_written,
                papers.first_listed_date,
                papers.last_listed_date
            from paper_authors
            join {wanted} as wanted using (author_id)
            join papers using (arxiv_id)
        """
        return exchange.take(query, {**names, **dates})


def _entries(exchange: FrameExchange, wanted: str) -> pl.DataFrame:
    return exchange.take(_ENTRIES.format(wanted=wanted), {**_schema("listings"), **digest_facts_schema()})


def _rows_about(exchange: FrameExchange, table: str, wanted: str) -> pl.DataFrame:
    schema = _schema(table)
    columns = ", ".join(f'{table}."{name}"' for name in schema)
    return exchange.take(f"select {columns} from {table} semi join {wanted} using (arxiv_id)", schema)


def _schema(table: str) -> dict[str, pl.DataType]:
    return {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}
