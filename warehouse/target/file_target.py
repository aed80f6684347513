"""The DuckDB file of a home as a target: the next file is built beside the live one, and swapped in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from paperhouse.transforms.errors import InputError, WarehouseError
from paperhouse.warehouse.maintain.recovery import bring_back, recover, restore
from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.read.ledger import Ledger, read_ledger
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lock import exclusive_lock
from paperhouse.warehouse.storage.packages import (
    Package,
    PackageWriter,
    delete_folder,
    require_complete,
    require_sound,
    sealed_packages,
)
from paperhouse.warehouse.write.apply import Changes
from paperhouse.warehouse.write.live_state import noting_live_state
from paperhouse.warehouse.write.publish import publish_new, publish_sealed


@dataclass(frozen=True, slots=True)
class FileTarget:
    """The warehouse file of a home."""

    home: Home

    @property
    def name(self) -> str:
        """Path of the live file."""
        return str(self.home.live)

    @property
    def work(self) -> Path:
        """The home's own folder for scrap."""
        return self.home.work

    @contextmanager
    def holding(self, wait_seconds: float) -> Iterator[None]:
        """Hold the home's lock; scrap is gone afterwards.

        Raises:
            BusyError: another process holds it.
            InputError: the home is no folder that can be written.
        """
        make_home(self.home)
        with exclusive_lock(self.home.lock, wait_seconds=wait_seconds), noting_live_state(self.home):
            try:
                yield
            finally:
                delete_folder(self.home.work)

    def recover(self, categories: pl.DataFrame) -> tuple[Ledger, list[str]]:
        """Bring the home in order, as `warehouse/maintain/recovery.py` says."""
        return recover(self.home, categories)

    def packages(self) -> list[Package]:
        """The packages below the home."""
        return sealed_packages(self.home.loads)

    def publish(self, writer: PackageWriter, load: dict[str, Any], categories: pl.DataFrame) -> Changes:
        """Publish the next file with what `writer` has collected."""
        return publish_new(self.home, writer, load, categories)

    def rebuild(self, categories: pl.DataFrame) -> Changes:
        """Make the file again from the packages alone."""
        delete_folder(self.home.work)
        published = self._published_loads()
        bring_back(self.home, published)
        packages = self.packages()
        require_complete(packages, published)
        require_sound(packages)
        return publish_sealed(self.home, packages, categories, base=None)

    def _published_loads(self) -> frozenset[str]:
        """Loads that the live warehouse names; none if it cannot say."""
        try:
            return read_ledger(self.home.live).load_ids
        except WarehouseError:
            return frozenset()

    def restore(self, name: str | None) -> tuple[str, list[str]]:
        """Make a previous file live again."""
        return restore(self.home, name)

    def verify(self) -> Iterator[str]:
        """Inspect the file, its packages and the previous files."""
        return verify(self.home)


def make_home(home: Home) -> None:
    """Make the folder of a home, where it is not there yet.

    Raises:
        InputError: it is no folder that can be written.
    """
    if "?" in str(home.root):
        msg = f"{home.root}: DuckDB takes what follows a question mark for no part of a path; give another --home"
        raise InputError(msg, path=str(home.root))
    try:
        home.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{home.root}: cannot be made a folder ({error.strerror}); give another --home"
        raise InputError(msg, path=str(home.root)) from error
