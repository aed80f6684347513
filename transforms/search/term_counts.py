"""How often papers have each term, counted from their texts."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from paperhouse.transforms.search.stop_words import STOP_WORDS
from paperhouse.transforms.search.terms import DECIMAL, MAX_LETTERS, terms_of, word_pieces, words_of_piece

_PAPERS: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class TermCounts:
    """What texts say: `papers` (arxiv_id), `counts` and `words`.

    counts: paper (row number in `papers`), term, weight: the sum of the weights of the texts in which it stands, as
    often as it stands there.
    words: word, stem, term, n_times: one row per distinct word, and how often all texts together have it.
    """

    papers: pl.Series
    counts: pl.DataFrame
    words: pl.DataFrame


def count_terms(texts: pl.DataFrame) -> TermCounts:
    """Count the terms of each paper's texts.

    `texts` has arxiv_id, text and weight (a whole number), in any order and any number of rows for a paper. The counts
    of a paper depend on its own texts alone.
    """
    pieces = (
        texts.select(
            paper=pl.col("arxiv_id").rank("dense").cast(pl.UInt32) - 1,
            weight=pl.col("weight").cast(pl.UInt64),
            piece=word_pieces(pl.col("text")),
        )
        .explode("piece")
        .drop_nulls("piece")
        .with_columns(pl.col("piece").cast(pl.Categorical))
        .with_columns(code=pl.col("piece").to_physical())
    )
    distinct = pieces.group_by("code").agg(pl.col("piece").first(), n_times=pl.len())
    words = _words_by_piece(distinct.select("code", pl.col("piece").cast(pl.String)))
    terms = terms_of(words["word"])
    numbers = terms.select("term").unique().sort("term").with_row_index("number")
    by_piece = words.join(terms, on="word").join(numbers, on="term").select("code", "number").sort("code")
    return TermCounts(
        papers=texts["arxiv_id"].unique().sort(),
        counts=_summed(pieces, by_piece, numbers["term"]),
        words=terms.join(_times(words, distinct), on="word", maintain_order="left"),
    )


def _summed(pieces: pl.DataFrame, by_piece: pl.DataFrame, terms: pl.Series) -> pl.DataFrame:
    """Rows (paper, term, weight) in order of terms and papers, from the terms (number) of each piece (code).

    All that says where a piece counts is packed into one number, in this order: term, paper, weight.
    """
    weights = pieces["weight"].unique().sort().to_numpy()
    code = pieces["code"].to_numpy()
    place = pieces["paper"].to_numpy().astype(np.int64) * len(weights) + np.searchsorted(
        weights, pieces["weight"].to_numpy()
    )
    number = by_piece["number"].to_numpy().astype(np.int64) * (_PAPERS * len(weights))
    n_terms = np.bincount(by_piece["code"].to_numpy(), minlength=int(code.max(initial=0)) + 1)
    first, n_of_piece = np.cumsum(n_terms) - n_terms, n_terms[code]
    packed = [np.zeros(0, dtype=np.int64)]
    for nth in range(int(n_terms.max())):
        has_it = n_of_piece > nth
        packed.append(number[first[code[has_it]] + nth] + place[has_it])
    places = np.sort(np.concatenate(packed))
    counted, weight = places // len(weights), weights[places % len(weights)]
    starts = np.flatnonzero(np.diff(counted, prepend=-1))
    counted = counted[starts]
    return pl.DataFrame(
        {
            "paper": (counted % _PAPERS).astype(np.uint32),
            "term": terms.gather(counted // _PAPERS),
            "weight": np.add.reduceat(weight, starts) if len(starts) else weight,
        }
    )


def _times(words: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """How often texts have each word, from how often they have the pieces."""
    return (
        words.join(pieces.select("code", "n_times"), on="code")
        .group_by("word")
        .agg(pl.col("n_times").sum().cast(pl.Int64))
    )


def _words_by_piece(pieces: pl.DataFrame) -> pl.DataFrame:
    """One row per word of each piece, with the piece's code; as `words_of_piece` gives them."""
    is_plain = pl.col("piece").str.contains(r"\A[A-Za-z0-9.]+\z")
    plain = pieces.filter(is_plain).select("code", word=pl.col("piece").str.to_lowercase())
    others = pieces.filter(~is_plain)
    # One flat run of words: a column of lists would be made list by list, in ten times the time.
    codes, words = [], []
    for code, piece in zip(others["code"].to_list(), others["piece"].to_list(), strict=True):
        for word in words_of_piece(piece):
            codes.append(code)
            words.append(word)
    return pl.concat(
        [
            plain.filter(
                pl.col("word").str.len_chars().is_between(2, MAX_LETTERS)
                & ~pl.col("word").is_in(STOP_WORDS)
                & ~pl.col("word").str.contains(DECIMAL)
            ),
            pl.DataFrame({"code": codes, "word": words}, schema={"code": pl.UInt32, "word": pl.String}),
        ]
    )
