"""Clusters of the mentions of many names, and the features by which two clusters of one name are compared."""

from typing import Final

import numpy as np

from paperhouse.transforms.persons.blocks import UNIT, Blocks, Numbers, ragged
from paperhouse.transforms.persons.model import Floats
from paperhouse.transforms.persons.similarities import MentionPairs

FEATURES: Final = (
    *("rarity", "n_mentions", "smaller", "larger"),
    *("title_mean", "title_max", "text_mean", "text_max", "topic_mean", "topic_max"),
    *("shared_mean", "shared_max", "n_shared_max", "shared_rarest"),
    *("topic_centre", "text_over_block", "topic_over_block", "topic_of_block"),
    *("year_gap", "year_distance", "solo_least", "solo_most", "abstracts", "list_length", "last_place"),
)
"""Features in the order of the trees' columns."""
_TEXT: Final = 1
_TOPIC: Final = 2
_SHARED: Final = 3


class Clusters:
    """Clusters of blocks under merging. Cluster numbers ascend by block.

    What two clusters have in common lies in one square table per block, one after the other: of each statistic of
    pairs of mentions the sum and the largest value.
    """

    def __init__(self, blocks: Blocks, pairs: MentionPairs, cluster: Numbers) -> None:
        """`cluster` is the number of each mention's cluster."""
        n_clusters = int(cluster.max()) + 1 if len(cluster) else 0
        self.block = np.zeros(n_clusters, dtype=np.int64)
        self.block[cluster] = blocks.block
        self.n_of_block = np.bincount(self.block, minlength=len(blocks.rarity))
        self.first_of_block = np.cumsum(self.n_of_block) - self.n_of_block
        squares = self.n_of_block**2
        self.square_of_block = np.cumsum(squares) - squares
        self.blocks = blocks
        self.n_cells = int(squares.sum())
        self.alive = np.ones(n_clusters, dtype=bool)
        self.size = np.bincount(cluster, minlength=n_clusters).astype(np.float64)
        self._sum_pairs(blocks, pairs, cluster, self.n_cells)
        self.first = np.full(n_clusters, np.inf)
        self.last = np.full(n_clusters, -np.inf)
        np.minimum.at(self.first, cluster, blocks.years)
        np.maximum.at(self.last, cluster, blocks.years)
        stated = (
            blocks.years,
            blocks.n_coauthors == 0,
            blocks.has_abstract,
            np.log1p(blocks.n_coauthors),
            blocks.is_last,
        )
        self.totals = np.stack(
            [np.bincount(cluster, column, minlength=n_clusters) for column in stated], axis=1
        )

    def _sum_pairs(self, blocks: Blocks, pairs: MentionPairs, cluster: Numbers, n_squares: int) -> None:
        here = self.at(cluster[pairs.left], cluster[pairs.right])
        there = self.at(cluster[pairs.right], cluster[pairs.left])
        shared = blocks.shared
        met = self.at(cluster[shared.left], cluster[shared.right])
        turned = self.at(cluster[shared.right], cluster[shared.left])
        statistics = (
            *((here, there, values) for values in (pairs.title, pairs.text, pairs.topic)),
            *((met, turned, values) for values in (shared.weight, shared.n, shared.rarest)),
        )
        self.sums = [
            np.bincount(one, values, minlength=n_squares) + np.bincount(other, values, minlength=n_squares)
            for one, other, values in statistics
        ]
        self.maxima = [np.zeros(n_squares) for _ in statistics]
        for maximum, (one, other, values) in zip(self.maxima, statistics, strict=True):
            np.maximum.at(maximum, one, values)
            np.maximum.at(maximum, other, values)
        n_pairs = blocks.sizes * (blocks.sizes - 1) / 2
        of_block = blocks.block[pairs.left]
        self.text_of_block = np.bincount(of_block, pairs.text, minlength=len(n_pairs)) / np.maximum(
            1, n_pairs
        )
        self.topic_of_block = np.bincount(of_block, pairs.topic, minlength=len(n_pairs)) / np.maximum(
            1, n_pairs
        )

    def at(self, one: Numbers, other: Numbers) -> Numbers:
        """Where the tables keep what clusters of one block have in common."""
        block = self.block[one]
        first = self.first_of_block[block]
        return self.square_of_block[block] + (one - first) * self.n_of_block[block] + other - first

    def all_pairs(self) -> tuple[Numbers, Numbers]:
        """All pairs of clusters of one block, the smaller number first."""
        n_after = (self.first_of_block + self.n_of_block)[self.block] - np.arange(len(self.block)) - 1
        one = np.repeat(np.arange(len(self.block)), n_after)
        return one, one + 1 + ragged(n_after)

    def features(self, one: Numbers, other: Numbers) -> Floats:
        """A row of `FEATURES` for each pair of clusters; which of the two comes first does not matter."""
        at, block = self.at(one, other), self.block[one]
        n_pairs = self.size[one] * self.size[other]
        mine, theirs = (self.totals[rows] / self.size[rows, None] for rows in (one, other))
        topic = self.sums[_TOPIC]
        # A mention is as near to itself as can be.
        own = [topic[self.at(rows, rows)] + self.size[rows] for rows in (one, other)]
        centre = topic[at] / np.sqrt(np.maximum(1e-6, own[0] * own[1]))
        text_mean = self.sums[_TEXT][at] / n_pairs
        gap = np.maximum(self.first[one], self.first[other]) - np.minimum(self.last[one], self.last[other])
        columns = (
            self.blocks.rarity[block],
            np.log(self.blocks.sizes[block]),
            np.log(np.minimum(self.size[one], self.size[other])),
            np.log(np.maximum(self.size[one], self.size[other])),
            *(
                values
                for statistic in range(_SHARED)
                for values in (self.sums[statistic][at] / n_pairs, self.maxima[statistic][at])
            ),
            self.sums[_SHARED][at] / n_pairs / UNIT,
            self.maxima[_SHARED][at] / UNIT,
            self.maxima[_SHARED + 1][at],
            self.maxima[_SHARED + 2][at] / UNIT,
            centre,
            text_mean - self.text_of_block[block],
            centre - self.topic_of_block[block],
            self.topic_of_block[block],
            np.maximum(0, gap),
            np.abs(mine[:, 0] - theirs[:, 0]),
            np.minimum(mine[:, 1], theirs[:, 1]),
            np.maximum(mine[:, 1], theirs[:, 1]),
            np.minimum(mine[:, 2], theirs[:, 2]),
            np.minimum(mine[:, 3], theirs[:, 3]),
            np.abs(mine[:, 4] - theirs[:, 4]),
        )
        return np.round(np.stack(columns, axis=1), 4)

    def neighbours(self, one: Numbers) -> tuple[Numbers, Numbers]:
        """Each of these clusters with every other living one of its block."""
        cluster, other = self.with_block(one)
        kept = self.alive[other] & (other != cluster)
        return cluster[kept], other[kept]

    def merge(self, one: Numbers, other: Numbers) -> None:
        """Put the clusters `other` into `one`, a pair at most of each block."""
        self._merge_tables(one, other)
        self.size[one] += self.size[other]
        self.totals[one] += self.totals[other]
        self.first[one] = np.minimum(self.first[one], self.first[other])
        self.last[one] = np.maximum(self.last[one], self.last[other])
        self.alive[other] = False

    def _merge_tables(self, one: Numbers, other: Numbers) -> None:
        kept, every = self.with_block(one)
        absorbed, _ = self.with_block(other)
        here, there, source = self.at(kept, every), self.at(every, kept), self.at(absorbed, every)
        itself, between = self.at(one, one), self.at(one, other)
        for total in self.sums:
            within = total[itself] + 2 * total[between] + total[self.at(other, other)]
            total[here] += total[source]
            total[there] = total[here]
            total[itself] = within
        for maximum in self.maxima:
            maximum[here] = np.maximum(maximum[here], maximum[source])
            maximum[there] = maximum[here]

    def with_block(self, clusters: Numbers) -> tuple[Numbers, Numbers]:
        """Each of these clusters with every one of its block, living or not."""
        n = self.n_of_block[self.block[clusters]]
        first = np.repeat(self.first_of_block[self.block[clusters]], n)
        return np.repeat(clusters, n), first + ragged(n)
