"""`search`: hits with why and where, narrowed down, in every form, and what is said of searches without any."""

import json

import pytest

PAPER = "2504.05216"


def test_a_hit_shows_why_it_was_found_and_where_it_stands(paperhouse, seed_home):
    done = paperhouse("search", '"dense retrieval" -image', "--home", seed_home)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "1 found, 1 of them with every word"
    assert lines[2] == (
        f"{PAPER}  Unleashing the Power of LLMs in *Dense* *Retrieval* with Query Likelihood Modeling"
    )
    assert lines[4].startswith("    *Dense* *retrieval* is a crucial task")
    assert lines[5].strip() == "002_d218ac94e29d5505.txt:19"


def test_an_author_by_whom_a_paper_was_found_is_shown_first(paperhouse, seed_home):
    done = paperhouse("search", "Jiafeng Guo", "--all-words", "--home", seed_home)
    assert "    *Jiafeng Guo*, Hengran Zhang" in done.stdout


def test_options_narrow_a_search_down(paperhouse, seed_home):
    def found(*arguments):
        done = paperhouse("search", "retrieval", "--format", "json", "--home", seed_home, *arguments)
        assert done.returncode == 0, done.stderr
        return {row["arxiv_id"] for row in json.loads(done.stdout)}

    everything = found("--limit", "1000")
    assert PAPER in everything
    assert found("--author", "Hengran Zhang") < everything
    assert found("--author", "hengran") == found("--author", "Hengran Zhang")
    assert found("--since", "2999-01-01") == set()
    assert found("--list", "no such list") == set()
    assert len(found("--limit", "3")) == 3


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "markdown", "table"])
def test_every_form_has_the_same_columns(paperhouse, seed_home, form):
    done = paperhouse("search", "retrieval", "--format", form, "--limit", "1", "--home", seed_home)
    assert done.returncode == 0, done.stderr
    assert "line_start" in done.stdout


@pytest.mark.parametrize(
    ("query", "said"),
    [("the of", "names nothing to find papers by"), ("x" * 3000, "at most 2,000"), ("", "is empty")],
)
def test_a_search_of_nothing_is_refused(paperhouse, seed_home, query, said):
    done = paperhouse("search", query, "--home", seed_home)
    assert done.returncode != 0
    assert said in done.stderr
    assert not done.stdout


def test_no_hit_is_no_error(paperhouse, seed_home):
    done = paperhouse("search", "nobodysaidthis", "--home", seed_home)
    assert done.returncode == 0
    assert done.stdout == "no paper has any of these words\n"
    done = paperhouse("search", "nobodysaidthis", "--format", "json", "--home", seed_home)
    assert json.loads(done.stdout) == []
