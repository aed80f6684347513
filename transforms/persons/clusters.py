"""Clusters of one name's mentions, and the features by which two of them are compared."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

FEATURES: Final = (
    *(
        "rarity",
        "n_mentions",
        "smaller",
        "larger",
        "shared_weight",
        "n_shared",
        "shared_share",
        "shared_rarest",
    ),
    *("title_mean", "title_max", "text_mean", "text_max", "topic_mean", "topic_max", "topic_centre"),
    *("year_gap", "year_distance", "solo_least", "solo_most", "abstracts", "list_length", "last_place"),
    *("text_over_block", "topic_over_block", "topic_of_block"),
)
"""Features in the order of the trees' columns."""
LONGEST_LIST: Final = 50
"""Lists over so many names say nothing about who knows whom."""


@dataclass(frozen=True, slots=True)
class Block:
    """The mentions of one name key in order of (arxiv_id, position), as arrays of one entry a mention.

    `coauthors` is (mention, co-author) with 1 where they share a list, `weights` how much each co-author tells;
    `title`, `text` and `topic` are similarities between mentions.
    """

    rarity: float
    years: Floats
    has_abstract: Floats
    n_coauthors: Floats
    is_last: Floats
    coauthors: Matrix
    weights: Matrix
    title: Matrix
    text: Matrix
    topic: Matrix


def coauthor_weights(rarities: Floats) -> Matrix:
    """How much a shared co-author of each rarity tells: the rarer, the more."""
    return np.clip(3.0 - rarities, 0.3, 10.0).astype(np.float32)


def _mean_off_diagonal(matrix: Matrix) -> float:
    n = len(matrix)
    return float((matrix.sum(dtype=np.float64) - np.trace(matrix, dtype=np.float64)) / (n * (n - 1)))


class Clusters:
    """Clusters under merging: row `i` speaks of cluster `i` while `alive[i]`."""

    def __init__(self, block: Block, groups: list[list[int]]) -> None:
        member = np.zeros((len(groups), len(block.years)), dtype=np.float32)
        for row, group in enumerate(groups):
            member[row, group] = 1
        self.block = block
        self.groups = [list(group) for group in groups]
        self.alive = np.ones(len(groups), dtype=bool)
        self.size = member.sum(axis=1, dtype=np.float64)
        matrices = (block.title, block.text, block.topic)
        self.sums = [(member @ matrix @ member.T).astype(np.float64) for matrix in matrices]
        self.maxima = [_grouped_maxima(matrix, groups) for matrix in matrices]
        self.known = ((member @ block.coauthors) > 0).astype(np.float32)
        self.first = np.array([block.years[group].min() for group in groups])
        self.last = np.array([block.years[group].max() for group in groups])
        self.totals = member.astype(np.float64) @ np.stack(
            [
                block.years,
                block.n_coauthors == 0,
                block.has_abstract,
                np.log1p(block.n_coauthors),
                block.is_last,
            ],
            axis=1,
        )
        self._text_of_block = _mean_off_diagonal(block.text)
        self._topic_of_block = _mean_off_diagonal(block.topic)

    def features(self, one: int, others: NDArray[np.intp]) -> Floats:
        """A row of `FEATURES` for the cluster `one` with each of `others`."""
        sizes = self.size[others]
        pairs = self.size[one] * sizes
        shared = self.known[others] * self.known[one]
        shared_weight = (shared @ self.block.weights).astype(np.float64)
        least = np.minimum(self.known[others] @ self.block.weights, self.known[one] @ self.block.weights)
        mine, theirs = self.totals[one] / self.size[one], self.totals[others] / sizes[:, None]
        means = [total[one, others] / pairs for total in self.sums]
        maxima = [maximum[one, others] for maximum in self.maxima]
        topic = self.sums[2]
        centre = topic[one, others] / np.sqrt(np.maximum(1e-6, topic[one, one] * topic[others, others]))
        gap = np.maximum(self.first[one], self.first[others]) - np.minimum(self.last[one], self.last[others])
        full = np.ones(len(others))
        columns = (
            full * self.block.rarity,
            full * np.log(len(self.block.years)),
            np.log(np.minimum(self.size[one], sizes)),
            np.log(np.maximum(self.size[one], sizes)),
            shared_weight,
            shared.sum(axis=1),
            shared_weight / np.maximum(least, 1),
            (shared * self.block.weights).max(axis=1),
            *(column for pair in zip(means, maxima, strict=True) for column in pair),
            centre,
            np.maximum(0, gap),
            np.abs(mine[0] - theirs[:, 0]),
            np.minimum(mine[1], theirs[:, 1]),
            np.maximum(mine[1], theirs[:, 1]),
            np.minimum(mine[2], theirs[:, 2]),
            np.minimum(mine[3], theirs[:, 3]),
            np.abs(mine[4] - theirs[:, 4]),
            means[1] - self._text_of_block,
            centre - self._topic_of_block,
            full * self._topic_of_block,
        )
        # Sums of single precision may differ in their last digits between machines.
        return np.round(np.stack(columns, axis=1), 4)

    def merge(self, one: int, other: int) -> None:
        """Put the cluster `other` into `one`."""
        for total in self.sums:
            total[one] += total[other]
            total[:, one] += total[:, other]
        for maximum in self.maxima:
            maximum[one] = np.maximum(maximum[one], maximum[other])
            maximum[:, one] = np.maximum(maximum[:, one], maximum[:, other])
        self.known[one] = np.maximum(self.known[one], self.known[other])
        self.size[one] += self.size[other]
        self.totals[one] += self.totals[other]
        self.first[one] = min(self.first[one], self.first[other])
        self.last[one] = max(self.last[one], self.last[other])
        self.alive[other] = False
        self.groups[one] += self.groups[other]


def _grouped_maxima(matrix: Matrix, groups: list[list[int]]) -> Floats:
    order = np.concatenate([np.asarray(group) for group in groups])
    starts = np.cumsum([0, *(len(group) for group in groups)])[:-1]
    rows = np.maximum.reduceat(matrix[order], starts, axis=0)
    return np.maximum.reduceat(rows[:, order], starts, axis=1).astype(np.float64)
