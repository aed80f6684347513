"""Topics of the papers that a load changed, and the lists of like papers that change with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.tables import WAREHOUSE_TABLES, PaperTopics, empty_frame
from paperhouse.transforms.topics.model import N_TOPICS, rows_of
from paperhouse.transforms.topics.neighbours import N_NEIGHBOURS, Standings, best_of, changed_lists
from paperhouse.transforms.topics.vectors import N_PROBES
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.topic_model import shipped_topics

_NO_TOPICS: Final = empty_frame(PaperTopics)
_STANDING: Final = ("arxiv_id", "cells", "vector")

Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TopicalPapers:
    """Papers (arxiv_id) that a load wrote: held before, held now, and those of the latter that are reworded."""

    before: pl.DataFrame
    now: pl.DataFrame
    reworded: pl.DataFrame


@dataclass(frozen=True, slots=True)
class MovedPapers:
    """Papers (arxiv_id) whose place among the topics is another one now.

    stood: where those of them stood of which something was known: arxiv_id, cells, vector.
    """

    papers: pl.DataFrame
    stood: pl.DataFrame


def all_moved(parts: Sequence[MovedPapers]) -> MovedPapers:
    """What moved in all parts of a load."""
    return MovedPapers(pl.concat(part.papers for part in parts), pl.concat(part.stood for part in parts))


def replace_topics(exchange: FrameExchange, papers: TopicalPapers, told: pl.DataFrame) -> MovedPapers:
    """Put the topics `told` of reworded papers in the place of those held; some have none."""
    gone = papers.before.join(papers.now, on="arxiv_id", how="anti")
    reworded = papers.reworded.join(papers.before, on="arxiv_id", how="semi")
    held = _held_topics(exchange, pl.concat([gone, reworded]))
    both = held.join(told, on="arxiv_id", how="full", coalesce=True, suffix="_told").sort("arxiv_id")
    is_moved = pl.col("vector").ne_missing(pl.col("vector_told"))
    differing = both.filter(is_moved | pl.col("terms").ne_missing(pl.col("terms_told"))).select("arxiv_id")
    _delete(exchange, "paper_topics", differing.join(held, on="arxiv_id", how="semi"))
    exchange.insert("paper_topics", told.join(differing, on="arxiv_id", how="semi", maintain_order="left"))
    moved = both.filter(is_moved)
    return MovedPapers(
        moved.select("arxiv_id"), moved.filter(pl.col("vector").is_not_null()).select(_STANDING)
    )


def replace_lists(exchange: FrameExchange, moved: MovedPapers) -> pl.DataFrame:
    """Bring all lists up to date after these papers moved; return those (arxiv_id) whose lists were written anew."""
    if not moved.papers.height:
        return moved.papers
    after = exchange.take(
        f"select {', '.join(_STANDING)} from paper_topics", _schema("paper_topics", *_STANDING)
    ).sort("arxiv_id")
    before = pl.concat([after.join(moved.papers, on="arxiv_id", how="anti"), moved.stood]).sort("arxiv_id")
    stale, least = _held_lists(exchange, before, after, moved.stood)
    papers, standings = after.select("arxiv_id"), (_as_arrays(before), _as_arrays(after))
    has_held = before.height > 0
    del before, after  # of many papers the vectors are much
    changes = changed_lists(*standings, stale, least, shipped_topics())
    del standings
    entered = _entered(exchange, changes.offers())
    whole = papers.filter(pl.Series(changes.whole))
    rewritten = pl.concat([moved.papers, whole, entered.select("arxiv_id")]).unique()
    if has_held:
        _delete(exchange, "paper_neighbours", rewritten)
    schema = _schema("paper_neighbours")
    for rows in (*changes.whole_lists(), entered):
        exchange.insert("paper_neighbours", rows.select(pl.col(name).cast(schema[name]) for name in schema))
    return rewritten


def _held_topics(exchange: FrameExchange, arxiv_ids: pl.DataFrame) -> pl.DataFrame:
    if not arxiv_ids.height:
        return _NO_TOPICS
    with exchange.lend(arxiv_ids) as wanted:
        return exchange.take(
            f"from paper_topics semi join {wanted} using (arxiv_id)", _schema("paper_topics")
        )


def _held_lists(
    exchange: FrameExchange, before: pl.DataFrame, after: pl.DataFrame, stood: pl.DataFrame
) -> tuple[Mask, Scores]:
    """Of each paper whether its list names one that stood elsewhere, and the score of the last in it, 0 if not full."""
    if not before.height:
        return np.zeros(after.height, dtype=np.bool_), np.zeros(after.height)
    last = exchange.take(
        f"select arxiv_id, score from paper_neighbours where position = {N_NEIGHBOURS}",
        _schema("paper_neighbours", "arxiv_id", "score"),
    )
    held = after.select("arxiv_id").join(last, on="arxiv_id", how="left", maintain_order="left")
    least = held["score"].fill_null(0).to_numpy()
    if not stood.height:
        return np.zeros(after.height, dtype=np.bool_), least
    with exchange.lend(stood.select("arxiv_id")) as those:
        stale = exchange.take(
            f"select distinct arxiv_id from paper_neighbours where neighbour_id in (select arxiv_id from {those})",
            _schema("papers", "arxiv_id"),
        )
    return after["arxiv_id"].is_in(stale["arxiv_id"].implode()).to_numpy(), least


def _entered(exchange: FrameExchange, offers: pl.DataFrame) -> pl.DataFrame:
    """The lists that what is offered enters, as they are then."""
    if not offers.height:
        return best_of(offers)
    with exchange.lend(offers.select("arxiv_id").unique()) as owners:
        held = exchange.take(
            f"from paper_neighbours semi join {owners} using (arxiv_id)", _schema("paper_neighbours")
        )
    lists = best_of(pl.concat([held.select(offers.columns), offers]))
    changed = lists.join(held, on=["arxiv_id", "neighbour_id"], how="anti").select("arxiv_id").unique()
    return lists.join(changed, on="arxiv_id", how="semi", maintain_order="left")


def _delete(exchange: FrameExchange, table: str, arxiv_ids: pl.DataFrame) -> None:
    if arxiv_ids.height:
        with exchange.lend(arxiv_ids) as unwanted:
            exchange.connection.execute(
                f"delete from {table} where arxiv_id in (select arxiv_id from {unwanted})"
            )


def _as_arrays(rows: pl.DataFrame) -> Standings:
    return Standings(
        rows["arxiv_id"],
        rows_of(rows["vector"], np.int8, N_TOPICS),
        rows_of(rows["cells"], np.uint16, N_PROBES),
    )


def _schema(table: str, *columns: str) -> dict[str, pl.DataType]:
    schema = {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}
    return {name: schema[name] for name in columns} if columns else schema
