"""All mentions of some names to persons: who is one, why, and under which id."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from paperhouse.transforms.persons.affiliations import stated_orcids, stated_places
from paperhouse.transforms.persons.blocks import Blocks, Numbers, read_blocks, some_mentions
from paperhouse.transforms.persons.clusters import Clusters
from paperhouse.transforms.persons.corrections import Corrections
from paperhouse.transforms.persons.model import Floats, PersonModel
from paperhouse.transforms.persons.passes import (
    Groups,
    join_by_score,
    join_coauthors,
    join_corrected,
    join_everybody,
    join_orcids,
    join_places,
    pairs_of_one_list,
)
from paperhouse.transforms.persons.rarity import RARE
from paperhouse.transforms.persons.similarities import compare_mentions, read_texts
from paperhouse.transforms.tables import PERSON_PASSES

MOST_CLUSTERS: Final = 600
"""Clusters of one name that the model compares: the largest. What is left over stays apart, whatever it says."""
MOST_COMPARED: Final = 4_000
"""Mentions of one name that the model compares, of the largest clusters: all pairs of them must fit into memory."""
_PAIRS_PER_PART: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What decides who is a person, for whole names.

    `mentions`: author_id, rarity, arxiv_id, position, mention_id and, as `mark_compared` tells, is_compared; all
    mentions of these names. Of the papers of compared names `lists`: arxiv_id, author_id, and `papers`: arxiv_id,
    title, abstract, year, n_authors; of everybody in the lists who has several papers `names`: author_id, name_key.
    `affiliations` that are stated of the mentions: arxiv_id, position, affiliation.
    """

    mentions: pl.DataFrame
    lists: pl.DataFrame
    names: pl.DataFrame
    papers: pl.DataFrame
    affiliations: pl.DataFrame


def mark_compared(
    mentions: pl.DataFrame, affiliations: pl.DataFrame, corrections: Corrections
) -> pl.DataFrame:
    """The mentions in order of (author_id, arxiv_id, position), with `is_compared`.

    The mentions of a name must be compared if they are several, and the name is not rare, is corrected, or has ORCID
    iDs.
    """
    ordered = mentions.sort("author_id", "arxiv_id", "position")
    sizes = _sizes(ordered)
    is_compared = (np.repeat(sizes, sizes) > 1) & (ordered["rarity"] >= RARE).to_numpy()
    place = pl.struct("arxiv_id", "position")
    spoken_of = pl.concat([corrections.mentions(), stated_orcids(affiliations).select(place).to_series()])
    if len(spoken_of):
        told = ordered.filter(place.is_in(spoken_of.implode()))["author_id"]
        is_compared |= ordered["author_id"].is_in(told.implode()).to_numpy()
    return ordered.with_columns(pl.Series("is_compared", is_compared, dtype=pl.Boolean))


def _sizes(ordered: pl.DataFrame) -> Numbers:
    return ordered["author_id"].rle().struct.field("len").to_numpy().astype(np.int64)


def find_persons(facts: PersonFacts, corrections: Corrections, model: PersonModel) -> pl.DataFrame:
    """One row per mention: author_id, arxiv_id, position, mention_id, person_id and what joined it.

    `person_id` is the mention_id of the oldest mention of the person. Every other mention was once the oldest of a
    cluster that was put into an older one: at which mention (joined_arxiv_id, joined_position), by which pass
    (joined_by) and with which log-odds (score). Those are null for the oldest.
    """
    ordered = facts.mentions.sort("author_id", "arxiv_id", "position")
    sizes = _sizes(ordered)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    numbers = np.arange(ordered.height)
    is_compared = ordered["is_compared"].to_numpy()
    kept = np.where(is_compared, numbers, first)
    score = np.full(ordered.height, model.calibration.rare_name)
    by = np.full(ordered.height, PERSON_PASSES.categories.to_list().index("rare_name"), dtype=np.uint8)
    if is_compared.any():
        here = np.flatnonzero(is_compared)
        joins = _compare(ordered[here], facts, corrections, model).joins(model.calibration)
        absorbed = here[joins["absorbed"].to_numpy()]
        kept[absorbed] = here[joins["kept"].to_numpy()]
        score[absorbed] = joins["score"].to_numpy()
        by[absorbed] = joins["joined_by"].to_physical().to_numpy()
    oldest = kept
    while (oldest[oldest] != oldest).any():
        oldest = oldest[oldest]
    was_joined = pl.Series(kept != numbers)
    mentions = ordered.select("arxiv_id", "position")[kept]
    return ordered.select("author_id", "arxiv_id", "position", "mention_id").with_columns(
        ordered["mention_id"][oldest].alias("person_id"),
        *(
            pl.when(was_joined).then(column).alias(name)
            for name, column in (
                ("joined_arxiv_id", mentions["arxiv_id"]),
                ("joined_position", mentions["position"]),
                ("joined_by", pl.Series(by).cat.to(PERSON_PASSES)),
                ("score", pl.Series(score)),
            )
        ),
    )


def _compare(
    ordered: pl.DataFrame, facts: PersonFacts, corrections: Corrections, model: PersonModel
) -> Groups:
    """The clusters of names whose mentions must be compared."""
    papers = facts.papers.with_columns(pl.col("abstract").is_not_null().alias("has_abstract"))
    blocks = read_blocks(ordered, facts.lists, facts.names, papers, model)
    same, apart = corrections.pairs_in(blocks.mentions)
    groups = Groups(blocks.mentions.height, apart)
    join_corrected(groups, same)
    groups.keep_apart(pairs_of_one_list(blocks))
    join_orcids(groups, blocks, stated_orcids(facts.affiliations))
    is_rare = blocks.rarity < RARE
    for block in np.flatnonzero(is_rare):
        numbers = range(int(blocks.starts[block]), int(blocks.starts[block + 1]))
        join_everybody(groups, numbers, "rare_name")
    join_coauthors(groups, blocks, ~is_rare)
    join_places(groups, blocks, stated_places(facts.affiliations))
    for some in _undecided(blocks, groups.all_oldest(), is_rare):
        _join_by_model(groups, some_mentions(blocks, some), some, papers, model)
    return groups


def _undecided(blocks: Blocks, oldest: Numbers, is_rare: np.ndarray) -> list[Numbers]:
    """Mentions that the model compares, in parts of whole blocks: those of names with several clusters."""
    block = blocks.block
    size = np.bincount(oldest, minlength=len(oldest))
    is_oldest = oldest == np.arange(len(oldest))
    n_clusters = np.bincount(block[is_oldest], minlength=len(blocks.rarity))
    largest_first = np.lexsort((oldest, -size[oldest], block))
    starts_cluster = np.diff(oldest[largest_first], prepend=-1) != 0
    rank = np.cumsum(starts_cluster) - np.repeat(np.cumsum(n_clusters) - n_clusters, blocks.sizes)
    is_compared = (n_clusters > 1)[block] & ~is_rare[block]
    place = np.arange(len(block)) - blocks.starts[block[largest_first]]
    is_compared[largest_first] &= (rank <= MOST_CLUSTERS) & (place < MOST_COMPARED)
    n = np.bincount(block[is_compared], minlength=len(blocks.rarity))
    part = np.cumsum(n * (n - 1) // 2) // _PAIRS_PER_PART
    numbers = np.flatnonzero(is_compared)
    return np.split(numbers, np.flatnonzero(np.diff(part[block[numbers]])) + 1) if len(numbers) else []


def _join_by_model(
    groups: Groups, blocks: Blocks, numbers: Numbers, papers: pl.DataFrame, model: PersonModel
) -> None:
    """Join clusters of these blocks, which hold the mentions `numbers` of `groups`."""
    texts = read_texts(papers.join(blocks.mentions, on="arxiv_id", how="semi"), model)
    oldest, cluster = np.unique(groups.all_oldest()[numbers], return_inverse=True)
    clusters = Clusters(blocks, compare_mentions(blocks, texts), cluster)

    def score(clusters: Clusters, one: Numbers, other: Numbers) -> Floats:
        return model.trees.score(clusters.features(one, other))

    join_by_score(groups, clusters, oldest, score, model.threshold)
