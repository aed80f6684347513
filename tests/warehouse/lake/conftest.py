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


ALL = ("file", "server", "file-bucket", "server-bucket")
KINDS = [pytest.param(kind, marks=[pytest.mark.slow] if kind.startswith("server") else []) for kind in ALL]
"""Catalog in a file or on a PostgreSQL server, data in a folder or on an S3 server."""
ONE_IN_FAST_TIER = ["file", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ALL[1:])]
"""The same, for what costs much: other tests of the default tier do it in a bucket too."""


@pytest.fixture(params=KINDS)
def address(request, tmp_path) -> LakeAddress:
    """An empty lake of each kind."""
    return empty_lake(request, tmp_path)


@pytest.fixture(params=ONE_IN_FAST_TIER)
def costly_address(request, tmp_path) -> LakeAddress:
    """An empty lake of each kind, in the default tier of the first."""
    return empty_lake(request, tmp_path)


def empty_lake(request, tmp_path) -> LakeAddress:
    catalog, _, data = request.param.partition("-")
    place = request.getfixturevalue("bucket").new_place() if data else str(tmp_path / "data")
    if catalog == "file":
        return parse_lake(f"ducklake:{tmp_path / 'lake.ducklake'}", place)
    return parse_lake(request.getfixturevalue("postgres").new_lake(), place)


@pytest.fixture(scope="session")
def seeded_file_lake(tmp_path_factory, seeds) -> LakeAddress:
    """A lake of the seeds, its catalog in a file and its data in `data` beside it; to be read only."""
    folder = tmp_path_factory.mktemp("seeded-lake")
    address = parse_lake(f"ducklake:{folder / 'lake.ducklake'}", str(folder / "data"))
    Lakes(folder).ingest(address, seeds)
    return address


@pytest.fixture(params=KINDS)
def seeded_lake(request, tmp_path, lakes, seeds) -> LakeAddress:
    """A lake of the seeds of each kind; to be read only."""
    if request.param == "file":
        return request.getfixturevalue("seeded_file_lake")
    if request.param == "file-bucket":
        request.getfixturevalue("bucket")  # its keys go into the environment
        return request.getfixturevalue("seeded_bucket_lake")
    address = empty_lake(request, tmp_path)
    lakes.ingest(address, seeds)
    return address


@pytest.fixture(scope="session")
def seeded_bucket_lake(bucket_server, tmp_path_factory, seeds) -> LakeAddress:
    """A lake of the seeds, its catalog in a file and its data in a bucket; to be read only."""
    folder = tmp_path_factory.mktemp("seeded-lake")
    address = parse_lake(f"ducklake:{folder / 'lake.ducklake'}", bucket_server.new_place())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bucket_server.environment.items():
            patch.setenv(name, value)
        Lakes(folder).ingest(address, seeds)
    return address


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
