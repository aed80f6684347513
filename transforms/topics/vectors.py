"""Terms of papers to what they tell: the most telling ones, a vector of topics, and the cells that it lies in.

A paper's row depends on its own terms and the frozen model alone. All is whole numbers, so that machines agree.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.search.term_counts import TermCounts
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.transforms.topics.model import Bytes, Numbers, TopicModel

SCALE: Final = 256
"""Length of a vector. A component that is longer than half of it is cut to what a byte holds."""
N_TELLING: Final = 24
N_PROBES: Final = 3
"""Cells that a paper lies in."""
_MOST_TIMES: Final = 63
_TIMES: Final = np.round(8 * (1 + np.log(np.maximum(1, np.arange(_MOST_TIMES + 1))))).astype(np.int64)
"""What it counts that a text has a term so often."""
_MOST_PULL: Final = (1 << 24) // 127
"""Sums of so much pull are exact in single precision; less telling terms beyond it are passed over."""
_PAPERS_AT_A_TIME: Final = 256
_TERM_BITS, _TIMES_BITS, _WEIGHT_BITS = 14, 6, 18
_HIGHEST: Final = (1 << _WEIGHT_BITS) - 1


@dataclass(frozen=True, slots=True)
class TellingTerms:
    """Terms of papers by number in the model, the most telling first: paper p owns `terms[starts[p]:starts[p + 1]]`.

    `times` is what it counts that the paper has it so often.
    """

    starts: Numbers
    terms: Numbers
    times: Numbers


@dataclass(frozen=True, slots=True)
class ToldTopics:
    """Papers by number, the terms that tell of them, and their vectors; a paper of which nothing is known has zeros."""

    telling: TellingTerms
    vectors: Bytes


def topic_rows(counts: TermCounts, model: TopicModel) -> pl.DataFrame:
    """Rows of `paper_topics`, by arxiv_id; papers of which the model knows no term have none."""
    topics = tell_topics(counts, model)
    is_told = np.any(topics.vectors, axis=1)
    vectors = topics.vectors[is_told]
    rows = pl.DataFrame(
        {
            "arxiv_id": counts.papers.filter(pl.Series(is_told)),
            "terms": _words(topics.telling, model).filter(pl.Series(is_told)),
            "cells": pl.Series(cells_of(vectors, model), dtype=pl.Array(pl.UInt16, N_PROBES)),
            "vector": pl.Series(vectors, dtype=pl.Array(pl.Int8, vectors.shape[1])),
        }
    )
    schema = {name: column.dtype for name, column in WAREHOUSE_TABLES["paper_topics"].columns().items()}
    return rows.cast(schema)  # type: ignore[arg-type]


def tell_topics(counts: TermCounts, model: TopicModel) -> ToldTopics:
    """What the terms of each paper tell."""
    telling = _telling_terms(counts, model)
    return ToldTopics(telling, _vectors(telling, model))


def cells_of(vectors: Bytes, model: TopicModel) -> NDArray[np.uint16]:
    """The cells (paper, probe) whose centres are nearest to each vector, by number."""
    cells = np.empty((len(vectors), N_PROBES), dtype=np.uint16)
    n_cells = len(model.centres)
    order = n_cells - 1 - np.arange(n_cells, dtype=np.float32)
    for start in range(0, len(vectors), _PAPERS_AT_A_TIME):
        part = vectors[start : start + _PAPERS_AT_A_TIME].astype(np.float32)
        # Whole numbers below 2^16, divided so that the cell's number, which settles ties, fits beside them.
        near = np.floor(part @ model.centres.T / 8) * n_cells + order
        nearest = np.argpartition(near, n_cells - N_PROBES, axis=1)[:, n_cells - N_PROBES :]
        nearest.sort(axis=1)
        cells[start : start + _PAPERS_AT_A_TIME] = nearest
    return cells


def _telling_terms(counts: TermCounts, model: TopicModel) -> TellingTerms:
    """The terms of each paper that the model knows, by what they weigh."""
    keys = counts.counts["term"].to_numpy()
    at = np.minimum(np.searchsorted(model.terms, keys), len(model.terms) - 1)
    is_known = model.terms[at] == keys
    term = at[is_known]
    times = _TIMES[np.minimum(counts.counts["weight"].to_numpy()[is_known], _MOST_TIMES)]
    weight = np.minimum(_HIGHEST, times * model.rarity[term])
    packed = counts.counts["paper"].to_numpy()[is_known].astype(np.int64)
    for field, bits in ((_HIGHEST - weight, _WEIGHT_BITS), (term, _TERM_BITS), (times, _TIMES_BITS)):
        packed = (packed << bits) | field
    packed.sort()
    paper = packed >> (_WEIGHT_BITS + _TERM_BITS + _TIMES_BITS)
    return TellingTerms(
        starts=np.searchsorted(paper, np.arange(counts.papers.len() + 1)),
        terms=(packed >> _TIMES_BITS) & ((1 << _TERM_BITS) - 1),
        times=packed & ((1 << _TIMES_BITS) - 1),
    )


def _vectors(telling: TellingTerms, model: TopicModel) -> Bytes:
    n_papers, n_topics = len(telling.starts) - 1, model.directions.shape[1]
    vectors = np.empty((n_papers, n_topics), dtype=np.int8)
    directions = model.directions.astype(np.float32)
    paper = np.repeat(np.arange(n_papers), np.diff(telling.starts))
    pull = telling.times * model.reach[telling.terms]
    sums = np.concatenate([[0], np.cumsum(pull)])
    pull[sums[1:] - sums[telling.starts[paper]] > _MOST_PULL] = 0
    pulls = np.zeros((min(n_papers, _PAPERS_AT_A_TIME), len(directions)), dtype=np.float32)
    for start in range(0, n_papers, _PAPERS_AT_A_TIME):
        end = min(n_papers, start + _PAPERS_AT_A_TIME)
        at = slice(telling.starts[start], telling.starts[end])
        pulls[paper[at] - start, telling.terms[at]] = pull[at]
        vectors[start:end] = _scaled(pulls[: end - start] @ directions)
        pulls[paper[at] - start, telling.terms[at]] = 0
    return vectors


def _scaled(topics: NDArray[np.float32]) -> Bytes:
    """Vectors of length `SCALE`, in whole numbers."""
    # Squares of 22 bits add up without rounding.
    exact = np.floor(topics.astype(np.float64) / 4)
    length = np.sqrt((exact**2).sum(axis=1, keepdims=True))
    scaled: Bytes = np.clip(np.rint(SCALE * exact / np.maximum(length, 1)), -127, 127).astype(np.int8)
    return scaled


def _words(telling: TellingTerms, model: TopicModel) -> pl.Series:
    """The most telling terms of each paper, as they are written."""
    n_papers = len(telling.starts) - 1
    n_kept = np.minimum(N_TELLING, np.diff(telling.starts))
    rank = np.arange(len(telling.terms)) - np.repeat(telling.starts[:-1], np.diff(telling.starts))
    words = pl.DataFrame(
        {
            "paper": np.repeat(np.arange(n_papers), n_kept),
            "word": model.words.gather(telling.terms[rank < N_TELLING]),
        }
    )
    lists = words.group_by("paper", maintain_order=True).agg("word")
    papers = pl.DataFrame({"paper": np.arange(n_papers)})
    return papers.join(lists, on="paper", how="left", maintain_order="left")["word"]
