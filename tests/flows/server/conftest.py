"""One real Prefect server for the session, on a free loopback port, with all its data in a temporary folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ports
import pytest
from environments import without_settings
from processes import end_process

SEEDS = Path(__file__).parents[3] / "seeds" / "digests"
PAPERHOUSE = Path(sys.executable).with_name("paperhouse")
"""The command as a user starts it: the working folder is not on the path, as it would be by `python -m`."""
START_SECONDS = 300
SERVICE_UNAVAILABLE = 503

# Prefect makes its folder when it is imported, and test modules import it while they are collected.
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="paperhouse-prefect-")
os.environ["DO_NOT_TRACK"] = "1"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def pytest_unconfigure():
    shutil.rmtree(os.environ["PREFECT_HOME"], ignore_errors=True)


def _paperhouse(*arguments: object, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "paperhouse.flows.cli.main", *map(str, arguments)],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@dataclass(frozen=True)
class Server:
    """A Prefect server under test, asked through its API."""

    url: str
    env: dict[str, str]

    def get(self, path: str) -> Any:
        return self._ask(urllib.request.Request(f"{self.url}{path}"))

    def post(self, path: str, **body: Any) -> Any:
        return self.post_list(path, body)

    def post_list(self, path: str, body: Any) -> Any:
        return self._ask(
            urllib.request.Request(
                f"{self.url}{path}", json.dumps(body).encode(), {"content-type": "application/json"}
            )
        )

    def _ask(self, request: urllib.request.Request) -> Any:
        for is_last in (False, False, False, False, True):
            try:
                with _DIRECT.open(request, timeout=20) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as error:
                if error.code != SERVICE_UNAVAILABLE or is_last:
                    raise
                time.sleep(2)  # its SQLite file was busy: "ask again", and Prefect's own client does
        raise AssertionError

    def is_healthy(self) -> bool:
        try:
            return self.get("/health") is True
        except OSError:
            return False

    def run(self, url: str) -> dict[str, Any]:
        """The flow run that a UI address shows."""
        return self.get(f"/flow_runs/{url.rpartition('/')[2]}")

    def artifacts(self, run_id: str) -> dict[str, str]:
        """Artifacts of a run: key to content."""
        found = self.post("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run_id]}})
        return {artifact["key"]: artifact["data"] for artifact in found}

    def log_lines(self, run_id: str, expected: str) -> list[str]:
        """Log of a run, once `expected` is in it (it arrives in batches)."""
        for _ in range(50):
            logs = self.post("/logs/filter", logs={"flow_run_id": {"any_": [run_id]}}, limit=200)
            lines = [log["message"] for log in logs]
            if any(expected in line for line in lines):
                return lines
            time.sleep(0.2)
        return lines


@dataclass
class Serving:
    """A `paperhouse serve` under test."""

    process: subprocess.Popen[str]
    home: Path
    log: Path
    server: Server

    def lines(self, until: str = "next run", seconds: float = 300) -> list[str]:
        """What it has said, once a line starts with `until`."""
        _wait_until(
            lambda: f"\n{until}" in f"\n{self.log.read_text()}" or self.process.poll() is not None,
            seconds,
            f"it never said {until!r}: {self.log.read_text()}",
        )
        assert self.process.poll() is None, self.log.read_text()
        return self.log.read_text().splitlines()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(40)

    def kill(self) -> list[int]:
        """Kill it alone, at once; return the processes that it leaves behind."""
        children = descendants(self.process.pid)
        self.process.kill()
        self.process.wait()
        return children

    def trigger(self, name: str = "ingest/daily", **parameters: Any) -> str:
        """Put a run into the queue; return its id."""
        deployment = self.server.get(f"/deployments/name/{name}")
        made = self.server.post(
            f"/deployments/{deployment['id']}/create_flow_run",
            state={"type": "SCHEDULED"},
            parameters={**deployment["parameters"], **parameters},
        )
        return made["id"]

    def state(self, run_id: str) -> str:
        return self.server.get(f"/flow_runs/{run_id}")["state_type"]

    def wait_for(self, run_id: str, state: str = "COMPLETED", seconds: float = 90) -> dict[str, Any]:
        """The run, once it is in this state."""
        _wait_until(lambda: self.state(run_id) == state, seconds, f"the run is not {state}")
        return self.server.get(f"/flow_runs/{run_id}")


def descendants(pid: int) -> list[int]:
    """Processes below a process that live."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is not only waiting to be noticed."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _wait_until(is_true, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, what
        time.sleep(0.25)


_running: list[subprocess.Popen] = []
"""The Prefect server of the session, while it runs."""


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem):
    """End the server after the last test here: it works on by itself, and slows down what comes then."""
    if nextitem is None or not Path(nextitem.path).is_relative_to(Path(__file__).parent):
        while _running:
            end_process(_running.pop())


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Server:
    home = tmp_path_factory.mktemp("prefect")
    port = ports.free_port()
    url = f"http://127.0.0.1:{port}/api"
    env = without_settings(home, PREFECT_API_URL=url)
    # What it does by itself beside what it is asked for, and no test here waits for.
    idle = {
        f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false"
        for name in ("CANCELLATION_CLEANUP", "FOREMAN", "LATE_RUNS", "PAUSE_EXPIRATIONS", "TRIGGERS")
    }
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            env=env | idle,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _running.append(process)
    started = Server(url, env)
    _wait_until(lambda: started.is_healthy() or process.poll() is not None, START_SECONDS, "server is slow")
    assert process.poll() is None, log.read_text()
    return started


@pytest.fixture
def in_process(server, tmp_path, monkeypatch) -> Server:
    """Make this process a client of the server, as PREFECT_API_URL would have done when it started."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

    monkeypatch.setenv("PREFECT_API_URL", server.url)
    with temporary_settings({PREFECT_API_URL: server.url, PREFECT_HOME: tmp_path / "prefect"}):
        yield server
        # What is still to be sent goes out now: after the session the server is gone, and Python would wait at its end.
        APILogWorker.drain_all(at_exit=False)
        EventsWorker.drain_all(at_exit=False)


@pytest.fixture(scope="session")
def free_port():
    """A function that gives a loopback port nobody listens on."""
    return ports.free_port


@pytest.fixture(scope="session")
def paperhouse():
    """A function that runs the command to its end."""
    return _paperhouse


@pytest.fixture(scope="session")
def wait_until():
    """A function that waits for a condition, some seconds at most."""
    return _wait_until


@pytest.fixture(scope="session")
def server_at():
    """A function that gives the server at an address of its API."""
    return Server


@pytest.fixture(scope="session")
def processes():
    """Functions that tell what lives below a process, and whether a process lives."""
    return descendants, is_alive


@pytest.fixture
def serving(tmp_path, clean_environment):
    """A function that gives `paperhouse serve` with these settings as a process for a block."""
    number = iter(range(1000))

    @contextmanager
    def serve(settings: dict[str, str], *options: str) -> Iterator[Serving]:
        port = settings.get("PAPERHOUSE_SERVE_PORT")
        url = settings.get("PREFECT_API_URL", f"http://127.0.0.1:{port}/api")
        log = tmp_path / f"serve-{next(number)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [PAPERHOUSE, "serve", "--home", "home", *options],
                env=clean_environment(tmp_path / "prefect", **settings),
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=output,
                text=True,
            )
        try:
            yield Serving(process, tmp_path / "home", log, Server(url, {}))
        finally:
            for pid in [] if process.poll() is not None else [*descendants(process.pid), process.pid]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()

    return serve


@pytest.fixture
def digests(tmp_path) -> Path:
    """A copy of the seeds."""
    return Path(shutil.copytree(SEEDS, tmp_path / "digests"))
