"""Terms of papers as the search index keeps them: who has a term, and what BM25 gives it there.

What BM25 compares a paper's length with is a constant, not the mean of what happens to be held. So the rows of a paper
follow from its own texts, whatever else is loaded; how rare a term is, is counted when one searches.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.arxiv.identifiers import OLD_ARCHIVES
from paperhouse.transforms.search.layout import FULL_IMPACT, NUMBERS_PER_YEAR
from paperhouse.transforms.search.term_counts import TermCounts, count_terms
from paperhouse.transforms.search.terms import TITLE_WEIGHT
from paperhouse.transforms.tables import WAREHOUSE_TABLES

Numbers = NDArray[np.int64]

MEAN_LENGTH: Final = 150
"""Words of a paper as they count, about: 148 on half a year of digests."""
K1: Final = 1.5
"""How much it says that a word comes again."""
B: Final = 0.75
"""How much of a longer text's words is put down to its length."""
_UNITS: Final = 400
"""Parts of one in which the constants of BM25 are whole: 150 for any paper, and 3 for each of its words."""
NAME_WEIGHT: Final = 1 << 32
"""What a word of a name is counted as, so that one count tells names and texts apart: no text has a word so often."""

_FIRST_OLD: Final = 1_000_000_000
_NUMBERS_PER_ARCHIVE: Final = 10_000_000
_ARCHIVES: Final = {
    archive: _FIRST_OLD + place * _NUMBERS_PER_ARCHIVE
    for place, archive in enumerate(OLD_ARCHIVES.split("|"))
}


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


def count_papers(papers: pl.DataFrame) -> TermCounts:
    """Terms of the titles, abstracts and names of papers (arxiv_id, title, abstract, names), names by `NAME_WEIGHT`."""
    texts = (("title", TITLE_WEIGHT), ("abstract", 1), ("names", NAME_WEIGHT))
    return count_terms(
        pl.concat(
            papers.select("arxiv_id", text=pl.col(column), weight=pl.lit(weight, pl.UInt64))
            for column, weight in texts
        )
    )


def without_names(counts: TermCounts) -> TermCounts:
    """What titles and abstracts alone say, of what `count_papers` counted; `words` are all."""
    weight = pl.col("weight") % NAME_WEIGHT
    texts = counts.counts.with_columns(weight).filter(pl.col("weight") > 0)
    return TermCounts(counts.papers, texts, counts.words)


def index_rows(counts: TermCounts) -> dict[str, pl.DataFrame]:
    """Rows of `search_papers` and `search_postings`, from what `count_papers` counted.

    Papers without a term have none. Postings come in the order in which they are stored best.
    """
    n_papers = counts.papers.len()
    paper = counts.counts["paper"].to_numpy()
    both = counts.counts["weight"].to_numpy()
    weight = (both % NAME_WEIGHT + both // NAME_WEIGHT).astype(np.int64)
    length = np.bincount(paper, weight, minlength=n_papers).astype(np.int64)
    numbers = paper_numbers(counts.papers)
    papers = pl.DataFrame(
        {
            "arxiv_id": counts.papers,
            "paper": numbers,
            "n_terms": np.bincount(paper, minlength=n_papers),
            "length": length,
        }
    )
    # Terms come in order, and each one's papers, so that it is the years alone that must be brought together.
    postings = pl.DataFrame(
        {
            "paper": numbers.gather(counts.counts["paper"]),
            "term": counts.counts["term"],
            "impact": _impacts(weight, length[paper]),
        }
    ).sort(pl.col("paper") // NUMBERS_PER_YEAR, maintain_order=True)
    return {
        "search_papers": _as_stored("search_papers", papers.filter(pl.col("n_terms") > 0)),
        "search_postings": _as_stored("search_postings", postings),
    }


def _impacts(weight: Numbers, length: Numbers) -> Numbers:
    """What BM25 gives, in whole numbers throughout: halves are rounded up on every machine."""
    whole = _UNITS * weight + round(_UNITS * K1 * (1 - B)) + round(_UNITS * K1 * B / MEAN_LENGTH) * length
    impacts: Numbers = np.clip((2 * FULL_IMPACT * _UNITS * weight + whole) // (2 * whole), 1, FULL_IMPACT)
    return impacts


def _as_stored(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    schema = {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
