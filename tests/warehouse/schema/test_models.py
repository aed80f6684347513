from datetime import UTC, date, datetime

import duckdb
import pytest

from paperhouse.transforms.calendar.announcement_days import deferred_days
from paperhouse.transforms.digest import REASONS
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema import relations
from paperhouse.warehouse.schema.ddl import create_tables
from paperhouse.warehouse.schema.relations import create_models, load_models

MODELS = {model.name: model for model in load_models()}

ANN, BOB, CID = 1, 2, 3
RANKING, SEARCH, TWIN, STRINGS = "2504.00001", "2504.00002", "2503.00003", "hep-th/9901001"
DAY_1, DAY_3, DAY_4 = date(2025, 4, 8), date(2025, 4, 10), date(2025, 4, 11)
APRIL, MARCH = date(2025, 4, 1), date(2025, 3, 1)
RANKING_TITLE, SEARCH_TITLE, TWIN_TITLE = (
    "Graph Ranking with Large Models",
    "The Ranking of $x$ for Search",
    "graph ránking, with large models!",
)
ABSTRACT = "We rank. Code: https://github.com/x/rank."
MASKED = "We rank.  Code: this https URL."
MORNING = datetime(2025, 4, 11, 6, tzinfo=UTC)
SEARCH_AUTHORS = ["Ann Ash", "Cid Cox", "ANN ASH"]

EXPECTED = {
    "author_papers": [
        (ANN, "Ann Ash", TWIN, TWIN_TITLE, 1, 1, MARCH, DAY_1),
        (ANN, "Ann Ash", RANKING, RANKING_TITLE, 1, 2, APRIL, DAY_1),
        (ANN, "Ann Ash", SEARCH, SEARCH_TITLE, 1, 3, APRIL, DAY_1),
        (BOB, "Bob Box", RANKING, RANKING_TITLE, 2, 2, APRIL, DAY_1),
        (CID, "Cid Cox", SEARCH, SEARCH_TITLE, 2, 3, APRIL, DAY_1),
    ],
    # Ann stands first and last in the search paper; the cut list of the twin may hold more than her.
    "author_productivity": [
        (ANN, "Ann Ash", 3, 3, 1, 0, 2, MARCH, APRIL, DAY_1, DAY_3),
        (BOB, "Bob Box", 1, 0, 1, 0, 1, APRIL, APRIL, DAY_1, DAY_3),
        (CID, "Cid Cox", 1, 0, 0, 0, 1, APRIL, APRIL, DAY_1, DAY_1),
    ],
    # What the records of d1 repeat leads to their file too.
    "author_sources": [
        (ANN, "Ann Ash", TWIN, TWIN_TITLE, 1, "ai/2025-04-08.md", 11, 14, 3, "d1", DAY_1, "L1", None),
        (ANN, "Ann Ash", RANKING, RANKING_TITLE, 1, "ai/2025-04-08.jsonl", 1, 1, 1, "d6", DAY_1, "L2", "d1"),
        (ANN, "Ann Ash", RANKING, RANKING_TITLE, 1, "ai/2025-04-08.md", 3, 6, 1, "d1", DAY_1, "L1", None),
        (ANN, "Ann Ash", RANKING, RANKING_TITLE, 1, "ai/2025-04-10.md", 1, 4, 1, "d2", DAY_3, "L1", None),
        (ANN, "Ann Ash", RANKING, RANKING_TITLE, 1, "http/7.gz", 4, 20, 1, "d7", None, "L7", None),
        (ANN, "Ann Ash", SEARCH, SEARCH_TITLE, 1, "ai/2025-04-08.md", 7, 10, 2, "d1", DAY_1, "L1", None),
        (BOB, "Bob Box", RANKING, RANKING_TITLE, 2, "ai/2025-04-08.jsonl", 1, 1, 1, "d6", DAY_1, "L2", "d1"),
        (BOB, "Bob Box", RANKING, RANKING_TITLE, 2, "ai/2025-04-08.md", 3, 6, 1, "d1", DAY_1, "L1", None),
        (BOB, "Bob Box", RANKING, RANKING_TITLE, 2, "ai/2025-04-10.md", 1, 4, 1, "d2", DAY_3, "L1", None),
        (BOB, "Bob Box", RANKING, RANKING_TITLE, 2, "http/7.gz", 4, 20, 1, "d7", None, "L7", None),
        (CID, "Cid Cox", SEARCH, SEARCH_TITLE, 2, "ai/2025-04-08.md", 7, 10, 2, "d1", DAY_1, "L1", None),
    ],
    "ambiguous_names": [(ANN, "Ann Ash", 2, 3, 2, 1, 0.8)],
    "person_papers": [
        (101, "Ann Ash", RANKING, RANKING_TITLE, 1, 2, "cs.IR", APRIL, DAY_1),
        (101, "Ann Ash", SEARCH, SEARCH_TITLE, 1, 3, None, APRIL, DAY_1),
        (102, "Ann Ash", TWIN, TWIN_TITLE, 1, 1, None, MARCH, DAY_1),
        (201, "Bob Box", RANKING, RANKING_TITLE, 2, 2, "cs.IR", APRIL, DAY_1),
        (301, "Cid Cox", SEARCH, SEARCH_TITLE, 2, 3, None, APRIL, DAY_1),
    ],
    "person_coauthors": [
        (101, "Ann Ash", 201, "Bob Box", 1),
        (101, "Ann Ash", 301, "Cid Cox", 1),
        (201, "Bob Box", 101, "Ann Ash", 1),
        (301, "Cid Cox", 101, "Ann Ash", 1),
    ],
    "category_trends": [
        (APRIL, "cs.IR", "Information Retrieval", 2, 1),
        (APRIL, "cs.XX", None, 1, 0),
    ],
    # Ann stands twice in the list with Cid: one shared paper, and no pair with herself.
    "coauthor_pairs": [
        (ANN, "Ann Ash", BOB, "Bob Box", 1),
        (ANN, "Ann Ash", CID, "Cid Cox", 1),
    ],
    # A day with an empty digest has its row, the index of that day does not count, undated stands last.
    "daily_counts": [
        (DAY_1, "AI", 2, 3, 3),
        (DAY_3, "AI", 1, 1, 0),
        (DAY_4, "AI", 1, 0, 0),
        (None, None, 1, 1, 0),
    ],
    "entries": [
        ("d1", 1, 3, 6, RANKING, 12, 7, None, "Graphs", None, None, None, True),
        ("d1", 2, 7, 10, SEARCH, 20, None, None, "Graphs", None, None, None, True),
        ("d1", 3, 11, 14, TWIN, 30, None, None, None, None, None, None, True),
        ("d2", 1, 1, 4, RANKING, 11, None, None, "Graphs", None, None, None, True),
        ("d4", 1, 2, 9, STRINGS, 40, None, None, None, None, None, None, True),
        ("d6", 1, 1, 1, RANKING, 12, 7, None, "Records", DAY_3, "updated", "d1", False),
        ("d7", 1, 4, 20, RANKING, 13, None, None, None, DAY_4, "answered", None, False),
    ],
    # The wording of arXiv was never listed, and no dated digest lists the strings.
    "paper_history": [
        (TWIN, 30, DAY_1, None, None, TWIN_TITLE, ["Ann Ash"], "We ra", True),
        (RANKING, 11, DAY_3, None, 2, RANKING_TITLE, ["Ann Ash", "Bob Box"], ABSTRACT, True),
        (RANKING, 12, DAY_1, DAY_3, 1, "Graph Ranking", ["Ann Ash"], "Old words.", False),
        (SEARCH, 20, DAY_1, None, None, SEARCH_TITLE, SEARCH_AUTHORS, None, True),
    ],
    "paper_overview": [
        (
            TWIN,
            TWIN_TITLE,
            "Ann Ash",
            1,
            "first_only",
            None,
            MARCH,
            DAY_1,
            ["AI"],
            1,
            "https://arxiv.org/abs/2503.00003",
            None,
            "We ra",
        ),
        (
            RANKING,
            RANKING_TITLE,
            "Ann Ash",
            2,
            "full",
            "cs.IR",
            APRIL,
            DAY_1,
            ["AI"],
            2,
            "https://arxiv.org/abs/2504.00001",
            "https://github.com/x/rank",
            ABSTRACT,
        ),
        (
            SEARCH,
            SEARCH_TITLE,
            "Ann Ash",
            3,
            "full",
            None,
            APRIL,
            DAY_1,
            ["AI"],
            1,
            "https://arxiv.org/abs/2504.00002",
            None,
            None,
        ),
        (
            STRINGS,
            "Strings",
            None,
            None,
            "none",
            None,
            date(1999, 1, 1),
            None,
            [],
            1,
            "https://arxiv.org/abs/hep-th/9901001",
            None,
            None,
        ),
    ],
    # Of the strings nothing but the title is known, and arXiv does not know them.
    "papers_to_enrich": [
        (TWIN, MARCH, DAY_1, True, True, True, True, None, None, None),
        (SEARCH, APRIL, DAY_1, False, False, True, True, None, None, None),
        (STRINGS, date(1999, 1, 1), None, True, True, True, True, MORNING, "unknown", "query_api"),
    ],
    "paper_sources": [
        (TWIN, TWIN_TITLE, 30, "ai/2025-04-08.md", 11, 14, 3, "d1", DAY_1, "alpha", "AI", None, "L1", None),
        (
            RANKING,
            RANKING_TITLE,
            11,
            "ai/2025-04-10.md",
            1,
            4,
            1,
            "d2",
            DAY_3,
            "alpha",
            "AI",
            "Graphs",
            "L1",
            None,
        ),
        (
            RANKING,
            RANKING_TITLE,
            12,
            "ai/2025-04-08.jsonl",
            1,
            1,
            1,
            "d6",
            DAY_1,
            "alpha",
            "AI",
            "Records",
            "L2",
            "d1",
        ),
        (
            RANKING,
            RANKING_TITLE,
            12,
            "ai/2025-04-08.md",
            3,
            6,
            1,
            "d1",
            DAY_1,
            "alpha",
            "AI",
            "Graphs",
            "L1",
            None,
        ),
        (RANKING, RANKING_TITLE, 13, "http/7.gz", 4, 20, 1, "d7", None, "arxiv", None, None, "L7", None),
        (
            SEARCH,
            SEARCH_TITLE,
            20,
            "ai/2025-04-08.md",
            7,
            10,
            2,
            "d1",
            DAY_1,
            "alpha",
            "AI",
            "Graphs",
            "L1",
            None,
        ),
        (STRINGS, "Strings", 40, "dump.json", 2, 9, 1, "d4", None, None, None, None, "L2", None),
    ],
    "papers_with_code": [
        (RANKING, RANKING_TITLE, "cs.IR", APRIL, DAY_1, "https://github.com/x/rank", "github.com"),
        (RANKING, RANKING_TITLE, "cs.IR", APRIL, DAY_1, "https://gitlab.com/x/rank", "gitlab.com"),
    ],
    "possible_duplicates": [(TWIN, RANKING, TWIN_TITLE, RANKING_TITLE, 1)],
    "reject_reasons": sorted(REASONS.items()),
    "rejects_by_reason": sorted(
        (code, meaning, 1, 1, DAY_1) if code == "no_arxiv_id" else (code, meaning, 0, 0, None)
        for code, meaning in REASONS.items()
    ),
    "source_health": [
        ("alpha", "AI", 4, 0, 1, 1, DAY_4, DAY_3, 1, 1.5, 0, 1.5, 0, 1.0, 0, 0.0, True, True, False),
        (None, None, 1, 1, 0, 0, None, None, None, None, None, None, None, 1.0, None, None, None, None, None),
    ],
    # Cid wrote one paper only; the second Ann of the twin is another person.
    "similar_papers": [
        (RANKING, 1, SEARCH, 0.5, SEARCH_TITLE, ["rank"], ["Ann Ash"], ["AI"]),
        (RANKING, 2, TWIN, 0.3, TWIN_TITLE, ["rank"], [], ["AI"]),
        (SEARCH, 1, RANKING, 0.8, RANKING_TITLE, ["rank"], ["Ann Ash", "ANN ASH"], ["AI"]),
    ],
    "term_trends": [(APRIL, "ranking", 2, 1.0)],
    "topic_counts": [("alpha", "AI", "Graphs", 2, 3, DAY_1, DAY_3)],
    "variant_texts": [
        (
            11,
            RANKING,
            2,
            RANKING_TITLE,
            ["Ann Ash", "Bob Box"],
            "full",
            ABSTRACT,
            "full",
            "digest",
            True,
            DAY_3,
            DAY_3,
            1,
        ),
        (
            12,
            RANKING,
            1,
            "Graph Ranking",
            ["Ann Ash"],
            "truncated",
            "Old words.",
            "full",
            "digest",
            False,
            DAY_1,
            DAY_1,
            1,
        ),
        (13, RANKING, None, RANKING_TITLE, None, "none", MASKED, "full", "arxiv", False, None, None, 0),
        (
            20,
            SEARCH,
            None,
            SEARCH_TITLE,
            SEARCH_AUTHORS,
            "full",
            None,
            "none",
            "digest",
            True,
            DAY_1,
            DAY_1,
            1,
        ),
        (
            30,
            TWIN,
            None,
            TWIN_TITLE,
            ["Ann Ash"],
            "first_only",
            "We ra",
            "truncated",
            "digest",
            True,
            DAY_1,
            DAY_1,
            1,
        ),
        (40, STRINGS, None, "Strings", None, "none", None, "none", "digest", True, None, None, 1),
    ],
    "listed_papers": [
        ("alpha", "AI", DAY_1, TWIN),
        ("alpha", "AI", DAY_1, RANKING),
        ("alpha", "AI", DAY_1, SEARCH),
        ("alpha", "AI", DAY_3, RANKING),
        (None, None, None, STRINGS),
    ],
    # Nothing of arXiv's announcements is held: what they make is in test_coverage_models.py.
    "arxiv_days": [],
    "arxiv_announcements": [],
    "list_habits": [],
    "missing_papers": [],
    # Wednesday the 9th has no digest, but no other Wednesday tells of a habit; one paper seen before is no copy.
    "list_days": [
        ("alpha", "AI", DAY_1, 3, 3, 3.0, 0, "ok", None),
        ("alpha", "AI", DAY_3, 1, 0, 0.0, 0, "ok", None),
        ("alpha", "AI", DAY_4, 0, 0, 0.0, 0, "ok", None),
    ],
    "coverage": [
        (DAY_1, None, None, None, 3, 0, 0, 0, None, ["AI"], "complete", None, "lists"),
        (DAY_3, None, None, None, 1, 0, 0, 0, None, ["AI"], "complete", None, "lists"),
        (DAY_4, None, None, None, 0, 0, 0, 0, None, ["AI"], "complete", None, "lists"),
    ],
    "deferred_days": list(deferred_days(date(2000, 1, 1), date(2049, 12, 31))),
    # Two titles; one full list; "Old words." against the abstract whose URL arXiv masks.
    "wording_conflicts": [(RANKING, RANKING_TITLE, 3, 2, 2, 1, 2)],
}


def rows_of(connection, name):
    return connection.execute(f"from {name} order by all").fetchall()


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_expected_rows(name):
    assert name in EXPECTED


@pytest.mark.parametrize("name", EXPECTED)
def test_the_small_warehouse_gives_the_expected_rows(warehouse, name):
    assert rows_of(warehouse, name) == EXPECTED[name]


@pytest.mark.parametrize("model", load_models(), ids=lambda model: model.name)
def test_the_header_describes_every_column_in_order(warehouse, model):
    assert warehouse.sql(f"from {model.name}").columns == list(model.columns)
    assert all(model.columns.values())
    held = dict(
        warehouse.execute(
            "select column_name, comment from duckdb_columns() where table_name = ?", [model.name]
        ).fetchall()
    )
    assert held == model.columns


@pytest.mark.parametrize("model", load_models(), ids=lambda model: model.name)
def test_the_grain_identifies_a_row(warehouse, model):
    grain = ", ".join(model.grain)
    assert set(model.grain) <= model.columns.keys()
    assert (
        warehouse.execute(f"select {grain} from {model.name} group by all having count(*) > 1").fetchall()
        == []
    )


@pytest.mark.parametrize("model", load_models(), ids=lambda model: model.name)
def test_models_depend_on_no_clock_and_name_their_columns(model):
    assert "current_" not in model.sql
    assert "select *" not in model.sql
    assert model.sql == model.sql.strip().removesuffix(";")


def test_a_model_comes_after_those_it_reads():
    names = [model.name for model in load_models()]
    assert names.index("variant_texts") < names.index("paper_history")
    assert names.index("author_papers") < names.index("author_sources")
    assert names.index("entries") < names.index("paper_sources") < names.index("author_sources")


def test_entries_have_every_column_of_listings_repeats_and_answers():
    *columns, is_listing = MODELS["entries"].columns
    assert is_listing == "is_listing"
    assert columns == list(WAREHOUSE_TABLES["repeats"].columns())
    assert columns == [*WAREHOUSE_TABLES["answers"].columns(), "repeats_digest_id"]


def test_what_is_repeated_or_answered_counts_as_no_listing(warehouse):
    listed = "select n_listings from papers where arxiv_id = '2504.00001'"
    sources = "select count(*), count(repeats_digest_id) from paper_sources where arxiv_id = '2504.00001'"
    assert warehouse.execute(listed).fetchall() == [(2,)]
    assert warehouse.execute(sources).fetchall() == [(4, 1)]
    n_listings = "select count(*) from entries where arxiv_id = '2504.00001' and is_listing"
    assert warehouse.execute(n_listings).fetchall() == [(2,)]
    assert warehouse.execute("select n_listings from topic_counts where topic = 'Records'").fetchall() == []


def test_models_of_another_version_are_made_anew_and_what_is_no_model_is_dropped(warehouse):
    warehouse.execute("create view yesterdays_model as select 1 as one")
    warehouse.execute("create or replace view papers_with_code as select 1 as one")
    warehouse.execute("create or replace macro paperhouse_models_version() as 'yesterday'")
    create_models(warehouse)
    views = warehouse.execute("select view_name, comment from duckdb_views() where not internal").fetchall()
    assert dict(views) == {model.name: model.description for model in load_models()}
    assert "arxiv_id" in warehouse.sql("from papers_with_code").columns


def test_models_that_stand_already_are_left_alone(warehouse):
    create_models(warehouse)
    made = warehouse.execute("select view_name, view_oid from duckdb_views() order by all").fetchall()
    create_models(warehouse)
    assert warehouse.execute("select view_name, view_oid from duckdb_views() order by all").fetchall() == made


def test_models_work_from_an_attached_file(tmp_path):
    path = tmp_path / "paperhouse.duckdb"
    with duckdb.connect(path) as connection:
        create_tables(connection)
        create_models(connection)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as held (read_only)")
        for name in MODELS:
            connection.execute(f"from held.{name}").fetchall()


def test_papers_with_more_than_fifty_authors_make_no_pairs(warehouse):
    warehouse.execute("update papers set n_authors = 51 where arxiv_id = '2504.00001'")
    assert rows_of(warehouse, "coauthor_pairs") == [(ANN, "Ann Ash", CID, "Cid Cox", 1)]


def test_same_title_without_a_shared_author_is_no_duplicate(warehouse):
    warehouse.execute("update paper_authors set author_id = 3 where arxiv_id = '2503.00003'")
    assert rows_of(warehouse, "possible_duplicates") == []


def test_titles_without_letters_are_no_duplicates(warehouse):
    warehouse.execute("update papers set title = '?!'")
    assert rows_of(warehouse, "possible_duplicates") == []


def test_a_repeated_author_is_shared_once(warehouse):
    warehouse.execute("update papers set title = 'Strings'")
    shared = warehouse.sql("select arxiv_id_1, arxiv_id_2, n_shared_authors from possible_duplicates")
    assert sorted(shared.fetchall()) == [(TWIN, RANKING, 1), (TWIN, SEARCH, 1), (RANKING, SEARCH, 1)]


def test_an_unknown_reason_is_counted_without_meaning(warehouse):
    warehouse.execute("update rejects set reason = 'from_the_future'")
    assert ("from_the_future", None, 1, 1, DAY_1) in rows_of(warehouse, "rejects_by_reason")


def test_words_of_titles_are_lower_case_whole_and_counted_once_per_paper(warehouse):
    warehouse.execute("""
        update papers
        set submitted_month = '2025-04-01', title = 'The GPT-4 of GPT-4: Émile’s 3D a 42 图排序 $\\alpha$'
    """)
    terms = warehouse.execute("select term, n_papers from term_trends order by all").fetchall()
    assert terms == [("3d", 4), ("gpt-4", 4), ("émile's", 4), ("图排序", 4)]


def test_of_two_wordings_of_one_day_the_later_version_holds(warehouse):
    warehouse.execute("update variants set first_listed_date = '2025-04-08' where variant_id = 11")
    spans = warehouse.execute(
        "select variant_id, valid_from, valid_to from paper_history where arxiv_id = '2504.00001' order by 1"
    ).fetchall()
    assert spans == [(11, DAY_1, None), (12, DAY_1, DAY_1)]


def test_spaces_and_masked_urls_are_no_conflict(warehouse):
    warehouse.execute("delete from variants where variant_id = 12")
    assert rows_of(warehouse, "wording_conflicts") == []


def test_a_second_digest_of_the_newest_day_counts_with_most_entries(warehouse):
    warehouse.execute("""
        insert into digests
        select * replace ('d7' as digest_id, 8 as n_entries) from digests where digest_id = 'd3'
    """)
    newest = """
        select newest_n_entries, days_since_previous, is_empty, is_low
        from source_health
        where source = 'alpha'
    """
    assert warehouse.execute(newest).fetchall() == [(8, 1, False, False)]


def test_half_empty_newest_digest_is_low(warehouse):
    warehouse.execute("update digests set n_entries = 10 where digest_id in ('d1', 'd2', 'd6')")
    warehouse.execute("update digests set n_entries = 4 where digest_id = 'd3'")
    newest = "select newest_to_median, is_empty, is_low from source_health where source = 'alpha'"
    assert warehouse.execute(newest).fetchall() == [(0.4, False, True)]


def test_a_source_is_stopped_after_three_times_its_usual_gap(warehouse):
    newer = "insert into digests select * replace ('d8' as digest_id, 'beta' as source, {} as digest_date)"
    warehouse.execute(f"{newer.format('digest_date + 6')} from digests where digest_id = 'd3'")
    behind = "select n_announcements_behind, is_stopped from source_health where source = 'alpha'"
    assert warehouse.execute(behind).fetchall() == [(4, False)]
    warehouse.execute("update digests set digest_date = digest_date + 1 where digest_id = 'd8'")
    assert warehouse.execute(behind).fetchall() == [(5, True)]
    other = "select n_announcements_behind, is_stopped from source_health where source = 'beta'"
    assert warehouse.execute(other).fetchall() == [(0, None)]


def test_a_header_without_sentence_or_grain_is_refused():
    with pytest.raises(ValueError, match=r"lost\.sql: the file must start with `-- `"):
        relations._parse_check("lost", "select 1")
    with pytest.raises(ValueError, match=r"models/lost\.sql: no line `-- grain"):
        relations._parse_model("lost", "-- A sentence.\nselect 1")


def test_header_lines_go_on_in_the_next_line():
    model = relations._parse_model(
        "long",
        "-- One\n-- two.\n-- grain: a,\n--   b\n-- column a: First\n--   half.\n-- column b: B.\nselect 1\n",
    )
    assert model == relations.Model(
        "long", "One two.", ("a", "b"), {"a": "First half.", "b": "B."}, "select 1"
    )
