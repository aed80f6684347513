"""The passes that join mentions of one name: corrections, ORCID iDs, rare names, co-authors, places, the model."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from paperhouse.transforms.persons.blocks import UNIT, Blocks, Numbers, ragged
from paperhouse.transforms.persons.clusters import Clusters
from paperhouse.transforms.persons.model import Calibration, Floats
from paperhouse.transforms.persons.rarity import RARE
from paperhouse.transforms.tables import PERSON_PASSES

_LEAST_SHARED: Final = 2.0
_COMMON: Final = -2.0
_CERTAIN: Final = 99.0
"""Log-odds of what people know or say of themselves."""
_MOST_COMMON_AT_A_PLACE: Final = 0.0
_SAME_PLACE: Final = 2.9
_PER_RARITY: Final = -1.35
"""Log-odds that two of one name and place are one: as of labelled names by rarity, and a hundredfold for the place."""
_MOST_NAMESAKES: Final = 8
_NEVER: Final = -1e9

Score = Callable[[Clusters, Numbers, Numbers], Floats]
"""The log-odds that pairs of clusters are one person's."""


@dataclass(slots=True)
class Groups:
    """Mentions 0 to n - 1 in clusters, each called by its oldest; what must stay apart is not joined.

    A join puts the cluster whose oldest is `absorbed` into that whose oldest is `kept`; no mention is absorbed twice.
    """

    n: int
    apart: Sequence[tuple[int, int]] = ()
    absorbed: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    _parent: list[int] = field(default_factory=list)
    _forbidden: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    _labels: dict[int, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._parent = list(range(self.n))
        self.keep_apart(self.apart)

    def keep_apart(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Refuse from now on to join the clusters of two mentions; those that are one already stay so."""
        for one, other in pairs:
            met = self.oldest(one), self.oldest(other)
            if met[0] != met[1]:
                for number in met:
                    self._forbidden.setdefault(number, []).append((one, other))

    def label(self, labels: Mapping[int, str]) -> None:
        """Refuse from now on to join clusters whose mentions bear labels, and none in common."""
        for number, label in labels.items():
            oldest = self.oldest(number)
            self._labels[oldest] = self._labels.get(oldest, frozenset()) | {label}

    def oldest(self, number: int) -> int:
        """The oldest mention of the cluster of a mention."""
        parent = self._parent
        while parent[number] != number:
            parent[number] = number = parent[parent[number]]
        return number

    def all_oldest(self) -> Numbers:
        """The oldest mention of each mention's cluster."""
        found = np.array(self._parent, dtype=np.int64)
        while (found[found] != found).any():
            found = found[found]
        return found

    def join(self, one: int, other: int, by: str, score: float = 0.0) -> bool:
        """Join the clusters of two mentions; False where they are one already or must not be."""
        kept, absorbed = self.oldest(one), self.oldest(other)
        if kept == absorbed:
            return False
        if kept > absorbed:
            kept, absorbed = absorbed, kept
        if self._forbidden and not self._may_join(kept, absorbed):
            return False
        if self._labels and not self._agree(kept, absorbed):
            return False
        self._parent[absorbed] = kept
        self.absorbed.append(absorbed)
        self.kept.append(kept)
        self.by.append(by)
        self.score.append(score)
        if absorbed in self._forbidden:
            self._forbidden.setdefault(kept, []).extend(self._forbidden[absorbed])
        if absorbed in self._labels:
            self._labels[kept] = self._labels.get(kept, frozenset()) | self._labels[absorbed]
        return True

    def _may_join(self, kept: int, absorbed: int) -> bool:
        met = {kept, absorbed}
        return not any(
            {self.oldest(one), self.oldest(other)} == met for one, other in self._forbidden.get(kept, ())
        )

    def _agree(self, kept: int, absorbed: int) -> bool:
        one, other = self._labels.get(kept), self._labels.get(absorbed)
        return one is None or other is None or not one.isdisjoint(other)

    def joins(self, calibration: Calibration) -> pl.DataFrame:
        """The joins: absorbed, kept, joined_by, score, the log-odds that it is right."""
        joins = pl.DataFrame(
            {"absorbed": self.absorbed, "kept": self.kept, "joined_by": self.by, "score": self.score},
            schema={
                "absorbed": pl.Int64,
                "kept": pl.Int64,
                "joined_by": PERSON_PASSES,
                "score": pl.Float64,
            },
        )
        return joins.with_columns(log_odds(calibration))


def log_odds(calibration: Calibration) -> pl.Expr:
    """The log-odds (score) that a join is right, by pass (joined_by) and the trees' score."""
    by = pl.col("joined_by")
    told = (calibration.slope * pl.col("score") + calibration.intercept).round(4)
    return (
        pl.when(by == "model")
        .then(told)
        .when(by == "coauthors")
        .then(calibration.coauthors)
        .when(by == "rare_name")
        .then(calibration.rare_name)
        .when(by == "affiliation")
        .then(pl.col("score"))
        .otherwise(_CERTAIN)
        .alias("score")
    )


def join_corrected(groups: Groups, same: Iterable[tuple[int, int]]) -> None:
    """Join what corrections call one person, in a total order."""
    for one, other in sorted(same):
        groups.join(one, other, "correction")


def pairs_of_one_list(blocks: Blocks) -> Iterable[tuple[int, int]]:
    """Mentions of one name in one author list: two people who are called alike.

    A name that stands there again and again is none, but a degree or the like; and in the list of a rare name a slip is
    likelier than a namesake.
    """
    same = blocks.mentions.select(pl.struct("author_id", "arxiv_id").rle().alias("run")).unnest("run")
    sizes = same["len"].to_numpy().astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    several = (sizes > 1) & (sizes <= _MOST_NAMESAKES) & (blocks.rarity[blocks.block[starts]] >= RARE)
    for start, size in zip(starts[several].tolist(), sizes[several].tolist(), strict=True):
        yield from combinations(range(start, start + size), 2)


def join_everybody(groups: Groups, numbers: Sequence[int], by: str, score: float = 0.0) -> None:
    """Join all these mentions of a name, which ascend, each to the oldest that nothing keeps it from."""
    for place, number in enumerate(numbers):
        for kept in numbers[:place]:
            if groups.oldest(kept) == groups.oldest(number) or groups.join(kept, number, by, score):
                break


def join_orcids(groups: Groups, blocks: Blocks, orcids: pl.DataFrame) -> None:
    """Join mentions of one ORCID iD, and keep those of different ones apart; `orcids`: arxiv_id, position, orcid."""
    known = _numbered(blocks, orcids)
    for numbers in known.group_by("author_id", "orcid", maintain_order=True).agg("number")["number"]:
        join_everybody(groups, numbers.to_list(), "orcid")
    groups.label(dict(known.select("number", "orcid").iter_rows()))


def join_places(groups: Groups, blocks: Blocks, places: pl.DataFrame) -> None:
    """Join mentions at one place, unless the name is so common that it may well be borne twice there.

    `places`: arxiv_id, position, place. No labelled set states places, so that the trees know nothing of them.
    """
    known = _numbered(blocks, places)
    for numbers in known.group_by("author_id", "place", maintain_order=True).agg("number")["number"]:
        rarity = float(blocks.rarity[blocks.block[numbers[0]]])
        if RARE <= rarity <= _MOST_COMMON_AT_A_PLACE:
            told = round(_SAME_PLACE + _PER_RARITY * rarity, 4)
            join_everybody(groups, numbers.to_list(), "affiliation", told)


def _numbered(blocks: Blocks, stated: pl.DataFrame) -> pl.DataFrame:
    """What is stated of mentions of these blocks, in order, with their number."""
    numbered = blocks.mentions.with_row_index("number")
    return numbered.join(stated, on=["arxiv_id", "position"], how="inner").sort("number", stated.columns[-1])


def join_coauthors(groups: Groups, blocks: Blocks, is_compared: np.ndarray) -> None:
    """Join mentions that share co-authors, strongest first; a common name needs co-authors that tell more.

    `is_compared` has one entry a block.
    """
    shared = blocks.shared
    block = blocks.block[shared.left]
    rarity = blocks.rarity[block]
    need = np.where(rarity > _COMMON, np.maximum(0, _LEAST_SHARED + rarity - _COMMON), 0)
    enough = is_compared[block] & (shared.weight > np.round(need * UNIT))
    left, right = shared.left[enough], shared.right[enough]
    order = np.lexsort((right, left, -shared.weight[enough]))
    for one, other in zip(left[order].tolist(), right[order].tolist(), strict=True):
        groups.join(one, other, "coauthors")


def join_by_score(
    groups: Groups, clusters: Clusters, oldest: Numbers, score: Score, threshold: float
) -> None:
    """In each block merge the two clusters of the highest score, again and again, until none is above the threshold.

    `oldest` is the oldest mention of each cluster. All blocks go on side by side: a round merges one pair of each.
    """
    scores = np.full(clusters.n_cells, _NEVER)
    one, other = clusters.all_pairs()
    scores[clusters.at(one, other)] = score(clusters, one, other)
    active = np.unique(clusters.block[one])
    while len(active):
        active, one, other = _best_pairs(clusters, scores, active, threshold)
        joined = _join_pairs(groups, oldest, scores[clusters.at(one, other)], one, other)
        scores[clusters.at(one, other)] = _NEVER
        one, other = one[joined], other[joined]
        clusters.merge(one, other)
        gone, every = clusters.with_block(other)
        scores[clusters.at(np.minimum(gone, every), np.maximum(gone, every))] = _NEVER
        grown, rest = clusters.neighbours(one)
        if len(grown):
            low, high = np.minimum(grown, rest), np.maximum(grown, rest)
            scores[clusters.at(low, high)] = score(clusters, low, high)


def _best_pairs(
    clusters: Clusters, scores: Floats, active: Numbers, threshold: float
) -> tuple[Numbers, Numbers, Numbers]:
    """Of each active block the pair of the highest score, of several the first; blocks without one fall out."""
    n_cells = clusters.n_of_block[active] ** 2
    starts = np.cumsum(n_cells) - n_cells
    cells = np.repeat(clusters.square_of_block[active], n_cells) + ragged(n_cells)
    values = scores[cells]
    best = np.maximum.reduceat(values, starts)
    hits = np.flatnonzero(values == np.repeat(best, n_cells))
    segment = np.searchsorted(starts, hits, side="right") - 1
    cell = hits[np.flatnonzero(np.diff(segment, prepend=-1))] - starts
    goes_on = best >= threshold
    active, cell = active[goes_on], cell[goes_on]
    first = clusters.first_of_block[active]
    row, column = np.divmod(cell, clusters.n_of_block[active])
    return active, first + row, first + column


def _join_pairs(groups: Groups, oldest: Numbers, scores: Floats, one: Numbers, other: Numbers) -> np.ndarray:
    pairs = zip(oldest[one].tolist(), oldest[other].tolist(), scores.tolist(), strict=True)
    return np.array([groups.join(left, right, "model", score) for left, right, score in pairs], dtype=bool)
