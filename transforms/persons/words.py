"""Texts of papers to weighted words and topic vectors."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.persons.model import PersonModel

_WORD: Final = r"[a-z][a-z0-9]+(?:-[a-z0-9]+)*"
STOP_WORDS: Final = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "from",
        "that",
        "this",
        "are",
        "can",
        "our",
        "which",
        "have",
        "has",
        "been",
        "based",
        "using",
        "via",
        "method",
        "model",
        "paper",
        "approach",
        "toward",
    ]
)
_LETTERS_OF_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """Sparse unit vectors: paper number p owns `ids[starts[p]:starts[p + 1]]`, ascending, and their `weights`."""

    starts: NDArray[np.int64]
    ids: NDArray[np.uint64]
    weights: NDArray[np.float32]


def text_words(texts: pl.Series) -> pl.DataFrame:
    """Words of texts (paper, word, n): lower case, three letters or more, no plural ending; `paper` counts from 0."""
    word = pl.col("word")
    return (
        pl.DataFrame({"word": texts.str.to_lowercase().str.extract_all(_WORD)})
        .with_row_index("paper")
        .explode("word")
        .filter(word.str.len_chars() >= _LETTERS_OF_WORD)
        .group_by("paper", "word")
        .agg(pl.len().alias("n"))
        .with_columns(
            pl.when(
                (word.str.len_chars() > _LETTERS_OF_WORD)
                & word.str.ends_with("s")
                & ~word.str.ends_with("ss")
            )
            .then(word.str.head(-1))
            .otherwise(word)
        )
        .filter(~word.is_in(STOP_WORDS))
        .group_by("paper", "word")
        .agg(pl.col("n").sum())
    )


def weigh_words(words: pl.DataFrame, model: PersonModel) -> pl.DataFrame:
    """Words with `id`, and `weight`: (1 + ln n) idf; a word that the table lacks is as rare as its rarest."""
    unknown = words.select("word").unique().join(model.words, on="word", how="anti").sort("word")
    known = model.words.select("word", "idf", pl.col("index").alias("id"))
    new = unknown.with_row_index("id", offset=known.height).select(
        "word", pl.lit(model.highest_idf).alias("idf"), pl.col("id").cast(pl.UInt64)
    )
    return (
        words.join(pl.concat([known, new]), on="word", how="inner")
        .select("paper", "id", ((1 + pl.col("n").log()) * pl.col("idf")).alias("weight"))
        .sort("paper", "id")
    )


def unit_terms(weighed: pl.DataFrame, n_papers: int) -> Terms:
    """Weighed words as unit vectors of `n_papers` papers."""
    paper = weighed["paper"].to_numpy().astype(np.int64)
    weight = weighed["weight"].to_numpy().astype(np.float64)
    norm = np.sqrt(np.bincount(paper, weight**2, minlength=n_papers))
    starts = np.zeros(n_papers + 1, dtype=np.int64)
    starts[1:] = np.cumsum(np.bincount(paper, minlength=n_papers))
    return Terms(starts, weighed["id"].to_numpy(), (weight / norm[paper]).astype(np.float32))


def topic_vectors(terms: Terms, model: PersonModel) -> NDArray[np.float32]:
    """A unit vector of topics per paper; zeros where no word is known."""
    n_papers = len(terms.starts) - 1
    is_known = terms.ids < len(model.vectors)
    paper = np.repeat(np.arange(n_papers), np.diff(terms.starts))[is_known]
    topics = np.zeros((n_papers, model.vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(paper), 500_000):
        at = slice(start, start + 500_000)
        ids = terms.ids[is_known][at].astype(np.intp)
        part = model.vectors[ids] * terms.weights[is_known][at, None]
        papers, first = np.unique(paper[at], return_index=True)
        topics[papers] += np.add.reduceat(part, first, axis=0)
    norm = np.linalg.norm(topics, axis=1, keepdims=True)
    norm[norm == 0] = 1
    topics /= norm
    return topics


def similarities(terms: Terms, papers: NDArray[np.int64]) -> NDArray[np.float32]:
    """Cosines between these papers; words of only one of them are left out first, as they add nothing."""
    ids = np.concatenate([terms.ids[terms.starts[p] : terms.starts[p + 1]] for p in papers])
    weights = np.concatenate([terms.weights[terms.starts[p] : terms.starts[p + 1]] for p in papers])
    rows = np.repeat(np.arange(len(papers)), terms.starts[papers + 1] - terms.starts[papers])
    _, column, n = np.unique(ids, return_inverse=True, return_counts=True)
    shared = n > 1
    renumbered = np.cumsum(shared) - 1
    keep = shared[column]
    dense = np.zeros((len(papers), max(1, int(shared.sum()))), dtype=np.float32)
    dense[rows[keep], renumbered[column[keep]]] = weights[keep]
    cosines: NDArray[np.float32] = dense @ dense.T
    return cosines
