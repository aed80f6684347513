"""The search index: the same in any order, after rewording, forgetting and rebuilding; and what SQL finds with it."""

from itertools import permutations

import duckdb
import pytest

from paperhouse.flows.load.pipeline import forget_digests, rebuild
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.errors import QueryError
from paperhouse.warehouse.read.query import open_locked, run_query
from paperhouse.warehouse.read.search import search_papers
from paperhouse.warehouse.write import search_index

SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""
INDEX = {
    "search_papers": "from search_papers order by all",
    "search_postings": "from search_postings order by all",
    "search_words": "from search_words order by all",
}
PAPERS = {
    "2504.00001": ("Dense Retrieval of Passages", "Ann Lee", "We rank passages that GPT-4 wrote."),
    "2504.00002": ("Graphs", "Bob Ray", "Retrieval, dense or not, by neural graphs and k-means."),
    "2504.00003": ("Walking Robots", "Ada Lovelace", "Locomotion of quadrupeds; ranks nothing."),
    "2504.00004": ("检索增强生成", "Wei Zhang", "大语言模型 for graph transformers."),
}


def write(folder, day, *papers):
    file = folder / f"{day}-Apr-2025/AI/README.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    sections = [
        SECTION.format(arxiv_id=arxiv_id, title=title, authors=authors, abstract=abstract)
        for arxiv_id, (title, authors, abstract) in papers
    ]
    file.write_text("\n".join(sections))
    return file


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    folder = tmp_path_factory.mktemp("days")
    one, two, three, four = PAPERS.items()
    reworded = ("2504.00001", ("Dense Retrieval of Passages", "Ann Lee, Bob Ray", "We rank documents."))
    return [write(folder, 7, one, two), write(folder, 8, three), write(folder, 9, four, reworded)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory, bench):
    home = tmp_path_factory.mktemp("filled")
    bench.loaded(home, write(home / "digests", 7, *PAPERS.items()))
    return home


def index_of(bench, home):
    return {table: bench.rows(home, query) for table, query in INDEX.items()}


def found(home, query):
    with duckdb.connect(str(home / "paperhouse.duckdb"), read_only=True) as connection:
        return [hit.arxiv_id[-1] for hit in search_papers(connection, query).hits]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(order, marks=[] if order == (2, 1, 0) else [pytest.mark.slow])
        for order in permutations(range(3))
    ],
)
def test_any_order_and_a_rebuild_give_the_same_index(days, tmp_path, bench, order):
    bench.loaded(tmp_path / "at_once", *days)
    expected = index_of(bench, tmp_path / "at_once"), bench.hash_of(tmp_path / "at_once")
    home = tmp_path / "one_by_one"
    for number in order:
        bench.ingest(home, days[number])
    assert (index_of(bench, home), bench.hash_of(home)) == expected
    rebuild(home)
    assert (index_of(bench, home), bench.hash_of(home)) == expected


def test_a_forgotten_paper_leaves_the_index_with_the_words_that_only_it_had(days, tmp_path, bench):
    home = tmp_path / "home"
    bench.loaded(home, *days)
    ((digest_id,),) = bench.rows(home, "select digest_id from digests where digest_date = '2025-04-08'")
    forget_digests(Plan(home=home, inputs=(), trigger="forget"), [digest_id])
    bench.loaded(tmp_path / "without", days[0], days[2])
    assert index_of(bench, home) == index_of(bench, tmp_path / "without")
    assert not bench.rows(home, "from search_words where word = 'quadrupeds'")


def test_a_load_touches_only_what_was_reworded(days, tmp_path, bench, monkeypatch):
    home = tmp_path / "home"
    bench.loaded(home, *days)
    seen = []
    count = search_index.count_papers
    monkeypatch.setattr(
        search_index, "count_papers", lambda texts: seen.extend(texts["arxiv_id"]) or count(texts)
    )
    again = tmp_path / "again/12-Apr-2025/NLP/README.md"
    again.parent.mkdir(parents=True)
    again.write_text(days[1].read_text())
    assert bench.ingest(home, again).is_changed
    assert not seen
    bench.ingest(home, write(tmp_path / "later", 13, ("2504.00003", ("Swimming", "Ada Lovelace", "New."))))
    assert set(seen) == {"2504.00003"}


SEARCHES = [
    ("dense retrieval", ["1", "2"]),
    ('"dense retrieval"', ["1"]),
    ('retrieval -"dense retrieval"', ["2"]),
    ("retrieval -graphs", ["1"]),
    ("graph", ["2", "4"]),
    ("-graph retrieval", ["1"]),
    ("transf*", ["4"]),
    ("locomot* -rank*", []),
    ("GPT-4", ["1"]),
    ("k-means", ["2"]),
    ("Lovelace", ["3"]),
    ('"Ada Lovelace"', ["3"]),
    ('"Lovelace Ada"', []),
    ("2504.00002v3", ["2"]),
    ("语言", ["4"]),
    ('"检索增强"', ["4"]),
    ("nobodysaidthis", []),
]


@pytest.mark.parametrize(("query", "expected"), SEARCHES)
def test_a_search_finds_by_words_phrases_prefixes_and_identifiers(filled, query, expected):
    assert sorted(found(filled, query)) == expected


@pytest.mark.parametrize(("query", "expected"), SEARCHES)
def test_plain_duckdb_finds_the_same(filled, query, expected):
    config = {"autoload_known_extensions": False, "autoinstall_known_extensions": False}
    with duckdb.connect(str(filled / "paperhouse.duckdb"), read_only=True, config=config) as connection:
        rows = connection.execute(
            "select arxiv_id from search($query) order by all", {"query": query}
        ).fetchall()
    assert [arxiv_id[-1] for (arxiv_id,) in rows] == expected


def test_the_locked_reader_searches(filled):
    with open_locked(filled / "paperhouse.duckdb") as connection:
        result = run_query(
            connection, "select arxiv_id, has_all from search('dense \"ranks\"') order by score desc"
        )
        assert [row for batch in result.batches for row in batch.to_pylist()] == [
            {"arxiv_id": "2504.00003", "has_all": False}
        ]


HOSTILE = [
    "'; drop table papers; --",
    "'",
    '"',
    '""',
    "-",
    "*",
    "--",
    "%_%",
    "a'b\" c",
    "\\x{110000}",
    "(?:a{9999})",
    "x" * 1900,
    "a b " * 450,
    "\ud800",
    "\0graph",
    "$query",
    "{asked}",
    "(((((",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_a_hostile_search_finds_papers_or_says_why_not(filled, query):
    try:
        found(filled, query)
    except QueryError as error:
        refused = str(error)
    else:
        refused = "search"
    assert "search" in refused


def test_a_search_of_nothing_says_what_to_write(filled):
    for query in ("", "-graph", "the of and", '"to be or not to be"'):
        with pytest.raises(QueryError, match="names nothing to find papers by"):
            found(filled, query)
    with pytest.raises(QueryError, match="at most 2,000"):
        found(filled, "graph " * 400)
