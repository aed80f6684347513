"""A real HTTP server on loopback that answers as arXiv does, or misbehaves on demand; recorded and made-up replies."""

import csv
import gzip
import json
import os
import random
import re
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.sources.addresses import Addresses
from flows.sources.client import PoliteClient, user_agent
from flows.sources.limiter import Clock, Limiter
from flows.sources.patience import Policy
from flows.sources.reply_store import ReplyStore

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared"
TAXONOMY = REPOSITORY / "seeds" / "reference" / "arxiv_categories.csv"


@dataclass
class Reply:
    """What the server sends; `act` writes to the socket itself and overrules the rest."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "application/xml"
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[socket.socket], None] | None = None


@dataclass
class Seen:
    """One request as the server saw it; times are monotonic."""

    path: str
    headers: dict[str, str]
    came_at: float
    done_at: float = 0.0
    n_connections: int = 1


def is_closed_by_client(connection: socket.socket) -> bool:
    """Whether nothing more will come: the next that there is to read is the end."""
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):  # it is closed here too by now
        return True


class ArxivServer:
    """Answers from `script`, one reply a request, and then from `answer`; `seen` is its log."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.answer: Callable[[str], Reply] = lambda _: Reply(status=404, content_type="text/html")
        self.seen: list[Seen] = []
        self.most_open = 0
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda *_: None
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def n_open(self) -> int:
        """Connections that the client holds open; a busy server notices later than that when one is closed."""
        return sum(not is_closed_by_client(connection) for connection in tuple(self._connections))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def gaps(self) -> list[float]:
        """Seconds from the end of each request to the start of the next, in the order of the log."""
        log = sorted(self.seen, key=lambda one: one.came_at)
        return [after.came_at - before.done_at for before, after in pairwise(log)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one method each for what http.server calls
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def setup(self):
                with outer._lock:
                    outer._connections.add(self.request)
                    outer.most_open = max(outer.most_open, outer.n_open)
                super().setup()

            def finish(self):
                try:
                    super().finish()
                finally:
                    with outer._lock:
                        outer._connections.discard(self.request)

            def do_GET(self):
                seen = Seen(
                    self.path, dict(self.headers.items()), time.monotonic(), n_connections=outer.n_open
                )
                with outer._lock:
                    outer.seen.append(seen)
                    reply = outer.script.pop(0) if outer.script else None
                reply = reply or outer.answer(self.path)
                try:
                    if reply.act is not None:
                        self.close_connection = True
                        reply.act(self.connection)
                    else:
                        self._send(reply)
                except OSError:
                    self.close_connection = True
                finally:
                    seen.done_at = time.monotonic()

            def _send(self, reply):
                self.send_response(reply.status)
                if reply.content_type is not None:
                    self.send_header("Content-Type", reply.content_type)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in reply.headers:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                if reply.headers.get("Content-Length", str(len(reply.body))) != str(len(reply.body)):
                    self.close_connection = True

            def log_message(self, *_):
                pass

        return Handler


class FakeClock:
    """Time that passes only by sleeping; `slept` are the naps."""

    def __init__(self, wall: float = 1_790_000_000.0) -> None:
        self.now = 1000.0
        self.start_wall = wall - self.now
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self, boot_id: str = "boot-1") -> Clock:
        return Clock(
            uptime=lambda: self.now,
            wall=lambda: self.start_wall + self.now,
            sleep=self.sleep,
            boot_id=boot_id,
        )


class HighChance(random.Random):
    """Jitter at its highest, so that waits can be told exactly."""

    def uniform(self, a, b):
        del a
        return b


FEED_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns="http://www.w3.org/2005/Atom">\n'
)


class Made:
    """Replies made up by the tests, of the same shape as recorded ones."""

    @staticmethod
    def atom_entry(arxiv_id: str, version: int | None = 1, title: str | None = "A title", **facts) -> str:
        tail = "" if version is None else f"v{version}"
        names = "".join(
            f"<author><name>{escape(name)}</name></author>" for name in facts.get("authors", ["A. One"])
        )
        heading = "" if title is None else f"<title>{escape(title)}</title>"
        categories = "".join(f'<category term="{term}"/>' for term in facts.get("categories", ["cs.IR"]))
        return (
            f"  <entry>\n    <id>http://arxiv.org/abs/{arxiv_id}{tail}</id>\n    {heading}\n"
            f"    <updated>2024-02-03T04:05:06Z</updated>\n    <published>2024-01-02T03:04:05Z</published>\n"
            f"    <summary>{escape(facts.get('abstract', 'An abstract.'))}</summary>\n    {categories}\n"
            f'    <arxiv:primary_category term="{facts.get("primary", "cs.IR")}"/>\n'
            f"    {facts.get('more', '')}{names}\n"
            "  </entry>\n"
        )

    @staticmethod
    def atom(entries: list[str], total: int | None = None, start: int = 0, per_page: int = 200) -> bytes:
        total = len(entries) if total is None else total
        counts = (
            f"<opensearch:itemsPerPage>{per_page}</opensearch:itemsPerPage>"
            f"<opensearch:totalResults>{total}</opensearch:totalResults>"
            f"<opensearch:startIndex>{start}</opensearch:startIndex>\n"
        )
        return f"{FEED_HEAD}{counts}{''.join(entries)}</feed>\n".encode()

    @classmethod
    def atom_error(cls, code: str, message: str) -> bytes:
        entry = (
            f"<entry><id>https://arxiv.org/api/errors#{code}</id><title>Error</title>"
            f"<updated>2024-02-03T04:05:06Z</updated><summary>{message}</summary>"
            "<author><name>arXiv api core</name></author></entry>"
        )
        return cls.atom([entry], per_page=1)

    @staticmethod
    def oai_record(  # noqa: PLR0913, PLR0917 - each is a part of a record
        arxiv_id: str,
        stamp: str = "2026-08-01",
        versions: int = 1,
        prefix: str = "arXivRaw",
        more: str = "",
        authors: str | None = None,
    ) -> str:
        head = (
            f"<record><header><identifier>oai:arXiv.org:{arxiv_id}</identifier><datestamp>{stamp}</datestamp>"
            "<setSpec>cs:cs:IR</setSpec></header>\n"
        )
        body = "".join(
            f'<version version="v{n}"><date>Mon, 0{n} Jan 2024 01:02:03 GMT</date><size>9kb</size></version>'
            for n in range(1, versions + 1)
        )
        authors = authors or (
            "A. One, B. Two (Univ. X)"
            if prefix == "arXivRaw"
            else "<author><keyname>One</keyname><forenames>A.</forenames></author>"
        )
        return (
            f'{head}<metadata><{prefix} xmlns="http://arxiv.org/OAI/{prefix}/"><id>{arxiv_id}</id>'
            f"{body if prefix == 'arXivRaw' else '<created>2024-01-02</created>'}<title>Title of {arxiv_id}</title>"
            f"<authors>{authors}</authors><categories>cs.IR cs.CL</categories>{more}"
            f"<abstract>  An abstract.\n</abstract></{prefix}></metadata></record>\n"
        )

    @staticmethod
    def oai_deleted(arxiv_id: str, stamp: str = "2026-08-01") -> str:
        return (
            f'<record><header status="deleted"><identifier>oai:arXiv.org:{arxiv_id}</identifier>'
            f"<datestamp>{stamp}</datestamp></header></record>\n"
        )

    @staticmethod
    def oai(inside: str, at: str = "2026-08-03T10:00:00Z") -> bytes:
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n'
            f'<responseDate>{at}</responseDate>\n<request verb="ListRecords">https://oaipmh.arxiv.org/oai</request>\n'
            f"{inside}</OAI-PMH>\n"
        ).encode()

    @classmethod
    def oai_list(
        cls, records: list[str], token: str | None = None, at: str = "2026-08-03T10:00:00Z", **sizes
    ) -> bytes:
        attributes = "".join(f' {name}="{value}"' for name, value in sizes.items())
        mark = "" if token is None else f"<resumptionToken{attributes}>{token}</resumptionToken>"
        return cls.oai(f"<ListRecords>{''.join(records)}{mark}</ListRecords>\n", at)

    @classmethod
    def oai_error(cls, code: str) -> bytes:
        return cls.oai(f"<error code='{code}'>in words</error>\n")

    @staticmethod
    def rss_item(
        arxiv_id: str, kind: str = "new", day: str = "Mon, 03 Aug 2026 00:00:00 -0400", **facts
    ) -> str:
        said = facts.get("said", f"arXiv:{arxiv_id} Announce Type: {kind} \nAbstract: About it.\nAnd more.")
        return (
            f"<item><title>{facts.get('title', 'A title')}</title><link>https://arxiv.org/abs/{arxiv_id[:10]}</link>"
            f"<description>{said}</description>"
            f'<guid isPermaLink="false">oai:arXiv.org:{arxiv_id}</guid>'
            "<category>cs.IR</category><category>cs.CL</category>"
            f"<pubDate>{day}</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>"
            "<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>"
            "<dc:creator>A. One (Univ. X), B. Two</dc:creator></item>\n"
        )

    @staticmethod
    def rss(items: list[str], day: str = "Mon, 03 Aug 2026 00:00:00 -0400") -> bytes:
        return (
            "<?xml version='1.0' encoding='UTF-8'?>\n"
            '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'version="2.0">'
            f"<channel><title>cs.IR updates</title><lastBuildDate>Fri, 07 Aug 2026 04:00:00 +0000</lastBuildDate>"
            f"<pubDate>{day}</pubDate>{''.join(items)}</channel></rss>\n"
        ).encode()

    @staticmethod
    def atom_feed(items: list[tuple[str, str]]) -> bytes:
        entries = "".join(
            f"<entry><id>oai:arXiv.org:{arxiv_id}</id><title>A title</title>"
            "<updated>2026-08-03T04:00:00+00:00</updated>"
            f"<summary>arXiv:{arxiv_id} Announce Type: {kind}\nAbstract: About it.</summary>"
            f'<category term="cs.IR"/><published>2026-08-03T00:00:00-04:00</published><rights>CC</rights>'
            f"<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>A. One</dc:creator></entry>"
            for arxiv_id, kind in items
        )
        return (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><updated>2026-08-03T04:00:00+00:00</updated>{entries}</feed>'
        ).encode()

    @classmethod
    def api(cls, held: dict[str, str]) -> Callable[[str], Reply]:
        """A query API that holds these entries by identifier, and answers as many as it knows."""

        def answer(path: str) -> Reply:
            query = parse_qs(urlsplit(path).query)
            ids = [one.partition("v")[0] for one in query["id_list"][0].split(",")]
            entries = [held[one] for one in ids if one in held]
            start, size = int(query["start"][0]), int(query["max_results"][0])
            body = cls.atom(entries[start : start + size], len(entries), start, size)
            return Reply(body, content_type="application/atom+xml; charset=utf-8")

        return answer


@pytest.fixture(scope="session")
def made() -> type[Made]:
    return Made


@pytest.fixture(scope="session")
def reply() -> type[Reply]:
    return Reply


@pytest.fixture(scope="session")
def known() -> frozenset[str]:
    with TAXONOMY.open(encoding="utf-8", newline="") as file:
        return frozenset(row["category"] for row in csv.DictReader(file))


@pytest.fixture
def server():
    running = ArxivServer()
    yield running
    running.close()


@dataclass
class Ran:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self):
        return json.loads(self.stdout)


@pytest.fixture
def arxiv_environment(server):
    """Settings that make the server a command's arXiv; the home is `home` in the working folder."""
    return {
        "PAPERHOUSE_HOME": "home",
        "PAPERHOUSE_ARXIV_API_URL": f"{server.url}/api/query",
        "PAPERHOUSE_ARXIV_OAI_URL": f"{server.url}/oai",
        "PAPERHOUSE_ARXIV_FEED_URL": f"{server.url}/rss",
        "PAPERHOUSE_ARXIV_ALLOW_LOOPBACK": "true",
        "PAPERHOUSE_ARXIV_INTERVAL_SECONDS": "0",
        "PAPERHOUSE_ARXIV_CONTACT": "mailto:test@example.org",
    }


@pytest.fixture
def run(arxiv_environment, monkeypatch, tmp_path):
    """Run a command in this process; waits of the real clock pass at once."""
    for name in [name for name in os.environ if name.startswith(("PAPERHOUSE_", "PREFECT_API"))]:
        monkeypatch.delenv(name)
    for name, value in arxiv_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments, interval: str | None = None, feed_categories: str | None = None) -> Ran:
        given = {"ARXIV_INTERVAL_SECONDS": interval, "FEED_CATEGORIES": feed_categories}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in given.items():
                if value is not None:
                    patch.setenv(f"PAPERHOUSE_{name}", value)
            done = CliRunner().invoke(main, [str(one) for one in arguments])
        return Ran(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def fake():
    return FakeClock()


@pytest.fixture
def store(tmp_path) -> ReplyStore:
    return ReplyStore(tmp_path / "http")


@pytest.fixture
def quick(run, monkeypatch, fake):
    """No wait of a command is real: its clock is the test's, and its patience with a slow reply is short."""
    del run  # it sets the environment that is changed here
    monkeypatch.setattr("flows.sources.client.Clock", fake.clock)
    patient = partial(Policy, connect_seconds=2.0, read_seconds=0.5, total_seconds=0.6)
    monkeypatch.setattr("flows.sources.client.Policy", patient)
    monkeypatch.setenv("PAPERHOUSE_ARXIV_MAX_REPLY_BYTES", "200000")
    monkeypatch.setenv("PAPERHOUSE_ARXIV_INTERVAL_SECONDS", "3")
    monkeypatch.setattr(
        "flows.daily_feed.announcement_day", lambda _: __import__("datetime").date(2026, 8, 3)
    )
    return fake


@pytest.fixture
def make_client(tmp_path, fake, store):
    """A client whose clock is the test's; loopback is allowed, as a setting for tests does."""

    def make(*, interval: float = 3.0, clock: Clock | None = None, chance=None, **policy) -> PoliteClient:
        clock = clock or fake.clock()
        (tmp_path / "http").mkdir(exist_ok=True)
        return PoliteClient(
            limiter=Limiter([tmp_path / "http" / "arxiv.lock"], interval, clock, courtesy_seconds=0),
            store=store,
            agent=user_agent("mailto:test@example.org"),
            addresses=Addresses(is_loopback_allowed=True),
            policy=Policy(**{"connect_seconds": 2.0, "read_seconds": 2.0, "total_seconds": 10.0, **policy}),
            clock=clock,
            chance=chance or HighChance(),
        )

    return make


@pytest.fixture(scope="session")
def recorded_oai() -> dict[str, bytes]:
    """Recorded OAI-PMH replies by file name."""
    folder = SHARED / "arxiv-oai"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: recorded OAI-PMH replies are not compared")
    return {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".xml", ".html")
    }


@pytest.fixture(scope="session")
def oai_requests() -> list[dict]:
    """What was asked for each recorded OAI-PMH reply."""
    manifest = SHARED / "arxiv-oai" / "manifest.json"
    if not manifest.is_file():
        pytest.skip(f"{manifest} is not here: recorded OAI-PMH replies are not replayed")
    return json.loads(manifest.read_text("utf-8"))["responses"]


@pytest.fixture(scope="session")
def recorded_api() -> list[dict]:
    """Recorded replies of the query API: url, status_code, body."""
    folder = SHARED / "arxiv-api"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: recorded replies of the query API are not compared")
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


@pytest.fixture(scope="session")
def recorded_entries(recorded_api) -> dict[str, str]:
    """Entry elements of all recorded replies of the query API, by identifier."""
    held = {}
    for one in recorded_api:
        for entry in re.findall(r"  <entry>.*?</entry>\n", one["body"], re.DOTALL):
            found = re.search(r"<id>http://arxiv\.org/abs/(\S+?)v\d+</id>", entry)
            if found:
                held[found[1]] = entry
    return held


@pytest.fixture(scope="session")
def gzipped() -> Callable[[bytes], bytes]:
    return lambda body: gzip.compress(body, mtime=0)


@pytest.fixture(scope="session")
def utc() -> Callable[..., datetime]:
    return lambda *parts: datetime(*parts, tzinfo=UTC)
