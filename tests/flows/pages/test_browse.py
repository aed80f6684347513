"""`paperhouse browse`: only this machine's own pages may ask, and the newest state answers."""

import re
import shutil
from pathlib import Path

import pytest
from lxml import etree
from starlette.testclient import TestClient

from paperhouse.flows.pages.server import browse_app, browse_forever
from paperhouse.transforms.errors import SettingsError, WarehouseError
from paperhouse.warehouse.read.search import search_papers
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home

ATOM_RULES = etree.RelaxNG(etree.parse(Path(__file__).parents[2] / "support" / "atom.rng"))


@pytest.fixture
def client(seed_copy):
    with TestClient(browse_app(Home(seed_copy).live), base_url="http://127.0.0.1:4280") as client:
        yield client


def test_pages_files_and_citations_are_served_with_a_policy(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert client.get("/static/style.css").headers["content-type"].startswith("text/css")
    cited = client.get("/cite/2504.04178.bib")
    assert cited.text.startswith("@misc{")
    assert cited.headers["content-disposition"].endswith('2504.04178.bib"')


def test_feeds_are_named_in_the_heads_and_valid(client):
    assert (
        'type="application/atom+xml" title="New papers" href="../feed.atom"'
        in client.get("/paper/2504.04178").text
    )
    feeds = [
        "feed.atom",
        *re.findall(r'href="\.\./(list/[^"]+\.atom)"', client.get(client_list(client)).text),
    ]
    assert len(feeds) == 3  # the list's own stands in its head and beside its title
    for feed in feeds:
        answer = client.get(f"/{feed}")
        assert answer.headers["content-type"].startswith("application/atom+xml")
        tree = etree.fromstring(answer.content)
        ATOM_RULES.assertValid(tree)
        assert tree.findall("{http://www.w3.org/2005/Atom}entry")
    assert client.get("/list/none.atom").status_code == 404
    assert client.get("/other.atom").status_code == 404


def client_list(client):
    return re.search(r'<a href="(list/[^"]+)"', client.get("/lists").text)[1]


def test_what_is_not_there_is_a_page_of_its_own_with_404(client):
    for address in (
        "/paper/0704.0001",
        "/static/../server.py",
        "/nothing/here",
        "/cite/2504.04178.doc",
        "/cite/0704.0001.ris",
        "/cite/x.ris",
    ):
        assert client.get(address).status_code == 404, address
    assert "Nothing is here" in client.get("/nothing").text


def test_search_finds_by_title_name_abstract_and_identifier(client):
    for words in ("tokens recommender", "dawei YIN", "2504.04178", '"All Tokens"', "abstract masked softmax"):
        page = client.get("/search", params={"q": words})
        assert 'href="paper/2504.' in page.text, words
    assert "0 papers" in client.get("/search", params={"q": "<script> zebra"}).text
    assert "<script> zebra" not in client.get("/search", params={"q": "<script> zebra"}).text
    assert "Find papers" in client.get("/search").text


def test_the_best_paper_comes_first_with_what_shows_why(client, seed_copy):
    page = client.get("/search", params={"q": "dense retrieval"}).text
    with open_read_only(Home(seed_copy).live) as connection:
        answer = search_papers(connection, "dense retrieval", 20)
    assert re.findall(r'<h2 class="t"><a href="paper/([^"]+)"', page) == [hit.arxiv_id for hit in answer.hits]
    assert f"{answer.n_found} papers, {answer.n_with_all} of them with every word" in page
    assert "<mark>Dense</mark>" in page


def test_a_search_for_nothing_says_what_to_write(client):
    assert "names nothing to find papers by" in client.get("/search", params={"q": "-zebra"}).text


def test_other_names_and_other_origins_are_refused(client):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 403
    assert client.get("/", headers={"origin": "http://evil.example"}).status_code == 403
    assert client.post("/").status_code == 405


def test_a_load_shows_at_once(client, seed_copy, bench, more_papers):
    assert client.get("/paper/2504.00001").status_code == 404
    bench.ingest(seed_copy, more_papers)
    assert client.get("/paper/2504.00001").status_code == 200


def test_a_warehouse_that_is_gone_is_named(client, seed_copy):
    Home(seed_copy).live.unlink()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "there is no warehouse yet" in answer.text


@pytest.fixture
def more_papers(tmp_path, page_digests):
    return shutil.copy(page_digests / "7-Apr-2025" / "AI" / "README.md", tmp_path / "7-Apr-2025.md")


def test_only_loopback_addresses_are_served(seed_home, tmp_path):
    with pytest.raises(SettingsError, match="others could reach"):
        browse_forever(Home(seed_home).live, "0.0.0.0", 0, print)
    with pytest.raises(WarehouseError, match="no warehouse"):
        browse_forever(Home(tmp_path).live, "127.0.0.1", 0, print)


def test_a_taken_port_is_named(seed_home):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="give another --port"):
            browse_forever(Home(seed_home).live, "127.0.0.1", taken.getsockname()[1], print)
