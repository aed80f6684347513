"""All mentions of some names to persons: who is one, why, and under which id."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from paperhouse.transforms.papers.authors import mention_ids
from paperhouse.transforms.persons.blocks import Blocks, Numbers, read_blocks, some_mentions
from paperhouse.transforms.persons.clusters import Clusters
from paperhouse.transforms.persons.corrections import Corrections
from paperhouse.transforms.persons.model import Floats, PersonModel
from paperhouse.transforms.persons.passes import (
    RARE_NAME_SCORE,
    Groups,
    join_by_score,
    join_coauthors,
    join_corrected,
    join_everybody,
)
from paperhouse.transforms.persons.rarity import RARE
from paperhouse.transforms.persons.similarities import compare_mentions, read_texts
from paperhouse.transforms.tables import PERSON_PASSES

_JOINS: dict[str, pl.DataType | type[pl.DataType]] = {
    "author_id": pl.Int64,
    "arxiv_id": pl.String,
    "position": pl.UInt32,
    "joined_arxiv_id": pl.String,
    "joined_position": pl.UInt32,
    "joined_by": PERSON_PASSES,
    "score": pl.Float64,
}
MOST_CLUSTERS: Final = 600
"""Clusters of one name that the model compares: the largest. What is left over stays apart, whatever it says."""
_PAIRS_PER_PART: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What decides who is a person, for whole names.

    `mentions`: author_id, rarity, arxiv_id, position, all of these names. Of the papers of names that need a closer
    look, `lists`: arxiv_id, position, author_id, name_key, and `papers`: arxiv_id, title, abstract, year.
    """

    mentions: pl.DataFrame
    lists: pl.DataFrame
    papers: pl.DataFrame


def needs_a_look(corrections: Corrections) -> pl.Expr:
    """Whether a name's mentions must be compared: several, of a name that is not rare or is corrected."""
    key = pl.struct("arxiv_id", "position")
    is_corrected = key.is_in(corrections.mentions().implode()).any().over("author_id")
    return (pl.len().over("author_id") > 1) & ((pl.col("rarity") >= RARE) | is_corrected)


def join_mentions(facts: PersonFacts, corrections: Corrections, model: PersonModel) -> pl.DataFrame:
    """Every join of two clusters (author_id, absorbed mention, kept mention, pass, score).

    A mention is absorbed once at most: the oldest of a person never is.
    """
    closer = needs_a_look(corrections)
    ordered = facts.mentions.sort("author_id", "arxiv_id", "position").with_columns(closer.alias("closer"))
    simple = _join_rare(ordered.filter(~pl.col("closer")))
    compared = _compare(ordered.filter("closer"), facts, corrections, model)
    return pl.concat([simple, compared]).sort("arxiv_id", "position")


def _join_rare(ordered: pl.DataFrame) -> pl.DataFrame:
    first = pl.int_range(pl.len()).over("author_id") == 0
    return (
        ordered.with_columns(
            pl.col("arxiv_id").first().over("author_id").alias("joined_arxiv_id"),
            pl.col("position").first().over("author_id").alias("joined_position"),
            pl.lit("rare_name").cast(PERSON_PASSES).alias("joined_by"),
            pl.lit(RARE_NAME_SCORE).alias("score"),
            first.alias("first"),
        )
        .filter(~pl.col("first"))
        .select(list(_JOINS))
    )


def _compare(
    ordered: pl.DataFrame, facts: PersonFacts, corrections: Corrections, model: PersonModel
) -> pl.DataFrame:
    """The joins of names whose mentions must be compared."""
    papers = facts.papers.with_columns(pl.col("abstract").is_not_null().alias("has_abstract"))
    blocks = read_blocks(ordered, facts.lists, papers, model)
    same, apart = corrections.pairs_in(blocks.mentions)
    groups = Groups(blocks.mentions.height, apart)
    join_corrected(groups, same)
    is_rare = blocks.rarity < RARE
    for block in np.flatnonzero(is_rare):
        join_everybody(groups, int(blocks.starts[block]), int(blocks.starts[block + 1]))
    join_coauthors(groups, blocks, ~is_rare)
    for some in _undecided(blocks, groups.all_oldest(), is_rare):
        _join_by_model(groups, some_mentions(blocks, some), some, papers, model)
    mentions = blocks.mentions.select("arxiv_id", "position")
    joins = groups.joins()
    return pl.concat(
        [
            blocks.mentions[joins["absorbed"]],
            mentions[joins["kept"]].rename(lambda name: f"joined_{name}"),
            joins.select("joined_by", "score"),
        ],
        how="horizontal",
    )


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
    is_compared[largest_first] &= rank <= MOST_CLUSTERS
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


def assign_persons(mentions: pl.DataFrame, joins: pl.DataFrame) -> pl.DataFrame:
    """The oldest mention of each mention's person: author_id, arxiv_id, position, person_id, mention_id, confidence.

    `confidence` is the least probability among the joins of the person; 1 where there are none.
    """
    ids = mentions.select("author_id", "arxiv_id", "position").with_columns(
        mention_ids(mentions["arxiv_id"], mentions["position"]).alias("mention_id")
    )
    absorbed = ids.select("arxiv_id", "position", pl.col("mention_id").alias("absorbed"))
    kept = ids.select(
        pl.col("arxiv_id").alias("joined_arxiv_id"),
        pl.col("position").alias("joined_position"),
        pl.col("mention_id").alias("kept"),
    )
    keys = joins.join(absorbed, on=["arxiv_id", "position"]).join(
        kept, on=["joined_arxiv_id", "joined_position"]
    )
    persons = _oldest_of(
        keys.select(pl.col("absorbed").alias("mention_id"), pl.col("kept").alias("person_id"))
    )
    odds = keys.select(pl.col("absorbed").alias("mention_id"), "score").join(
        persons, on="mention_id", how="left"
    )
    confidence = odds.group_by("person_id").agg(pl.col("score").min())
    probability = 1 / (1 + (-pl.col("score").clip(-20, 20)).exp())
    return (
        ids.join(persons, on="mention_id", how="left")
        .with_columns(pl.coalesce("person_id", "mention_id").alias("person_id"))
        .join(confidence, on="person_id", how="left")
        .with_columns(probability.round(3).fill_null(1.0).alias("confidence"))
        .drop("score")
        .sort("arxiv_id", "position")
    )


def _oldest_of(absorbed: pl.DataFrame) -> pl.DataFrame:
    """Follow each mention_id to the one at the end of its chain of person_ids."""
    onward = absorbed.rename({"mention_id": "person_id", "person_id": "further"})
    while (absorbed["person_id"].is_in(onward["person_id"].implode())).any():
        absorbed = absorbed.join(onward, on="person_id", how="left").select(
            "mention_id", pl.coalesce("further", "person_id").alias("person_id")
        )
        onward = absorbed.rename({"mention_id": "person_id", "person_id": "further"})
    return absorbed
