"""Papers written anew: computed from everything that is held and stated of them, in the place of what was there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from paperhouse.transforms.digests.entry_kind import with_entry_kind
from paperhouse.transforms.digests.siblings import mark_repeats
from paperhouse.transforms.papers.canonical import PaperFacts
from paperhouse.transforms.papers.paper_tables import PAPER_TABLES, build_paper_tables
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.packages import Package
from paperhouse.warehouse.write.changed_keys import ChangedKeys, changed_keys
from paperhouse.warehouse.write.current_facts import (
    current_entries,
    current_facts,
    current_mentions_of_papers,
    current_papers,
)
from paperhouse.warehouse.write.new_facts import NewFacts, merge_facts, stated_facts

_UNCHANGING: Final = ("n_listings", "n_variants", "first_listed_date", "last_listed_date")


@dataclass(frozen=True, slots=True)
class WrittenPapers:
    """Papers that were written: rows of `papers` and `paper_authors` before and now, and the keys of changed rows."""

    papers_before: pl.DataFrame
    mentions_before: pl.DataFrame
    papers: pl.DataFrame
    mentions: pl.DataFrame
    changed: ChangedKeys

    @property
    def n_new(self) -> int:
        """Papers that the warehouse did not hold."""
        return self.papers.join(self.papers_before, on="arxiv_id", how="anti").height

    @property
    def n_removed(self) -> int:
        """Papers that nobody states any more."""
        if not self.papers_before.height:
            return 0
        return self.papers_before.join(self.papers, on="arxiv_id", how="anti").height

    @property
    def n_changed(self) -> int:
        """Papers whose canonical record is another one now; being listed again is no change."""
        if not self.papers_before.height:
            return 0
        columns = [name for name in self.papers_before.columns if name not in ("arxiv_id", *_UNCHANGING)]
        pairs = self.papers_before.join(self.papers, on="arxiv_id", how="inner", suffix="_after")
        differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in columns)
        return pairs.filter(differs).height


def recompute_papers(
    exchange: FrameExchange, news: NewFacts, arxiv_ids: pl.DataFrame, known_categories: frozenset[str]
) -> WrittenPapers:
    """Write papers that new digests name: what is held of them, and what is stated now."""
    before = current_papers(exchange, arxiv_ids)
    stated = stated_facts(news.packages, news.entries(arxiv_ids), arxiv_ids)
    if not before.height:
        return _replace_papers(exchange, arxiv_ids, before, before, stated, known_categories)
    held = current_facts(exchange, before.select("arxiv_id"))
    facts = merge_facts(held, stated)
    return _replace_papers(exchange, arxiv_ids, before, held.entries, facts, known_categories)


def retell_papers(
    exchange: FrameExchange,
    archive: Sequence[Package],
    news: NewFacts,
    arxiv_ids: pl.DataFrame,
    known_categories: frozenset[str],
) -> WrittenPapers:
    """Write papers of forgotten digests: everything that the remaining and the new digests ever stated of them."""
    before = current_papers(exchange, arxiv_ids)
    held = current_entries(exchange, arxiv_ids)
    new = news.entries(arxiv_ids).select(held.columns)
    facts = stated_facts(archive, pl.concat([held, new]), arxiv_ids)
    return _replace_papers(exchange, arxiv_ids, before, held, facts, known_categories)


def _replace_papers(  # noqa: PLR0913, PLR0917 - what was there, and what comes
    exchange: FrameExchange,
    arxiv_ids: pl.DataFrame,
    before: pl.DataFrame,
    entries_before: pl.DataFrame,
    facts: PaperFacts,
    known_categories: frozenset[str],
) -> WrittenPapers:
    """Put the rows of these papers, computed from `facts`, in the place of those that are held."""
    facts = replace(facts, entries=with_entry_kind(mark_repeats(facts.entries)))
    tables = build_paper_tables(facts, known_categories)
    mentions = current_mentions_of_papers(exchange, before.select("arxiv_id"))
    # Were one of their entries lost, its digest would not add up any more.
    digests = [entries_before] if before.height else []
    if before.height:
        with exchange.lend(before.select("arxiv_id")) as held:
            for table in PAPER_TABLES:
                exchange.connection.execute(
                    f"delete from {table} where arxiv_id in (select arxiv_id from {held})"
                )
    for table in PAPER_TABLES:
        exchange.insert(table, tables[table])
    changed = changed_keys(
        arxiv_id=[arxiv_ids],
        author_list=[arxiv_ids],
        author_id=[tables["paper_authors"], mentions],
        digest_id=digests,
    )
    return WrittenPapers(before, mentions, tables["papers"], tables["paper_authors"], changed)
