"""Like papers in the warehouse: the same in any order, after rewording, forgetting and rebuilding."""

import shutil
from itertools import permutations

import numpy as np
import pytest

from paperhouse.flows.load.pipeline import forget_digests, rebuild
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.topics import neighbours as lists

SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""
SUBJECTS = {
    "retrieval": "We rank passages by dense retrieval and rerank them for retrieval-augmented generation, {}.",
    "robots": "A quadruped robot learns locomotion on terrain by reinforcement learning policies, {}.",
    "speech": "We recognise speech of low-resource languages with acoustic encoders and transcripts, {}.",
}
ASIDES = [
    "in simulation",
    "with few examples",
    "at scale",
    "from noisy labels",
    "under a budget",
    "for experts",
    "in French",
    "again",
]
LISTS = "select arxiv_id, position, neighbour_id, score from paper_neighbours order by all"


def write(folder, day, subject, numbers, words=""):
    file = folder / f"{day}-Apr-2025/AI/README.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    sections = [
        SECTION.format(
            title=f"{subject.title()} {ASIDES[number % len(ASIDES)]}{words}",
            authors="Ann Lee",
            arxiv_id=f"2504.{number:05}",
            abstract=SUBJECTS[subject].format(ASIDES[number * 3 % len(ASIDES)]),
        )
        for number in numbers
    ]
    file.write_text("\n".join(sections))
    return file


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    folder = tmp_path_factory.mktemp("days")
    return [
        write(folder, 7, "retrieval", range(1, 15)),
        write(folder, 8, "robots", range(20, 26)),
        write(folder, 9, "retrieval", range(40, 44)),
        write(folder, 10, "speech", range(60, 63)),
    ]


def of(subject, bench, home):
    """Neighbours of the first paper of a subject."""
    query = "select neighbour_id from paper_neighbours where arxiv_id = '{}' order by position"
    return [
        row[0]
        for row in bench.rows(
            home, query.format({"retrieval": "2504.00001", "robots": "2504.00020"}[subject])
        )
    ]


def test_papers_of_a_subject_are_each_others_neighbours(days, tmp_path, bench):
    bench.loaded(tmp_path, *days)
    assert set(of("robots", bench, tmp_path)[:5]) == {f"2504.{n:05}" for n in range(21, 26)}
    assert set(of("retrieval", bench, tmp_path)) <= {f"2504.{n:05}" for n in (*range(2, 15), *range(40, 44))}
    assert bench.rows(tmp_path, "select count(*), max(position) from paper_neighbours") == [(270, 10)]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(order, marks=[] if order == (3, 2, 1, 0) else [pytest.mark.slow])
        for order in [*permutations(range(4))][2::7]
    ],
)
def test_any_order_gives_the_same_lists(days, tmp_path, bench, order):
    bench.loaded(tmp_path / "at_once", *days)
    home = tmp_path / "one_by_one"
    for number in order:
        bench.ingest(home, days[number])
    assert bench.rows(home, LISTS) == bench.rows(tmp_path / "at_once", LISTS)
    assert bench.hash_of(home) == bench.hash_of(tmp_path / "at_once")


def test_a_forgotten_paper_leaves_all_lists_and_others_fill_them(days, tmp_path, bench):
    home = tmp_path / "home"
    bench.loaded(home, *days)
    ((digest_id,),) = bench.rows(home, "select digest_id from digests where digest_date = '2025-04-09'")
    forget_digests(Plan(home=home, inputs=(), trigger="forget"), [digest_id])
    bench.loaded(tmp_path / "without", days[0], days[1], days[3])
    assert bench.rows(home, LISTS) == bench.rows(tmp_path / "without", LISTS)
    assert bench.rows(home, "select count(*) from paper_topics") == [(23,)]


def test_a_reworded_paper_moves_to_its_like_and_a_rebuild_agrees(days, tmp_path, bench):
    home = tmp_path / "home"
    bench.loaded(home, *days)
    bench.ingest(home, write(tmp_path / "later", 11, "robots", [1], " reworded"))
    assert "2504.00001" in of("robots", bench, home)
    assert set(of("retrieval", bench, home)[:6]) == {f"2504.{n:05}" for n in range(20, 26)}
    kept = bench.rows(home, LISTS), bench.hash_of(home)
    rebuild(home)
    assert (bench.rows(home, LISTS), bench.hash_of(home)) == kept


def test_a_paper_that_is_only_listed_again_changes_no_list(days, tmp_path, bench, monkeypatch):
    home = tmp_path / "home"
    bench.loaded(home, *days)
    before = bench.rows(home, LISTS)
    again = tmp_path / "later/12-Apr-2025/NLP/README.md"
    again.parent.mkdir(parents=True)
    shutil.copy(days[0], again)
    monkeypatch.setattr(lists, "buckets_of", None)
    bench.ingest(home, again)
    assert bench.rows(home, LISTS) == before


def test_scores_are_cosines_of_the_vectors(days, tmp_path, bench):
    bench.loaded(tmp_path, *days)
    vectors = dict(bench.rows(tmp_path, "select arxiv_id, vector from paper_topics"))
    for arxiv_id, _, neighbour_id, score in bench.rows(tmp_path, LISTS):
        product = np.dot(vectors[arxiv_id], vectors[neighbour_id]) / 65536
        assert score == pytest.approx(min(1, product), abs=0.0001)
