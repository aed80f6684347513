"""Papers like a paper, and why they are: by the reading function and by the model."""

import pytest

from paperhouse.warehouse.read.similar import SimilarPaper, similar_papers
from paperhouse.warehouse.storage.connections import open_read_only

SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""
RETRIEVAL = "We rank passages by dense retrieval and rerank them for retrieval-augmented generation."
PAPERS = {
    "8-Apr-2025/RAG/README.md": [
        ("2504.00001", "Dense retrieval", "Ann Zyxlee, Bob Ray", RETRIEVAL),
        ("2504.00002", "Dense retrieval again", "Cid Cox, Ann Zyxlee", RETRIEVAL),
        ("2504.00004", "Zwrk qxv", "Dee Day", "Zzyx."),
    ],
    "8-Apr-2025/RO/README.md": [
        ("2504.00003", "Walking", "Eve Fox", "A quadruped robot walks on rough terrain after dense rewards."),
    ],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory, bench):
    root = tmp_path_factory.mktemp("similar")
    for path, papers in PAPERS.items():
        file = root / "digests" / path
        file.parent.mkdir(parents=True)
        names = ("arxiv_id", "title", "authors", "abstract")
        file.write_text("\n".join(SECTION.format(**dict(zip(names, paper, strict=True))) for paper in papers))
    bench.ingest(root / "home", root / "digests")
    return root / "home"


def read(home, *arxiv_ids, **options):
    with open_read_only(home / "paperhouse.duckdb") as connection:
        return similar_papers(connection, arxiv_ids, **options)


def test_the_most_like_paper_comes_first_with_what_both_have(home):
    first = read(home, "2504.00001")["2504.00001"][0]
    assert (first.arxiv_id, first.position, first.title) == ("2504.00002", 1, "Dense retrieval again")
    assert first.score > 0.9
    assert {"retrieval", "passages"} <= set(first.shared_terms)
    assert first.shared_authors == ("Ann Zyxlee",)
    assert first.shared_lists == ("RAG",)
    assert first.why == f"both on {', '.join(first.shared_terms)}; both by Ann Zyxlee; both in RAG"


def test_several_papers_are_read_at_once_and_strangers_have_no_entry(home):
    found = read(home, "2504.00001", "2504.00002", "2504.00004", "2504.09999", limit=1)
    assert [*found] == ["2504.00001", "2504.00002"]
    assert [len(papers) for papers in found.values()] == [1, 1]
    assert read(home) == {}


def test_a_paper_that_shares_nothing_told_is_said_to_be_about_the_same():
    assert SimilarPaper("2504.00001", 1, 0.5, "One", (), (), ()).why == "about the same, in other words"


def test_the_model_says_what_the_function_says(home, bench):
    rows = bench.rows(home, "from similar_papers where arxiv_id = '2504.00001' order by position")
    told = read(home, "2504.00001")["2504.00001"]
    assert [row[1:5] for row in rows] == [(one.position, one.arxiv_id, one.score, one.title) for one in told]
    assert [tuple(map(tuple, row[5:])) for row in rows] == [
        (one.shared_terms, one.shared_authors, one.shared_lists) for one in told
    ]
