"""Builders of digests and warehouses for all tests: real files, real packages, a real DuckDB."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import settings as hypothesis_settings

from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.sources.reference import read_categories
from paperhouse.flows.sources.seeds import seed_digests
from paperhouse.transforms.digest import Entry
from paperhouse.transforms.digests.statements import statement_frames
from paperhouse.transforms.keys import stable_hex
from paperhouse.transforms.read_digest import DigestDefaults, ReadDigest
from paperhouse.warehouse.read.ledger import read_ledger
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import PackageWriter, delete_folder
from paperhouse.warehouse.write.apply import Changes
from paperhouse.warehouse.write.content_hash import content_hash
from paperhouse.warehouse.write.publish import publish_new

REPOSITORY = Path(__file__).parents[1]
pytest_plugins = [
    "arxiv_replies",
    "bucket",
    "commands",
    "dask_cluster",
    "distribution",
    "environments",
    "examples",
    "loaded_homes",
    "postgres",
    "strange_folder",
]
# A machine under load is no failure: no example has a deadline.
hypothesis_settings.register_profile("paperhouse", deadline=None)
hypothesis_settings.load_profile("paperhouse")
SHARED_CORPUS = REPOSITORY.parent / "shared" / "corpus"


def pytest_configure(config):
    """Give each test process of the default tier one thread of Polars, for it has one core.

    The slow tier, and commands in processes of their own, have as many as a user's would.
    """
    if config.getoption("numprocesses", 0) and config.option.markexpr == "not slow":
        os.environ.setdefault("POLARS_MAX_THREADS", "1")


class Bench:
    """What tests do to a warehouse, in process."""

    repository = REPOSITORY
    homes: Any

    @staticmethod
    def entry(arxiv_id: str = "2504.00001", title: str = "A title", **facts) -> Entry:
        """An entry; completeness follows from what is given unless it is given itself."""
        facts.setdefault("authors_completeness", "full" if facts.get("authors") else "none")
        facts.setdefault("abstract_completeness", "full" if facts.get("abstract") else "none")
        return Entry(1, 1, arxiv_id, title, **facts)

    @staticmethod
    def digest(
        entries: Iterable[Entry],
        day: date | None = None,
        list_name: str | None = "AI",
        path: str | None = None,
        **facts,
    ) -> ReadDigest:
        """A digest of these entries, one line each; its id follows from them, the date and the list."""
        entries = [
            replace(entry, line_start=number, line_end=number) for number, entry in enumerate(entries, 1)
        ]
        digest_id = stable_hex(repr(entries), day.isoformat() if day else None, list_name)
        counts = {"n_lines": len(entries), "n_entry_lines": len(entries), "n_bytes": 10}
        zeros = ("n_reject_lines", "n_furniture_lines", "n_ids_seen", "n_ids_unaccounted")
        return ReadDigest(
            **{
                "digest_id": digest_id,
                "path": path or f"{day}/{list_name}/README.md",
                "sha256": stable_hex(repr(entries)),
                "format": "reporter",
                "source": None,
                "list_name": list_name,
                "digest_date": day,
                "date_source": "path" if day else None,
                "encoding": "utf-8",
                "unit": "line",
                "entries": entries,
                **dict.fromkeys(zeros, 0),
                **counts,
                **facts,
            }
        )

    @staticmethod
    def writer(home: Home, batches: Iterable[Sequence[ReadDigest]], load_id: str) -> PackageWriter:
        """A package that is written, but not sealed."""
        writer = PackageWriter(home.work / f"package-{load_id}", load_id)
        for batch in batches:
            writer.add(statement_frames(batch, load_id))
        return writer

    @classmethod
    def publish(cls, root: Path, *batches: Sequence[ReadDigest]) -> Changes:
        """Publish one load of these batches of digests."""
        home = Home(root)
        load_id = f"L{len(read_ledger(home.live).load_ids) + 1:03d}-x"
        row = {"load_id": load_id, "started_at": datetime.now(UTC), "trigger": "ingest", "code_version": "0"}
        try:
            return publish_new(home, cls.writer(home, batches, load_id), row, read_categories())
        finally:
            delete_folder(home.work)

    @staticmethod
    def ingest(root: Path, *paths: Path, **facts) -> Summary:
        """Run a load of files as the command does."""
        stated = DigestDefaults(
            facts.pop("digest_date", None), facts.pop("list_name", None), facts.pop("source", None)
        )
        return run_load(Plan(home=root, inputs=tuple((path, stated) for path in paths), **facts))

    @classmethod
    def published(cls, root: Path, *batches: Sequence[ReadDigest]) -> Changes:
        """Bring a home to where `publish` leaves it: where the publishing itself is not what is tested."""
        return cls.homes.after(root, ("publish", batches), lambda: cls.publish(root, *batches))

    @classmethod
    def loaded(cls, root: Path, *paths: Path, **facts) -> Summary:
        """Bring a home to where `ingest` leaves it: where the load itself is not what is tested."""
        given = ("ingest", cls.homes.files(paths), facts)
        return cls.homes.after(root, given, lambda: cls.ingest(root, *paths, **facts))

    @staticmethod
    def hash_of(root: Path) -> str:
        """Content hash of the live warehouse."""
        with open_read_only(Home(root).live) as connection:
            return content_hash(connection)

    @staticmethod
    def rows(root: Path, query: str) -> list[tuple]:
        """Rows of a query on the live warehouse."""
        with open_read_only(Home(root).live) as connection:
            return connection.execute(query).fetchall()

    @staticmethod
    def python(script: str, *arguments: Path) -> None:
        """Run a script in a process of its own, with the code of this checkout."""
        environment = {**os.environ}
        subprocess.run([sys.executable, "-c", script, *map(str, arguments)], env=environment, check=True)

    @staticmethod
    def files_of(root: Path) -> dict[str, bytes]:
        """Every file below a folder, but for the lock."""
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.name != "paperhouse.lock"
        }


@pytest.fixture(scope="session")
def bench(loaded_homes) -> type[Bench]:
    Bench.homes = loaded_homes
    return Bench


@pytest.fixture(scope="session")
def seeds() -> Path:
    return seed_digests()


@pytest.fixture(scope="session")
def seed_home(tmp_path_factory, bench) -> Path:
    """A warehouse of the seeds; to be read only."""
    root = tmp_path_factory.mktemp("seed") / "home"
    bench.loaded(root, seed_digests())
    return root


@pytest.fixture
def seed_copy(seed_home, tmp_path) -> Path:
    """A warehouse of the seeds of the test's own."""
    return Path(shutil.copytree(seed_home, tmp_path / "home"))


@pytest.fixture(scope="session")
def shared_corpus() -> Path:
    if not SHARED_CORPUS.is_dir():
        pytest.skip(f"{SHARED_CORPUS} is not here: the oracles of real digests are not compared")
    return SHARED_CORPUS


@pytest.fixture(scope="session")
def frame():
    """A frame of a schema from rows that name what they say; the rest is null."""

    def build(schema_of, rows: Sequence[dict]) -> pl.DataFrame:
        schema = {name: column.dtype for name, column in schema_of.columns().items()}
        return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)

    return build
