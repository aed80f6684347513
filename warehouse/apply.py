"""Load packages applied to an open warehouse: only the papers and authors that they concern are recomputed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from transforms.authors import author_rows
from transforms.paper_tables import PAPER_TABLES, build_paper_tables, links_in_text, with_note_ids
from transforms.papers import PaperFacts
from transforms.siblings import mark_repeats
from transforms.standing import with_standing
from transforms.statements import PLACE_COLUMNS
from transforms.tables import WAREHOUSE_TABLES
from warehouse.bridge import Bridge
from warehouse.ddl import quoted_name, quoted_text
from warehouse.held import digest_facts_schema, held_entries, held_facts, held_mentions, held_papers, touch
from warehouse.packages import Package, scan_table

LISTINGS_PER_PART = 150_000
"""Listings whose papers are recomputed at a time: what memory holds, whatever the load's size ..."""
BYTES_PER_PART = 64 * 1024**2
"""... and bytes of digests that they were read from, on average: each text is held several times meanwhile."""
_LEAST_PER_PART = 1000
MENTIONS_PER_PART = 500_000
"""Author mentions that are counted at a time."""

_PLACE = ["digest_id", *PLACE_COLUMNS]
_BROUGHT = ["digest_id", "load_id", "path", "sha256", "n_entries", "n_rejects", "n_lines"]
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
    bridge: Bridge, packages: Sequence[Package], archive: Sequence[Package], known_categories: frozenset[str]
) -> Changes:
    """Bring everything that the packages state into the warehouse, in the caller's transaction.

    Digests that the warehouse already holds add nothing but, perhaps, a smaller place. `archive` are all packages,
    these included: what forgotten digests leave behind is told again from there. The `loads` rows are left to
    the caller.
    """
    bridge.connection.execute(
        """
        create or replace temp table touched_authors (author_id bigint);
        create or replace temp table forsaken (arxiv_id varchar);
        """
    )
    forgotten = scan_table(packages, "forgotten").collect()
    stated = scan_table(packages, "digests").collect()
    n_forgotten = _forget(bridge, stated, forgotten)
    changes = _add_digests(bridge, _without_forgotten(stated, forgotten))
    changes.n_digests_forgotten = n_forgotten
    size = _part_size(stated)
    entries = _new_entries(bridge, packages)
    for table in ("rejects", "repairs", "lookups", "harvest_points"):
        _copy_new_rows(bridge, packages, table)
    forsaken = bridge.take(
        "select distinct arxiv_id from forsaken order by arxiv_id", {"arxiv_id": pl.String()}
    )
    for arxiv_ids in _parts(forsaken, size):
        _retell_papers(bridge, archive, entries, arxiv_ids, known_categories, changes)
    entries = entries.join(forsaken, on="arxiv_id", how="anti", maintain_order="left")
    moved = _papers_of_moved_digests(bridge).join(forsaken, on="arxiv_id", how="anti")
    for arxiv_ids in _parts(pl.concat([entries.select("arxiv_id"), moved]).sort("arxiv_id"), size):
        _recompute_papers(bridge, packages, entries, arxiv_ids, known_categories, changes)
    changes.n_authors_new = _recompute_authors(bridge)
    return changes


def _without_forgotten(stated: pl.DataFrame, forgotten: pl.DataFrame) -> pl.DataFrame:
    """Digest statements that no later load forgets."""
    last = forgotten.group_by("digest_id").agg(pl.col("load_id").max().alias("last_forgotten"))
    return (
        stated.join(last, on="digest_id", how="left")
        .filter(pl.col("last_forgotten").is_null() | (pl.col("load_id") > pl.col("last_forgotten")))
        .drop("last_forgotten")
    )


def _forget(bridge: Bridge, stated: pl.DataFrame, forgotten: pl.DataFrame) -> int:
    """Remove held digests that the packages forget; return how many digests they forget.

    Recorded are these and those that the very packages bring and forget again, as a rebuild meets them. The
    papers of the former are noted as `forsaken`, to be told again.
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

    A load that meets a digest which is there already brings nothing: of the loads before a forgetting, and
    after the one before that, the first counts.
    """
    return (
        forgotten.join(brought, on="digest_id", how="inner", suffix="_brought")
        .filter(pl.col("load_id_brought") < pl.col("load_id"))
        .sort("digest_id", "load_id_brought", "load_id", "path")
        .unique(["digest_id", "load_id_brought"], keep="first", maintain_order=True)
        .unique(["digest_id", "load_id"], keep="first", maintain_order=True)
        .rename({"load_id_brought": "brought_by_load_id"})
        .select(list(WAREHOUSE_TABLES["forgotten_digests"].columns()))
    )


def _add_digests(bridge: Bridge, stated: pl.DataFrame) -> Changes:
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


def _held_places(bridge: Bridge, digests: pl.DataFrame) -> pl.DataFrame:
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


def _new_entries(bridge: Bridge, packages: Sequence[Package]) -> pl.DataFrame:
    """Entries of the new digests with facts of their digest, each (digest_id, position) once, sorted by arxiv_id."""
    new = bridge.take("from new_digests", {"digest_id": pl.String(), **digest_facts_schema()})
    return (
        scan_table(packages, "listings")
        .join(new.lazy(), on="digest_id", how="inner")
        .unique(["digest_id", "position"])
        .sort("arxiv_id", "digest_id", "position")
        .collect()
    )


def _papers_of_moved_digests(bridge: Bridge) -> pl.DataFrame:
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


def _recompute_papers(  # noqa: PLR0913, PLR0917 - one step of apply_packages
    bridge: Bridge,
    packages: Sequence[Package],
    entries: pl.DataFrame,
    arxiv_ids: pl.DataFrame,
    known_categories: frozenset[str],
    changes: Changes,
) -> None:
    """Papers that new digests name: what is held of them, and what is stated now."""
    touch(bridge, arxiv_ids)
    before = held_papers(bridge)
    stated = _stated_facts(packages, entries.join(arxiv_ids, on="arxiv_id", how="semi"), arxiv_ids)
    facts = _union(held_facts(bridge), stated) if before.height else stated
    _replace_papers(bridge, before, facts, known_categories, changes)


def _retell_papers(  # noqa: PLR0913, PLR0917 - one step of apply_packages
    bridge: Bridge,
    archive: Sequence[Package],
    entries: pl.DataFrame,
    arxiv_ids: pl.DataFrame,
    known_categories: frozenset[str],
    changes: Changes,
) -> None:
    """Papers of forgotten digests: everything that the remaining and the new digests ever stated of them."""
    touch(bridge, arxiv_ids)
    held = held_entries(bridge)
    new = entries.join(arxiv_ids, on="arxiv_id", how="semi").select(held.columns)
    facts = _stated_facts(archive, pl.concat([held, new]), arxiv_ids)
    _replace_papers(bridge, held_papers(bridge), facts, known_categories, changes)


def _replace_papers(
    bridge: Bridge,
    before: pl.DataFrame,
    facts: PaperFacts,
    known_categories: frozenset[str],
    changes: Changes,
) -> None:
    """Put the touched papers' rows, computed from `facts`, in the place of those that are held."""
    facts = replace(facts, entries=with_standing(mark_repeats(facts.entries)))
    tables = build_paper_tables(facts, known_categories)
    _note_touched_authors(bridge, tables["paper_authors"])
    for table in PAPER_TABLES:
        if before.height:
            bridge.connection.execute(f"delete from {table} where arxiv_id in (select arxiv_id from touched)")
        bridge.insert(table, tables[table])
    after = tables["papers"]
    changes.n_papers_new += after.join(before, on="arxiv_id", how="anti").height
    changes.n_papers_removed += before.join(after, on="arxiv_id", how="anti").height
    changes.n_papers_changed += _count_changed(before, after)


def _stated_facts(packages: Sequence[Package], entries: pl.DataFrame, arxiv_ids: pl.DataFrame) -> PaperFacts:
    """What the packages' new digests state about these papers."""
    first, last = arxiv_ids["arxiv_id"].min(), arxiv_ids["arxiv_id"].max()
    stated_at = entries.select("digest_id", "position", pl.col("digest_date").alias("stated_date"))

    def scan(table: str) -> pl.LazyFrame:
        return scan_table(packages, table).filter(pl.col("arxiv_id").is_between(pl.lit(first), pl.lit(last)))

    def of_entries(table: str) -> pl.DataFrame:
        return scan(table).join(stated_at.lazy(), on=["digest_id", "position"], how="inner").collect()

    wordings = (
        scan("wordings")
        .join(entries.lazy().select("variant_id").unique(), on="variant_id", how="semi")
        .collect()
        .pipe(_each_wording_once)
    )
    particulars = (
        scan("particulars")
        .join(entries.lazy().select("particulars_id").unique(), on="particulars_id", how="semi")
        .unique("particulars_id")
        .collect()
    )
    links = of_entries("links").select("arxiv_id", "url", "kind")
    said = entries.lazy().select("digest_id", "position", "variant_id", "stated_date")
    affiliations = (
        scan("affiliations")
        .join(said, on=["digest_id", "position"], how="inner")
        .select(
            "variant_id",
            pl.col("author_position").alias("position"),
            "affiliation",
            "arxiv_id",
            "stated_date",
        )
        .collect()
    )
    return PaperFacts(
        wordings=wordings,
        entries=entries,
        particulars=particulars,
        links=pl.concat([links, links_in_text(wordings, particulars)]),
        translations=of_entries("translations").select(
            "arxiv_id", "language", "title", "abstract", "stated_date"
        ),
        notes=with_note_ids(of_entries("notes")).select(list(WAREHOUSE_TABLES["paper_notes"].columns())),
        affiliations=affiliations,
        versions=of_entries("versions").select(list(WAREHOUSE_TABLES["paper_versions"].columns())),
    )


def _each_wording_once(wordings: pl.DataFrame) -> pl.DataFrame:
    """One row per variant; stated by arXiv if any source of it is arXiv."""
    return wordings.sort("variant_id", "source_kind").unique("variant_id", keep="first", maintain_order=True)


def _union(held: PaperFacts, stated: PaperFacts) -> PaperFacts:
    return PaperFacts(
        wordings=pl.concat([held.wordings, stated.wordings]).pipe(_each_wording_once),
        entries=pl.concat([held.entries, stated.entries.select(held.entries.columns)]),
        particulars=pl.concat([held.particulars, stated.particulars]).unique("particulars_id"),
        links=pl.concat([held.links, stated.links]),
        translations=pl.concat([held.translations, stated.translations]),
        notes=pl.concat([held.notes, stated.notes]),
        affiliations=pl.concat([held.affiliations, stated.affiliations]),
        versions=pl.concat([held.versions, stated.versions]),
    )


def _count_changed(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Papers of `before` whose canonical record is another one in `after`; being listed again is no change."""
    columns = [name for name in before.columns if name not in ("arxiv_id", *_UNCHANGING)]
    pairs = before.join(after, on="arxiv_id", how="inner", suffix="_after")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in columns)
    return pairs.filter(differs).height


def _copy_new_rows(bridge: Bridge, packages: Sequence[Package], table: str) -> None:
    """Copy rows of the new digests straight from the package files, each key once.

    A digest stands in several files if several loads read it, or one load in several batches.
    """
    files = [str(path) for package in packages for path in package.files(table)]
    if not files:
        return
    key = ", ".join(name for name, column in WAREHOUSE_TABLES[table].columns().items() if column.primary_key)
    columns = ", ".join(quoted_name(name) for name in WAREHOUSE_TABLES[table].columns())
    listed = ", ".join(quoted_text(path) for path in files)
    once = f"qualify row_number() over (partition by {key} order by filename) = 1" if len(files) > 1 else ""
    bridge.connection.execute(
        f"""
        insert into {table}
        select {columns} from read_parquet([{listed}], filename = true) semi join new_digests using (digest_id)
        {once} order by {key}
        """
    )


def _note_touched_authors(bridge: Bridge, paper_authors: pl.DataFrame) -> None:
    """Add the authors of the touched papers, before and after, to the temp table `touched_authors`."""
    bridge.put_temporary("authors_after", paper_authors.select("author_id").unique())
    bridge.connection.execute(
        """
        insert into touched_authors
        select author_id from authors_after
        union
        select author_id from paper_authors semi join touched using (arxiv_id);
        drop table authors_after;
        """
    )


def _recompute_authors(bridge: Bridge) -> int:
    """Count the touched authors again from all their mentions; return how many were not known before."""
    bridge.connection.execute(
        "create or replace temp table all_touched_authors as select distinct author_id from touched_authors"
    )
    n_new = bridge.count("select count(*) from all_touched_authors anti join authors using (author_id)")
    n_mentions = bridge.count(
        "select count(*) from paper_authors semi join all_touched_authors using (author_id)"
    )
    n_parts = 1 + n_mentions // MENTIONS_PER_PART
    bridge.connection.execute(
        "delete from authors where author_id in (select author_id from all_touched_authors)"
    )
    for part in range(n_parts):
        bridge.connection.execute(
            f"create or replace temp table touched_authors as "
            f"select author_id from all_touched_authors where author_id % {n_parts} = {part}"
        )
        bridge.insert("authors", author_rows(held_mentions(bridge)))
    bridge.connection.execute("drop table touched_authors; drop table all_touched_authors")
    return n_new


def replace_reference(bridge: Bridge, categories: pl.DataFrame) -> None:
    """Make the reference table `categories` hold exactly these rows."""
    bridge.connection.execute("delete from categories")
    bridge.insert("categories", categories.sort("category"))
