"""The commands that ask arXiv, run as a user runs them, against a server on loopback."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import json
from urllib.parse import parse_qs, urlsplit

import pytest

ATOM = "application/atom+xml; charset=utf-8"


@pytest.fixture
def run(paperhouse, server, tmp_path):
    """Run a command whose arXiv is the server; `home` is in the test's folder."""

    def run(*arguments, **environment):
        return paperhouse(
            *arguments,
            PAPERHOUSE_HOME="home",
            PAPERHOUSE_ARXIV_API_URL=f"{server.url}/api/query",
            PAPERHOUSE_ARXIV_OAI_URL=f"{server.url}/oai",
            PAPERHOUSE_ARXIV_FEED_URL=f"{server.url}/rss",
            PAPERHOUSE_ARXIV_ALLOW_LOOPBACK="true",
            PAPERHOUSE_ARXIV_INTERVAL_SECONDS="0",
            PAPERHOUSE_ARXIV_CONTACT="mailto:test@example.org",
            **environment,
        )

    return run


@pytest.fixture
def home(seed_home, tmp_path):
    import shutil

    return shutil.copytree(seed_home, tmp_path / "home")


def test_seeds(run, home, server, made, bench, reply):
    ids = [row[0] for row in bench.rows(home, "select arxiv_id from papers order by 1")]
    held = {
        one: made.atom_entry(one, version=2, authors=["A. One"], categories=["cs.IR", "H.3.3"])
        for one in ids[:-2]
    }
    server.answer = made.api(held)
    done = run("enrich", "--dry-run")
    print(done.stdout, done.stderr)
    done = run("enrich")
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    done = run("enrich")
    print(done.stdout, done.stderr)
    for t in ("paper_classes", "lookups", "answers"):
        print(bench.rows(home, f"select * from {t} limit 3"), bench.rows(home, f"select count(*) from {t}"))
    h = bench.hash_of(home)
    print(run("rebuild"))
    assert bench.hash_of(home) == h
    done = run("replay")
    print(done.stdout, done.stderr)
    assert 0
