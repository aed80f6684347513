"""Which papers are compared with each other: those that share a bucket.

Up to `MOST_IN_BUCKET` papers are one bucket. More are told apart by their cells, a paper lies in several. A cell
of more papers is divided in two by the topic in which they differ most, and so on. So the buckets follow from the set
of papers alone, whatever order they came in, and a paper is compared with a few thousand others, whatever their
number.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from paperhouse.transforms.topics.model import MAX_DEPTH, Bytes, Numbers, TopicModel

MOST_IN_BUCKET: Final = 4096
NO_BUCKET: Final = 0
_ROOT: Final = 1


def buckets_of(
    vectors: Bytes, cells: NDArray[np.uint16], model: TopicModel, most: int = MOST_IN_BUCKET
) -> Numbers:
    """Numbers of the buckets (paper, probe) of papers in the order of their identifiers.

    The numbers are those of the nodes of binary trees, one of each cell. A bucket that cannot be divided any more keeps
    its first papers; the others are in `NO_BUCKET`, as is a paper of which nothing is known.
    """
    buckets = np.full(cells.shape, NO_BUCKET, dtype=np.int64)
    if len(cells) <= most:
        buckets[:, 0] = _ROOT
        return buckets
    n_cells = len(model.centres)
    buckets[:] = n_cells + cells.astype(np.int64)
    flat = buckets.reshape(-1)
    cell = cells.reshape(-1)
    paper = np.repeat(np.arange(len(cells)), cells.shape[1])
    # The buckets of `rest`, numbered without gaps: to count these takes no sort.
    rest, dense = np.arange(len(flat)), cell.astype(np.int64)
    for depth in range(MAX_DEPTH):
        rest, dense = _overfull(rest, dense, most)
        if not len(rest):
            return buckets
        topic = model.divided_by[cell[rest], depth]
        is_above = vectors[paper[rest], topic] > model.divided_at[cell[rest], depth]
        flat[rest] = 2 * flat[rest] + is_above
        dense = 2 * dense + is_above
    rest, _ = _overfull(rest, dense, most)
    order = rest[np.argsort(flat[rest], kind="stable")]
    first = np.searchsorted(flat[order], flat[order])
    flat[order[np.arange(len(order)) - first >= most]] = NO_BUCKET
    return buckets


def _overfull(places: Numbers, dense: Numbers, most: int) -> tuple[Numbers, Numbers]:
    """Those of the places whose bucket has too many, and the numbers of these buckets, anew without gaps."""
    is_overfull = np.bincount(dense) > most
    kept = is_overfull[dense]
    return places[kept], (np.cumsum(is_overfull) - 1)[dense[kept]]
