"""Texts of papers to weighted words and topic vectors."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.persons.model import Floats, PersonModel

Numbers = NDArray[np.int64]
Matrix = NDArray[np.float32]

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
SCALE: Final = 1024
_TOPICS_AT_A_TIME: Final = 200_000


@dataclass(frozen=True, slots=True)
class Terms:
    """Words of texts, sparse: text number p owns `ids[starts[p]:starts[p + 1]]`, ascending.

    `text` and `title` weigh them so that each text, and each title, is a unit vector. Weights are whole numbers,
    `SCALE` for one: sums of their products are exact, so that the cosine of two texts does not depend on what else
    is multiplied in the same call.
    """

    starts: Numbers
    ids: Numbers
    text: Matrix
    title: Matrix


@dataclass(frozen=True, slots=True)
class Words:
    """Words as they stand in texts, in any order: the number of the text, and the word's number in `vocabulary`."""

    paper: Numbers
    word: Numbers
    vocabulary: pl.Series


def text_words(texts: pl.Series) -> Words:
    """Words of texts: lower case, three letters or more, no plural ending; texts count from 0."""
    found = (
        pl.DataFrame({"word": texts.str.to_lowercase().str.extract_all(_WORD)})
        .with_row_index("paper")
        .explode("word")
        .drop_nulls("word")
    )
    codes = found["word"].cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy()
    example = np.zeros(int(codes.max()) + 1 if len(codes) else 0, dtype=np.int64)
    example[codes] = np.arange(len(codes))
    written = pl.DataFrame({"spelling": found["word"][example]})
    spelling = pl.col("spelling")
    is_plural = (
        (spelling.str.len_chars() > _LETTERS_OF_WORD)
        & spelling.str.ends_with("s")
        & ~spelling.str.ends_with("ss")
    )
    word = pl.when(is_plural).then(spelling.str.head(-1)).otherwise(spelling)
    words = written.select(
        pl.when((spelling.str.len_chars() >= _LETTERS_OF_WORD) & ~word.is_in(STOP_WORDS))
        .then(word)
        .alias("word")
    )
    vocabulary = words.drop_nulls().unique().sort("word")
    number = words.join(vocabulary.with_row_index("number"), on="word", how="left", maintain_order="left")[
        "number"
    ]
    numbers = number.cast(pl.Int64).fill_null(-1).to_numpy()[codes]
    is_word = numbers >= 0
    paper = found["paper"].to_numpy().astype(np.int64)
    return Words(paper[is_word], numbers[is_word], vocabulary["word"])


def count_words(words: Words) -> tuple[Numbers, Numbers, Numbers]:
    """Each word of each text once, sorted: text, word, how often."""
    n_words = max(1, len(words.vocabulary))
    keys, n = _count(words.paper * n_words + words.word)
    return keys // n_words, keys % n_words, n


def _count(keys: Numbers) -> tuple[Numbers, Numbers]:
    keys = np.sort(keys)
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[first], np.diff(first, append=len(keys))


def word_weights(words: Words, model: PersonModel) -> tuple[Numbers, Floats]:
    """The number and the idf of each word; one that the table lacks is as rare as its rarest, and numbered after it."""
    table = pl.DataFrame({"word": words.vocabulary}).join(
        model.words, on="word", how="left", maintain_order="left"
    )
    index = table["index"].cast(pl.Int64).fill_null(-1).to_numpy().copy()
    unknown = index < 0
    index[unknown] = model.words.height + np.arange(int(unknown.sum()))
    return index, table["idf"].fill_null(model.highest_idf).to_numpy()


def weigh_terms(words: Words, n_papers: int, model: PersonModel) -> Terms:
    """Words of titles, which are the texts up to `n_papers`, and of abstracts, which follow in the same order.

    A word of a title counts twice.
    """
    n_words = max(1, len(words.vocabulary))
    keys = (words.paper % max(1, n_papers)) * n_words + words.word
    of_title = words.paper < n_papers
    all_keys, n = _count(np.concatenate([keys, keys[of_title]]))
    title_keys, n_title = _count(keys[of_title])
    paper, word = all_keys // n_words, all_keys % n_words
    index, idf = word_weights(words, model)
    starts = np.zeros(n_papers + 1, dtype=np.int64)
    starts[1:] = np.cumsum(np.bincount(paper, minlength=n_papers))
    title = np.zeros(len(all_keys), dtype=np.float32)
    in_title = np.searchsorted(all_keys, title_keys)
    title[in_title] = _unit(paper[in_title], n_title, idf[word[in_title]], n_papers)
    return Terms(
        starts,
        index[word],
        text=_unit(paper, n, idf[word], n_papers),
        title=title,
    )


def _unit(paper: Numbers, n: Numbers, idf: Floats, n_papers: int) -> Matrix:
    """(1 + ln n) idf, so that the squares of each text add up to one."""
    weight = (1 + np.log(n)) * idf
    norm = np.sqrt(np.bincount(paper, weight**2, minlength=n_papers))
    unit: Matrix = np.round(SCALE * weight / norm[paper]).astype(np.float32)
    return unit


def topic_vectors(terms: Terms, model: PersonModel) -> Matrix:
    """A unit vector of topics per text, in whole numbers as `Terms`; zeros where no word is known."""
    n_papers = len(terms.starts) - 1
    is_known = terms.ids < len(model.vectors)
    paper = np.repeat(np.arange(n_papers), np.diff(terms.starts))[is_known]
    ids, weights = terms.ids[is_known], terms.text[is_known, None]
    topics = np.zeros((n_papers, model.vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(paper), _TOPICS_AT_A_TIME):
        at = slice(start, start + _TOPICS_AT_A_TIME)
        part = model.vectors[ids[at]]
        part *= weights[at]
        first = np.flatnonzero(np.diff(paper[at], prepend=-1))
        topics[paper[at][first]] += np.add.reduceat(part, first, axis=0)
    norm = np.sqrt((topics.astype(np.float64) ** 2).sum(axis=1, keepdims=True))
    scaled: Matrix = np.round(SCALE * topics / np.maximum(norm, 1)).astype(np.float32)
    return scaled
