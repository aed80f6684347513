"""What a load, a rebuild and an inspection ask of the place where the warehouse is published."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from paperhouse.warehouse.read.ledger import Ledger
from paperhouse.warehouse.storage.packages import Package, PackageWriter
from paperhouse.warehouse.write.apply import Changes


class Target(Protocol):
    """A place where a warehouse is published, all of a load or nothing of it."""

    @property
    def name(self) -> str:
        """What messages call the published warehouse."""

    @property
    def work(self) -> Path:
        """Folder on this machine for what an unfinished run makes; it need not exist."""

    def holding(self, wait_seconds: float) -> AbstractContextManager[None]:
        """Hold the place for one writer; scrap is gone afterwards, and an error says whether anything changed.

        Raises:
            BusyError: somebody else holds it and does not let go in time.
        """

    def recover(self, categories: pl.DataFrame) -> tuple[Ledger, list[str]]:
        """Complete what an earlier run left over; return the ledger and what was done, in words."""

    def packages(self) -> list[Package]:
        """Every package that is complete, oldest first."""

    def publish(self, writer: PackageWriter, load: dict[str, Any], categories: pl.DataFrame) -> Changes:
        """Publish the load that `writer` has collected.

        Raises:
            CheckFailedError: a check found offending rows.
        """

    def rebuild(self, categories: pl.DataFrame) -> Changes:
        """Make the warehouse again from its packages alone, of which there are some.

        Raises:
            PackageError: one is damaged or missing.
        """

    def restore(self, name: str | None) -> tuple[str, list[str]]:
        """Make an earlier state live again, the one before the newest if none is named; the caller holds the place.

        Returns what it is called, and the loads that were taken back.

        Raises:
            InputError: there is no such state.
        """

    def verify(self) -> Iterator[str]:
        """Say everything that is wrong, each fault with its remedy."""
