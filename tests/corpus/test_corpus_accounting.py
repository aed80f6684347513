"""What each family came to on the corpus, held as figures so that a change is seen."""

import importlib.util
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

# files, entries, rejects, lines or records, accounted for, ids unaccounted, stated by the source, by us the same.
# Where the last two differ: one row of a CSV was cut off by its writer before its authors (2510.13738), and three
# lists of authors do not mean what their commas say (2502.10470, 2511.00342: `and` before the last name; 2504.11459:
# a comma inside of a bracket).
EXPECTED = {
    ("advanced-cs", "advanced_cs"): (1, 23, 0, 300, 300, 0, 23, 23),
    ("ai-enhanced", "ai_enhanced"): (1, 532, 0, 12325, 12325, 0, 532, 532),
    ("ai-enhanced", "ai_enhanced_jsonl"): (4, 1626, 0, 1626, 1626, 0, 1626, 1626),
    ("cv-arxiv-daily", "cv_arxiv_daily"): (3, 649, 0, 700, 700, 0, 649, 649),
    ("cv-arxiv-daily", "cv_arxiv_daily_json"): (2, 717, 0, 717, 717, 0, 717, 717),
    ("dailyarxiv", "dailyarxiv"): (1, 251, 0, 274, 274, 0, 251, 251),
    ("report-table", "report_table"): (262, 1297, 0, 2449, 2449, 0, 1297, 1295),
    ("report-table", "report_table_csv"): (262, 1297, 0, 1559, 1559, 0, 1297, 1296),
    ("reporter", "empty"): (2, 0, 0, 0, 0, 0, 0, 0),
    ("reporter", "reporter"): (89, 11405, 0, 116940, 116940, 0, 11404, 11402),
    ("reporter", "reporter_index"): (6, 0, 0, 42, 42, 0, 0, 0),
    ("reporter", "reporter_jsonl"): (89, 11404, 0, 11404, 11404, 0, 11404, 11402),
    ("reporter-2025h1.tar.gz", "empty"): (24, 0, 0, 0, 0, 0, 0, 0),
    ("reporter-2025h1.tar.gz", "reporter"): (955, 50091, 0, 514731, 514731, 0, 50091, 50091),
    ("reporter-2025h1.tar.gz", "reporter_index"): (125, 0, 0, 872, 872, 0, 0, 0),
    ("reporter-bilingual", "reporter"): (16, 865, 0, 11358, 11358, 0, 865, 865),
    ("reporter-bilingual", "reporter_index"): (2, 0, 0, 12, 12, 0, 0, 0),
    ("reporter-bilingual", "reporter_jsonl"): (16, 865, 0, 865, 865, 0, 865, 865),
    ("rss-bot", "rss_bot"): (1, 30, 0, 482, 482, 0, 30, 30),
    ("scroll", "scroll"): (40, 40, 0, 1578, 1578, 0, 40, 40),
    ("scroll", "scroll_json"): (1, 119, 0, 119, 119, 0, 119, 119),
    ("storage", "storage"): (8, 540, 0, 652, 652, 0, 540, 540),
}


@pytest.fixture(scope="module")
def family_table(shared_corpus):
    assert shared_corpus.is_dir()
    source = Path(__file__).with_name("family_table.py")
    specification = importlib.util.spec_from_file_location("family_table", source)
    module = importlib.util.module_from_spec(specification)
    sys.modules["family_table"] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def figures(family_table):
    return family_table.family_figures()


def test_each_family_comes_to_the_expected_figures(figures):
    assert {key: row.told() for key, row in figures.items()} == EXPECTED


def test_every_line_is_accounted_for_and_no_linked_identifier_is_lost(figures):
    for key, row in figures.items():
        assert (row.n_accounted, row.n_ids_unaccounted, row.n_rejects) == (row.n_units, 0, 0), key


def test_every_family_that_states_papers_has_an_independent_source(figures):
    without = {name for (_, name), row in figures.items() if not row.n_compared}
    assert without == {"empty", "reporter_index"}
    differing = {
        key: (row.n_compared, row.n_agreeing)
        for key, row in figures.items()
        if row.n_compared != row.n_agreeing
    }
    assert differing == {
        ("report-table", "report_table"): (1297, 1295),
        ("report-table", "report_table_csv"): (1297, 1296),
        ("reporter", "reporter"): (11404, 11402),
        ("reporter", "reporter_jsonl"): (11404, 11402),
    }


def test_the_table_has_a_row_for_each_family(family_table, monkeypatch, figures):
    monkeypatch.setattr(family_table, "family_figures", lambda: figures)
    lines = family_table.table_lines()
    assert len(lines) == len(EXPECTED) + 2
    assert len({line.count("|") for line in lines}) == 1
