"""A lake as a target: one transaction in its catalog, with the packages beside its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from paperhouse.warehouse.lake.history import restore
from paperhouse.warehouse.lake.load import (
    LocalFolders,
    known_loads,
    publish_to_lake,
    publish_waiting,
    rebuild,
)
from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.read.ledger import Ledger
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.lock import lake_lock
from paperhouse.warehouse.storage.packages import Package, PackageWriter, delete_folder
from paperhouse.warehouse.target.file_target import make_home
from paperhouse.warehouse.write.apply import Changes


@dataclass(frozen=True, slots=True)
class LakeTarget:
    """A lake; what a run makes on its way lies in the home of this machine."""

    home: Home
    address: LakeAddress

    @property
    def name(self) -> str:
        """The lake's address."""
        return self.address.name

    @property
    def work(self) -> Path:
        """A folder of this lake's own: the lock of another place says nothing about it."""
        return self._own("work")

    @property
    def local(self) -> LocalFolders:
        """Folders of this lake's own on this machine."""
        return LocalFolders(self.work, self._own("mirror"))

    def _own(self, purpose: str) -> Path:
        mark = blake2b(self.address.name.encode(), digest_size=4).hexdigest()
        return self.home.root / f"{purpose}-lake-{mark}"

    @contextmanager
    def holding(self, wait_seconds: float) -> Iterator[None]:
        """Hold the lake's lock; scrap on this machine is gone afterwards.

        Raises:
            BusyError: somebody else holds it, on whatever machine.
            InputError: the home is no folder that can be written.
        """
        make_home(self.home)
        with lake_lock(self.address, wait_seconds=wait_seconds):
            delete_folder(self.work)
            try:
                yield
            finally:
                delete_folder(self.work)

    def recover(self, categories: pl.DataFrame) -> tuple[Ledger, list[str]]:
        """Publish loads that were cut off after their package was complete."""
        return publish_waiting(self.address, self.local, categories)

    def packages(self) -> list[Package]:
        """The packages beside the lake's tables."""
        data, _ = known_loads(self.address)
        return [] if data is None else data.packages(self.local.mirror)

    def publish(self, writer: PackageWriter, load: dict[str, Any], categories: pl.DataFrame) -> Changes:
        """Publish what `writer` has collected in one transaction."""
        return publish_to_lake(self.address, self.local, writer, load, categories)

    def rebuild(self, categories: pl.DataFrame) -> Changes:
        """Make the lake's tables again from the packages alone."""
        return rebuild(self.address, self.local, categories)

    def restore(self, name: str | None) -> tuple[str, list[str]]:
        """Make an earlier state of the lake live again."""
        return restore(self.address, self.local, name)

    def verify(self) -> Iterator[str]:
        """Read every table and package, and compare them with what was recorded."""
        return verify(self.address)
