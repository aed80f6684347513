"""`similar`: the papers like one, by any form of its identifier, and what it says where there are none."""

import json

import paperhouse

PAPER = "2504.05216"


def test_similar_papers_are_shown_with_their_score_and_why(paperhouse, seed_home):
    done = paperhouse("similar", f"https://arxiv.org/abs/{PAPER}v2", "--home", seed_home, "--limit", "3")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{PAPER}  Unleashing the Power of LLMs in Dense Retrieval")
    assert [line[:3] for line in lines if "both" not in line and line][1:] == [" 1.", " 2.", " 3."]
    assert "retrieval" in lines[3]


def test_json_holds_the_same_facts_for_programs(paperhouse, seed_home):
    done = paperhouse("similar", PAPER, "--json", "--home", seed_home)
    found = json.loads(done.stdout)
    assert [one["position"] for one in found] == [*range(1, 11)]
    assert [*found[0]] == [
        *("arxiv_id", "position", "score", "title", "shared_terms", "shared_authors", "shared_lists", "why")
    ]


def test_a_paper_that_is_not_held_and_what_is_no_identifier_are_refused(paperhouse, seed_home):
    for identifier, said in (("2501.00001", "not in the warehouse"), ("x", "is no arXiv identifier")):
        done = paperhouse("similar", identifier, "--home", seed_home)
        assert done.returncode != 0
        assert said in done.stderr
        assert not done.stdout


def test_the_api_gives_the_same_papers(seed_home):
    with paperhouse.open(seed_home) as warehouse:
        found = warehouse.similar(f"{PAPER}v1", limit=2)
        assert [one.arxiv_id for one in found] == [
            row[0]
            for row in warehouse.sql(
                f"select neighbour_id from paper_neighbours where arxiv_id = '{PAPER}' and position <= 2 order by position"
            ).fetchall()
        ]
        assert found[0].why.startswith("both on ")
