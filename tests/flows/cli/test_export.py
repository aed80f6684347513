"""`paperhouse export`: papers by identifier or query, in the order given, as citations."""

import json
import subprocess
import sys

import bibtexparser
import pytest

from paperhouse.transforms.citations.citation_keys import DEFAULT_KEY
from paperhouse.warehouse.read.search import search_papers
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home


def export(home, *arguments):
    command = [sys.executable, "-m", "paperhouse.flows.cli.main", "export", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def ids(seed_home):
    with open_read_only(Home(seed_home).live) as connection:
        return [row[0] for row in connection.execute("select arxiv_id from papers order by 1").fetchall()]


def test_papers_come_in_the_order_given_and_once(seed_home, ids):
    wanted = [ids[3], f"https://arxiv.org/abs/{ids[1]}v2", ids[3]]
    done = export(seed_home, "--format", "csl-json", *wanted)
    assert done.returncode == 0, done.stderr
    assert [item["number"] for item in json.loads(done.stdout)] == [f"arXiv:{ids[3]}", f"arXiv:{ids[1]}"]


def test_every_paper_of_a_query_is_read_back(seed_home, ids, tmp_path):
    target = tmp_path / "all.bib"
    query = "select title, arxiv_id from papers union all select null, null"
    done = export(seed_home, query, "-o", str(target))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    library = bibtexparser.parse_string(target.read_text("utf-8"))
    assert not library.failed_blocks
    assert sorted(entry["eprint"] for entry in library.entries) == ids
    assert [path.name for path in tmp_path.iterdir()] == ["all.bib"]


def test_the_default_pattern_is_the_one_that_help_shows(seed_home, ids):
    chosen = export(seed_home, ids[0], "--key", DEFAULT_KEY)
    assert chosen.stdout == export(seed_home, ids[0]).stdout
    assert DEFAULT_KEY in export(seed_home, "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "give identifiers, a query or --search"),
        (["2504.04178", "--search", "tokens"], 2, "one of them"),
        (["--search", "-zebra"], 1, "names nothing to find papers by"),
        (["0704.0001"], 1, "0704.0001: not in the warehouse"),
        (["nonsense"], 1, "nonsense"),
        (["select title from papers"], 1, "no column arxiv_id (its columns: title)"),
        (["from read_csv('/etc/passwd')"], 1, "read_csv() is refused here"),
        (["2504.00001", "--key", "{nobody}"], 1, "key pattern '{nobody}'"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_nothing_is_written(
    seed_home, tmp_path, arguments, code, message
):
    done = export(seed_home, *arguments, "-o", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert not any(tmp_path.iterdir())


def test_what_a_search_finds_is_exported_the_best_first(seed_home):
    done = export(seed_home, "--search", "dense retrieval", "--limit", "2", "--format", "csl-json")
    with open_read_only(Home(seed_home).live) as connection:
        hits = search_papers(connection, "dense retrieval", 2).hits
    assert [item["number"] for item in json.loads(done.stdout)] == [f"arXiv:{hit.arxiv_id}" for hit in hits]


def test_a_query_that_names_no_paper_says_so(seed_home):
    done = export(seed_home, "select arxiv_id from papers where false")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no papers\n")
