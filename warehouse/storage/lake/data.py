"""The data of a lake beside its catalog: Parquet files of the engine, load packages, and a marker of whose they are.

They lie in a folder that all machines share, or under a prefix of a bucket; both are used through one interface.
"""

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

import duckdb

from paperhouse.transforms.errors import WarehouseError
from paperhouse.transforms.persons.corrections import Corrections
from paperhouse.warehouse.storage.disk_use import DiskUse
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.packages import Package

TABLES: Final = "tables"
"""Where the engine keeps the Parquet files of the tables, below the data's place."""
LOADS: Final = "loads"
"""Where the load packages lie, each below its load's id."""
SET_ASIDE: Final = "set-aside"
"""Packages of loads that `restore` took back."""
CURATION: Final = "curation.csv"
MARKER: Final = "paperhouse-lake.json"
"""Says whose data lie here: two lakes in one place would clean up each other's files."""
SCRAP_SECONDS: Final = 24 * 3600
"""So old is what no running load can still be writing."""


class LakeData(Protocol):
    """Where the data of a lake lie.

    `mirror` is a folder on this machine for copies of packages that cannot be read where they lie.

    Raises:
        WarehouseError: what is written or read cannot be reached.
        SettingsError: the keys of a bucket are missing.
    """

    @property
    def name(self) -> str:
        """The place as a user writes it."""

    @property
    def tables(self) -> str:
        """Path or address of the engine's Parquet files, with a slash at its end."""

    def let_in(self, connection: duckdb.DuckDBPyConnection, database: str) -> None:
        """Let the engine read and write here, for an attached database of this name."""

    @property
    def client_statements(self) -> list[str]:
        """What lets a DuckDB client in; it names variables of `client_environment` and holds no secret."""

    @property
    def client_environment(self) -> dict[str, str]:
        """Variables that such a client needs."""

    def make(self) -> None:
        """Make the place, if it takes making."""

    def read(self, name: str) -> bytes | None:
        """Content of a file; None if there is none."""

    def create(self, name: str, content: bytes) -> None:
        """Write a file, unless there is one."""

    def put_package(self, package: Package, mirror: Path) -> None:
        """Copy a sealed package here, its manifest last."""

    def packages(self, mirror: Path) -> list[Package]:
        """Every package that is complete, oldest first, to be read on this machine.

        Raises:
            PackageError: a copy cannot be made.
        """

    def load_ids(self) -> frozenset[str]:
        """Loads whose packages are complete here."""

    def set_aside(self, load_ids: Iterable[str]) -> None:
        """Put the packages of these loads where no run looks for them."""

    def bring_back(self, load_ids: Iterable[str]) -> list[str]:
        """Put packages of these loads that were set aside where they belong; return which."""

    def delete_unfinished(self) -> list[str]:
        """Delete packages without a manifest whose loads were cut off more than a day ago; return which."""

    def corrections(self) -> Corrections:
        """What people know better about who is who; nothing where there is no file.

        Raises:
            CurationError: the file cannot be read, or contradicts itself.
        """

    def put_curation(self, content: bytes) -> None:
        """Write the file of corrections."""

    def disk_use(self) -> DiskUse:
        """Bytes of tables, packages and the rest."""


def claim(address: LakeAddress, data: LakeData) -> str:
    """Mark the place as this lake's, if it is not yet; return the lake's id.

    Raises:
        WarehouseError: another lake's data lie there.
    """
    data.make()
    facts = {"lake_id": uuid.uuid4().hex, "catalog": address.name}
    data.create(MARKER, f"{json.dumps(facts)}\n".encode())
    lake_id, catalog = read_marker(data)
    if catalog != address.name:
        msg = f"{data.name}: holds the data of another lake, {catalog}; name another place with --data"
        raise WarehouseError(msg, path=data.name, catalog=catalog)
    return lake_id


def read_marker(data: LakeData) -> tuple[str, str]:
    """Id and address of the lake whose data lie there.

    Raises:
        WarehouseError: the marker is missing or unreadable.
    """
    marker = f"{data.name}/{MARKER}"
    try:
        facts = json.loads(data.read(MARKER) or b"")
        return str(facts["lake_id"]), str(facts["catalog"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{marker}: cannot be read ({error}); are the lake's data there? Else restore the file"
        raise WarehouseError(msg, path=marker) from error
