"""How good the lists of like papers of a published warehouse are, and what it costs to make them and to keep them.

    python tests/bench/neighbours.py data/paperhouse.duckdb [--day 800] [--small 0.1] [--copies 20]

Good: the share of a paper's neighbours that are in a small list of the paper, over all papers in one, and what papers taken
by chance would reach. A list is small if it holds at most that share of the papers. The lists have no part in the scores.

Cost: processor seconds of this process (one thread each for BLAS and Polars, if the environment says so) to tell the
topics of all papers, to make all lists, and to bring lists up to date with a day's papers, the newest; each on a copy of
the file that is thrown away. `--copies` first multiplies the papers, with other identifiers and vectors that are a little off,
up to what a large warehouse holds.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from paperhouse.transforms.search.postings import count_papers, without_names
from paperhouse.transforms.tables import PaperAuthors, empty_frame
from paperhouse.transforms.topics.model import N_TOPICS, rows_of
from paperhouse.transforms.topics.vectors import cells_of, topic_rows
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.topic_model import shipped_topics
from paperhouse.warehouse.write import neighbours as stage
from paperhouse.warehouse.write.changed_keys import changed_keys
from paperhouse.warehouse.write.papers import WrittenPapers
from paperhouse.warehouse.write.search_index import reworded_papers

SEED = 1


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--day", type=int, default=800)
    parser.add_argument("--small", type=float, default=0.1)
    parser.add_argument("--copies", type=int, default=1)
    arguments = parser.parse_args()
    with duckdb.connect(str(arguments.warehouse), read_only=True) as connection:
        show_precision(connection, arguments.small)
    with on_a_copy(arguments.warehouse) as exchange:
        show_costs(exchange, arguments.day, arguments.copies)


def show_precision(connection: duckdb.DuckDBPyConnection, small: float) -> None:
    """Print the share of neighbours in the same small list."""
    n_papers, n_listed = connection.execute(
        "select count(*), (select count(distinct arxiv_id) from paper_neighbours) from papers"
    ).fetchall()[0]
    connection.execute(
        f"""
        create temp table small_lists as
        select distinct arxiv_id, list_name from listings join digests using (digest_id)
        where list_name is not null
        qualify count(*) over (partition by list_name) <= {small * n_papers}
        """
    )
    precision = connection.execute(
        """
        with shares as (
            select pairs.arxiv_id, pairs.position, bool_or(theirs.arxiv_id is not null) as is_shared
            from paper_neighbours as pairs
            join small_lists as mine on mine.arxiv_id = pairs.arxiv_id
            left join small_lists as theirs
                on theirs.arxiv_id = pairs.neighbour_id and theirs.list_name = mine.list_name
            group by all
        )
        select count(distinct arxiv_id), avg(is_shared::int) from shares
        """
    ).fetchall()[0]
    by_chance = connection.execute(
        """
        with picked as (select distinct arxiv_id from small_lists order by hash(arxiv_id) limit 1000)
        select avg(n) / (select count(*) from papers) from (
            select mine.arxiv_id, count(distinct theirs.arxiv_id) as n
            from small_lists as mine
            semi join picked using (arxiv_id)
            join small_lists as theirs on theirs.list_name = mine.list_name
            group by all
        )
        """
    ).fetchall()[0][0]
    print(
        f"papers                      {n_papers:>12,}  with a list {n_listed:,}, in a small list {precision[0]:,}"
    )
    print(f"small-list precision at 10  {precision[1]:>12.4f}  by chance {by_chance:.4f}")


@contextmanager
def on_a_copy(warehouse: Path) -> Iterator[FrameExchange]:
    """A copy of the file, open for writing."""
    with tempfile.TemporaryDirectory(dir=warehouse.parent) as folder:
        copy = Path(folder) / "copy.duckdb"
        shutil.copy(warehouse, copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute("set threads = 1; set memory_limit = '1GB'")
            yield FrameExchange(connection, Path(folder))


def show_costs(exchange: FrameExchange, n_day: int, copies: int) -> None:
    """Print processor seconds of each step."""
    papers = exchange.take(
        "select arxiv_id, title, abstract from papers order by arxiv_id",
        dict.fromkeys(("arxiv_id", "title", "abstract"), pl.String()),
    )
    nobody = empty_frame(PaperAuthors)
    written = WrittenPapers(papers.clear(), nobody, papers, nobody, changed_keys())
    with timed(f"terms of {papers.height:,} papers"):
        reworded = reworded_papers(written).now
        topics = topic_rows(without_names(count_papers(reworded)), shipped_topics())
    exchange.connection.execute("delete from paper_topics; delete from paper_neighbours")
    with timed("topics of all"):
        ids = papers.select("arxiv_id")
        moved = stage.replace_topics(exchange, stage.TopicalPapers(ids.clear(), ids, ids), topics)
    if copies > 1:
        moved = multiplied(exchange, copies)
    with timed(f"lists of {moved.papers.height:,} papers"):
        stage.replace_lists(exchange, moved)
    day = exchange.take(
        f"select arxiv_id from paper_topics order by arxiv_id desc limit {n_day}", {"arxiv_id": pl.String()}
    ).sort("arxiv_id")
    rows = exchange.take(
        "from paper_topics", {name: column.dtype for name, column in stage.PaperTopics.columns().items()}
    ).join(day, on="arxiv_id", how="semi")
    with exchange.lend(day) as those:
        exchange.connection.execute(
            f"delete from paper_topics where arxiv_id in (select arxiv_id from {those})"
        )
    with timed(f"{day.height:,} papers forgotten"):
        stage.replace_lists(
            exchange, stage.MovedPapers(rows.select("arxiv_id"), rows.select("arxiv_id", "cells", "vector"))
        )
    exchange.insert("paper_topics", rows)
    came = arrived(exchange, rows.select("arxiv_id"))
    with timed(f"{day.height:,} papers of a day"):
        n_changed = stage.replace_lists(exchange, came).height
    print(f"lists written for the day   {n_changed:>12,}")


def arrived(exchange: FrameExchange, papers: pl.DataFrame) -> stage.MovedPapers:
    """Papers (arxiv_id) that stood nowhere before."""
    schema = {name: column.dtype for name, column in stage.PaperTopics.columns().items()}
    return stage.MovedPapers(
        papers,
        exchange.take(
            "select arxiv_id, cells, vector from paper_topics limit 0",
            {name: schema[name] for name in ("arxiv_id", "cells", "vector")},
        ),
    )


def multiplied(exchange: FrameExchange, copies: int) -> stage.MovedPapers:
    """Fill `paper_topics` with papers like those in it, and return all as papers that came."""
    schema = {name: column.dtype for name, column in stage.PaperTopics.columns().items()}
    rows = exchange.take("from paper_topics order by arxiv_id", schema)
    vectors = rows_of(rows["vector"], np.int8, N_TOPICS)
    random = np.random.default_rng(SEED)
    for copy in range(1, copies):
        moved = np.clip(vectors + np.rint(random.normal(scale=10, size=vectors.shape)), -127, 127).astype(
            np.int8
        )
        exchange.insert(
            "paper_topics",
            rows.with_columns(
                pl.col("arxiv_id") + f"c{copy}",
                cells=pl.Series(cells_of(moved, shipped_topics())).cast(schema["cells"]),
                vector=pl.Series(moved).cast(schema["vector"]),
            ),
        )
    papers = exchange.take("select arxiv_id from paper_topics order by arxiv_id", {"arxiv_id": pl.String()})
    return arrived(exchange, papers)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print the processor seconds of the block."""
    start, wall = time.process_time(), time.perf_counter()
    yield
    print(
        f"{what:<27} {time.process_time() - start:>12.2f}  processor seconds, {time.perf_counter() - wall:.1f} on the clock",
        flush=True,
    )


if __name__ == "__main__":
    main()
