"""Lakes in a file and in PostgreSQL, and what tests do to them in process."""

from itertools import count
from pathlib import Path

import pytest

from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.lake.load import LocalFolders
from paperhouse.warehouse.storage.lake.address import LakeAddress, parse_lake
from paperhouse.warehouse.storage.lake.engine import open_lake
from paperhouse.warehouse.write.content_hash import content_hash

pytest.importorskip("duckdb_extension_ducklake", reason="the extension packages of lakes are not installed")


class Lakes:
    """Loads into lakes, and what they hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def local(self) -> LocalFolders:
        return LocalFolders(self.folder / "work", self.folder / "mirror")

    def of_file(self, name: str = "lake") -> LakeAddress:
        return parse_lake(f"ducklake:{self.folder / name}.ducklake")

    def ingest(self, address: LakeAddress, *paths: Path, home: str = "home", **facts):
        inputs = tuple((path, DigestDefaults()) for path in paths)
        return run_load(Plan(home=self.folder / home, inputs=inputs, lake=address, **facts))

    @staticmethod
    def hash_of(address: LakeAddress) -> str:
        """Content hash by a full scan."""
        with open_lake(address) as (connection, _):
            return content_hash(connection)

    @staticmethod
    def rows(address: LakeAddress, query: str) -> list[tuple]:
        with open_lake(address) as (connection, _):
            return connection.execute(query).fetchall()


@pytest.fixture
def lakes(tmp_path) -> Lakes:
    return Lakes(tmp_path)


KINDS = [
    "file",
    pytest.param("server", marks=pytest.mark.slow),
    "file-bucket",
    pytest.param("server-bucket", marks=pytest.mark.slow),
]
"""Catalog in a file or on a PostgreSQL server, data in a folder or on an S3 server."""


@pytest.fixture(params=KINDS)
def address(request, tmp_path) -> LakeAddress:
    """An empty lake of each kind."""
    catalog, _, data = request.param.partition("-")
    place = request.getfixturevalue("bucket").new_place() if data else str(tmp_path / "data")
    if catalog == "file":
        return parse_lake(f"ducklake:{tmp_path / 'lake.ducklake'}", place)
    return parse_lake(request.getfixturevalue("postgres").new_lake(), place)


@pytest.fixture
def new_day(tmp_path):
    """Writes the digest of one more day, of papers that no other has; returns its folder."""
    numbers = count(1)

    def write() -> Path:
        number = next(numbers)
        folder = tmp_path / "days" / f"2025-{4 + number // 28:02d}-{1 + number % 28:02d}"
        folder.mkdir(parents=True)
        papers = [
            f"- [{word} of {number} things](https://arxiv.org/abs/2504.{number:03d}{paper:02d})\n"
            f"  - Authors: {word} Writer, Ann{paper} Other\n"
            for paper, word in enumerate(("Study", "Theory", "Survey", "Proof"))
        ]
        (folder / "papers.md").write_text("# Papers\n\n" + "".join(papers), "utf-8")
        return folder

    return write


@pytest.fixture
def served(postgres, tmp_path) -> LakeAddress:
    """An empty lake with its catalog in PostgreSQL."""
    return parse_lake(postgres.new_lake(), str(tmp_path / "data"))
