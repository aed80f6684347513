"""How alike the papers of one name are, for all pairs of its mentions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from paperhouse.transforms.persons.blocks import Blocks, Numbers
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


def ragged(lengths: Numbers) -> Numbers:
    """0, 1, 2 ... up to each of the lengths, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths, lengths)


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
        total = np.zeros((2, last - first, last - first), dtype=np.float32)
        for dense in _dense(terms, row[first:last]):
            total += (dense @ dense.transpose(0, 1, 3, 2)).sum(axis=1)
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


def _dense(terms: Terms, papers: Numbers) -> Iterator[Matrix]:
    """Weights for titles, and for texts: of words of several of the papers, in panels, a row per paper."""
    lengths = terms.starts[papers + 1] - terms.starts[papers]
    at = np.repeat(terms.starts[papers], lengths) + ragged(lengths)
    rows = np.repeat(np.arange(len(papers)), lengths)
    _, column, n = np.unique(terms.ids[at], return_inverse=True, return_counts=True)
    is_shared = n > 1
    kept = is_shared[column]
    at, rows, columns = at[kept], rows[kept], (np.cumsum(is_shared) - 1)[column[kept]]
    panel, columns = np.divmod(columns, _WORDS_OF_PANEL)
    n_panels = int(panel.max()) + 1 if len(panel) else 0
    step = max(1, _CELLS_AT_A_TIME // (_WORDS_OF_PANEL * len(papers)))
    for start in range(0, n_panels, step):
        here = (panel >= start) & (panel < start + step) if n_panels > step else slice(None)
        n_here = min(step, n_panels - start)
        dense = np.zeros((2, n_here, len(papers), _WORDS_OF_PANEL), dtype=np.float32)
        for weights, matrix in zip((terms.title, terms.text), dense, strict=True):
            matrix[panel[here] - start, rows[here], columns[here]] = weights[at[here]]
        yield dense
