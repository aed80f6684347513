"""Load packages applied to an open warehouse: only the papers and authors that they concern are recomputed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from paperhouse.transforms.digests.entry_kind import with_entry_kind
from paperhouse.transforms.digests.siblings import mark_repeats
from paperhouse.transforms.digests.statements import PLACE_COLUMNS
from paperhouse.transforms.papers.authors import author_rows
from paperhouse.transforms.papers.canonical import PaperFacts
from paperhouse.transforms.papers.paper_tables import PAPER_TABLES, build_paper_tables
from paperhouse.transforms.persons.corrections import NO_CORRECTIONS, Corrections
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.packages import Package, scan_table
from paperhouse.warehouse.write.changed_keys import note_changed, note_nothing
from paperhouse.warehouse.write.current_facts import (
    current_entries,
    current_facts,
    current_mentions,
    current_papers,
    digest_facts_schema,
    touch,
)
from paperhouse.warehouse.write.forget import forget, without_forgotten
from paperhouse.warehouse.write.neighbours import recompute_neighbours
from paperhouse.warehouse.write.new_facts import NewFacts, merge_facts, stated_facts
from paperhouse.warehouse.write.persons import recompute_persons

LISTINGS_PER_PART = 150_000
"""Listings whose papers are recomputed at a time: what memory holds, whatever the load's size ..."""
BYTES_PER_PART = 64 * 1024**2
"""... and bytes of digests that they were read from, on average: each text is held several times meanwhile."""
_LEAST_PER_PART = 1000
MENTIONS_PER_PART = 500_000
"""Author mentions that are counted at a time."""

_PLACE = ["digest_id", *PLACE_COLUMNS]
_FILLED = {
    ("lookups", "door"): """coalesce(
        stated.door,
        case
            when new_digests.format = 'arxiv_api' then 'query_api'
            when stated.outcome = 'withdrawn' then 'arXivRaw'
        end
    )"""
}
"""What rows say in a column that their package is too old to have; any other column is null there."""
_UNCHANGING = ("n_listings", "n_variants", "first_listed_date", "last_listed_date")


@dataclass(slots=True)
class Changes:
    """What packages changed: counts of digests, entries, rejects, lines, papers and authors."""

    n_digests: int = 0
    n_entries: int = 0
    n_rejects: int = 0
    n_lines: int = 0
    n_lines_accounted: int = 0
    n_digests_forgotten: int = 0
    n_papers_new: int = 0
    n_papers_removed: int = 0
    n_papers_changed: int = 0
    n_authors_new: int = 0


def apply_packages(
    bridge: FrameExchange,
    packages: Sequence[Package],
    archive: Sequence[Package],
    known_categories: frozenset[str],
    corrections: Corrections = NO_CORRECTIONS,
) -> Changes:
    """Bring everything that the packages state into the warehouse, in the caller's transaction.

    Digests that the warehouse already holds add nothing but, perhaps, a smaller place. `archive` are all packages,
    these included: what forgotten digests leave behind is computed again from there. The `loads` rows are left to
    the caller.
    """
    note_nothing(bridge.connection)
    bridge.connection.execute("create or replace temp table forsaken (arxiv_id varchar)")
    forgotten = scan_table(packages, "forgotten").collect()
    stated = scan_table(packages, "digests").collect()
    n_forgotten = forget(bridge, stated, forgotten)
    changes = _add_digests(bridge, without_forgotten(stated, forgotten))
    changes.n_digests_forgotten = n_forgotten
    size = _part_size(stated)
    news = NewFacts(
        packages, bridge.take("from new_digests", {"digest_id": pl.String(), **digest_facts_schema()})
    )
    for table in ("rejects", "repairs", "lookups", "harvest_points"):
        _copy_new_rows(bridge, packages, table)
    forsaken = bridge.take(
        "select distinct arxiv_id from forsaken order by arxiv_id", {"arxiv_id": pl.String()}
    )
    n_mentions = 0
    for arxiv_ids in _parts(forsaken, size):
        n_mentions += _retell_papers(bridge, archive, news, arxiv_ids, known_categories, changes)
    mentions = pl.concat([news.mentions(), _papers_of_moved_digests(bridge)])
    for arxiv_ids in _parts(mentions.join(forsaken, on="arxiv_id", how="anti").sort("arxiv_id"), size):
        n_mentions += _recompute_papers(bridge, news, arxiv_ids, known_categories, changes)
    changes.n_authors_new = _recompute_authors(bridge, n_mentions)
    recompute_persons(bridge, corrections)
    recompute_neighbours(bridge)
    return changes


def _add_digests(bridge: FrameExchange, stated: pl.DataFrame) -> Changes:
    """Insert digests that are new (temp table `new_digests`) and give known ones the smallest place."""
    first = stated.sort("digest_id", "load_id").unique("digest_id", keep="first", maintain_order=True)
    places = _smallest_places(pl.concat([stated.select(_PLACE), _held_places(bridge, first)]))
    bridge.put_temporary("stated_digests", first.drop(PLACE_COLUMNS).join(places, on="digest_id", how="left"))
    bridge.connection.execute(
        """
        create or replace temp table new_digests as
        select digest_id, format, path, source, list_name, digest_date
        from stated_digests anti join digests using (digest_id);
        create or replace temp table moved_digests as
        select digest_id
        from stated_digests as stated
        join digests using (digest_id)
        where
            (stated.path, stated.source, stated.date_source)
            is distinct from (digests.path, digests.source, digests.date_source);
        update digests
        set path = stated.path, source = stated.source, date_source = stated.date_source
        from stated_digests as stated
        where stated.digest_id = digests.digest_id and stated.digest_id in (select digest_id from moved_digests);
        insert into digests by name
        select stated_digests.* from stated_digests semi join new_digests using (digest_id) order by digest_id;
        insert into changed_digests from (
            select digest_id from new_digests union all select digest_id from moved_digests
        ) anti join changed_digests using (digest_id);
        drop table stated_digests;
        """
    )
    ((*counts,),) = bridge.connection.execute(
        """
        select
            count(*) as n_digests,
            coalesce(sum(n_entries), 0) as n_entries,
            coalesce(sum(n_rejects), 0) as n_rejects,
            coalesce(sum(n_lines), 0) as n_lines,
            coalesce(sum(n_entry_lines + n_reject_lines + n_furniture_lines), 0) as n_lines_accounted
        from digests semi join new_digests using (digest_id)
        """
    ).fetchall()
    return Changes(*(int(number) for number in counts))


def _held_places(bridge: FrameExchange, digests: pl.DataFrame) -> pl.DataFrame:
    """Places that the warehouse has for these digests, as far as it knows them."""
    bridge.put_temporary("placed_digests", digests.select("digest_id"))
    columns = ", ".join(f"digests.{name}" for name in _PLACE)
    held = bridge.take(
        f"select {columns} from digests semi join placed_digests using (digest_id)",
        {
            name: column.dtype
            for name, column in WAREHOUSE_TABLES["digests"].columns().items()
            if name in _PLACE
        },
    )
    bridge.connection.execute("drop table placed_digests")
    return held.select(_PLACE)


def _smallest_places(places: pl.DataFrame) -> pl.DataFrame:
    """Per digest the place that goes before the others, as `place_order` has it."""
    is_absolute = pl.col("path").str.starts_with("/")
    return places.sort("digest_id", is_absolute, *PLACE_COLUMNS, nulls_last=True).unique(
        "digest_id", keep="first", maintain_order=True
    )


def _papers_of_moved_digests(bridge: FrameExchange) -> pl.DataFrame:
    """Papers (arxiv_id) of digests that got a smaller path: their siblings may be other ones now."""
    query = """
        select distinct arxiv_id
        from (from listings union all by name from repeats)
        semi join moved_digests using (digest_id)
    """
    return bridge.take(query, {"arxiv_id": pl.String()})


def _part_size(stated: pl.DataFrame) -> int:
    """Rows of a part: fewer where the digests' entries are long."""
    n_entries, n_bytes = int(stated["n_entries"].sum()), int(stated["n_bytes"].sum())
    if not n_entries or not n_bytes:
        return LISTINGS_PER_PART
    return min(LISTINGS_PER_PART, max(_LEAST_PER_PART, BYTES_PER_PART * n_entries // n_bytes))


def _parts(mentions: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    """Distinct arxiv_ids of a frame sorted by them, in ranges of at most `size` rows."""
    for start in range(0, mentions.height, size):
        part = mentions[start : start + size].select("arxiv_id").unique(maintain_order=True)
        if start and part["arxiv_id"][0] == mentions["arxiv_id"][start - 1]:
            part = part[1:]
        if part.height:
            yield part


def _recompute_papers(
    bridge: FrameExchange,
    news: NewFacts,
    arxiv_ids: pl.DataFrame,
    known_categories: frozenset[str],
    changes: Changes,
) -> int:
    """Papers that new digests name: what is held of them, and what is stated now."""
    touch(bridge, arxiv_ids)
    before = current_papers(bridge)
    stated = stated_facts(news.packages, news.entries(arxiv_ids), arxiv_ids)
    facts = merge_facts(current_facts(bridge), stated) if before.height else stated
    return _replace_papers(bridge, before, facts, known_categories, changes)


def _retell_papers(  # noqa: PLR0913, PLR0917 - one step of apply_packages
    bridge: FrameExchange,
    archive: Sequence[Package],
    news: NewFacts,
    arxiv_ids: pl.DataFrame,
    known_categories: frozenset[str],
    changes: Changes,
) -> int:
    """Papers of forgotten digests: everything that the remaining and the new digests ever stated of them."""
    touch(bridge, arxiv_ids)
    held = current_entries(bridge)
    new = news.entries(arxiv_ids).select(held.columns)
    facts = stated_facts(archive, pl.concat([held, new]), arxiv_ids)
    return _replace_papers(bridge, current_papers(bridge), facts, known_categories, changes)


def _replace_papers(
    bridge: FrameExchange,
    before: pl.DataFrame,
    facts: PaperFacts,
    known_categories: frozenset[str],
    changes: Changes,
) -> int:
    """Put the touched papers' rows, computed from `facts`, in the place of those that are held.

    Return the mentions of authors among them.
    """
    facts = replace(facts, entries=with_entry_kind(mark_repeats(facts.entries)))
    tables = build_paper_tables(facts, known_categories)
    note_changed(bridge.connection, "arxiv_id", "touched")
    _note_changed_authors(bridge, tables["paper_authors"])
    if before.height:
        # Were one of their entries lost, its digest would not add up any more.
        for table in ("listings", "repeats", "answers"):
            note_changed(bridge.connection, "digest_id", f"{table} semi join touched using (arxiv_id)")
    for table in PAPER_TABLES:
        if before.height:
            bridge.connection.execute(f"delete from {table} where arxiv_id in (select arxiv_id from touched)")
        bridge.insert(table, tables[table])
    after = tables["papers"]
    changes.n_papers_new += after.join(before, on="arxiv_id", how="anti").height
    changes.n_papers_removed += before.join(after, on="arxiv_id", how="anti").height
    changes.n_papers_changed += _count_changed(before, after)
    return tables["paper_authors"].height


def _count_changed(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Papers of `before` whose canonical record is another one in `after`; being listed again is no change."""
    columns = [name for name in before.columns if name not in ("arxiv_id", *_UNCHANGING)]
    pairs = before.join(after, on="arxiv_id", how="inner", suffix="_after")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in columns)
    return pairs.filter(differs).height


def _copy_new_rows(bridge: FrameExchange, packages: Sequence[Package], table: str) -> None:
    """Copy rows of the new digests straight from the package files, each key once.

    A digest stands in several files if several loads read it, or one load in several batches.
    """
    files = [str(path) for package in packages for path in package.files(table)]
    if not files:
        return
    key = ", ".join(name for name, column in WAREHOUSE_TABLES[table].columns().items() if column.primary_key)
    columns = ", ".join(
        f"{_FILLED.get((table, name), f'stated.{quoted_name(name)}')} as {quoted_name(name)}"
        for name in WAREHOUSE_TABLES[table].columns()
    )
    listed = ", ".join(quoted_text(path) for path in files)
    once = f"qualify row_number() over (partition by {key} order by filename) = 1" if len(files) > 1 else ""
    # The table itself, without its rows: packages of an older schema lack some of its columns.
    bridge.connection.execute(
        f"""
        insert into {table}
        select {columns}
        from (
            (from {table} limit 0)
            union all by name
            (from read_parquet([{listed}], filename = true, union_by_name = true))
        ) as stated
        join new_digests using (digest_id)
        {once} order by {key}
        """
    )


def _note_changed_authors(bridge: FrameExchange, paper_authors: pl.DataFrame) -> None:
    """Note the authors of the touched papers, before and after."""
    bridge.put_temporary("authors_after", paper_authors.select("author_id").unique())
    note_changed(bridge.connection, "author_id", "authors_after")
    note_changed(bridge.connection, "author_id", "paper_authors semi join touched using (arxiv_id)")
    bridge.connection.execute("drop table authors_after")


def _recompute_authors(bridge: FrameExchange, n_written: int) -> int:
    """Count the changed authors again from all their mentions; return how many were not known before.

    `n_written` are the mentions that this load wrote: with what is known of the authors it says how many there are
    about, and to count them would mean to read all mentions once more.
    """
    n_new = bridge.count("select count(*) from changed_authors anti join authors using (author_id)")
    n_known = bridge.count(
        "select coalesce(sum(n_papers), 0) from authors semi join changed_authors using (author_id)"
    )
    n_parts = 1 + (n_known + n_written) // MENTIONS_PER_PART
    bridge.connection.execute(
        "delete from authors where author_id in (select author_id from changed_authors)"
    )
    for part in range(n_parts):
        bridge.connection.execute(
            f"create or replace temp table touched_authors as "
            f"select author_id from changed_authors where author_id % {n_parts} = {part}"
        )
        bridge.insert("authors", author_rows(current_mentions(bridge)))
    bridge.connection.execute("drop table touched_authors")
    return n_new


def replace_reference(bridge: FrameExchange, categories: pl.DataFrame) -> None:
    """Make the reference table `categories` hold exactly these rows."""
    bridge.connection.execute("delete from categories")
    bridge.insert("categories", categories.sort("category"))
