"""The flows that ask arXiv, on a real Prefect server, against an arXiv on loopback that answers by this test."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from paperhouse.flows.enrich import enrich
from paperhouse.flows.feed import feed
from paperhouse.flows.fill import fill
from paperhouse.flows.harvest import harvest
from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.errors import InputError, RemoteError
from paperhouse.transforms.read_digest import DigestDefaults

ENTRY = """
<entry><id>http://arxiv.org/abs/2504.20013v2</id><title>A title</title><summary>Words.</summary>
<updated>2025-05-01T00:00:00Z</updated><published>2025-04-28T00:00:00Z</published>
<category term="cs.IR"/><author><name>A. One</name></author></entry>
"""
ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
<opensearch:itemsPerPage>200</opensearch:itemsPerPage><opensearch:totalResults>1</opensearch:totalResults>
<opensearch:startIndex>0</opensearch:startIndex>{}</feed>
"""


@pytest.fixture
def arxiv(monkeypatch):
    """An arXiv that knows one paper and has no other service; the settings name it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            is_known = self.path.startswith("/api")
            body = ATOM.format(ENTRY).encode() if is_known else b"none here"
            self.send_response(200 if is_known else 404)
            self.send_header("Content-Type", "application/atom+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    for name, value in {
        "API_URL": f"{url}/api/query",
        "OAI_URL": f"{url}/oai",
        "FEED_URL": f"{url}/rss",
        "ALLOW_LOOPBACK": "true",
        "INTERVAL_SECONDS": "0",
    }.items():
        monkeypatch.setenv(f"PAPERHOUSE_ARXIV_{name}", value)
    yield url
    server.shutdown()
    server.server_close()
    thread.join()


RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
<title>cs.IR updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.IR</link>
<pubDate>Wed, 30 Apr 2025 00:00:00 -0400</pubDate>{}</channel></rss>
"""
RSS_ENTRY = """<item><title>Paper {0}</title><link>https://arxiv.org/abs/{0}</link>
<description>arXiv:{0}v1 Announce Type: new
Abstract: Words.</description><guid isPermaLink="false">oai:arXiv.org:{0}v1</guid><category>cs.IR</category>
<pubDate>Wed, 30 Apr 2025 00:00:00 -0400</pubDate><arxiv:announce_type>new</arxiv:announce_type>
<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights><dc:creator>A. One</dc:creator></item>
"""
SECTION = """# Paper {0}

**Authors**: Ann Lee

**Link**: [PDF](https://arxiv.org/pdf/{0})

**Abstract**: Words.

---
"""


@pytest.fixture
def gap_home(tmp_path):
    """A home that knows of one paper from arXiv's feed which the day's list leaves out."""
    ids = [f"2504.{number:05d}" for number in (*range(20014, 20034), 20013)]
    (tmp_path / "feed.xml").write_text(RSS.format("".join(map(RSS_ENTRY.format, ids))))
    (tmp_path / "2025-04-30.md").write_text("".join(map(SECTION.format, ids[:-1])))
    inputs = (
        (tmp_path / "feed.xml", DigestDefaults(None, "cs.IR", "arxiv")),
        (tmp_path / "2025-04-30.md", DigestDefaults(None, "IR", "lab")),
    )
    run_load(Plan(tmp_path / "home", inputs))
    return tmp_path / "home"


@pytest.mark.usefixtures("arxiv")
def test_what_digests_missed_is_filled_and_then_there_is_nothing_to_ask(gap_home):
    (asked,) = fill.fn(home=str(gap_home))
    assert (asked.outcomes, asked.load.n_digests) == ({"answered": 1}, 1)
    assert fill.fn(home=str(gap_home)) == []


@pytest.mark.usefixtures("arxiv")
def test_on_a_server_a_fill_says_what_came(gap_home, in_process):
    done = fill(home=str(gap_home), return_state=True)
    again = fill(home=str(gap_home), return_state=True)
    wrong = fill(home=str(gap_home), categories=["cs.NONE"], return_state=True)
    assert (done.type.value, done.message) == ("COMPLETED", "replies    1 asked for; asked      1 answered")
    assert (again.type.value, again.message) == ("COMPLETED", "nothing to ask arXiv for")
    assert wrong.type.value == "FAILED"
    assert "cs.NONE" in wrong.message
    summaries = in_process.post("/artifacts/filter", artifacts={"key": {"any_": ["fill-summary"]}})
    assert "1 answered" in summaries[0]["data"]


@pytest.mark.usefixtures("arxiv")
def test_outside_of_a_server_a_flow_runs_the_same_steps_and_raises(seed_copy):
    asked = enrich.fn(home=str(seed_copy), ids=["2504.20013"])
    assert (asked.outcomes, asked.load.n_digests, asked.n_requests) == ({"answered": 1}, 1, 1)
    with pytest.raises(InputError, match="say with --from where to begin"):
        harvest.fn(set_spec="cs:cs:IR", home=str(seed_copy))
    with pytest.raises(RemoteError, match="status 404"):
        feed.fn(categories=["cs.IR"], home=str(seed_copy))


@pytest.mark.usefixtures("arxiv")
def test_on_a_server_each_ends_in_a_state_with_its_message(seed_copy, in_process):
    done = enrich(home=str(seed_copy), ids=["2504.20013"], return_state=True)
    failed = harvest(set_spec="cs:cs:IR", home=str(seed_copy), return_state=True)
    lost = feed(categories=["cs.IR"], home=str(seed_copy), return_state=True)
    assert (done.type.value, failed.type.value, lost.type.value) == ("COMPLETED", "FAILED", "FAILED")
    assert done.message == "replies    1 asked for; asked      1 answered"
    assert "say with --from where to begin" in failed.message
    assert "status 404" in lost.message
    summaries = in_process.post("/artifacts/filter", artifacts={"key": {"any_": ["enrich-summary"]}})
    assert "1 answered" in summaries[0]["data"]
