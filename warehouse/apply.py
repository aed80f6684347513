"""Load packages applied to an open warehouse: only the papers and authors that they concern are recomputed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from transforms.authors import author_rows
from transforms.paper_tables import PAPER_TABLES, build_paper_tables, links_in_text, with_note_ids
from transforms.papers import PaperFacts
from transforms.tables import WAREHOUSE_TABLES
from warehouse.ddl import quoted_name, quoted_text
from warehouse.held import held_facts, held_mentions, held_papers, touch
from warehouse.packages import Package, scan_table

LISTINGS_PER_PART = 150_000
"""Listings whose papers are recomputed at a time: what memory holds, whatever the load's size."""
MENTIONS_PER_PART = 2_000_000
"""Author mentions that are counted at a time."""

_UNCHANGING = ("n_listings", "n_variants", "first_listed_date", "last_listed_date")


@dataclass(slots=True)
class Changes:
    """What packages changed: counts of digests, entries, rejects, lines, papers and authors."""

    n_digests: int = 0
    n_entries: int = 0
    n_rejects: int = 0
    n_lines: int = 0
    n_papers_new: int = 0
    n_papers_changed: int = 0
    n_authors_new: int = 0


def apply_packages(
    connection: duckdb.DuckDBPyConnection,
    packages: Sequence[Package],
    known_categories: frozenset[str],
    scratch: Path,
) -> Changes:
    """Bring everything that the packages state into the warehouse, in the caller's transaction.

    Digests that the warehouse already holds add nothing but, perhaps, a smaller path. `scratch` is an existing
    folder for Parquet files on their way into DuckDB. The `loads` rows are left to the caller.
    """
    changes = _add_digests(connection, packages)
    listings = _new_listings(connection, packages)
    for arxiv_ids in _parts(listings):
        _recompute_papers(connection, packages, listings, arxiv_ids, known_categories, scratch, changes)
    _copy_new_rows(connection, packages, "listings")
    _copy_new_rows(connection, packages, "rejects")
    _copy_new_rows(connection, packages, "repairs")
    changes.n_authors_new = _recompute_authors(connection, scratch)
    return changes


def _add_digests(connection: duckdb.DuckDBPyConnection, packages: Sequence[Package]) -> Changes:
    """Insert digests that are new (temp table `new_digests`) and give known ones the smaller path."""
    stated = scan_table(packages, "digests").collect()
    first = stated.sort("digest_id", "load_id").unique("digest_id", keep="first", maintain_order=True)
    places = stated.sort("digest_id", "path", "source", nulls_last=True).unique(
        "digest_id", keep="first", maintain_order=True
    )
    digests = first.drop("path", "source").join(
        places.select("digest_id", "path", "source"), on="digest_id", how="left"
    )
    connection.register("stated_digests", digests.to_arrow())
    connection.execute(
        """
        create or replace temp table new_digests as
        select digest_id from stated_digests anti join digests using (digest_id);
        update digests set path = stated.path, source = stated.source
        from stated_digests as stated
        where stated.digest_id = digests.digest_id and stated.path < digests.path;
        insert into digests by name
        select stated_digests.* from stated_digests semi join new_digests using (digest_id) order by digest_id;
        """
    )
    connection.unregister("stated_digests")
    new = connection.sql(
        """
        select
            count(*) as n_digests,
            coalesce(sum(n_entries), 0) as n_entries,
            coalesce(sum(n_rejects), 0) as n_rejects,
            coalesce(sum(n_lines), 0) as n_lines
        from digests semi join new_digests using (digest_id)
        """
    ).fetchone()
    assert new is not None  # noqa: S101 - an aggregate always gives one row
    return Changes(*(int(count) for count in new))


def _new_listings(connection: duckdb.DuckDBPyConnection, packages: Sequence[Package]) -> pl.DataFrame:
    """Listings of the new digests with digest_date, each (digest_id, position) once, sorted by arxiv_id."""
    new = connection.sql(
        "select digest_id, digest_date from digests semi join new_digests using (digest_id)"
    ).pl()
    return (
        scan_table(packages, "listings")
        .join(new.lazy(), on="digest_id", how="inner")
        .unique(["digest_id", "position"])
        .sort("arxiv_id", "digest_id", "position")
        .collect()
    )


def _parts(listings: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Distinct arxiv_ids of the listings, in ranges of at most `LISTINGS_PER_PART` listings."""
    for start in range(0, listings.height, LISTINGS_PER_PART):
        part = listings[start : start + LISTINGS_PER_PART].select("arxiv_id").unique(maintain_order=True)
        if start and part["arxiv_id"][0] == listings["arxiv_id"][start - 1]:
            part = part[1:]
        if part.height:
            yield part


def _recompute_papers(  # noqa: PLR0913 - one step of apply_packages
    connection: duckdb.DuckDBPyConnection,
    packages: Sequence[Package],
    listings: pl.DataFrame,
    arxiv_ids: pl.DataFrame,
    known_categories: frozenset[str],
    scratch: Path,
    changes: Changes,
) -> None:
    touch(connection, arxiv_ids)
    stated = _stated_facts(packages, listings.join(arxiv_ids, on="arxiv_id", how="semi"), arxiv_ids)
    before = held_papers(connection)
    facts = _union(held_facts(connection), stated) if before.height else stated
    tables = build_paper_tables(facts, known_categories)
    _note_touched_authors(connection, tables["paper_authors"])
    for table in PAPER_TABLES:
        if before.height:
            connection.execute(f"delete from {table} where arxiv_id in (select arxiv_id from touched)")
        _insert(connection, table, tables[table], scratch)
    changes.n_papers_new += tables["papers"].height - before.height
    changes.n_papers_changed += _count_changed(before, tables["papers"])


def _stated_facts(packages: Sequence[Package], listings: pl.DataFrame, arxiv_ids: pl.DataFrame) -> PaperFacts:
    """What the packages' new digests state about these papers."""
    first, last = arxiv_ids["arxiv_id"].min(), arxiv_ids["arxiv_id"].max()
    stated_at = listings.select("digest_id", "position", pl.col("digest_date").alias("stated_date"))

    def scan(table: str) -> pl.LazyFrame:
        return scan_table(packages, table).filter(pl.col("arxiv_id").is_between(pl.lit(first), pl.lit(last)))

    def of_listings(table: str) -> pl.DataFrame:
        return scan(table).join(stated_at.lazy(), on=["digest_id", "position"], how="inner").collect()

    wordings = (
        scan("wordings")
        .join(listings.lazy().select("variant_id").unique(), on="variant_id", how="semi")
        .collect()
        .pipe(_each_wording_once)
    )
    particulars = (
        scan("particulars")
        .join(listings.lazy().select("particulars_id").unique(), on="particulars_id", how="semi")
        .unique("particulars_id")
        .collect()
    )
    links = of_listings("links").select("arxiv_id", "url", "kind")
    return PaperFacts(
        wordings=wordings,
        listings=listings,
        particulars=particulars,
        links=pl.concat([links, links_in_text(wordings, particulars)]),
        translations=of_listings("translations").select(
            "arxiv_id", "language", "title", "abstract", "stated_date"
        ),
        notes=with_note_ids(of_listings("notes")).select(list(WAREHOUSE_TABLES["paper_notes"].columns())),
    )


def _each_wording_once(wordings: pl.DataFrame) -> pl.DataFrame:
    """One row per variant; stated by arXiv if any source of it is arXiv."""
    return wordings.sort("variant_id", "source_kind").unique("variant_id", keep="first", maintain_order=True)


def _union(held: PaperFacts, stated: PaperFacts) -> PaperFacts:
    return PaperFacts(
        wordings=pl.concat([held.wordings, stated.wordings]).pipe(_each_wording_once),
        listings=pl.concat([held.listings, stated.listings.select(held.listings.columns)]),
        particulars=pl.concat([held.particulars, stated.particulars]).unique("particulars_id"),
        links=pl.concat([held.links, stated.links]),
        translations=pl.concat([held.translations, stated.translations]),
        notes=pl.concat([held.notes, stated.notes]),
    )


def _count_changed(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Papers of `before` whose canonical record is another one in `after`; being listed again is no change."""
    columns = [name for name in before.columns if name not in ("arxiv_id", *_UNCHANGING)]
    pairs = before.join(after, on="arxiv_id", how="inner", suffix="_after")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in columns)
    return pairs.filter(differs).height


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame, scratch: Path) -> None:
    """Load rows by way of a Parquet file."""
    if not rows.height:
        return
    path = scratch / f"{table}.parquet"
    rows.write_parquet(path, compression="lz4")
    connection.execute(
        f"insert into {quoted_name(table)} by name from read_parquet({quoted_text(str(path))})"
    )
    path.unlink()


def _copy_new_rows(connection: duckdb.DuckDBPyConnection, packages: Sequence[Package], table: str) -> None:
    """Copy rows of the new digests straight from the package files, each key once."""
    files = [str(path) for package in packages for path in package.files(table)]
    if not files:
        return
    key = ", ".join(name for name, column in WAREHOUSE_TABLES[table].columns().items() if column.primary_key)
    columns = ", ".join(quoted_name(name) for name in WAREHOUSE_TABLES[table].columns())
    listed = ", ".join(quoted_text(path) for path in files)
    once = (
        f"qualify row_number() over (partition by {key} order by filename) = 1" if len(packages) > 1 else ""
    )
    connection.execute(
        f"""
        insert into {table}
        select {columns} from read_parquet([{listed}], filename = true) semi join new_digests using (digest_id)
        {once} order by {key}
        """
    )


def _note_touched_authors(connection: duckdb.DuckDBPyConnection, paper_authors: pl.DataFrame) -> None:
    """Add the authors of the touched papers, before and after, to the temp table `touched_authors`."""
    connection.register("authors_after", paper_authors.select("author_id").unique().to_arrow())
    connection.execute(
        """
        create temp table if not exists touched_authors (author_id bigint);
        insert into touched_authors
        select author_id from authors_after
        union
        select author_id from paper_authors semi join touched using (arxiv_id);
        """
    )
    connection.unregister("authors_after")


def _recompute_authors(connection: duckdb.DuckDBPyConnection, scratch: Path) -> int:
    """Count the touched authors again from all their mentions; return how many were not known before."""
    connection.execute("create temp table if not exists touched_authors (author_id bigint)")
    connection.execute(
        "create or replace temp table all_touched_authors as select distinct author_id from touched_authors"
    )
    n_new = _count(connection, "select count(*) from all_touched_authors anti join authors using (author_id)")
    n_mentions = _count(
        connection, "select count(*) from paper_authors semi join all_touched_authors using (author_id)"
    )
    n_parts = 1 + n_mentions // MENTIONS_PER_PART
    connection.execute("delete from authors where author_id in (select author_id from all_touched_authors)")
    for part in range(n_parts):
        connection.execute(
            f"create or replace temp table touched_authors as "
            f"select author_id from all_touched_authors where author_id % {n_parts} = {part}"
        )
        _insert(connection, "authors", author_rows(held_mentions(connection)), scratch)
    connection.execute("drop table touched_authors; drop table all_touched_authors")
    return n_new


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always gives one row
    return int(row[0])


def insert_loads(connection: duckdb.DuckDBPyConnection, loads: pl.DataFrame) -> None:
    """Add rows to the ledger of loads."""
    connection.register("load_rows", loads.to_arrow())
    connection.execute("insert into loads by name select * from load_rows order by load_id")
    connection.unregister("load_rows")


def replace_reference(connection: duckdb.DuckDBPyConnection, categories: pl.DataFrame) -> None:
    """Make the reference table `categories` hold exactly these rows."""
    connection.register("category_rows", categories.to_arrow())
    connection.execute(
        "delete from categories; insert into categories by name select * from category_rows order by category"
    )
    connection.unregister("category_rows")
