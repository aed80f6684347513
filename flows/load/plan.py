"""What a load should read, and where it should go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from paperhouse.flows.cluster_address import ClusterAddress, Workers
from paperhouse.flows.reading_settings import LoadSettings
from paperhouse.flows.sources.seeds import seed_digests
from paperhouse.transforms.formats.generic import FormatRule
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.storage.lake.address import LakeAddress

if TYPE_CHECKING:  # pydantic takes long to import, and not every load needs it
    from paperhouse.flows.settings import Settings


@dataclass(frozen=True, slots=True)
class History:
    """Paths of a git repository whose committed versions a load should read; without paths, all its digests."""

    repository: Path
    paths: tuple[Path, ...]
    stated: DigestDefaults


@dataclass(frozen=True, slots=True)
class Plan:
    """What a load should read, where it should go, and what the user says about files that do not say it."""

    home: Path
    inputs: tuple[tuple[Path, DigestDefaults], ...]
    trigger: str = "ingest"
    is_repairing: bool = True
    max_file_bytes: int = 512 * 1024**2
    max_archive_bytes: int = 8 * 1024**3
    max_file_seconds: float = 30
    batch_bytes: int = 128 * 1024**2
    workers: Workers = 1
    wait_seconds: float = 0
    histories: tuple[History, ...] = ()
    formats: tuple[FormatRule, ...] = ()
    lake: LakeAddress | None = None
    """Where the warehouse is published, if not in the home."""

    @property
    def n_processes(self) -> int:
        """Processes of this machine that may parse; one where a cluster does."""
        return self.workers if isinstance(self.workers, int) else 1

    @property
    def cluster(self) -> ClusterAddress | None:
        """The cluster that parses large batches, if one does."""
        return self.workers if isinstance(self.workers, ClusterAddress) else None


def plan_load(
    paths: Sequence[Path],
    settings: "Settings | LoadSettings",
    stated: DigestDefaults,
    trigger: str = "ingest",
) -> Plan:
    """Plan of a load of these paths; without any, of the folders in the settings; without those, of the seeds."""
    if paths:
        inputs = tuple((path, stated) for path in paths)
    elif settings.folders:
        inputs = tuple(
            (
                folder.path,
                DigestDefaults(
                    stated.digest_date,
                    stated.list_name or folder.list_name,
                    stated.source or folder.source,
                ),
            )
            for folder in settings.folders
        )
    else:
        inputs = ((seed_digests(), stated),)
    return Plan(
        home=settings.home,
        inputs=inputs,
        trigger=trigger,
        is_repairing=settings.repair_mojibake,
        max_file_bytes=settings.max_file_bytes,
        max_archive_bytes=settings.max_archive_bytes,
        max_file_seconds=settings.max_file_seconds,
        batch_bytes=settings.batch_bytes,
        workers=settings.workers,
        wait_seconds=settings.wait_seconds,
        formats=settings.format_rules,
        lake=settings.lake,
    )


def plan_history(
    repository: Path, paths: Sequence[Path], settings: "Settings | LoadSettings", stated: DigestDefaults
) -> Plan:
    """Plan of a load of the committed versions of these paths of a git repository."""
    history = History(repository, tuple(paths), stated)
    return replace(plan_load((), settings, stated), inputs=(), histories=(history,))
