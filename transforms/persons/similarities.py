"""How alike the papers of one name are, for all pairs of its mentions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from paperhouse.transforms.persons.blocks import Blocks, Numbers, ragged
from paperhouse.transforms.persons.model import Floats, PersonModel
from paperhouse.transforms.persons.words import (
    SCALE,
    Matrix,
    Terms,
    text_words,
    topic_vectors,
    weigh_terms,
)

MOST_LETTERS: Final = 900
"""Of an abstract that are read: the rest tells little more about who wrote it."""
_MENTIONS_AT_A_TIME: Final = 32
_PAIRS_AT_A_TIME: Final = 200_000
_WORDS_OF_PANEL: Final = 128
"""Small products stay on one thread: to share them out between several takes longer than to multiply."""
_CELLS_AT_A_TIME: Final = 8_000_000
_PAPERS_PER_RARE_WORD: Final = 24
"""A word of fewer than one in so many papers is multiplied for its pairs of papers alone, not for all."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What texts of papers say: the paper's row, its words, its topics."""

    row: pl.DataFrame
    terms: Terms
    topics: Matrix


def read_texts(papers: pl.DataFrame, model: PersonModel) -> Texts:
    """The texts of `papers` (arxiv_id, title, abstract)."""
    ordered = papers.sort("arxiv_id")
    words = text_words(
        pl.concat([ordered["title"], ordered["abstract"].fill_null("").str.head(MOST_LETTERS)])
    )
    terms = weigh_terms(words, ordered.height, model)
    row = ordered.select("arxiv_id").with_row_index("row")
    return Texts(row, terms, topic_vectors(terms, model))


@dataclass(frozen=True, slots=True)
class MentionPairs:
    """All pairs of mentions of one name, `left` < `right`, and the cosines of their titles, texts and topics."""

    left: Numbers
    right: Numbers
    title: Floats
    text: Floats
    topic: Floats


def compare_mentions(blocks: Blocks, texts: Texts) -> MentionPairs:
    """All pairs of each block, in order."""
    left, right = block_pairs(blocks)
    row = (
        blocks.mentions.join(texts.row, on="arxiv_id", how="left", maintain_order="left")["row"]
        .to_numpy()
        .astype(np.int64)
    )
    title, text = _products(blocks, texts.terms, row, left, right)
    return MentionPairs(
        left,
        right,
        title=title / SCALE**2,
        text=text / SCALE**2,
        topic=_topic_cosines(texts.topics, row, left, right) / SCALE**2,
    )


def block_pairs(blocks: Blocks) -> tuple[Numbers, Numbers]:
    """All pairs of mentions of one block, the smaller number first, in order."""
    last = np.repeat(blocks.starts[1:], blocks.sizes)
    n_after = last - np.arange(len(last)) - 1
    left = np.repeat(np.arange(len(last)), n_after)
    return left, left + 1 + ragged(n_after)


def _topic_cosines(topics: Matrix, row: Numbers, left: Numbers, right: Numbers) -> Floats:
    cosines = np.empty(len(left))
    for start in range(0, len(left), _PAIRS_AT_A_TIME):
        at = slice(start, start + _PAIRS_AT_A_TIME)
        cosines[at] = np.einsum("ij,ij->i", topics[row[left[at]]], topics[row[right[at]]])
    return cosines


def _products(blocks: Blocks, terms: Terms, row: Numbers, left: Numbers, right: Numbers) -> Floats:
    """For all pairs the products of their titles, and of their texts."""
    products = np.empty((2, len(left)))
    for first, last in _batches(blocks.starts):
        shared = _shared_words(terms, row[first:last])
        is_rare = shared.n_papers <= (last - first) // _PAPERS_PER_RARE_WORD
        total = np.zeros((2, last - first, last - first), dtype=np.float32)
        for dense in _dense(shared.words(~is_rare), last - first):
            total += (dense @ dense.transpose(0, 1, 3, 2)).sum(axis=1)
        if is_rare.any():
            _add_pairs(total, shared.words(is_rare))
        at = slice(*np.searchsorted(left, [first, last]))
        products[:, at] = total[:, left[at] - first, right[at] - first]
    return products


def _batches(starts: Numbers) -> Iterator[tuple[int, int]]:
    """Whole blocks, about so many mentions at a time."""
    first = 0
    for end, following in zip(starts[1:].tolist(), [*starts[2:].tolist(), None], strict=True):
        if following is None or following - first > _MENTIONS_AT_A_TIME:
            yield first, end
            first = end


@dataclass(frozen=True, slots=True)
class _SharedWords:
    """Words of several of some papers: by word, and in each by paper, the paper's row and the word's weights there.

    `weights` are of titles, and of texts. `n_papers` has one entry a word, the others one a word and paper.
    """

    n_papers: Numbers
    rows: Numbers
    weights: Matrix

    def words(self, kept: np.ndarray) -> "_SharedWords":
        """Those words that are `kept`."""
        if kept.all():
            return self
        at = np.repeat(kept, self.n_papers)
        return _SharedWords(self.n_papers[kept], self.rows[at], self.weights[:, at])


def _shared_words(terms: Terms, papers: Numbers) -> _SharedWords:
    lengths = terms.starts[papers + 1] - terms.starts[papers]
    at = np.repeat(terms.starts[papers], lengths) + ragged(lengths)
    rows = np.repeat(np.arange(len(papers)), lengths)
    by_word = np.argsort(terms.ids[at], kind="stable")
    at, rows = at[by_word], rows[by_word]
    starts = np.flatnonzero(np.diff(terms.ids[at], prepend=-1))
    n_papers = np.diff(starts, append=len(at))
    weights = np.stack([terms.title[at], terms.text[at]])
    return _SharedWords(n_papers, rows, weights).words(n_papers > 1)


def _dense(shared: _SharedWords, n_papers: int) -> Iterator[Matrix]:
    """Weights for titles, and for texts, in panels of words, a row per paper."""
    columns = np.repeat(np.arange(len(shared.n_papers)), shared.n_papers)
    panel, columns = np.divmod(columns, _WORDS_OF_PANEL)
    n_panels = int(panel[-1]) + 1 if len(panel) else 0
    step = max(1, _CELLS_AT_A_TIME // (_WORDS_OF_PANEL * n_papers))
    for start in range(0, n_panels, step):
        here = slice(*np.searchsorted(panel, [start, start + step]))
        dense = np.zeros((2, min(step, n_panels - start), n_papers, _WORDS_OF_PANEL), dtype=np.float32)
        dense[:, panel[here] - start, shared.rows[here], columns[here]] = shared.weights[:, here]
        yield dense


def _add_pairs(total: Matrix, shared: _SharedWords) -> None:
    """Add the products of words of few papers, pair by pair of papers, above the diagonal of `total`."""
    n_after = np.repeat(shared.n_papers, shared.n_papers) - ragged(shared.n_papers) - 1
    ends = np.cumsum(n_after)
    flat = total.reshape(2, -1)
    first = 0
    while first < len(n_after):
        begun = ends[first] - n_after[first]
        last = int(max(first + 1, np.searchsorted(ends, begun + _PAIRS_AT_A_TIME, side="right")))
        n_here = n_after[first:last]
        one = np.repeat(np.arange(first, last), n_here)
        other = one + 1 + ragged(n_here)
        cell = shared.rows[one] * total.shape[1] + shared.rows[other]
        for sums, weights in zip(flat, shared.weights, strict=True):
            np.add.at(sums, cell, weights[one] * weights[other])
        first = last
