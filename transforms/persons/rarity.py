"""How many persons one would expect behind a name key, from how often its parts occur in other keys."""

from typing import Final

import polars as pl

from paperhouse.transforms.persons.model import PersonModel

RARE: Final = -6.0
"""Below this all mentions of a name are one person: two of them are, with probability 0.998."""
_ONE_WORD: Final = 2.0
"""A name of one word says as little as the most common of two."""
_N_LETTERS: Final = 26.0


def with_rarity(names: pl.DataFrame, model: PersonModel) -> pl.DataFrame:
    """Add `rarity` to names (author_id, name_key): ln((n_surname + 0.5)(n_given + 0.5) / n_keys).

    Where all given names are initials, everybody counts whose name begins with the first of them.
    """
    parts = names.with_columns(pl.col("name_key").str.split(" ").alias("parts")).with_columns(
        pl.col("parts").list.last().alias("surname"),
        pl.col("parts").list.head(pl.col("parts").list.len() - 1).alias("first"),
    )
    is_initials = pl.col("first").list.eval(pl.element().str.len_chars() == 1).list.all()
    counted = (
        parts.with_columns(
            pl.col("first").list.join(" ").alias("given"),
            pl.when(is_initials).then(pl.col("first").list.first()).alias("initial"),
        )
        .join(_counts(model, "surname"), on="surname", how="left")
        .join(_counts(model, "given"), on="given", how="left")
        .join(_counts(model, "initial"), on="initial", how="left")
    )
    n_initials = pl.col("n_initial").fill_null(0) / _N_LETTERS ** (
        pl.col("parts").list.len().cast(pl.Int32) - 2
    )
    n_given = pl.max_horizontal(pl.col("n_given").fill_null(0), n_initials)
    rarity = ((pl.col("n_surname").fill_null(0) + 0.5) * (n_given + 0.5) / model.n_keys).log().round(4)
    return counted.select(
        *names.columns,
        pl.when(pl.col("parts").list.len() < 2).then(_ONE_WORD).otherwise(rarity).alias("rarity"),  # noqa: PLR2004
    )


def _counts(model: PersonModel, kind: str) -> pl.DataFrame:
    return model.names.filter(pl.col("kind") == kind).select(
        pl.col("part").alias(kind), pl.col("n").alias(f"n_{kind}")
    )


def count_name_parts(keys: pl.Series) -> pl.DataFrame:
    """The table of name parts (kind, part, n) over distinct name keys."""
    parts = (
        pl.DataFrame({"key": keys.unique()})
        .with_columns(pl.col("key").str.split(" ").alias("parts"))
        .filter(pl.col("parts").list.len() > 1)
        .select(
            pl.col("parts").list.last().alias("surname"),
            pl.col("parts").list.head(pl.col("parts").list.len() - 1).list.join(" ").alias("given"),
            pl.col("key").str.slice(0, 1).alias("initial"),
        )
    )
    return pl.concat(
        parts.group_by(pl.col(kind).alias("part"))
        .agg(pl.len().cast(pl.UInt32).alias("n"))
        .sort("part")
        .select(pl.lit(kind).alias("kind"), "part", "n")
        for kind in ("surname", "given", "initial")
    )
