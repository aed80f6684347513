"""What papers are about: their own terms decide, and nothing that is told beside them."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

import paperhouse.seeds
from paperhouse.transforms.search.term_counts import count_terms
from paperhouse.transforms.topics.model import CELLS_FILE, N_TOPICS, TERMS_FILE, TopicModel, read_topic_model
from paperhouse.transforms.topics.vectors import N_TELLING, SCALE, topic_rows

TEXTS = {
    "2504.00001": "Dense retrieval for question answering: passages are ranked by a bi-encoder over Wikipedia.",
    "2504.00002": "Reranking retrieved passages with large language models in retrieval-augmented generation.",
    "2504.00003": "Legged robots learn to walk by reinforcement learning in simulation and on terrain.",
    "2504.00004": "Zwrk qxv",
    "2504.00005": "Quadruped locomotion on rough terrain with reinforcement learning policies.",
    "2504.00006": "and of the",
}


@cache
def model() -> TopicModel:
    folder = Path(next(iter(paperhouse.seeds.__path__))) / "reference/topics"
    return read_topic_model((folder / TERMS_FILE).read_bytes(), (folder / CELLS_FILE).read_bytes())


def rows_of_texts(texts):
    frame = pl.DataFrame(
        {"arxiv_id": list(texts), "text": list(texts.values()), "weight": [1] * len(texts)},
        schema={"arxiv_id": pl.String, "text": pl.String, "weight": pl.Int64},
    )
    return topic_rows(count_terms(frame), model())


def test_a_papers_row_does_not_depend_on_what_is_told_with_it():
    together = rows_of_texts(TEXTS)
    alone = pl.concat([rows_of_texts({arxiv_id: text}) for arxiv_id, text in TEXTS.items()])
    among_many = rows_of_texts(
        {**TEXTS, **{f"2505.{n:05}": f"{TEXTS['2504.00002']} {n}" for n in range(600)}}
    )
    assert together.equals(alone)
    assert among_many.filter(pl.col("arxiv_id").is_in([*TEXTS])).equals(together)


def test_a_paper_of_unknown_words_has_no_row():
    assert rows_of_texts(TEXTS)["arxiv_id"].to_list() == [f"2504.0000{n}" for n in (1, 2, 3, 5)]


def test_papers_about_the_same_are_nearer_than_others():
    vectors = np.array(rows_of_texts(TEXTS)["vector"].to_list(), dtype=np.int64)
    ranking, reranking, walking, quadruped = vectors
    assert ranking @ reranking > 3 * abs(ranking @ walking)
    assert walking @ quadruped > 3 * abs(reranking @ quadruped)
    assert (np.abs(np.linalg.norm(vectors, axis=1) - SCALE) < SCALE / 8).all()


def test_the_most_telling_terms_come_first_as_they_are_written():
    rows = rows_of_texts(TEXTS)
    assert set(rows["terms"][0][:4].to_list()) <= {
        "wikipedia",
        "passages",
        "encoder",
        "biencoder",
        "dense",
        "bi",
    }
    assert rows["terms"].list.len().max() <= N_TELLING


def test_a_very_long_text_has_a_vector_all_the_same():
    words = " ".join(model().words.to_list())
    rows = rows_of_texts({"2504.00001": f"{words} {words} {words}", "2504.00002": TEXTS["2504.00002"]})
    assert rows.height == 2
    assert rows["vector"].list.len().to_list() == [N_TOPICS, N_TOPICS]
    assert rows[:1].equals(rows_of_texts({"2504.00001": f"{words} {words} {words}"}))


def test_the_shipped_tables_are_small_and_fit_together():
    folder = Path(next(iter(paperhouse.seeds.__path__))) / "reference/topics"
    assert sum((folder / name).stat().st_size for name in (TERMS_FILE, CELLS_FILE)) < 1_000_000
    assert (np.diff(model().terms.astype(object)) > 0).all()
    assert len(model().terms) < 1 << 14
    assert model().words.null_count() == 0
