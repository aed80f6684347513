"""The data of a lake in a folder, on a disk that all machines share; a home keeps its packages in the same way."""

import shutil
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from paperhouse.transforms.persons.corrections import Corrections
from paperhouse.warehouse.storage.atomic_files import fsync_path, naming, replace_durably
from paperhouse.warehouse.storage.curation import curation_of
from paperhouse.warehouse.storage.disk_use import DiskUse, n_bytes_of
from paperhouse.warehouse.storage.home import MANIFEST, Home
from paperhouse.warehouse.storage.lake.data import CURATION, LOADS, SCRAP_SECONDS, SET_ASIDE, TABLES
from paperhouse.warehouse.storage.packages import Package, sealed_packages


@dataclass(frozen=True, slots=True)
class FolderData:
    """Data of a lake in a folder; the methods are those of `LakeData`."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's path."""
        return str(self.folder)

    @property
    def tables(self) -> str:
        """Path of the engine's Parquet files, with a slash at its end."""
        return f"{self.folder / TABLES}/"

    def let_in(self, connection: duckdb.DuckDBPyConnection, database: str) -> None:
        """Do nothing: the engine may read and write files."""

    @property
    def client_statements(self) -> list[str]:
        """Nothing: a client may read files."""
        return []

    @property
    def client_environment(self) -> dict[str, str]:
        """Nothing."""
        return {}

    def make(self) -> None:
        """Make the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> bytes | None:
        """Content of a file; None if there is none."""
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def create(self, name: str, content: bytes) -> None:
        """Write a file, unless there is one: of two that come at once, one wins."""
        path = self.folder / name
        draft = path.with_name(f".{name}.{uuid.uuid4().hex}")
        draft.write_bytes(content)
        fsync_path(draft)
        try:
            path.hardlink_to(draft)
            fsync_path(self.folder)
        except FileExistsError:
            pass
        finally:
            draft.unlink()

    def put_package(self, package: Package, mirror: Path) -> None:  # noqa: ARG002 - they can be read where they lie
        """Copy a sealed package here, its manifest last."""
        folder = self.folder / LOADS / package.load_id
        folder.mkdir(parents=True, exist_ok=True)
        files = sorted(package.folder.iterdir(), key=lambda path: (path.name == MANIFEST, path.name))
        for path in files:
            target = folder / path.name
            draft = target.with_name(f".{target.name}") if path.name == MANIFEST else target
            with naming(draft):
                shutil.copyfile(path, draft)
            fsync_path(draft)
            if draft != target:
                fsync_path(folder)
                draft.replace(target)
        fsync_path(folder)
        fsync_path(folder.parent)

    def packages(self, mirror: Path) -> list[Package]:  # noqa: ARG002 - they can be read where they lie
        """Every package that is complete, oldest first."""
        return sealed_packages(self.folder / LOADS)

    def load_ids(self) -> frozenset[str]:
        """Loads whose packages are complete here."""
        return frozenset(package.load_id for package in sealed_packages(self.folder / LOADS))

    def set_aside(self, load_ids: Iterable[str]) -> None:
        """Put the packages of these loads where no run looks for them."""
        for load_id in load_ids:
            folder = self.folder / LOADS / load_id
            if folder.exists():
                (self.folder / SET_ASIDE).mkdir(exist_ok=True)
                folder.replace(self.folder / SET_ASIDE / load_id)

    def bring_back(self, load_ids: Iterable[str]) -> list[str]:
        """Put packages of these loads that were set aside where they belong; return which."""
        lacking = [
            load_id
            for load_id in sorted(load_ids)
            if (self.folder / SET_ASIDE / load_id / MANIFEST).is_file()
            and not (self.folder / LOADS / load_id).exists()
        ]
        for load_id in lacking:
            (self.folder / SET_ASIDE / load_id).replace(self.folder / LOADS / load_id)
        return lacking

    def delete_unfinished(self) -> list[str]:
        """Delete packages without a manifest whose loads were cut off more than a day ago; return which."""
        loads = self.folder / LOADS
        if not loads.is_dir():
            return []
        long_ago = time.time() - SCRAP_SECONDS
        scrap = [
            folder
            for folder in sorted(loads.iterdir())
            if not (folder / MANIFEST).is_file() and _newest_change(folder) < long_ago
        ]
        for folder in scrap:
            shutil.rmtree(folder)
        return [folder.name for folder in scrap]

    def corrections(self) -> Corrections:
        """What people know better about who is who; nothing where there is no file."""
        return curation_of(Home(self.folder))

    def put_curation(self, content: bytes) -> None:
        """Write the file of corrections."""
        draft = self.folder / f".{CURATION}.new"
        draft.write_bytes(content)
        fsync_path(draft)
        replace_durably(draft, self.folder / CURATION)

    def disk_use(self) -> DiskUse:
        """Bytes of tables, packages and the rest."""
        live, packages = map(n_bytes_of, (self.folder / TABLES, self.folder / LOADS))
        return DiskUse(live=live, packages=packages, other=max(0, n_bytes_of(self.folder) - live - packages))


def _newest_change(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
