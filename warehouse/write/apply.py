"""Load packages applied to an open warehouse: only the papers and authors that they concern are recomputed.

stated and forgotten digests -> their papers, part by part -> the authors of the papers -> the persons of those
                                in the background: what the papers are about, and the postings by which a search finds
                                them -> the lists of like papers
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from paperhouse.transforms.persons.corrections import NO_CORRECTIONS, Corrections
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.packages import Package, scan_table
from paperhouse.warehouse.write.authors import recompute_authors
from paperhouse.warehouse.write.changed_keys import note_keys, note_nothing, union_of
from paperhouse.warehouse.write.digests import add_digests, copy_rows_beside_entries, papers_of_digests
from paperhouse.warehouse.write.forget import forget, without_forgotten
from paperhouse.warehouse.write.new_facts import NewFacts
from paperhouse.warehouse.write.papers import WrittenPapers, recompute_papers, retell_papers

LISTINGS_PER_PART: Final = 150_000
"""Listings whose papers are recomputed at a time: what memory holds, whatever the load's size ..."""
BYTES_PER_PART: Final = 40 * 1024**2
"""... and bytes of digests that they were read from, on average: each text is held several times meanwhile."""
_LEAST_PER_PART: Final = 1000


@dataclass(frozen=True, slots=True)
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
    exchange: FrameExchange,
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
    # They bring numpy along, which a run that finds nothing new does without.
    from paperhouse.warehouse.write.background_index import BackgroundIndex  # noqa: PLC0415 - as above
    from paperhouse.warehouse.write.persons import recompute_persons  # noqa: PLC0415 - as above

    note_nothing(exchange.connection)
    forgotten = scan_table(packages, "forgotten").collect()
    stated = scan_table(packages, "digests").collect()
    gone = forget(exchange, stated, forgotten)
    added = add_digests(exchange, without_forgotten(stated, forgotten))
    copy_rows_beside_entries(exchange, packages, added.new)
    news = NewFacts(packages, added.new)
    size = _part_size(stated)
    n_new = n_removed = n_changed = n_mentions = 0
    changed = [gone.changed, added.changed]
    # Of a digest that got a smaller path, the siblings may be other ones now.
    named = pl.concat([news.mentions(), papers_of_digests(exchange, added.moved)])
    named = named.join(gone.arxiv_ids, on="arxiv_id", how="anti").sort("arxiv_id")
    with BackgroundIndex(exchange) as index:
        for written in _written_parts(exchange, archive, news, gone.arxiv_ids, named, size, known_categories):
            n_new += written.n_new
            n_removed += written.n_removed
            n_changed += written.n_changed
            n_mentions += written.mentions.height
            changed.append(written.changed)
            index.add(written)
            del written  # before the next part is read
        keys = union_of(changed)
        note_keys(exchange, keys)
        n_authors_new = recompute_authors(exchange, keys["author_id"], n_mentions)
        recompute_persons(exchange, corrections)
        note_keys(exchange, index.finish())
    return Changes(
        n_digests=added.new.height,
        n_entries=added.n_entries,
        n_rejects=added.n_rejects,
        n_lines=added.n_lines,
        n_lines_accounted=added.n_lines_accounted,
        n_digests_forgotten=gone.n_digests,
        n_papers_new=n_new,
        n_papers_removed=n_removed,
        n_papers_changed=n_changed,
        n_authors_new=n_authors_new,
    )


def _written_parts(  # noqa: PLR0913, PLR0917 - what apply_packages has found out
    exchange: FrameExchange,
    archive: Sequence[Package],
    news: NewFacts,
    forsaken: pl.DataFrame,
    named: pl.DataFrame,
    size: int,
    known_categories: frozenset[str],
) -> Iterator[WrittenPapers]:
    """Write the papers of forgotten digests, then those that are named, part by part: memory holds one at a time."""
    for arxiv_ids in _parts(forsaken, size):
        yield retell_papers(exchange, archive, news, arxiv_ids, known_categories)
    for arxiv_ids in _parts(named, size):
        yield recompute_papers(exchange, news, arxiv_ids, known_categories)


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


def replace_reference(exchange: FrameExchange, categories: pl.DataFrame) -> None:
    """Make the reference table `categories` hold exactly these rows."""
    exchange.connection.execute("delete from categories")
    exchange.insert("categories", categories.sort("category"))
