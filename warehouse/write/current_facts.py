"""What the warehouse already holds about given papers and authors, in the shapes that the transform wants."""

import polars as pl

from paperhouse.transforms.papers.canonical import PaperFacts
from paperhouse.transforms.tables import PACKAGE_TABLES, WAREHOUSE_TABLES
from paperhouse.warehouse.storage.frame_exchange import FrameExchange

_WORDINGS = """
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
_DIGEST_FACTS = ("format", "path", "source", "list_name", "digest_date")
_ENTRIES = """
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
    join touched using (arxiv_id)
    join digests using (digest_id)
"""


def touch(bridge: FrameExchange, arxiv_ids: pl.DataFrame) -> None:
    """Make these papers (column arxiv_id) the ones that the other functions speak of."""
    bridge.put_temporary("touched", arxiv_ids)


def current_facts(bridge: FrameExchange) -> PaperFacts:
    """Everything that the warehouse holds about the touched papers."""
    wording_schema = {name: column.dtype for name, column in PACKAGE_TABLES["wordings"].columns().items()}
    return PaperFacts(
        wordings=bridge.take(_WORDINGS, wording_schema),
        entries=current_entries(bridge),
        particulars=_of_touched(bridge, "particulars"),
        links=_of_touched(bridge, "paper_links").drop("host"),
        translations=_of_touched(bridge, "paper_translations"),
        notes=_of_touched(bridge, "paper_notes"),
        affiliations=_of_touched(bridge, "variant_affiliations"),
        versions=_of_touched(bridge, "paper_versions"),
    )


def current_entries(bridge: FrameExchange) -> pl.DataFrame:
    """Entries (listings, repeats, answers) of the touched papers, with facts of their digest; not yet marked."""
    return bridge.take(_ENTRIES, {**_schema("listings"), **digest_facts_schema()})


def digest_facts_schema() -> dict[str, pl.DataType]:
    """Columns of `digests` that decide what an entry counts for."""
    schema = _schema("digests")
    return {name: schema[name] for name in _DIGEST_FACTS}


def current_papers(bridge: FrameExchange) -> pl.DataFrame:
    """Rows of `papers` for the touched papers that are already known."""
    return _of_touched(bridge, "papers")


def current_mentions(bridge: FrameExchange) -> pl.DataFrame:
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
    dates = {name: _schema("papers")[name] for name in ("first_listed_date", "last_listed_date")}
    names = {name: _schema("paper_authors")[name] for name in ("arxiv_id", "author_id", "name_as_written")}
    return bridge.take(query, {**names, **dates})


def _schema(table: str) -> dict[str, pl.DataType]:
    return {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}


def _of_touched(bridge: FrameExchange, table: str) -> pl.DataFrame:
    schema = _schema(table)
    columns = ", ".join(f'{table}."{name}"' for name in schema)
    return bridge.take(f"select {columns} from {table} join touched using (arxiv_id)", schema)
