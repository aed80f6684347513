"""What arXiv states of authors is evidence of who is who, whenever it is learned."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from paperhouse.flows.arxiv.client.stored_replies import StoredReplies
from paperhouse.flows.arxiv.kept_answers import kept_answers
from paperhouse.flows.arxiv.replies import load_replies, reply_store
from paperhouse.flows.cli.main import main
from paperhouse.flows.load.pipeline import rebuild
from paperhouse.flows.settings import Settings

ONE, OTHER = "https://orcid.org/0000-0002-1825-0097", "https://orcid.org/0000-0001-5109-3700"
ZHANG = {"name": "Zhang, Wei", "nameType": "Personal", "givenName": "Wei", "familyName": "Zhang"}
QUELLMALZ = {"name": "Quellmalz, Ottokar", "nameType": "Personal"}
STATED = {
    "2504.00001": ([ZHANG, QUELLMALZ], ONE, ["Univ. of Xanadu"]),
    "2504.00002": ([ZHANG], ONE, []),
    "2504.00003": ([ZHANG, QUELLMALZ], OTHER, []),
}


@pytest.fixture
def replies(made, tmp_path):
    """DataCite's replies about three papers of Wei Zhang: two of one ORCID iD, two with a rare co-author."""
    settings = Settings(home=tmp_path / "replies")
    store = reply_store(settings)
    for arxiv_id, (creators, orcid, places) in STATED.items():
        named = [{"nameIdentifier": orcid, "nameIdentifierScheme": "ORCID"}]
        first = {**creators[0], "nameIdentifiers": named, "affiliation": places}
        store.save(
            f"https://api.datacite.org/dois/10.48550/arXiv.{arxiv_id}",
            made.datacite(arxiv_id, creators=[first, *creators[1:]]),
            fetched_at=datetime.now(UTC) - timedelta(hours=int(arxiv_id[-1])),
            status=200,
            content_type="application/vnd.api+json",
        )
    return [one for each in kept_answers(settings, StoredReplies(store.replies())) for one in each.replies]


def persons_of(bench, home):
    return [
        one
        for (one,) in bench.rows(
            home, "select person_id from paper_authors where position = 1 order by arxiv_id"
        )
    ]


def test_orcids_join_and_part_in_any_order_of_answers(replies, bench, tmp_path):
    hashes = set()
    for name, order in (("at-once", [replies]), ("one-by-one", [[one] for one in reversed(replies)])):
        home = shutil.copytree(tmp_path / "replies", tmp_path / name)
        for load in order:
            load_replies(Settings(home=home), "replay", load)
        first, second, third = persons_of(bench, home)
        assert first == second != third
        evidence = "select arxiv_id, joined_by from person_evidence where position = 1"
        assert bench.rows(home, evidence) == [("2504.00002", "orcid")]
        hashes.add(bench.hash_of(home))
    rebuild(home)
    assert hashes == {bench.hash_of(home)}


def test_who_shows_what_arxiv_states(replies, bench, tmp_path):
    home = tmp_path / "replies"
    load_replies(Settings(home=home), "replay", replies)
    named = CliRunner().invoke(main, ["who", "Wei Zhang", "--home", str(home)])
    assert f"   at     {ONE}; Univ. of Xanadu\n" in named.output
    assert "in cs.IR" in named.output
    one = CliRunner().invoke(main, ["who", str(persons_of(bench, home)[0]), "--home", str(home)])
    assert f"    in cs.IR, at Univ. of Xanadu; {ONE}\n    the oldest\n" in one.output
    assert f"    in cs.IR, at {ONE}\n    joined to 2504.00001:1 by the same ORCID iD\n" in one.output
