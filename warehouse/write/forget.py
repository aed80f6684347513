"""Digests removed on request: their rows go, the papers that they listed are computed again without them."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.write.changed_keys import ChangedKeys, changed_keys
from paperhouse.warehouse.write.digests import papers_of_digests

_BROUGHT: Final = ["digest_id", "load_id", "path", "sha256", "n_entries", "n_rejects", "n_lines"]
_TABLES_OF_DIGESTS: Final = (
    "listings",
    "repeats",
    "answers",
    "lookups",
    "harvest_points",
    "rejects",
    "repairs",
    "digests",
)


def without_forgotten(stated: pl.DataFrame, forgotten: pl.DataFrame) -> pl.DataFrame:
    """Digest statements that no later load forgets."""
    last = forgotten.group_by("digest_id").agg(pl.col("load_id").max().alias("last_forgotten"))
    return (
        stated.join(last, on="digest_id", how="left")
        .filter(pl.col("last_forgotten").is_null() | (pl.col("load_id") > pl.col("last_forgotten")))
        .drop("last_forgotten")
    )


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Digests that packages forget: how many, the keys of those that were held, and the papers that they listed."""

    n_digests: int
    changed: ChangedKeys
    arxiv_ids: pl.DataFrame


def forget(exchange: FrameExchange, stated: pl.DataFrame, forgotten: pl.DataFrame) -> Forgotten:
    """Remove held digests that the packages forget; the papers that they listed must be computed again.

    Counted and recorded are these and those that the very packages bring and forget again, as a rebuild meets them.
    """
    if not forgotten.height:
        return Forgotten(0, changed_keys(), papers_of_digests(exchange, forgotten))
    columns = ", ".join(f"digests.{name}" for name in _BROUGHT)
    with exchange.lend(forgotten) as named:
        held = exchange.take(
            f"select distinct {columns} from digests join {named} as named using (digest_id) "
            "where digests.load_id < named.load_id",
            {name: WAREHOUSE_TABLES["digests"].columns()[name].dtype for name in _BROUGHT},
        )
    arxiv_ids = papers_of_digests(exchange, held)
    with exchange.lend(held.select("digest_id")) as gone:
        for table in _TABLES_OF_DIGESTS:
            exchange.connection.execute(
                f"delete from {table} where digest_id in (select digest_id from {gone})"
            )
    records = _forgotten_rows(pl.concat([held, stated.select(_BROUGHT)]), forgotten)
    exchange.insert("forgotten_digests", records)
    return Forgotten(records.height, changed_keys(digest_id=[held]), arxiv_ids)


def _forgotten_rows(brought: pl.DataFrame, forgotten: pl.DataFrame) -> pl.DataFrame:
    """Rows of `forgotten_digests`: each time that a digest was brought in and forgotten again.

    A load that meets a digest which is there already brings nothing but, perhaps, a smaller place: of the loads
    before a forgetting, and after the one before that, the first counts, and of their places the smallest.
    """
    is_absolute = pl.col("path").str.starts_with("/")
    return (
        forgotten.join(brought, on="digest_id", how="inner", suffix="_brought")
        .filter(pl.col("load_id_brought") < pl.col("load_id"))
        .filter(pl.col("load_id") == pl.col("load_id").min().over("digest_id", "load_id_brought"))
        .with_columns(
            pl.col("load_id_brought").min().over("digest_id", "load_id").alias("brought_by_load_id")
        )
        .sort("digest_id", "load_id", is_absolute, "path")
        .unique(["digest_id", "load_id"], keep="first", maintain_order=True)
        .select(list(WAREHOUSE_TABLES["forgotten_digests"].columns()))
    )
