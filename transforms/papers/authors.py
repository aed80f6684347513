"""Author lists to `paper_authors`, and all mentions of an author to one row of `authors`."""

import polars as pl

from paperhouse.transforms.keys import stable_ids
from paperhouse.transforms.papers.author_names import author_ids, name_key, spelling_rank

_PLAIN = r"^[a-z]+(?:[ '-][a-z]+)*$"
"""Names that are their own key once they are lowered."""


def paper_author_rows(records: pl.DataFrame) -> pl.DataFrame:
    """One row per paper and position; `records` has arxiv_id and authors (list). Repeated names stay."""
    mentions = (
        records.select("arxiv_id", pl.col("authors").alias("name_as_written"))
        .with_columns(
            pl.int_ranges(1, pl.col("name_as_written").list.len() + 1, dtype=pl.UInt32).alias("position")
        )
        .filter(pl.col("name_as_written").list.len() > 0)
        .explode("name_as_written", "position")
    )
    names = mentions["name_as_written"].unique()
    keys = pl.DataFrame(
        {"name_as_written": names, "author_id": author_ids(name_keys(names))},
        schema={"name_as_written": pl.String, "author_id": pl.Int64},
    )
    # Each mention is a person of its own until the mentions of its name are compared.
    return (
        mentions.with_columns(mention_ids(mentions["arxiv_id"], mentions["position"]))
        .join(keys, on="name_as_written", how="left")
        .sort("arxiv_id", "position")
    )


def mention_ids(arxiv_ids: pl.Series, positions: pl.Series) -> pl.Series:
    """The person id that each mention gives to the person whose oldest mention it is."""
    keys = [
        f"{arxiv_id}:{position}"
        for arxiv_id, position in zip(arxiv_ids.to_list(), positions.to_list(), strict=True)
    ]
    return pl.Series("person_id", stable_ids(keys), dtype=pl.Int64)


def name_keys(names: pl.Series) -> list[str]:
    """`name_key` of each name; four in five are plain letters, which are only lowered."""
    lowered = names.str.to_lowercase()
    is_plain = lowered.str.contains(_PLAIN)
    return [
        low if plain else name_key(name)
        for name, low, plain in zip(names.to_list(), lowered.to_list(), is_plain.to_list(), strict=True)
    ]


def author_rows(mentions: pl.DataFrame) -> pl.DataFrame:
    """Rows of `authors` from all mentions of these authors, sorted by author_id.

    `mentions`: arxiv_id, author_id, name_as_written and the paper's first_listed_date and last_listed_date.
    The display name is the most frequent spelling, then the one with more information, then alphabetical.
    """
    summed = mentions.group_by("author_id").agg(
        pl.col("arxiv_id").n_unique().cast(pl.UInt32).alias("n_papers"),
        pl.col("first_listed_date").min(),
        pl.col("last_listed_date").max(),
    )
    names = _display_names(mentions)
    keys = pl.Series("name_key", name_keys(names["name"]), dtype=pl.String)
    return summed.join(names.with_columns(keys), on="author_id", how="inner").sort("author_id")


def _display_names(mentions: pl.DataFrame) -> pl.DataFrame:
    spellings = mentions.group_by("author_id", pl.col("name_as_written").alias("name")).len()
    is_only = pl.len().over("author_id") == 1
    rivals = spellings.filter(~is_only)
    ranks = pl.Series(
        "information", [spelling_rank(name) for name in rivals["name"].to_list()], dtype=pl.Int64
    )
    chosen = (
        rivals.with_columns(ranks)
        .sort("author_id", "len", "information", "name", descending=[False, True, True, False])
        .unique("author_id", keep="first", maintain_order=True)
    )
    return pl.concat(
        [spellings.filter(is_only).select("author_id", "name"), chosen.select("author_id", "name")]
    )
