"""Terms of papers as the search index keeps them: who has a term, and what BM25 gives it there.

What BM25 compares a paper's length with is a constant, not the mean of what happens to be held. So the rows of a paper
follow from its own texts, whatever else is loaded; how rare a term is, is counted when one searches.
"""

from typing import Final

import polars as pl

from paperhouse.transforms.arxiv.identifiers import OLD_ARCHIVES
from paperhouse.transforms.search.terms import TermCounts
from paperhouse.transforms.tables import WAREHOUSE_TABLES

MEAN_LENGTH: Final = 150
"""Words of a paper as they count, about: 148 on half a year of digests."""
K1: Final = 1.5
"""How much it says that a word comes again."""
B: Final = 0.75
"""How much of a longer text's words is put down to its length."""
FULL_IMPACT: Final = 255

_FIRST_OLD: Final = 1_000_000_000
_NUMBERS_PER_ARCHIVE: Final = 10_000_000
_ARCHIVES: Final = {
    archive: _FIRST_OLD + place * _NUMBERS_PER_ARCHIVE
    for place, archive in enumerate(OLD_ARCHIVES.split("|"))
}
NUMBERS_PER_YEAR: Final = 10_000_000
"""Rows are stored by year first: the numbers of one year differ in fewer bits."""
STORED_ORDER: Final = f"paper // {NUMBERS_PER_YEAR}, term, paper"
"""The order of stored postings, in SQL."""


def paper_numbers(arxiv_ids: pl.Series) -> pl.Series:
    """The number of each paper in the index: 250404178 for 2504.04178; old ones come after, archive by archive."""
    parts = pl.DataFrame({"arxiv_id": arxiv_ids}, schema={"arxiv_id": pl.String}).select(
        archive=pl.col("arxiv_id").str.extract("^(.+)/"),
        number=pl.col("arxiv_id").str.replace("^.+/", "").str.replace(".", "", literal=True).cast(pl.UInt32),
    )
    first = pl.col("archive").replace_strict(_ARCHIVES, default=None, return_dtype=pl.UInt32)
    is_new = pl.col("archive").is_null()
    return parts.select(
        paper=pl.when(is_new).then(pl.col("number")).otherwise(first + pl.col("number"))
    ).to_series()


def index_rows(texts: TermCounts, names: TermCounts) -> dict[str, pl.DataFrame]:
    """Rows of `search_papers` and `search_postings`, from the terms of titles and abstracts and those of names.

    Papers without a term have none. Postings come in the order in which they are stored best.
    """
    counts = (
        pl.concat([_by_number(texts), _by_number(names)])
        .group_by("paper", "term")
        .agg(pl.col("weight").sum())
    )
    papers = counts.group_by("paper").agg(n_terms=pl.len(), length=pl.col("weight").sum())
    known = pl.concat([texts.papers, names.papers]).unique().sort()
    numbers = pl.DataFrame({"arxiv_id": known, "paper": paper_numbers(known)})
    postings = (
        counts.join(papers.select("paper", "length"), on="paper")
        .with_columns(impact=_impact(pl.col("weight"), pl.col("length")))
        .sort(pl.col("paper") // NUMBERS_PER_YEAR, "term", "paper")
    )
    return {
        "search_papers": _as_stored("search_papers", numbers.join(papers, on="paper").sort("arxiv_id")),
        "search_postings": _as_stored("search_postings", postings),
    }


def _by_number(counts: TermCounts) -> pl.DataFrame:
    numbers = paper_numbers(counts.papers)
    return counts.counts.select(paper=numbers.gather(counts.counts["paper"]), term="term", weight="weight")


def _impact(weight: pl.Expr, length: pl.Expr) -> pl.Expr:
    share = weight / (weight + K1 * (1 - B + B * length / MEAN_LENGTH))
    return (FULL_IMPACT * share).round().clip(1, FULL_IMPACT)


def _as_stored(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    schema = {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
