"""How good searches are on a published warehouse, and how long they take.

    python tests/bench/search.py data/paperhouse.duckdb [--queries 600] [--seed 2]

Good: the title of a paper is searched among abstracts alone, and the first sentence of an abstract among titles and the
rests of abstracts; of as many papers as are asked for, drawn by the seed, the mean reciprocal rank of the paper itself
(0 beyond the tenth place) and the share found among the first ten. The index is made anew for each, by the code of a
load, on a copy of the file that is thrown away.

Time: 200 titles, and their first three words, in this process; wall and processor, median and worst, in ms.
"""

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import duckdb
import polars as pl

from paperhouse.transforms.errors import QueryError
from paperhouse.transforms.tables import PaperAuthors, empty_frame
from paperhouse.warehouse.read.search import search_papers
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.write.changed_keys import changed_keys
from paperhouse.warehouse.write.papers import WrittenPapers
from paperhouse.warehouse.write.search_index import (
    index_papers,
    insert_postings,
    net_changes,
    replace_words,
    reworded_papers,
)

N_TIMED = 200
N_FIRST = 10
_SENTENCE = re.compile(r"(.{40,}?[.!?])\s+(?=[A-Z])(.*)", re.DOTALL)


def index_anew(connection: duckdb.DuckDBPyConnection, scratch: Path, papers: pl.DataFrame) -> None:
    """Put the index of these papers (arxiv_id, title, abstract) in the place of the file's."""
    exchange = FrameExchange(connection, scratch)
    for table in ("search_postings", "search_papers", "search_words", "paper_topics"):
        connection.execute(f"delete from {table}")
    nobody = empty_frame(PaperAuthors)
    written = WrittenPapers(papers.clear(), nobody, papers, nobody, changed_keys())
    indexed = index_papers(exchange.store(), reworded_papers(written))
    exchange.insert("search_papers", indexed.papers)
    exchange.insert("paper_topics", indexed.topics)
    insert_postings(exchange, [indexed.postings])
    replace_words(exchange, net_changes([indexed.words]))


def show_quality(
    connection: duckdb.DuckDBPyConnection, what: str, searches: Sequence[tuple[str, str]]
) -> None:
    """Search each text of (arxiv_id, text); print how soon its paper comes."""
    reciprocal = n_found = 0.0
    for arxiv_id, text in searches:
        # Quotes and hyphens of a title are no operators of a search.
        plain = re.sub(r'["*]|(?<!\S)-', " ", text)
        try:
            found = [hit.arxiv_id for hit in search_papers(connection, plain, N_FIRST).hits]
        except QueryError:
            continue
        if arxiv_id in found:
            reciprocal += 1 / (found.index(arxiv_id) + 1)
            n_found += 1
    n = len(searches)
    print(f"{what:42} MRR@10 {reciprocal / n:.3f}  recall@10 {n_found / n:.3f}  ({n} searches)", flush=True)


def show_times(connection: duckdb.DuckDBPyConnection, what: str, searches: Sequence[str]) -> None:
    """Print how long searches take."""
    wall, processor = [], []
    for text in searches:
        begun = time.perf_counter(), time.process_time()
        try:
            search_papers(connection, text)
        except QueryError:  # `Why am I`
            continue
        wall.append(1000 * (time.perf_counter() - begun[0]))
        processor.append(1000 * (time.process_time() - begun[1]))
    for name, taken in (("wall", sorted(wall)), ("processor", sorted(processor))):
        print(
            f"{what:42} {name:9} median {taken[len(taken) // 2]:6.1f} ms  worst {taken[-1]:6.1f} ms",
            flush=True,
        )


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--queries", type=int, default=600, help="papers that are searched for")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--only-times", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.duckdb"
        shutil.copy(given.warehouse, copy)
        with duckdb.connect(str(copy), config={"threads": 2}) as connection:
            papers = connection.execute(
                "select arxiv_id, title, abstract from papers where title is not null and abstract is not null "
                "order by arxiv_id"
            ).pl()
            print(f"{papers.height:,} papers")
            some = papers.sample(min(N_TIMED, papers.height), seed=given.seed)["title"].to_list()
            titles = [re.sub(r'["*]|(?<!\S)-', " ", title) for title in some]
            search_papers(connection, titles[0])
            show_times(connection, "titles", titles)
            show_times(connection, "three words", [" ".join(title.split()[:3]) for title in titles])
            if given.only_times:
                return
            chosen = Random(given.seed).sample(range(papers.height), min(given.queries, papers.height))
            nothing = pl.lit(None, pl.String).alias("title")
            index_anew(connection, Path(folder), papers.with_columns(nothing))
            rows = [papers.row(number) for number in chosen]
            show_quality(connection, "title, among abstracts", [(row[0], row[1]) for row in rows])
            split = [_SENTENCE.fullmatch(abstract) for abstract in papers["abstract"]]
            rests = [
                parts[2] if parts else text for parts, text in zip(split, papers["abstract"], strict=True)
            ]
            index_anew(connection, Path(folder), papers.with_columns(pl.Series("abstract", rests)))
            sentences = [
                (papers["arxiv_id"][number], parts[1]) for number in chosen if (parts := split[number])
            ]
            show_quality(connection, "first sentence, among titles and rests", sentences)


if __name__ == "__main__":
    main()
