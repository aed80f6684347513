"""An S3 server of the tests' own on loopback, which refuses wrong keys; its buckets are folders, its objects files."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from ports import free_port

KEY_ID = "tests-of-paperhouse"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY"
BUCKET = "lakes"


@dataclass
class BucketServer:
    """A server whose data stay in its folder when it is killed and started again, at the same port."""

    folder: Path
    port: int
    process: subprocess.Popen | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a user puts into the environment."""
        return {
            "PAPERHOUSE_S3_KEY_ID": KEY_ID,
            "PAPERHOUSE_S3_SECRET": SECRET,
            "PAPERHOUSE_S3_ENDPOINT": self.endpoint,
        }

    def start(self) -> None:
        (self.folder / BUCKET).mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nanio", "serve", "--data-dir", str(self.folder), "--host", "127.0.0.1",
             "--port", str(self.port), "--no-access-log", "--log-level", "error"],
            env={**os.environ, "NANIO_ACCESS_KEY": KEY_ID, "NANIO_SECRET_KEY": SECRET},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(200):
            if self._answers():
                return
            assert self.process.poll() is None, "the S3 server ended"
            time.sleep(0.05)
        pytest.fail("the S3 server does not answer")

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.endpoint, timeout=1)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def new_place(self) -> str:
        """A place for a lake's data that holds nothing."""
        return f"s3://{BUCKET}/{os.getpid()}/lake{next(self._numbers)}"

    def objects(self, place: str) -> list[str]:
        """Names of the objects below a place, as they lie in the server's folder."""
        below = self.folder / place.removeprefix("s3://")
        return sorted(str(path.relative_to(below)) for path in below.rglob("*") if path.is_file())


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    """A server that runs for the session."""
    pytest.importorskip("nanio", reason="the S3 server of the tests is not installed")
    pytest.importorskip("duckdb_extension_httpfs", reason="the extension package for S3 is not installed")
    with tempfile.TemporaryDirectory(prefix="paperhouse-s3-") as folder:
        server = BucketServer(Path(folder), free_port())
        server.start()
        try:
            yield server
        finally:
            server.kill()


@pytest.fixture
def bucket(bucket_server, monkeypatch) -> BucketServer:
    """The server, its keys in the environment."""
    for name, value in bucket_server.environment.items():
        monkeypatch.setenv(name, value)
    return bucket_server
