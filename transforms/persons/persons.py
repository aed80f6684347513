"""All mentions of some names to persons: who is one, why, and under which id."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from paperhouse.transforms.papers.authors import mention_ids
from paperhouse.transforms.persons.blocks import NameMentions, mentions_by_name, read_texts, with_texts
from paperhouse.transforms.persons.corrections import Corrections
from paperhouse.transforms.persons.model import PersonModel
from paperhouse.transforms.persons.passes import (
    Groups,
    join_by_model,
    join_coauthors,
    join_corrected,
    join_everybody,
)
from paperhouse.transforms.persons.rarity import RARE
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
RARE_NAME_SCORE = 5.0
"""Log-odds that two mentions of a rare name are one person's, at the least: 0.993."""
_MENTIONS_PER_PART = 20_000


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
    compared = list(_compare(ordered.filter("closer"), facts, corrections, model))
    rows = pl.DataFrame(compared, schema=_JOINS, orient="row")
    return pl.concat([simple, rows]).sort("arxiv_id", "position")


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
) -> Iterator[tuple[int, str, int, str, int, str, float]]:
    papers = facts.papers.with_columns(pl.col("abstract").is_not_null().alias("has_abstract"))
    undecided: list[tuple[NameMentions, Groups]] = []
    n_waiting = 0
    for name in mentions_by_name(ordered, facts.lists, papers, model):
        groups = corrections.groups_of(name.keys)
        join_corrected(groups, corrections.same_in(name.keys))
        if name.block.rarity < RARE:
            join_everybody(groups, RARE_NAME_SCORE)
        else:
            join_coauthors(groups, name.block)
            if len(groups.members) > 1:
                undecided.append((name, groups))
                n_waiting += len(name.keys)
                if n_waiting > _MENTIONS_PER_PART:
                    yield from _decide(undecided, papers, model)
                    undecided, n_waiting = [], 0
                continue
        yield from _rows(name, groups)
    yield from _decide(undecided, papers, model)


def _decide(
    undecided: list[tuple[NameMentions, Groups]], papers: pl.DataFrame, model: PersonModel
) -> Iterator[tuple[int, str, int, str, int, str, float]]:
    waiting = sorted({arxiv_id for name, _ in undecided for arxiv_id, _ in name.keys})
    named = pl.DataFrame({"arxiv_id": waiting}, schema={"arxiv_id": pl.String})
    texts = read_texts(papers.join(named, on="arxiv_id", how="semi"), model)
    for name, groups in undecided:
        full = with_texts(name, texts)
        join_by_model(groups, full.block, model)
        yield from _rows(name, groups)


def _rows(name: NameMentions, groups: Groups) -> Iterator[tuple[int, str, int, str, int, str, float]]:
    for join in groups.joins:
        yield (name.author_id, *name.keys[join.absorbed], *name.keys[join.kept], join.by, join.score)


def assign_persons(mentions: pl.DataFrame, joins: pl.DataFrame) -> pl.DataFrame:
    """The oldest mention of each mention's person: author_id, arxiv_id, position, person_id, mention_id, confidence.

    `confidence` is the least probability among the joins of the person; 1 where there are none.
    """
    ids = mentions.select("author_id", "arxiv_id", "position").with_columns(
        mention_ids(mentions["arxiv_id"], mentions["position"]).alias("mention_id")
    )
    keys = joins.with_columns(
        mention_ids(joins["arxiv_id"], joins["position"]).alias("absorbed"),
        mention_ids(joins["joined_arxiv_id"], joins["joined_position"]).alias("kept"),
    )
    parent = dict(keys.select("absorbed", "kept").iter_rows())
    roots = {absorbed: _root(parent, absorbed) for absorbed in parent}
    persons = pl.DataFrame(
        {"mention_id": list(roots), "person_id": list(roots.values())},
        schema={"mention_id": pl.Int64, "person_id": pl.Int64},
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


def _root(parent: dict[int, int], mention: int) -> int:
    while mention in parent:
        mention = parent[mention]
    return mention
