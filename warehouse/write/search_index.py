"""The search index of the papers that a load changed: their postings, and the words by which these are found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from paperhouse.transforms.search.layout import STORED_ORDER
from paperhouse.transforms.search.postings import (
    count_papers,
    index_rows,
    paper_numbers,
    without_names,
)
from paperhouse.transforms.search.term_counts import TermCounts
from paperhouse.transforms.tables import WAREHOUSE_TABLES, PaperTopics, empty_frame
from paperhouse.transforms.topics.vectors import topic_rows
from paperhouse.warehouse.storage.frame_exchange import FrameExchange, StoredRows
from paperhouse.warehouse.storage.topic_model import shipped_topics
from paperhouse.warehouse.write.changed_keys import ChangedKeys, changed_keys
from paperhouse.warehouse.write.papers import WrittenPapers

BYTES_AT_A_TIME: Final = 2 * 1024**2
"""Texts whose terms are counted at once: what memory holds, thirty times over, whatever a load brings."""
_TEXT: Final = ["arxiv_id", "title", "abstract", "names"]
_WORDS: Final[dict[str, pl.DataType]] = {"word": pl.String(), "term": pl.UInt64(), "n_times": pl.Int64()}


@dataclass(frozen=True, slots=True)
class RewordedPapers:
    """Papers whose title, abstract or authors are new or others now: arxiv_id, title, abstract, names.

    now: as they are. before: as the index may hold them; those that are gone among them.
    """

    now: pl.DataFrame
    before: pl.DataFrame


@dataclass(frozen=True, slots=True)
class IndexedPapers:
    """What the texts of reworded papers say.

    topics: rows of `paper_topics`. papers: rows of `search_papers`. postings: those of `search_postings`.
    words: word, term, n_times: by how much the number of times changes that papers have each word.
    """

    topics: pl.DataFrame
    papers: pl.DataFrame
    postings: StoredRows
    words: pl.DataFrame


def reworded_papers(written: WrittenPapers) -> RewordedPapers:
    """What was reworded of the papers that were written."""
    now = _with_names(written.papers, written.mentions)
    if not written.papers_before.height:
        return RewordedPapers(now, now.clear())
    before = _with_names(written.papers_before, written.mentions_before)
    return RewordedPapers(
        now.join(before, on=_TEXT, how="anti", nulls_equal=True),
        before.join(now, on=_TEXT, how="anti", nulls_equal=True),
    )


def index_papers(postings: StoredRows, reworded: RewordedPapers) -> IndexedPapers:
    """Read the texts of reworded papers, some at a time; postings are many, and wait in the files of `postings`."""
    model = shipped_topics()
    topics, papers, changes = [empty_frame(PaperTopics)], [_empty("search_papers")], []
    for some in _by_size(reworded.now):
        counts = count_papers(some)
        rows = index_rows(counts)
        topics.append(topic_rows(without_names(counts), model))
        papers.append(rows["search_papers"])
        postings.add(rows["search_postings"])
        changes.append(_changes(counts, 1))
    changes += [_changes(count_papers(some), -1) for some in _by_size(reworded.before)]
    return IndexedPapers(pl.concat(topics), pl.concat(papers), postings, net_changes(changes))


def delete_postings(exchange: FrameExchange, before: pl.DataFrame) -> pl.DataFrame:
    """Delete what the index holds of papers (arxiv_id) as they were; return their numbers (paper)."""
    gone = before.select(paper=paper_numbers(before["arxiv_id"]))
    if gone.height:
        with exchange.lend(gone) as unwanted:
            for table in ("search_postings", "search_papers"):
                exchange.connection.execute(
                    f"delete from {table} where paper in (select paper from {unwanted})"
                )
    return gone


def insert_postings(exchange: FrameExchange, postings: Sequence[StoredRows]) -> None:
    """Add the postings of a load, all at once: those of one term come to lie side by side."""
    exchange.insert_stored("search_postings", postings, STORED_ORDER)


def replace_words(exchange: FrameExchange, changes: pl.DataFrame) -> ChangedKeys:
    """Count the words anew that papers have more or less often now, as `net_changes` gives them; return their terms."""
    if not changes.height:
        return changed_keys()
    schema = {name: column.dtype for name, column in WAREHOUSE_TABLES["search_words"].columns().items()}
    with exchange.lend(changes.select("word")) as wanted:
        held = exchange.take(f"from search_words semi join {wanted} using (word)", schema)
        if held.height:
            exchange.connection.execute(f"delete from search_words where word in (select word from {wanted})")
    words = net_changes([_cast(held, _WORDS), changes]).filter(pl.col("n_times") > 0)
    exchange.insert("search_words", _cast(words.sort("word"), schema))
    return changed_keys(term=[changes])


def net_changes(changes: list[pl.DataFrame]) -> pl.DataFrame:
    """One row per word and term that comes more or less often."""
    together = pl.concat([pl.DataFrame(schema=_WORDS), *changes])
    return together.group_by("word", "term").agg(pl.col("n_times").sum()).filter(pl.col("n_times") != 0)


def _cast(rows: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _with_names(papers: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    names = mentions.sort("arxiv_id", "position").group_by("arxiv_id").agg(pl.col("name_as_written"))
    names = names.select("arxiv_id", names=pl.col("name_as_written").list.join("\n"))
    return papers.select("arxiv_id", "title", "abstract").join(names, on="arxiv_id", how="left")


def _by_size(papers: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The papers in parts of so many bytes of text, in their order."""
    if not papers.height:
        return
    n_bytes = pl.sum_horizontal(pl.col(_TEXT).str.len_bytes()).cum_sum()
    yield from papers.with_columns(part=n_bytes // BYTES_AT_A_TIME).partition_by(
        "part", maintain_order=True, include_key=False
    )


def _changes(counts: TermCounts, sign: int) -> pl.DataFrame:
    return counts.words.select("word", "term", n_times=sign * pl.col("n_times"))


def _empty(table: str) -> pl.DataFrame:
    return empty_frame(WAREHOUSE_TABLES[table])
