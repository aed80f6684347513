"""A Dask scheduler and workers as processes of the tests' own, over TCP on loopback; tests skip where Dask is missing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

_SECONDS = 60


@dataclass
class DaskCluster:
    """A scheduler on a port of its own choice, and its workers, of one thread each."""

    folder: Path
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    endpoint: str = ""

    @property
    def address(self) -> str:
        return f"dask://{self.endpoint}"

    def start(self, n_workers: int = 2, **more: str) -> None:
        where = self.folder / "scheduler.json"
        where.unlink(missing_ok=True)
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(where)]
        self.scheduler = self._run("scheduler", *options)
        self.endpoint = _address_in(where)
        for _ in range(n_workers):
            self.add_worker(**more)

    def add_worker(self, *options: str, **more: str) -> subprocess.Popen[bytes]:
        """A worker without a nanny, so that whoever kills it kills it for good, unless an option says otherwise."""
        chosen = options or ("--no-nanny",)
        worker = self._run(
            "worker", f"tcp://{self.endpoint}", "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(self.folder), *chosen, **more,
        )  # fmt: skip
        self.workers.append(worker)
        return worker

    def stop(self) -> None:
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            process.kill()
            process.wait()
        self.workers.clear()
        self.scheduler = None

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def _run(self, kind: str, *options: str, **more: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", kind, *options],
                cwd=self.folder, env={**os.environ, **more}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip


def _address_in(where: Path) -> str:
    import json

    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            return json.loads(where.read_text())["address"].removeprefix("tcp://")
        except (OSError, ValueError):
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)


@pytest.fixture
def dask_cluster(tmp_path_factory) -> Iterator[DaskCluster]:
    """A cluster that the test starts."""
    if find_spec("distributed") is None:
        pytest.skip("distributed is not installed (`pip install 'paperhouse[dask]'`): clusters are not tried")
    cluster = DaskCluster(tmp_path_factory.mktemp("dask"))
    try:
        yield cluster
    finally:
        cluster.stop()
