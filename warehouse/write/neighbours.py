"""Topics of the papers that a load changed, and the lists of like papers that change with them."""

from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.search.terms import TermCounts, count_terms
from paperhouse.transforms.tables import WAREHOUSE_TABLES, PaperTopics, empty_frame
from paperhouse.transforms.topics.model import (
    CELLS_FILE,
    N_TOPICS,
    TERMS_FILE,
    TITLE_WEIGHT,
    TopicModel,
    read_topic_model,
    rows_of,
)
from paperhouse.transforms.topics.neighbours import N_NEIGHBOURS, Standings, best_of, changed_lists
from paperhouse.transforms.topics.vectors import N_PROBES, topic_rows
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.write.changed_keys import note_changed

PAPERS_PER_PART: Final = 50_000
_NO_TOPICS: Final = empty_frame(PaperTopics)
_STANDING: Final = ("arxiv_id", "cells", "vector")

Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]


@cache
def shipped_topics() -> TopicModel:
    """The frozen tables that come with Paperhouse."""
    folder = files("paperhouse.seeds").joinpath("reference", "topics")
    return read_topic_model(*(folder.joinpath(name).read_bytes() for name in (TERMS_FILE, CELLS_FILE)))


def recompute_neighbours(bridge: FrameExchange) -> None:
    """Tell the topics of the changed papers anew, and change the lists of papers like each accordingly."""
    changed = bridge.take(
        "select arxiv_id from changed_papers order by arxiv_id", _schema("papers", "arxiv_id")
    )
    moved = [
        replace_topics(bridge, part, _counted_terms(bridge, part))
        for part in changed.iter_slices(PAPERS_PER_PART)
    ]
    if moved:
        bridge.put_temporary("rewritten_lists", replace_lists(bridge, pl.concat(moved)))
        note_changed(bridge.connection, "arxiv_id", "rewritten_lists")
        bridge.connection.execute("drop table rewritten_lists")


def _counted_terms(bridge: FrameExchange, arxiv_ids: pl.DataFrame) -> TermCounts:
    bridge.put_temporary("counted_papers", arxiv_ids)
    texts = bridge.take(
        "select arxiv_id, title, abstract from papers semi join counted_papers using (arxiv_id)",
        _schema("papers", "arxiv_id", "title", "abstract"),
    )
    bridge.connection.execute("drop table counted_papers")
    counted = (("title", TITLE_WEIGHT), ("abstract", 1))
    return count_terms(
        pl.concat(
            texts.select("arxiv_id", text=pl.col(name), weight=pl.lit(weight)) for name, weight in counted
        )
    )


def replace_topics(bridge: FrameExchange, arxiv_ids: pl.DataFrame, counts: TermCounts) -> pl.DataFrame:
    """Put the topics that the terms of these papers tell in the place of those held; papers without terms have none.

    Return the papers whose place among the topics is another one now, and where they stood: arxiv_id, cells, vector;
    null for those of which nothing was known.
    """
    told = topic_rows(counts, shipped_topics()) if counts.counts.height else _NO_TOPICS
    bridge.put_temporary("retold_papers", arxiv_ids)
    held = bridge.take("from paper_topics semi join retold_papers using (arxiv_id)", _schema("paper_topics"))
    both = held.join(told, on="arxiv_id", how="full", coalesce=True, suffix="_told").sort("arxiv_id")
    is_moved = pl.col("vector").ne_missing(pl.col("vector_told"))
    differing = both.filter(is_moved | pl.col("terms").ne_missing(pl.col("terms_told"))).select("arxiv_id")
    if differing.height:
        bridge.put_temporary("retold_papers", differing)
        bridge.connection.execute(
            "delete from paper_topics where arxiv_id in (select arxiv_id from retold_papers)"
        )
        bridge.insert("paper_topics", told.join(differing, on="arxiv_id", how="semi", maintain_order="left"))
    bridge.connection.execute("drop table retold_papers")
    return both.filter(is_moved).select(_STANDING)


def replace_lists(bridge: FrameExchange, moved: pl.DataFrame) -> pl.DataFrame:
    """Bring all lists up to date after these papers moved, as `replace_topics` returns them.

    Return the papers (arxiv_id) whose lists were written anew.
    """
    if not moved.height:
        return moved.select("arxiv_id")
    bridge.put_temporary("moved_papers", moved.select("arxiv_id"))
    after = bridge.take(
        f"select {', '.join(_STANDING)} from paper_topics order by arxiv_id",
        _schema("paper_topics", *_STANDING),
    )
    before = pl.concat(
        [after.join(moved, on="arxiv_id", how="anti"), moved.filter(pl.col("vector").is_not_null())]
    ).sort("arxiv_id")
    changes = changed_lists(
        _as_arrays(before), _as_arrays(after), *_held_lists(bridge, after), shipped_topics()
    )
    schema = _schema("paper_neighbours")
    entered = _entered(bridge, changes.offers(), schema)
    whole = after.select("arxiv_id").filter(pl.Series(changes.whole))
    rewritten = pl.concat([moved.select("arxiv_id"), whole, entered.select("arxiv_id")]).unique()
    bridge.put_temporary("rewritten_lists", rewritten)
    bridge.connection.execute(
        "delete from paper_neighbours where arxiv_id in (select arxiv_id from rewritten_lists)"
    )
    for rows in (*changes.whole_lists(), entered):
        bridge.insert("paper_neighbours", rows.select(pl.col(name).cast(schema[name]) for name in schema))
    bridge.connection.execute("drop table rewritten_lists; drop table moved_papers")
    return rewritten


def _held_lists(bridge: FrameExchange, after: pl.DataFrame) -> tuple[Mask, Scores]:
    """Of each paper whether its list names a moved one, and the score of the last in its list, 0 if it is not full."""
    if not bridge.count("select count(*) from (from paper_neighbours limit 1)"):
        return np.zeros(after.height, dtype=np.bool_), np.zeros(after.height)
    last = bridge.take(
        f"select arxiv_id, score from paper_neighbours where position = {N_NEIGHBOURS}",
        _schema("paper_neighbours", "arxiv_id", "score"),
    )
    stale = bridge.take(
        "select distinct arxiv_id from paper_neighbours "
        "where neighbour_id in (select arxiv_id from moved_papers)",
        _schema("papers", "arxiv_id"),
    ).with_columns(is_stale=True)
    held = (
        after.select("arxiv_id")
        .join(last, on="arxiv_id", how="left", maintain_order="left")
        .join(stale, on="arxiv_id", how="left", maintain_order="left")
    )
    return held["is_stale"].fill_null(value=False).to_numpy(), held["score"].fill_null(0).to_numpy()


def _entered(bridge: FrameExchange, offers: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The lists that what is offered enters, as they are then."""
    bridge.put_temporary("offered_lists", offers.select("arxiv_id").unique())
    held = bridge.take("from paper_neighbours semi join offered_lists using (arxiv_id)", schema)
    bridge.connection.execute("drop table offered_lists")
    lists = best_of(pl.concat([held.select(offers.columns), offers]))
    changed = lists.join(held, on=["arxiv_id", "neighbour_id"], how="anti").select("arxiv_id").unique()
    return lists.join(changed, on="arxiv_id", how="semi", maintain_order="left")


def _as_arrays(rows: pl.DataFrame) -> Standings:
    return Standings(
        rows["arxiv_id"],
        rows_of(rows["vector"], np.int8, N_TOPICS),
        rows_of(rows["cells"], np.uint16, N_PROBES),
    )


def _schema(table: str, *columns: str) -> dict[str, pl.DataType]:
    schema = {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}
    return {name: schema[name] for name in columns} if columns else schema
