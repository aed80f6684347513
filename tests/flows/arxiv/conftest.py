"""A real HTTP server on loopback that answers as arXiv does, or misbehaves on demand; recorded and made-up replies."""

import gzip
import json
import os
import random
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from arxiv_replies import Reply
from click.testing import CliRunner

from paperhouse.flows.arxiv.client.allowlist import Addresses
from paperhouse.flows.arxiv.client.limiter import Clock, Limiter
from paperhouse.flows.arxiv.client.polite_client import PoliteClient, user_agent
from paperhouse.flows.arxiv.client.reply_cache import ReplyStore
from paperhouse.flows.arxiv.client.retry import Policy
from paperhouse.flows.cli.main import main

REPOSITORY = Path(__file__).parents[3]


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


@pytest.fixture(scope="session")
def reply() -> type[Reply]:
    return Reply


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
        "PAPERHOUSE_DATACITE_URL": f"{server.url}/dois",
        "PAPERHOUSE_ENRICH_DOORS": "query_api",  # the faults of one door; other tests open more
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
    monkeypatch.setattr("paperhouse.flows.arxiv.client.polite_client.Clock", fake.clock)
    patient = partial(Policy, connect_seconds=2.0, read_seconds=0.5, total_seconds=0.6)
    monkeypatch.setattr("paperhouse.flows.arxiv.client.polite_client.Policy", patient)
    monkeypatch.setenv("PAPERHOUSE_ARXIV_MAX_REPLY_BYTES", "200000")
    monkeypatch.setenv("PAPERHOUSE_ARXIV_INTERVAL_SECONDS", "3")
    monkeypatch.setattr(
        "paperhouse.flows.arxiv.announcements.announcement_day",
        lambda _: __import__("datetime").date(2026, 8, 3),
    )
    return fake


@pytest.fixture
def make_client(tmp_path, fake, store):
    """A client whose clock is the test's; loopback is allowed, as a setting for tests does."""

    def make(
        *, interval: float = 3.0, clock: Clock | None = None, chance=None, services=None, **policy
    ) -> PoliteClient:
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
            services=services,
        )

    return make


@pytest.fixture(scope="session")
def gzipped() -> Callable[[bytes], bytes]:
    return lambda body: gzip.compress(body, mtime=0)
