"""The search index of the papers that a load changed: their postings, and the words by which these are found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from paperhouse.transforms.search.postings import index_rows, paper_numbers
from paperhouse.transforms.search.terms import TermCounts, count_terms
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.transforms.topics.model import TITLE_WEIGHT
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.write.changed_keys import ChangedKeys, changed_keys
from paperhouse.warehouse.write.papers import WrittenPapers

_TEXT: Final = ["arxiv_id", "title", "abstract", "names"]
_WORDS: Final[dict[str, pl.DataType]] = {"word": pl.String(), "term": pl.UInt64(), "n_times": pl.Int64()}


@dataclass(frozen=True, slots=True)
class RewordedPapers:
    """Papers whose title, abstract or authors are new or others now: their terms, and what was held of them.

    texts: terms of titles and abstracts.
    names: terms of the authors' names.
    stood: arxiv_id, of papers that the index may hold: those that were reworded, and those that are gone.
    words: word, term, n_times: by how much the number of times changes that papers have each word.
    """

    texts: TermCounts
    names: TermCounts
    stood: pl.DataFrame
    words: pl.DataFrame


def reworded_papers(written: WrittenPapers) -> RewordedPapers:
    """What was reworded of the papers that were written."""
    now = _with_names(written.tables["papers"], written.tables["paper_authors"])
    before = _with_names(written.before, written.mentions_before)
    reworded = now.join(before, on=_TEXT, how="anti", nulls_equal=True)
    stood = before.join(now, on=_TEXT, how="anti", nulls_equal=True)
    texts, names = _count(reworded)
    changes = [_changes(counts, 1) for counts in (texts, names)]
    if stood.height:
        changes += [_changes(counts, -1) for counts in _count(stood)]
    return RewordedPapers(texts, names, stood.select("arxiv_id"), net_changes(changes))


def replace_postings(exchange: FrameExchange, reworded: RewordedPapers) -> ChangedKeys:
    """Put the postings of reworded papers in the place of those held; return the keys of what changed."""
    gone = reworded.stood.select(paper=paper_numbers(reworded.stood["arxiv_id"]))
    if gone.height:
        with exchange.lend(gone) as unwanted:
            for table in ("search_postings", "search_papers"):
                exchange.connection.execute(
                    f"delete from {table} where paper in (select paper from {unwanted})"
                )
    rows = index_rows(reworded.texts, reworded.names)
    for table, frame in rows.items():
        exchange.insert(table, frame)
    return changed_keys(paper=[gone, rows["search_papers"]])


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


def _count(papers: pl.DataFrame) -> tuple[TermCounts, TermCounts]:
    """Terms of titles and abstracts, and of names."""
    texts = (("title", TITLE_WEIGHT), ("abstract", 1))
    return (
        count_terms(pl.concat(_texts(papers, name, weight) for name, weight in texts)),
        count_terms(_texts(papers, "names", 1)),
    )


def _texts(papers: pl.DataFrame, column: str, weight: int) -> pl.DataFrame:
    return papers.select("arxiv_id", text=pl.col(column), weight=pl.lit(weight))


def _changes(counts: TermCounts, sign: int) -> pl.DataFrame:
    return counts.words.select("word", "term", n_times=sign * pl.col("n_times"))
