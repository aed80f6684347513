"""How much of the disk a home takes, by what it is for, and when a run last held its lock."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from paperhouse.warehouse.storage.home import Home


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes under a home; `last_run_at` is when a run last took or let go of the lock, None if none did."""

    live: int = 0
    previous: int = 0
    packages: int = 0
    http: int = 0
    other: int = 0
    last_run_at: datetime | None = None


def disk_use(home: Home) -> DiskUse:
    """Add up the files of a home; what vanishes meanwhile or cannot be read counts nothing."""
    live, previous, packages, http = map(n_bytes_of, (home.live, home.previous, home.loads, home.http))
    return DiskUse(
        live=live,
        previous=previous,
        packages=packages,
        http=http,
        other=max(0, n_bytes_of(home.root) - live - previous - packages - http),
        last_run_at=_changed_at(home.lock),
    )


def n_bytes_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; links are not followed."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        return sum(_sizes(path))
    except OSError:
        return 0


def _sizes(folder: Path) -> Iterator[int]:
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                yield os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - many files
            except OSError:
                continue


def _changed_at(path: Path) -> datetime | None:
    """When the holder's name was last written to the lock or taken off it."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
