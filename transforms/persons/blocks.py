"""Mentions, author lists and texts of papers to one block of arrays per name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.persons.clusters import LONGEST_LIST, Block, Matrix, coauthor_weights
from paperhouse.transforms.persons.model import PersonModel
from paperhouse.transforms.persons.rarity import with_rarity
from paperhouse.transforms.persons.words import (
    Terms,
    similarities,
    text_words,
    topic_vectors,
    unit_terms,
    weigh_words,
)

_NOTHING: Matrix = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class NameMentions:
    """The mentions of one name in order of (arxiv_id, position): their keys, and a block that lacks its texts."""

    author_id: int
    keys: list[tuple[str, int]]
    block: Block


def mentions_by_name(
    mentions: pl.DataFrame, lists: pl.DataFrame, papers: pl.DataFrame, model: PersonModel
) -> Iterator[NameMentions]:
    """One `NameMentions` a name, in order of author_id.

    `mentions`: author_id, rarity, arxiv_id, position. `lists`: all author lists of their papers (arxiv_id, position,
    author_id, name_key). `papers`: arxiv_id, year, has_abstract.
    """
    lengths = lists.group_by("arxiv_id").agg(pl.col("position").max().alias("length"))
    ordered = (
        mentions.sort("author_id", "arxiv_id", "position")
        .join(lengths, on="arxiv_id", how="left", maintain_order="left")
        .join(
            papers.select("arxiv_id", "year", "has_abstract"),
            on="arxiv_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.int_range(pl.len()).over("author_id").alias("number"))
    )
    rarities = lists.select("author_id", "name_key").unique("author_id").pipe(with_rarity, model)
    known = (
        ordered.filter(pl.col("length") <= LONGEST_LIST)
        .select("author_id", "arxiv_id", "number")
        .join(lists.select("arxiv_id", pl.col("author_id").alias("coauthor")), on="arxiv_id", how="inner")
        .filter(pl.col("coauthor") != pl.col("author_id"))
        .join(rarities.select(pl.col("author_id").alias("coauthor"), "rarity"), on="coauthor", how="left")
        .select("author_id", "number", "coauthor", "rarity")
        .unique()
        .sort("author_id", "number", "coauthor")
    )
    edges = dict(_slices(known["author_id"]))
    for author_id, at in _slices(ordered["author_id"]):
        yield _name_mentions(
            author_id, ordered[at], known[edges[author_id]] if author_id in edges else known[:0]
        )


def _slices(sorted_ids: pl.Series) -> Iterator[tuple[int, slice]]:
    """Each value of a sorted column with the rows that have it."""
    runs = sorted_ids.rle().struct.unnest()
    start = 0
    for length, value in runs.select("len", "value").iter_rows():
        yield value, slice(start, start + length)
        start += length


def _name_mentions(author_id: int, mentions: pl.DataFrame, known: pl.DataFrame) -> NameMentions:
    n = mentions.height
    _, first, column = np.unique(known["coauthor"].to_numpy(), return_index=True, return_inverse=True)
    coauthors = np.zeros((n, max(1, len(first))), dtype=np.float32)
    coauthors[known["number"].to_numpy(), column] = 1
    rarities = known["rarity"].to_numpy()[first] if len(first) else np.zeros(1)
    length = mentions["length"].to_numpy()
    block = Block(
        rarity=float(mentions["rarity"][0]),
        years=mentions["year"].to_numpy().astype(np.float64),
        has_abstract=mentions["has_abstract"].to_numpy().astype(np.float64),
        n_coauthors=length.astype(np.float64) - 1,
        is_last=(mentions["position"].to_numpy() == length).astype(np.float64),
        coauthors=coauthors,
        weights=coauthor_weights(rarities),
        title=_NOTHING,
        text=_NOTHING,
        topic=_NOTHING,
    )
    return NameMentions(author_id, list(mentions.select("arxiv_id", "position").iter_rows()), block)


@dataclass(frozen=True, slots=True)
class Texts:
    """What the texts of some papers say: `row` of each arxiv_id, words of titles, words of all, topics."""

    row: dict[str, int]
    titles: Terms
    texts: Terms
    topics: NDArray[np.float32]


def read_texts(papers: pl.DataFrame, model: PersonModel) -> Texts:
    """The texts of `papers` (arxiv_id, title, abstract); a title counts twice."""
    ordered = papers.sort("arxiv_id")
    titles = text_words(ordered["title"])
    abstracts = text_words(ordered["abstract"].fill_null(""))
    both = pl.concat([titles, titles, abstracts]).group_by("paper", "word").agg(pl.col("n").sum())
    texts = unit_terms(weigh_words(both, model), ordered.height)
    return Texts(
        row={arxiv_id: row for row, arxiv_id in enumerate(ordered["arxiv_id"].to_list())},
        titles=unit_terms(weigh_words(titles, model), ordered.height),
        texts=texts,
        topics=topic_vectors(texts, model),
    )


def with_texts(name: NameMentions, texts: Texts) -> NameMentions:
    """The name with the similarities between its mentions' texts."""
    rows = np.array([texts.row[arxiv_id] for arxiv_id, _ in name.keys], dtype=np.int64)
    topics = texts.topics[rows]
    block = replace(
        name.block,
        title=similarities(texts.titles, rows),
        text=similarities(texts.texts, rows),
        topic=topics @ topics.T,
    )
    return replace(name, block=block)
