"""A PostgreSQL server of the tests' own, from Debian's packages; tests of lakes with a server skip where there is none."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

_LIB = Path("/usr/lib/postgresql")


@dataclass
class PostgresServer:
    """A cluster that listens on a socket in its folder only; `postgres` is its superuser."""

    folder: Path
    binaries: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def start(self, **settings: str) -> None:
        options = {
            "unix_socket_directories": self.folder,
            "listen_addresses": "''",
            "fsync": "off",
            **settings,
        }
        words = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._run("pg_ctl", "-D", self.folder / "db", "-l", self.folder / "log", "-w", "-o", words, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self.folder / "db", "-m", mode, "stop")

    def new_lake(self) -> str:
        """Address of a lake in a database of its own."""
        name = f"lake{next(self._numbers)}"
        self.execute(f"create database {name}", "postgres")
        return f"ducklake:postgres://postgres@/{name}?host={self.folder}"

    def execute(self, statement: str, database: str) -> str:
        command = ["psql", "-h", self.folder, "-U", "postgres", "-d", database, "-XAtqc", statement]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def _run(self, program: str, *arguments: object) -> None:
        command = [self.binaries / program, *arguments]
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        done = subprocess.run(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, cwd="/", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server that runs for the session."""
    with running_server() as server:
        yield server


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A server for the block."""
    found = sorted(_LIB.glob("*/bin/initdb"))
    if not found or not shutil.which("psql"):
        pytest.skip("PostgreSQL is not installed (Debian: postgresql): lakes with a server are not tried")
    with tempfile.TemporaryDirectory(prefix="paperhouse-pg-") as folder:  # a socket's path must be short
        server = PostgresServer(Path(folder), found[-1].parent)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server._run(
            "initdb",
            "-D",
            server.folder / "db",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
