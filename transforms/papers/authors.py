"""Author lists to `paper_authors`, and all mentions of an author to one row of `authors`."""

import polars as pl

from paperhouse.transforms.papers.author_names import name_key, spelling_rank
from paperhouse.transforms.papers.text_ids import text_ids

_PLAIN = r"^[a-z]+(?:[ '-][a-z]+)*$"
"""Names that are their own key once they are lowered."""


def paper_author_rows(records: pl.DataFrame) -> pl.DataFrame:
    """One row per paper and position; `records` has arxiv_id and authors (list). Repeated names stay."""
    mentions = (
        records.select("arxiv_id", pl.col("authors").alias("name_as_written"))
        .filter(pl.col("name_as_written").list.len() > 0)
        .sort("arxiv_id")
        .with_columns(
            pl.int_ranges(1, pl.col("name_as_written").list.len() + 1, dtype=pl.UInt32).alias("position")
        )
        .explode("name_as_written", "position")
    )
    names = mentions["name_as_written"].unique()
    keys = pl.DataFrame([names, text_ids(name_keys(names)).alias("author_id")])
    # Each mention is a person of its own until the mentions of its name are compared.
    return mentions.with_columns(mention_ids(mentions["arxiv_id"], mentions["position"])).join(
        keys, on="name_as_written", how="left", maintain_order="left"
    )


def mention_ids(arxiv_ids: pl.Series, positions: pl.Series) -> pl.Series:
    """The person id that each mention gives to the person whose oldest mention it is."""
    places = pl.DataFrame([arxiv_ids.alias("arxiv_id"), positions.alias("position")])
    return text_ids(places.select(pl.format("{}:{}", "arxiv_id", "position").alias("person_id")).to_series())


def name_keys(names: pl.Series) -> pl.Series:
    """`name_key` of each name; four in five are plain letters, which are only lowered."""
    lowered = names.str.to_lowercase()
    is_plain = lowered.str.contains(_PLAIN)
    others = names.filter(~is_plain)
    keys = pl.Series([name_key(name) for name in others.to_list()], dtype=pl.String)
    return lowered.scatter((~is_plain).arg_true(), keys)


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
    keys = name_keys(names["name"]).alias("name_key")
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
