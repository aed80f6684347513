"""The best papers of a search in a better order: by what the search is about, beside its words.

BM25 counts words. Of the papers that it puts first, those come before others that are near the search among the topics
of `paper_topics`; their texts are not read, which would take longer than all the rest.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.search.query import SearchQuery
from paperhouse.transforms.search.term_counts import TermCounts
from paperhouse.transforms.search.terms import term_key, word_stem
from paperhouse.transforms.topics.vectors import tell_topics
from paperhouse.warehouse.read.paper_choice import CHOSEN, choice_of
from paperhouse.warehouse.storage.connections import dict_rows
from paperhouse.warehouse.storage.topic_model import shipped_topics

Floats = NDArray[np.float64]

N_ORDERED: Final = 50
"""Papers that are put in order; the others follow as their words place them."""
TOPICS: Final = 0.07
"""What a paper gets that is wholly about what is searched for, as a share of what all words are worth."""
_DIGITS: Final = 6
_COUNTS: Final = {"paper": pl.UInt32(), "term": pl.UInt64(), "weight": pl.UInt32()}
_NO_WORDS: Final = pl.DataFrame()

_VECTORS: Final = f"select arxiv_id, vector from paper_topics where {CHOSEN}"


def better_scores(
    connection: duckdb.DuckDBPyConnection, query: SearchQuery, full: float, scores: Mapping[str, float]
) -> dict[str, float]:
    """Scores of papers (by arxiv_id) with what their topics add; all words together are worth `full`."""
    asked = _topics_of(query)
    if asked is None or not scores:
        return dict(scores)
    rows = dict_rows(connection, _VECTORS, choice_of(list(scores)))
    near = _cosines(asked, [row["vector"] for row in rows])
    added = {row["arxiv_id"]: TOPICS * full * cosine for row, cosine in zip(rows, near, strict=True)}
    return {arxiv_id: round(score + added.get(arxiv_id, 0), _DIGITS) for arxiv_id, score in scores.items()}


def _topics_of(query: SearchQuery) -> Floats | None:
    """Where the words of a search lie among the topics; None where they tell of none."""
    terms = {term_key(word_stem(atom.word)) for atom in query.words if not atom.is_prefix}
    if not terms:
        return None
    rows = pl.DataFrame({"paper": 0, "term": sorted(terms), "weight": 1}, schema=_COUNTS)
    counts = TermCounts(pl.Series([""]), rows, _NO_WORDS)
    vector = tell_topics(counts, shipped_topics()).vectors[0].astype(np.float64)
    return vector if vector.any() else None


def _cosines(asked: Floats, vectors: Sequence[Sequence[int]]) -> list[float]:
    """How near each vector is, 0 to 1."""
    held = np.array(vectors, dtype=np.float64).reshape(-1, len(asked))
    lengths = np.linalg.norm(held, axis=1) * np.linalg.norm(asked)
    near: list[float] = np.clip(held @ asked / np.maximum(lengths, 1), 0, 1).tolist()
    return near
