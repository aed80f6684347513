"""Lists of like papers: kept up to date they are those of a computation from the ground up."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import paperhouse.seeds
from paperhouse.transforms.topics.buckets import NO_BUCKET, buckets_of
from paperhouse.transforms.topics.model import CELLS_FILE, N_TOPICS, TERMS_FILE, TopicModel, read_topic_model
from paperhouse.transforms.topics.neighbours import N_NEIGHBOURS, Standings, best_of, changed_lists
from paperhouse.transforms.topics.vectors import N_PROBES, SCALE, cells_of

MOST = 8
NO_LISTS = pl.DataFrame(
    schema={"arxiv_id": pl.String, "position": pl.UInt32, "neighbour_id": pl.String, "score": pl.Float64}
)


@cache
def model() -> TopicModel:
    folder = Path(next(iter(paperhouse.seeds.__path__))) / "reference/topics"
    return read_topic_model((folder / TERMS_FILE).read_bytes(), (folder / CELLS_FILE).read_bytes())


def unit(rows):
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.clip(np.rint(SCALE * rows / lengths), -127, 127).astype(np.int8)


@cache
def pool():
    """Vectors in a few heaps, some of them the same: buckets are divided, ties are common."""
    random = np.random.default_rng(5)
    heaps = random.normal(size=(3, N_TOPICS))
    rows = heaps[random.integers(0, 3, 120)] + random.normal(scale=0.8, size=(120, N_TOPICS))
    rows[90:] = rows[random.integers(0, 3, 30)]
    return unit(rows)


def standings(papers: dict[int, int]) -> Standings:
    """Papers (number of the paper: number of its vector) as they stand."""
    numbers = sorted(papers)
    vectors = pool()[[papers[number] for number in numbers]].reshape(-1, N_TOPICS)
    return Standings(
        pl.Series("arxiv_id", [f"2504.{number:05}" for number in numbers], dtype=pl.String),
        vectors,
        cells_of(vectors, model()) if len(vectors) else np.zeros((0, N_PROBES), dtype=np.uint16),
    )


def brought_up_to_date(lists: pl.DataFrame, before: dict[int, int], after: dict[int, int]) -> pl.DataFrame:
    """What the warehouse does with lists, frame for frame."""
    new = standings(after)
    moved = [
        f"2504.{number:05}"
        for number in before.keys() | after.keys()
        if number not in before
        or number not in after
        or (pool()[before[number]] != pool()[after[number]]).any()
    ]
    stale = lists.filter(pl.col("neighbour_id").is_in(moved))["arxiv_id"].unique()
    last = dict(lists.filter(pl.col("position") == N_NEIGHBOURS).select("arxiv_id", "score").iter_rows())
    changes = changed_lists(
        standings(before),
        new,
        new.arxiv_ids.is_in(stale.implode()).to_numpy(),
        np.array([last.get(arxiv_id, 0) for arxiv_id in new.arxiv_ids], dtype=np.float64),
        model(),
        MOST,
    )
    whole = set(new.arxiv_ids.filter(pl.Series(changes.whole, dtype=pl.Boolean)))
    kept = lists.filter(~pl.col("arxiv_id").is_in([*whole, *moved]))
    offers = changes.offers()
    assert not set(offers["arxiv_id"]) & whole
    entered = best_of(pl.concat([kept.select(offers.columns), offers]))
    return (
        pl.concat(
            [
                entered.select(NO_LISTS.columns),
                *(rows.select(NO_LISTS.columns) for rows in changes.whole_lists()),
            ]
        )
        .cast(NO_LISTS.schema)
        .sort("arxiv_id", "position")
    )


def by_hand(papers: dict[int, int]) -> pl.DataFrame:
    """All lists, pair by pair."""
    here = standings(papers)
    buckets = buckets_of(here.vectors, here.cells, model(), MOST)
    rows = []
    for one, arxiv_id in enumerate(here.arxiv_ids):
        found = []
        for other, other_id in enumerate(here.arxiv_ids):
            shared = (set(buckets[one].tolist()) & set(buckets[other].tolist())) - {NO_BUCKET}
            product = int(here.vectors[one].astype(int) @ here.vectors[other].astype(int))
            score = min(10_000, product * 10_000 // SCALE**2)
            if one != other and shared and score > 0:
                found.append((-score, other_id))
        for position, (score, other_id) in enumerate(sorted(found)[:N_NEIGHBOURS], start=1):
            rows.append((arxiv_id, position, other_id, -score / 10_000))
    return pl.DataFrame(rows, schema=NO_LISTS.schema, orient="row")


papers = st.dictionaries(st.integers(0, 60), st.integers(0, 119), max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.lists(papers, min_size=1, max_size=4))
def test_lists_kept_up_to_date_are_those_computed_from_the_ground_up(states):
    lists, before = NO_LISTS, {}
    for after in states:
        lists = brought_up_to_date(lists, before, after)
        assert lists.equals(by_hand(after))
        before = after


@settings(max_examples=30, deadline=None)
@given(papers, st.integers(0, 60), st.integers(0, 119))
def test_one_paper_that_comes_changes_what_it_must(papers, number, vector):
    lists = brought_up_to_date(NO_LISTS, {}, papers)
    assert brought_up_to_date(lists, papers, {**papers, number: vector}).equals(
        by_hand({**papers, number: vector})
    )


@pytest.mark.parametrize("n", [MOST, MOST + 1, 80])
def test_no_bucket_holds_more_than_it_may(n):
    here = standings(dict.fromkeys(range(n), 7) if n == 80 else {number: number for number in range(n)})
    buckets = buckets_of(here.vectors, here.cells, model(), MOST)
    _, sizes = np.unique(buckets[buckets != NO_BUCKET], return_counts=True)
    assert sizes.max() <= MOST
    assert (buckets[:, 0] != NO_BUCKET).all() or n == 80


def test_a_paper_lies_in_the_cells_of_the_nearest_centres():
    vectors = pool()[:20]
    products = vectors.astype(int) @ model().centres.astype(int).T
    cells = cells_of(vectors, model())
    for row, mine in zip(products // 8, cells, strict=True):
        assert sorted(mine) == sorted(sorted(range(len(row)), key=lambda cell: (-row[cell], cell))[:N_PROBES])
