"""Digests removed on request: their rows go, the papers that they listed are computed again without them."""

import polars as pl

from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.storage.frame_exchange import FrameExchange

_BROUGHT = ["digest_id", "load_id", "path", "sha256", "n_entries", "n_rejects", "n_lines"]


def without_forgotten(stated: pl.DataFrame, forgotten: pl.DataFrame) -> pl.DataFrame:
    """Digest statements that no later load forgets."""
    last = forgotten.group_by("digest_id").agg(pl.col("load_id").max().alias("last_forgotten"))
    return (
        stated.join(last, on="digest_id", how="left")
        .filter(pl.col("last_forgotten").is_null() | (pl.col("load_id") > pl.col("last_forgotten")))
        .drop("last_forgotten")
    )


def forget(bridge: FrameExchange, stated: pl.DataFrame, forgotten: pl.DataFrame) -> int:
    """Remove held digests that the packages forget; return how many digests they forget.

    Recorded are these and those that the very packages bring and forget again, as a rebuild meets them. The
    papers of the former are noted as `forsaken`, to be computed again.
    """
    if not forgotten.height:
        return 0
    bridge.put_temporary("to_forget", forgotten)
    bridge.connection.execute(
        """
        delete from to_forget where not exists (
            select 1 from digests
            where digests.digest_id = to_forget.digest_id and digests.load_id < to_forget.load_id
        )
        """
    )
    columns = ", ".join(_BROUGHT)
    held = bridge.take(
        f"select {columns} from digests semi join to_forget using (digest_id)",
        {name: WAREHOUSE_TABLES["digests"].columns()[name].dtype for name in _BROUGHT},
    )
    bridge.connection.execute(
        """
        insert into changed_digests select distinct digest_id from to_forget;
        insert into forsaken select arxiv_id from listings semi join to_forget using (digest_id);
        insert into forsaken select arxiv_id from repeats semi join to_forget using (digest_id);
        insert into forsaken select arxiv_id from answers semi join to_forget using (digest_id);
        delete from listings where digest_id in (select digest_id from to_forget);
        delete from repeats where digest_id in (select digest_id from to_forget);
        delete from answers where digest_id in (select digest_id from to_forget);
        delete from lookups where digest_id in (select digest_id from to_forget);
        delete from harvest_points where digest_id in (select digest_id from to_forget);
        delete from rejects where digest_id in (select digest_id from to_forget);
        delete from repairs where digest_id in (select digest_id from to_forget);
        delete from digests where digest_id in (select digest_id from to_forget);
        drop table to_forget;
        """
    )
    records = _forgotten_rows(pl.concat([held, stated.select(_BROUGHT)]), forgotten)
    bridge.insert("forgotten_digests", records)
    return records.height


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
