"""Digests that packages state: new ones come in, known ones may get a smaller place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from paperhouse.transforms.digests.statements import PLACE_COLUMNS
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.packages import Package
from paperhouse.warehouse.write.changed_keys import ChangedKeys, changed_keys
from paperhouse.warehouse.write.current_facts import digest_facts_schema

TABLES_BESIDE_ENTRIES: Final = ("rejects", "repairs", "lookups", "harvest_points")
"""What packages state of a digest beside its entries."""
_PLACE: Final = ["digest_id", *PLACE_COLUMNS]
_FILLED: Final = {
    ("lookups", "door"): """coalesce(
        stated.door,
        case
            when new_digests.format = 'arxiv_api' then 'query_api'
            when stated.outcome = 'withdrawn' then 'arXivRaw'
        end
    )"""
}
"""What rows say in a column that their package is too old to have; any other column is null there."""


@dataclass(frozen=True, slots=True)
class AddedDigests:
    """Digests that came in, with the facts that decide what an entry counts for, and ids of those that moved.

    `n_lines_accounted` are the lines of entries, rejects and furniture.
    """

    new: pl.DataFrame
    moved: pl.DataFrame
    n_entries: int
    n_rejects: int
    n_lines: int
    n_lines_accounted: int

    @property
    def changed(self) -> ChangedKeys:
        """Keys of the digests whose rows were written."""
        return changed_keys(digest_id=[self.new, self.moved])


def add_digests(exchange: FrameExchange, stated: pl.DataFrame) -> AddedDigests:
    """Insert the stated digests that are new, and give known ones the smallest place."""
    first = stated.sort("digest_id", "load_id").unique("digest_id", keep="first", maintain_order=True)
    held = _held_places(exchange, first)
    places = _smallest_places(pl.concat([stated.select(_PLACE), held]))
    new = first.join(held, on="digest_id", how="anti").drop(PLACE_COLUMNS).join(places, on="digest_id")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_held")) for name in PLACE_COLUMNS)
    moved = places.join(held, on="digest_id", suffix="_held").filter(differs).select(_PLACE)
    if moved.height:
        _move(exchange, moved)
    exchange.insert("digests", new.sort("digest_id"))
    lines = ("n_entry_lines", "n_reject_lines", "n_furniture_lines")
    return AddedDigests(
        new=new.select("digest_id", *digest_facts_schema()),
        moved=moved.select("digest_id"),
        n_entries=int(new["n_entries"].sum()),
        n_rejects=int(new["n_rejects"].sum()),
        n_lines=int(new["n_lines"].sum()),
        n_lines_accounted=sum(int(new[name].sum()) for name in lines),
    )


def _held_places(exchange: FrameExchange, digests: pl.DataFrame) -> pl.DataFrame:
    """Places that the warehouse has for these digests, as far as it knows them."""
    columns = WAREHOUSE_TABLES["digests"].columns()
    names = ", ".join(f"digests.{name}" for name in _PLACE)
    with exchange.lend(digests.select("digest_id")) as stated:
        return exchange.take(
            f"select {names} from digests semi join {stated} using (digest_id)",
            {name: columns[name].dtype for name in _PLACE},
        )


def _smallest_places(places: pl.DataFrame) -> pl.DataFrame:
    """Per digest the place that goes before the others, as `place_order` has it."""
    is_absolute = pl.col("path").str.starts_with("/")
    return places.sort("digest_id", is_absolute, *PLACE_COLUMNS, nulls_last=True).unique(
        "digest_id", keep="first", maintain_order=True
    )


def _move(exchange: FrameExchange, places: pl.DataFrame) -> None:
    sets = ", ".join(f"{name} = moved.{name}" for name in PLACE_COLUMNS)
    with exchange.lend(places) as moved:
        exchange.connection.execute(
            f"update digests set {sets} from {moved} as moved where moved.digest_id = digests.digest_id"
        )


def papers_of_digests(exchange: FrameExchange, digests: pl.DataFrame) -> pl.DataFrame:
    """Papers (arxiv_id) that these digests list, repeat or answer, each once."""
    schema = {"arxiv_id": pl.String()}
    if not digests.height:
        return pl.DataFrame(schema=schema)
    with exchange.lend(digests.select("digest_id")) as wanted:
        query = f"""
            select distinct arxiv_id
            from (from listings union all by name from repeats union all by name from answers)
            semi join {wanted} using (digest_id)
            order by arxiv_id
        """
        return exchange.take(query, schema)


def copy_rows_beside_entries(
    exchange: FrameExchange, packages: Sequence[Package], digests: pl.DataFrame
) -> None:
    """Copy what the packages state of these new digests beside their entries."""
    with exchange.lend(digests) as new_digests:
        for table in TABLES_BESIDE_ENTRIES:
            files = [path for package in packages for path in package.files(table)]
            if files:
                listed = ", ".join(quoted_text(str(path)) for path in files)
                exchange.connection.execute(_copy_statement(table, listed, len(files), new_digests))


def _copy_statement(table: str, listed: str, n_files: int, new_digests: str) -> str:
    """Copy rows straight from package files, each key once.

    A digest stands in several files if several loads read it, or one load in several batches.
    """
    key = ", ".join(name for name, column in WAREHOUSE_TABLES[table].columns().items() if column.primary_key)
    columns = ", ".join(
        f"{_FILLED.get((table, name), f'stated.{quoted_name(name)}')} as {quoted_name(name)}"
        for name in WAREHOUSE_TABLES[table].columns()
    )
    once = (
        f"qualify row_number() over (partition by {key} order by stated.filename) = 1" if n_files > 1 else ""
    )
    # The table itself, without its rows: packages of an older schema lack some of its columns.
    return f"""
        insert into {table}
        select {columns}
        from (
            (from {table} limit 0)
            union all by name
            (from read_parquet([{listed}], filename = true, union_by_name = true))
        ) as stated
        join {new_digests} as new_digests using (digest_id)
        {once} order by {key}
    """
