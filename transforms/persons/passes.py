"""The passes that join the mentions of one name: corrections, shared co-authors, then the model."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from paperhouse.transforms.persons.clusters import Block, Clusters, Floats
from paperhouse.transforms.persons.model import PersonModel

MOST_CLUSTERS: Final = 1000
"""Clusters of one name that the model compares: the largest. What is left over stays apart, whatever it says."""
_LEAST_SHARED: Final = 2.0
_COMMON: Final = -2.0
COAUTHORS_SCORE: Final = 4.6
"""Log-odds of a join by shared co-authors: 0.99, as measured on the labelled names."""
_NEVER: Final = -1e9


@dataclass(frozen=True, slots=True)
class Join:
    """The mention `absorbed` was the oldest of a cluster, until that was put into the one whose oldest is `kept`."""

    absorbed: int
    kept: int
    by: str
    score: float


@dataclass(slots=True)
class Groups:
    """Mentions 0 to n - 1 in clusters, each told by its oldest; unions that a correction forbids are refused."""

    n: int
    apart: frozenset[tuple[int, int]] = frozenset()
    joins: list[Join] = field(default_factory=list)
    oldest: list[int] = field(default_factory=list)
    members: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.oldest = list(range(self.n))
        self.members = {number: [number] for number in range(self.n)}

    def may_join(self, one: int, other: int) -> bool:
        """Whether no correction keeps a mention of one cluster apart from one of the other."""
        if not self.apart:
            return True
        mine, theirs = set(self.members[self.oldest[one]]), set(self.members[self.oldest[other]])
        return not any(
            (left in mine and right in theirs) or (left in theirs and right in mine)
            for left, right in self.apart
        )

    def join(self, one: int, other: int, by: str, score: float) -> bool:
        """Join the clusters of two mentions; False where they are one already or must not be."""
        kept, absorbed = sorted((self.oldest[one], self.oldest[other]))
        if kept == absorbed or not self.may_join(one, other):
            return False
        moved = self.members.pop(absorbed)
        for number in moved:
            self.oldest[number] = kept
        self.members[kept] += moved
        self.joins.append(Join(absorbed, kept, by, score))
        return True


def join_corrected(groups: Groups, same: Iterable[tuple[int, int]]) -> None:
    """Join what corrections call one person, in a total order."""
    for one, other in sorted(same):
        groups.join(one, other, "correction", 99.0)


def join_everybody(groups: Groups, score: float) -> None:
    """Join all mentions of a rare name to the oldest of them that no correction keeps apart."""
    for number in range(1, groups.n):
        for kept in sorted(groups.members):
            if kept >= groups.oldest[number] or groups.join(kept, number, "rare_name", score):
                break


def join_coauthors(groups: Groups, block: Block) -> None:
    """Join mentions that share co-authors, strongest first; a common name needs co-authors that tell more."""
    need = max(0.0, _LEAST_SHARED + block.rarity - _COMMON) if block.rarity > _COMMON else 0.0
    weights = np.round((block.coauthors * block.weights) @ block.coauthors.T, 3)
    left, right = np.nonzero(np.triu(weights > need, 1))
    order = np.lexsort((right, left, -weights[left, right]))
    for one, other in zip(left[order].tolist(), right[order].tolist(), strict=True):
        groups.join(one, other, "coauthors", COAUTHORS_SCORE)


def join_by_model(groups: Groups, block: Block, model: PersonModel) -> None:
    """Merge the two clusters that the model likes best, again and again, until none is above its threshold."""
    largest = sorted(groups.members, key=lambda oldest: (-len(groups.members[oldest]), oldest))[
        :MOST_CLUSTERS
    ]
    roots = sorted(largest)
    if len(roots) < 2:  # noqa: PLR2004 - a pair
        return
    clusters = Clusters(block, [sorted(groups.members[root]) for root in roots])
    scores = np.full((len(roots), len(roots)), _NEVER)
    for row in range(len(roots) - 1):
        others = np.arange(row + 1, len(roots))
        scores[row, others] = _scores(clusters, model, row, others)
    while True:
        one, other = divmod(int(scores.argmax()), len(roots))
        if scores[one, other] < model.threshold:
            return
        if not groups.join(roots[one], roots[other], "model", float(scores[one, other])):
            scores[one, other] = _NEVER
            continue
        clusters.merge(one, other)
        scores[other] = scores[:, other] = _NEVER
        others = np.nonzero(clusters.alive)[0]
        others = others[others != one]
        if len(others):
            scores[np.minimum(one, others), np.maximum(one, others)] = _scores(clusters, model, one, others)


def _scores(clusters: Clusters, model: PersonModel, one: int, others: NDArray[np.intp]) -> Floats:
    """What the trees say, less for large clusters: between many papers of two persons some are always alike."""
    pairs = np.log(clusters.size[one] * clusters.size[others])
    scores: Floats = np.round(model.trees.score(clusters.features(one, others)) - model.caution * pairs, 4)
    return scores
