"""The papers most like each, and which of these lists change when papers come, go or are reworded.

What a paper is compared with follows from the set of papers alone (`buckets.py`), scores are whole numbers, and ties
go by identifier: lists that are kept up to date are those that a computation of all lists gives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.topics.buckets import MOST_IN_BUCKET, NO_BUCKET, buckets_of
from paperhouse.transforms.topics.model import Bytes, Numbers, TopicModel
from paperhouse.transforms.topics.vectors import SCALE

N_NEIGHBOURS: Final = 10
SCORE_UNITS: Final = 10_000
"""A score is a whole number of these; as many are a cosine of one."""
_ROWS_AT_A_TIME: Final = 256
_SCORE_BITS, _PAPER_BITS = 14, 24
_OWNER_SHIFT: Final = _SCORE_BITS + _PAPER_BITS
_PAPER_MASK: Final = (1 << _PAPER_BITS) - 1
_KEYS_AT_A_TIME: Final = 4_000_000
_N_HEAPS: Final = 64
_KEYS_ADDED: Final = 20_000
_ROWS_PER_PART: Final = 500_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Standings:
    """Where papers stand, by arxiv_id in ascending order: their vectors and their cells (paper, probe)."""

    arxiv_ids: pl.Series
    vectors: Bytes
    cells: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class ChangedLists:
    """Entries of lists, by paper and place: one number each, `keys`, as `_Best` makes them of numbers in `arxiv_ids`.

    Where `whole` says so, these are all entries of the paper's list; of other papers they are what may enter it.
    """

    arxiv_ids: pl.Series
    whole: Mask
    keys: Numbers

    def whole_lists(self) -> Iterator[pl.DataFrame]:
        """Rows of `paper_neighbours` of the papers whose lists are given whole, in order and in parts."""
        for at, keys in self._parts():
            owner = keys >> _OWNER_SHIFT
            position = at - np.searchsorted(self.keys, owner << _OWNER_SHIFT) + 1
            rows = self._rows(keys).with_columns(pl.Series("position", position, dtype=pl.UInt32))
            yield rows.filter(pl.Series(self.whole[owner]))

    def offers(self) -> pl.DataFrame:
        """What may enter the lists of the other papers: arxiv_id, neighbour_id, score."""
        found = [keys[~self.whole[keys >> _OWNER_SHIFT]] for _, keys in self._parts()]
        return self._rows(np.concatenate([np.empty(0, dtype=np.int64), *found]))

    def _parts(self) -> Iterator[tuple[Numbers, Numbers]]:
        """The keys and their places, some at a time: a million papers have ten million."""
        for start in range(0, len(self.keys), _ROWS_PER_PART):
            keys = self.keys[start : start + _ROWS_PER_PART]
            yield np.arange(start, start + len(keys)), keys

    def _rows(self, keys: Numbers) -> pl.DataFrame:
        score = SCORE_UNITS - ((keys >> _PAPER_BITS) & ((1 << _SCORE_BITS) - 1))
        return pl.DataFrame(
            {
                "arxiv_id": self.arxiv_ids.gather(keys >> _OWNER_SHIFT),
                "neighbour_id": self.arxiv_ids.gather(keys & _PAPER_MASK),
                "score": score / SCORE_UNITS,
            }
        )


def changed_lists(  # noqa: PLR0913, PLR0917 - what was, what is, and what is held
    before: Standings,
    after: Standings,
    stale: Mask,
    least: NDArray[np.float64],
    model: TopicModel,
    most: int = MOST_IN_BUCKET,
) -> ChangedLists:
    """Lists that differ between two sets of papers.

    Of each paper of `after`, `stale` says whether its list names one that went or has another vector now, and `least`
    is the score of the last in its list, 0 if that is not full.
    """
    buckets = buckets_of(after.vectors, after.cells, model, most)
    moved, emptied = _moves(before, after, buckets, model, most)
    whole = moved | stale | np.isin(buckets, emptied).any(axis=1)
    enough = _least_product(np.rint(least * SCORE_UNITS).astype(np.int64))
    best = _Best()
    for members in _groups(buckets, whole):
        _compare(after.vectors, members, whole, moved, enough, best)
    return ChangedLists(after.arxiv_ids, whole, best.keys())


def best_of(entries: pl.DataFrame) -> pl.DataFrame:
    """The lists that these entries make (arxiv_id, neighbour_id, score, position), each pair once."""
    return (
        entries.unique(["arxiv_id", "neighbour_id"])
        .sort("arxiv_id", "score", "neighbour_id", descending=[False, True, False])
        .with_columns(position=pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("arxiv_id"))
        .filter(pl.col("position") <= N_NEIGHBOURS)
    )


def _moves(
    before: Standings, after: Standings, buckets: Numbers, model: TopicModel, most: int
) -> tuple[Mask, Numbers]:
    """Which papers of `after` came into a bucket, and the buckets that others left for another one."""
    old = buckets_of(before.vectors, before.cells, model, most)
    numbers = pl.DataFrame({"arxiv_id": before.arxiv_ids}).with_row_index("number")
    at = (
        pl.DataFrame({"arxiv_id": after.arxiv_ids})
        .join(numbers, on="arxiv_id", how="left", maintain_order="left")["number"]
        .cast(pl.Int64)
        .fill_null(-1)
        .to_numpy()
    )
    is_held = at >= 0
    is_held[is_held] = (before.vectors[at[is_held]] == after.vectors[is_held]).all(axis=1)
    was = np.full(buckets.shape, NO_BUCKET, dtype=np.int64)
    was[is_held] = old[at[is_held]]
    has_left = is_held[:, None] & (was != buckets) & (was != NO_BUCKET)
    return ~is_held | (was != buckets).any(axis=1), np.unique(was[has_left])


def _groups(buckets: Numbers, whole: Mask) -> list[Numbers]:
    """The papers of each bucket in which a list is computed."""
    paper = np.repeat(np.arange(len(buckets)), buckets.shape[1])
    flat = buckets.reshape(-1)
    is_used = flat != NO_BUCKET
    paper, flat = paper[is_used], flat[is_used]
    order = np.argsort(flat, kind="stable")
    first = np.flatnonzero(np.diff(flat[order], prepend=NO_BUCKET))
    return [members for members in np.split(paper[order], first[1:]) if whole[members].any()]


def _compare(  # noqa: PLR0913, PLR0917 - one step of changed_lists
    vectors: Bytes, members: Numbers, whole: Mask, moved: Mask, enough: NDArray[np.float32], best: "_Best"
) -> None:
    """Compare the papers of a bucket whose lists are computed with all in it."""
    columns = np.ascontiguousarray(vectors[members].astype(np.float32).T)
    kept = np.flatnonzero(~whole[members])
    rows = np.flatnonzero(whole[members])
    for start in range(0, len(rows), _ROWS_AT_A_TIME):
        part = rows[start : start + _ROWS_AT_A_TIME]
        # Whole numbers below 2^24: single precision adds them up exactly, in any order.
        products = columns[:, part].T @ columns
        products[np.arange(len(part)), part] = 0
        at, to = _where(products >= _bar(products)[:, None])
        best.add(members[part[at]], products[at, to], members[to])
        if len(kept):
            came = moved[members[part]]
            offered = products[np.ix_(came, kept)]
            at, to = _where(offered >= enough[members[kept]])
            best.add(members[kept[to]], offered[at, to], members[part[came][at]])


def _where(mask: Mask) -> tuple[Numbers, Numbers]:
    """Rows and columns of what is true."""
    rows, columns = np.divmod(np.flatnonzero(mask), mask.shape[1])
    return rows, columns


def _bar(products: NDArray[np.float32]) -> NDArray[np.float32]:
    """A product that the ten highest of each row reach, and few others: ten of the heaps of a row hold one as high."""
    n = products.shape[1]
    if n <= N_NEIGHBOURS:
        return np.full(len(products), _least_product(np.zeros(1, dtype=np.int64))[0])
    if n >= 2 * _N_HEAPS:
        n_full = n // _N_HEAPS
        products = products[:, : n_full * _N_HEAPS].reshape(-1, n_full, _N_HEAPS).max(axis=1)
        n = _N_HEAPS
    tenth = np.partition(products, n - N_NEIGHBOURS, axis=1)[:, n - N_NEIGHBOURS]
    return _least_product(_scores(tenth))


def _scores(products: NDArray[np.float32]) -> Numbers:
    score = products.astype(np.int64) * SCORE_UNITS // SCALE**2
    return np.clip(score, 0, SCORE_UNITS)


def _least_product(scores: Numbers) -> NDArray[np.float32]:
    """The least product that has such a score, or a score at all."""
    return -(-np.maximum(scores, 1) * SCALE**2 // SCORE_UNITS).astype(np.float32)


class _Best:
    """The best entries of lists, as one number each: whose list, how far from the highest score, and which paper."""

    def __init__(self) -> None:
        self._keys = np.empty(0, dtype=np.int64)
        self._more: list[Numbers] = []
        self._n_more = 0

    def add(self, owner: Numbers, products: NDArray[np.float32], other: Numbers) -> None:
        """Add entries; of many those are left out that are not among the ten best of those added with them."""
        if not len(owner):
            return
        keys = owner << _OWNER_SHIFT
        keys |= (SCORE_UNITS - _scores(products)) << _PAPER_BITS
        keys |= other
        if len(keys) > _KEYS_ADDED:
            keys = _ten_of_each(keys)
        self._more.append(keys)
        self._n_more += len(keys)
        if self._n_more > max(_KEYS_AT_A_TIME, len(self._keys) // 2):
            self._settle()

    def keys(self) -> Numbers:
        """The entries in the order of the lists."""
        self._settle()
        return self._keys

    def _settle(self) -> None:
        together = np.concatenate([self._keys, *self._more])
        self._keys, self._more, self._n_more = np.empty(0, dtype=np.int64), [], 0
        self._keys = _ten_of_each(together)


def _ten_of_each(keys: Numbers) -> Numbers:
    """The ten lowest numbers of each owner, sorted, each once; `keys` are sorted where they are."""
    keys.sort()
    is_first = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    keys = keys[is_first]
    # Where the tenth before is of another owner, fewer than ten of this one come before.
    is_among_ten = np.ones(len(keys), dtype=np.bool_)
    for start in range(N_NEIGHBOURS, len(keys), _KEYS_AT_A_TIME):
        owner = keys[start - N_NEIGHBOURS : start + _KEYS_AT_A_TIME] >> _OWNER_SHIFT
        is_among_ten[start : start + _KEYS_AT_A_TIME] = owner[N_NEIGHBOURS:] != owner[:-N_NEIGHBOURS]
    return keys[is_among_ten]
