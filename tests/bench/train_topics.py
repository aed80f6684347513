"""Learn the frozen tables of topics: which terms tell what a paper is about, and the cells of like papers.

    pip install -e '.[train]'
    python tests/bench/train_topics.py WAREHOUSE... --out seeds/reference/topics

Give warehouses of many papers with abstracts. Other tables give other neighbours: `version` in `transforms/topics/model.py`
then needs a new name, and users a rebuild. A truncated SVD of the weighted terms gives each term its direction; its first
component, in which all papers agree, is left out. k-means over the papers gives the cells.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paperhouse.transforms.search.term_counts import TermCounts, count_terms
from paperhouse.transforms.search.terms import TITLE_WEIGHT
from paperhouse.transforms.topics.model import (
    CELLS_FILE,
    MAX_DEPTH,
    N_CELLS,
    N_TOPICS,
    TERMS_FILE,
    TopicModel,
    read_topic_model,
)
from paperhouse.transforms.topics.vectors import tell_topics

LEAST_PAPERS = 12
"""A rarer term says little of others than its own papers."""
HIGHEST_REACH = 800
SEED = 1


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("warehouses", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    papers = read_papers(arguments.warehouses)
    counts = count_terms(
        pl.concat(
            papers.select("arxiv_id", text=pl.col(name), weight=pl.lit(weight))
            for name, weight in (("title", TITLE_WEIGHT), ("abstract", 1))
        )
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    terms = learn_terms(counts, common_words(papers))
    terms.write_ipc(arguments.out / TERMS_FILE, compression="zstd")
    no_cells = cell_rows(*np.zeros((3, 1, max(N_TOPICS, MAX_DEPTH)), dtype=np.int8))
    no_cells.write_ipc(arguments.out / CELLS_FILE, compression="zstd")
    model = read_topic_model(*((arguments.out / name).read_bytes() for name in (TERMS_FILE, CELLS_FILE)))
    learn_cells(counts, model).write_ipc(arguments.out / CELLS_FILE, compression="zstd")
    print(f"{counts.papers.len():,} papers, {terms.height:,} terms")


def read_papers(warehouses: Sequence[Path]) -> pl.DataFrame:
    """Papers of the warehouses (arxiv_id, title, abstract), each once."""
    import duckdb

    parts = []
    for path in warehouses:
        with duckdb.connect(str(path), read_only=True) as connection:
            parts.append(connection.sql("select arxiv_id, title, abstract from papers").pl())
    return (
        pl.concat(parts)
        .sort("arxiv_id", "title", "abstract")
        .unique("arxiv_id", keep="first")
        .sort("arxiv_id")
    )


def common_words(papers: pl.DataFrame) -> pl.DataFrame:
    """How often each plain word is written (word, n)."""
    texts = pl.concat([papers["title"], papers["abstract"]]).str.to_lowercase()
    words = pl.DataFrame({"word": texts.str.extract_all("[a-z0-9]+").explode()})
    return words.drop_nulls().group_by("word").len("n")


def learn_terms(counts: TermCounts, words: pl.DataFrame) -> pl.DataFrame:
    """A row per term, by its key: word, rarity, reach and direction."""
    from scipy import sparse
    from sklearn.utils.extmath import randomized_svd

    n_papers = counts.papers.len()
    known = (
        counts.counts.group_by("term")
        .len("n_papers")
        .filter(pl.col("n_papers") >= LEAST_PAPERS)
        .sort("term")
        .with_columns(rarity=((n_papers + 1) / (pl.col("n_papers") + 1)).log())
        .with_row_index("number")
    )
    said = counts.counts.join(known, on="term").with_columns(
        weight=(1 + pl.col("weight").log()) * pl.col("rarity")
    )
    said = said.with_columns(weight=pl.col("weight") / pl.col("weight").pow(2).sum().sqrt().over("paper"))
    matrix = sparse.csr_matrix(
        (said["weight"].to_numpy(), (said["paper"].to_numpy(), said["number"].to_numpy())),
        shape=(n_papers, known.height),
    )
    _, _, directions = randomized_svd(matrix, N_TOPICS + 1, n_iter=4, random_state=SEED)
    pull = directions[1:].T * known["rarity"].to_numpy()[:, None]
    longest = np.abs(pull).max(axis=1)
    reach = np.maximum(1, np.round(HIGHEST_REACH * longest / longest.max()))
    rows = np.round(127 * pull / longest[:, None]).astype(np.int8)
    shown = (
        counts.words.join(words, on="word", how="left")
        .sort(
            pl.col("n").fill_null(0), pl.col("word").str.len_chars(), "word", descending=[True, False, False]
        )
        .unique("term", keep="first", maintain_order=True)
        .select("term", "word")
    )
    return known.join(shown, on="term", how="left", maintain_order="left").select(
        "term",
        "word",
        rarity=(pl.col("rarity") * 100).round().cast(pl.UInt16),
        reach=pl.Series(reach.astype(np.uint16)),
        direction=pl.Series(rows, dtype=pl.Array(pl.Int8, N_TOPICS)),
    )


def learn_cells(counts: TermCounts, model: TopicModel) -> pl.DataFrame:
    """A row per cell: its centre, and by which topics it is divided, those first in which its papers differ most."""
    from sklearn.cluster import MiniBatchKMeans

    vectors = tell_topics(counts, model).vectors.astype(np.float32)
    vectors = vectors[np.any(vectors, axis=1)]
    found = MiniBatchKMeans(N_CELLS, batch_size=8192, n_init=1, max_iter=40, random_state=SEED).fit(vectors)
    centres = found.cluster_centers_ / np.linalg.norm(found.cluster_centers_, axis=1, keepdims=True)
    of_cell = [vectors[found.labels_ == cell] for cell in range(N_CELLS)]
    by = np.stack([np.argsort(-papers.std(axis=0))[:MAX_DEPTH] for papers in of_cell])
    at = np.stack([np.median(papers, axis=0)[topics] for papers, topics in zip(of_cell, by, strict=True)])
    return cell_rows(np.round(127 * centres), by, np.floor(at))


def cell_rows(centres: NDArray[Any], divided_by: NDArray[Any], divided_at: NDArray[Any]) -> pl.DataFrame:
    """The table of cells."""
    return pl.DataFrame(
        {
            "centre": pl.Series(centres[:, :N_TOPICS].astype(np.int8)),
            "divided_by": pl.Series(divided_by[:, :MAX_DEPTH].astype(np.uint8)),
            "divided_at": pl.Series(divided_at[:, :MAX_DEPTH].astype(np.int8)),
        }
    )


if __name__ == "__main__":
    main()
