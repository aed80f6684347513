"""What the texts of a load's papers say, read in the background while the papers, authors and persons are written.

Texts are read by another thread; the warehouse is written by the caller's alone, for a connection serves one at a time.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import polars as pl

from paperhouse.warehouse.storage.frame_exchange import FrameExchange, StoredRows
from paperhouse.warehouse.write.changed_keys import ChangedKeys, changed_keys, union_of
from paperhouse.warehouse.write.neighbours import (
    MovedPapers,
    TopicalPapers,
    all_moved,
    replace_lists,
    replace_topics,
)
from paperhouse.warehouse.write.papers import WrittenPapers
from paperhouse.warehouse.write.search_index import (
    IndexedPapers,
    delete_postings,
    index_papers,
    insert_postings,
    net_changes,
    replace_words,
    reworded_papers,
)

MOST_WAITING: Final = 2
"""Parts of a load whose texts are read or wait for it: memory holds them beside the part that is written."""
_WORDS_HELD: Final = 1_000_000
"""Words of parts that are kept before those of all are added up: most of them are the same."""


@dataclass(frozen=True, slots=True)
class _Part:
    papers: TopicalPapers
    before: pl.DataFrame
    indexed: Future[IndexedPapers]


class BackgroundIndex:
    """Keeps topics, lists of like papers and the search index in step with papers that are written.

    A context: what is being read when it is left early is waited for, and comes to nothing.
    """

    def __init__(self, exchange: FrameExchange) -> None:
        """For the transaction that is open in `exchange`."""
        self._exchange = exchange
        self._reader = ThreadPoolExecutor(1, "texts")
        self._waiting: deque[_Part] = deque()
        self._changed: list[ChangedKeys] = []
        self._moved: list[MovedPapers] = []
        self._words: list[pl.DataFrame] = []
        self._n_words = 0
        self._postings: list[StoredRows] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._reader.shutdown(cancel_futures=True)

    def add(self, written: WrittenPapers) -> None:
        """Begin to read the texts of papers that were written; those of earlier ones may be written meanwhile."""
        if len(self._waiting) == MOST_WAITING:
            self._write(self._waiting.popleft())
        reworded = reworded_papers(written)
        papers = TopicalPapers(
            written.papers_before.select("arxiv_id"),
            written.papers.select("arxiv_id"),
            reworded.now.select("arxiv_id"),
        )
        indexed = self._reader.submit(index_papers, self._exchange.store(), reworded)
        self._waiting.append(_Part(papers, reworded.before, indexed))

    def finish(self) -> ChangedKeys:
        """Write what is left, and return the keys of everything that was written."""
        while self._waiting:
            self._write(self._waiting.popleft())
        if self._moved:
            insert_postings(self._exchange, self._postings)
            lists = replace_lists(self._exchange, all_moved(self._moved))
            self._changed.append(changed_keys(neighbour_list=[lists]))
            self._changed.append(replace_words(self._exchange, net_changes(self._words)))
        return union_of(self._changed)

    def _write(self, part: _Part) -> None:
        indexed = part.indexed.result()
        self._moved.append(replace_topics(self._exchange, part.papers, indexed.topics))
        unindexed = delete_postings(self._exchange, part.before)
        self._exchange.insert("search_papers", indexed.papers)
        self._changed.append(changed_keys(paper=[unindexed, indexed.papers]))
        self._postings.append(indexed.postings)
        self._words.append(indexed.words)
        self._n_words += indexed.words.height
        if self._n_words > max(_WORDS_HELD, self._words[0].height):
            self._words, self._n_words = [net_changes(self._words)], 0
