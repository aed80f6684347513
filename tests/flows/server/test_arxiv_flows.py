"""The flows that ask arXiv, on a real Prefect server, against an arXiv on loopback that answers by this test."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from paperhouse.flows.enrich import enrich
from paperhouse.flows.feed import feed
from paperhouse.flows.harvest import harvest
from paperhouse.transforms.errors import InputError, RemoteError

pytestmark = pytest.mark.xdist_group("prefect")

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
