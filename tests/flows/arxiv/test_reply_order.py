"""P2 for replies: any order, any batching and any repetition of what arXiv answered gives one warehouse."""

import shutil
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from paperhouse.flows.arxiv import harvests
from paperhouse.flows.arxiv.client.stored_replies import StoredReplies
from paperhouse.flows.arxiv.kept_answers import kept_answers
from paperhouse.flows.arxiv.replies import load_replies, reply_store
from paperhouse.flows.load.pipeline import rebuild
from paperhouse.flows.settings import Settings

API, OAI = "https://export.arxiv.org/api/query", "https://oaipmh.arxiv.org/oai"
DATACITE = "https://api.datacite.org/dois"
X = "<arxiv:affiliation>Univ. {}</arxiv:affiliation>"


@pytest.fixture
def stored_home(seed_home, tmp_path, made):
    """The seeds, and stored replies that contradict each other in words, versions, affiliations and categories."""
    home = shutil.copytree(seed_home, tmp_path / "home")
    store = reply_store(Settings(home=home))
    now = datetime.now(UTC) - timedelta(days=9)

    def keep(number, url, body, kind):
        when = now + timedelta(hours=number)
        store.save(url, body, fetched_at=when, status=200, content_type=kind)

    for number, (version, title, code) in enumerate(
        [(1, "One", "H.3.3"), (2, "Two", "68T50"), (2, "Two, corrected", "astro-ph")]
    ):
        entries = [made.atom_entry("2504.20013", version, title, categories=["cs.IR", code])]
        url = f"{API}?id_list=2504.20013%2C2504.99999&start=0&max_results=2"
        keep(number, url, made.atom(entries), "application/atom+xml")
    for number, (place, versions) in enumerate([("Univ. X", 1), ("Univ. Y", 2), ("Univ. Z", 2)], start=3):
        record = made.oai_record("2504.20013", f"2026-08-0{number}", versions, authors=f"A. One ({place})")
        url = f"{OAI}?verb=ListRecords&metadataPrefix=arXivRaw&from=2026-08-0{number}"
        keep(
            number,
            url,
            made.oai_list([record, made.oai_deleted("2504.20006")], at=f"2026-08-0{number}T10:00:00Z"),
            "text/xml",
        )
    single = f"{OAI}?verb=GetRecord&metadataPrefix=arXiv&identifier=oai%3AarXiv.org%3A2504.20013"
    keep(6, single, made.oai_one(made.oai_record("2504.20013", "2026-08-06", prefix="arXiv")), "text/xml")
    keep(7, f"{DATACITE}/10.48550/arXiv.2504.20013", made.datacite("2504.20013"), "application/vnd.api+json")
    page = made.oai_list([made.oai_record(one, "2026-08-07", 2) for one in ("2504.20013", "2504.20000")])
    keep(8, f"{OAI}?verb=ListRecords&metadataPrefix=arXivRaw&from=2026-04-01#lookup", page, "text/xml")
    window = f"{OAI}?verb=ListRecords&metadataPrefix=arXivRaw&from=2026-04-01#arXivRaw=2504.20000"
    keep(9, window, page, "text/xml")
    return home


def replies_in(settings, known):
    stored = StoredReplies(reply_store(settings).replies())
    found = [one for each in kept_answers(settings, stored) for one in each.replies]
    pages = [
        one
        for each in harvests.kept_harvests(settings, stored, known)
        for one in harvests.replies_of(each, known, is_repairing=True)
    ]
    return [*found, *pages]


@pytest.mark.parametrize("n_orders", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_any_order_batching_and_repetition_of_replies_gives_one_warehouse(
    stored_home, known, bench, tmp_path, n_orders
):
    hashes = set()
    for seed in range(n_orders):
        home = shutil.copytree(stored_home, tmp_path / f"home-{seed}")
        settings = Settings(home=home)
        replies = replies_in(settings, known)
        assert len(replies) == 9  # the page of a window counts only for the papers that it was noted for
        Random(seed).shuffle(replies)
        loads = [[replies[0]], replies[:3], replies] if seed % 2 else [replies]
        for load in loads:
            load_replies(settings, "replay", load)
        hashes.add(bench.hash_of(home))
    rebuild(home)
    assert hashes == {bench.hash_of(home)}
    doors = "select door, count(*) from lookups group by door order by door"
    assert bench.rows(home, doors) == [("arXiv", 1), ("arXivRaw", 4), ("datacite", 1), ("query_api", 6)]
    record = "select version, title, primary_category, n_listings from papers where arxiv_id = '2504.20013'"
    assert bench.rows(home, record) == [(2, "Two, corrected", "cs.IR", 1)]
    # The query API states no affiliation: it is that of the newest record with the same names.
    assert bench.rows(home, "select affiliation from author_affiliations where arxiv_id = '2504.20013'") == [
        ("Univ. Z",)
    ]
