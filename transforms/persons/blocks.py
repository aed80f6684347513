"""Mentions, author lists and texts of papers to arrays over the mentions of many names."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.persons.model import Floats, PersonModel
from paperhouse.transforms.persons.rarity import with_rarity

Numbers = NDArray[np.int64]

LONGEST_LIST: Final = 50
"""Lists over so many names say nothing about who knows whom."""
MOST_PAIRED: Final = 100
"""Of the mentions that share a co-author each is paired with so many that follow: in thousands all hang together."""
_PAIRS_AT_A_TIME: Final = 4_000_000
_NO_PAIRS: Final = pl.DataFrame(
    schema={"left": pl.Int64, "right": pl.Int64, "n": pl.UInt32, "weight": pl.Int64, "rarest": pl.Int64}
)
UNIT: Final = 1000
"""Weights are whole thousandths: their sums are exact, and so the same in any order and among any others."""


@dataclass(frozen=True, slots=True)
class SharedCoauthors:
    """Pairs of mentions of one name (`left` < `right`) whose lists share names.

    `n` names, together of `weight`, the rarest of `rarest`, in thousandths: the rarer a name, the more it tells.
    """

    left: Numbers
    right: Numbers
    n: Floats
    weight: Floats
    rarest: Floats


@dataclass(frozen=True, slots=True)
class Blocks:
    """The mentions of names, numbered in order of (author_id, arxiv_id, position).

    Block `b` is one name: the mentions from `starts[b]` up to `starts[b + 1]`, of rarity `rarity[b]`. The other
    arrays have one entry a mention; `mentions` are author_id, arxiv_id, position.
    """

    mentions: pl.DataFrame
    starts: Numbers
    rarity: Floats
    years: Floats
    has_abstract: Floats
    n_coauthors: Floats
    is_last: Floats
    shared: SharedCoauthors

    @property
    def sizes(self) -> Numbers:
        """Mentions of each block."""
        return np.diff(self.starts)

    @property
    def block(self) -> Numbers:
        """The block of each mention."""
        return np.repeat(np.arange(len(self.rarity)), self.sizes)


def read_blocks(
    mentions: pl.DataFrame, lists: pl.DataFrame, names: pl.DataFrame, papers: pl.DataFrame, model: PersonModel
) -> Blocks:
    """One block a name, in order of author_id.

    `mentions`: author_id, rarity, arxiv_id, position. `lists`: who is in the author lists of their papers (arxiv_id,
    author_id), at least those whose name_key `names` has. `papers`: arxiv_id, year, has_abstract, n_authors.
    """
    numbered = papers.select("arxiv_id", "year", "has_abstract", "n_authors").with_row_index("paper")
    ordered = (
        mentions.sort("author_id", "arxiv_id", "position")
        .join(numbered, on="arxiv_id", how="left", maintain_order="left")
        .with_row_index("number")
    )
    sizes = ordered["author_id"].rle().struct.field("len").to_numpy()
    starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    n_authors = ordered["n_authors"].to_numpy()
    return Blocks(
        mentions=ordered.select("author_id", "arxiv_id", "position"),
        starts=starts,
        rarity=ordered["rarity"].to_numpy()[starts[:-1]],
        years=ordered["year"].to_numpy().astype(np.float64),
        has_abstract=ordered["has_abstract"].to_numpy().astype(np.float64),
        n_coauthors=n_authors.astype(np.float64) - 1,
        is_last=(ordered["position"].to_numpy() == n_authors).astype(np.float64),
        shared=_shared_coauthors(
            ordered.filter(pl.col("n_authors") <= LONGEST_LIST).select("author_id", "paper", "number"),
            lists.join(numbered, on="arxiv_id").select("paper", pl.col("author_id").alias("coauthor")),
            names,
            model,
        ),
    )


def _shared_coauthors(
    mentions: pl.DataFrame, lists: pl.DataFrame, names: pl.DataFrame, model: PersonModel
) -> SharedCoauthors:
    met = (
        mentions.lazy()
        .join(lists.lazy(), on="paper")
        .filter(pl.col("coauthor") != pl.col("author_id"))
        .unique(["number", "coauthor"])
        .filter(pl.len().over("author_id", "coauthor") > 1)
        .select("author_id", "coauthor", "number")
        .sort("author_id", "coauthor", "number")
        .collect()
    )
    shared = names.filter(pl.col("author_id").is_in(met["coauthor"].unique().implode()))
    told = (pl.lit(3.0) - pl.col("rarity")).clip(0.3, 10.0)
    weights = with_rarity(shared, model).select(
        pl.col("author_id").alias("coauthor"), (told * UNIT).round().cast(pl.Int64).alias("weight")
    )
    known = met.join(weights, on="coauthor", maintain_order="left")
    sizes = (
        known.select(pl.struct("author_id", "coauthor").rle().struct.field("len"))
        .to_series()
        .to_numpy()
        .astype(np.int64)
    )
    n_after = np.minimum(np.repeat(np.cumsum(sizes), sizes) - np.arange(known.height) - 1, MOST_PAIRED)
    starts = _parts_of_names(known["author_id"].to_numpy(), n_after)
    number, weight = known["number"].to_numpy().astype(np.int64), known["weight"].to_numpy()
    parts = [
        _sums_of_pairs(number[at], weight[at], n_after[at])
        for at in (slice(*ends) for ends in pairwise(starts))
    ]
    pairs = pl.concat([_NO_PAIRS, *parts]).sort("left", "right")
    return SharedCoauthors(
        left=pairs["left"].to_numpy(),
        right=pairs["right"].to_numpy(),
        n=pairs["n"].to_numpy().astype(np.float64),
        weight=pairs["weight"].to_numpy().astype(np.float64),
        rarest=pairs["rarest"].to_numpy().astype(np.float64),
    )


def _parts_of_names(author_ids: Numbers, n_after: Numbers) -> list[int]:
    """Where to divide rows in order of author_id so that a part has about so many pairs, and each name is in one."""
    n_before = np.concatenate([[0], np.cumsum(n_after)])
    starts = [0]
    for end in (np.flatnonzero(np.diff(author_ids)) + 1).tolist():
        if n_before[end] - n_before[starts[-1]] >= _PAIRS_AT_A_TIME:
            starts.append(end)
    return [*starts, len(author_ids)]


def _sums_of_pairs(number: Numbers, weight: Numbers, n_after: Numbers) -> pl.DataFrame:
    """Pairs of mentions (left, right) with `n`, `weight` and `rarest`: each row with the `n_after` that follow."""
    left = np.repeat(np.arange(len(number)), n_after)
    right = left + 1 + ragged(n_after)
    return (
        pl.DataFrame({"left": number[left], "right": number[right], "weight": weight[left]})
        .group_by("left", "right")
        .agg(pl.len().alias("n"), pl.col("weight").sum(), pl.col("weight").max().alias("rarest"))
    )


def ragged(lengths: Numbers) -> Numbers:
    """0, 1, 2 ... up to each of the lengths, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths, lengths)


def some_mentions(blocks: Blocks, numbers: Numbers) -> Blocks:
    """The blocks with only these mentions, which are numbered anew; blocks without any fall out."""
    new = np.full(blocks.mentions.height, -1, dtype=np.int64)
    new[numbers] = np.arange(len(numbers))
    present, sizes = np.unique(blocks.block[numbers], return_counts=True)
    shared = blocks.shared
    kept = (new[shared.left] >= 0) & (new[shared.right] >= 0)
    return Blocks(
        mentions=blocks.mentions[numbers],
        starts=np.concatenate([[0], np.cumsum(sizes)]),
        rarity=blocks.rarity[present],
        years=blocks.years[numbers],
        has_abstract=blocks.has_abstract[numbers],
        n_coauthors=blocks.n_coauthors[numbers],
        is_last=blocks.is_last[numbers],
        shared=SharedCoauthors(
            left=new[shared.left[kept]],
            right=new[shared.right[kept]],
            n=shared.n[kept],
            weight=shared.weight[kept],
            rarest=shared.rarest[kept],
        ),
    )
