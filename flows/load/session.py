"""A load in progress: it holds the lock from its first step to its last, and leaves no scrap behind."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from time import monotonic
from typing import Any

from paperhouse.flows.load.cluster.cluster import Cluster
from paperhouse.flows.load.memory_limit import require_memory
from paperhouse.flows.load.plan import Plan
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.load.workers import WorkerPool
from paperhouse.flows.sources.reference import read_categories
from paperhouse.warehouse.read.ledger import KnownDigest, Ledger
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import PackageWriter
from paperhouse.warehouse.target.choice import target_of
from paperhouse.warehouse.target.target import Target

_STAMP = "%Y%m%dT%H%M%S%fZ"


KnownFiles = dict[str, list[tuple[str, list[KnownDigest]]]]
"""What the ledger knows at each path: hashes of contents, with the digests read from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSession:
    """A load in progress: what it starts from, none of which changes, and what grows as its steps go on."""

    plan: Plan
    target: Target
    ledger: Ledger
    known_files: KnownFiles
    forgotten_places: frozenset[str]
    row: dict[str, Any]
    """What the table `loads` will say of it; the counts come last."""
    started: float
    writer: PackageWriter
    workers: WorkerPool
    cluster: Cluster | None
    summary: Summary
    held_open: ExitStack = field(default_factory=ExitStack)
    """What was opened to find inputs, and must be open while they are read."""
    digest_ids: set[str] = field(default_factory=set)
    """New digests that were met."""
    read_at_last: set[str] = field(default_factory=set)
    """Digests of files that an earlier version failed to read: they go, now that the files are read."""


@contextmanager
def open_load(plan: Plan, workers: ProcessPoolExecutor | None = None) -> Iterator[LoadSession]:
    """Hold the warehouse for one load, repaired if an earlier run was cut off; scrap is gone afterwards.

    `workers`, if already started, are the load's.

    Raises:
        BusyError: another process is loading.
        InputError: the home is no folder that can be written.
        WarehouseError: the lake, if it is one, cannot be reached.
        SettingsError: the process may not use the memory that it takes.
    """
    require_memory()
    home = Home(plan.home)
    target = target_of(home, plan.lake)
    started, started_at = monotonic(), datetime.now(UTC)
    with target.holding(plan.wait_seconds):
        summary = Summary(home=str(home.root), lake=plan.lake.name if plan.lake else None)
        ledger, summary.notices = target.recover(read_categories())
        load_id = _new_load_id(started_at, ledger)
        row = {
            "load_id": load_id,
            "started_at": started_at,
            "trigger": plan.trigger,
            "code_version": version("paperhouse"),
        }
        load = LoadSession(
            plan=plan,
            target=target,
            ledger=ledger,
            known_files=_files_by_path(ledger),
            forgotten_places=frozenset(path for _, path in ledger.forgotten_files),
            row=row,
            started=started,
            writer=PackageWriter(target.work / f"package-{load_id}", load_id),
            workers=WorkerPool(plan.n_processes, workers),
            cluster=Cluster(plan.cluster) if plan.cluster else None,
            summary=summary,
        )
        with load.held_open, load.workers, load.cluster or nullcontext():
            yield load


def _files_by_path(ledger: Ledger) -> KnownFiles:
    known_files: KnownFiles = {}
    for (sha256, path), known in ledger.files.items():
        known_files.setdefault(path, []).append((sha256, known))
    return known_files


def _new_load_id(started_at: datetime, ledger: Ledger) -> str:
    """Identifier that sorts after every published one, also when the clock went back."""
    stamp = started_at.strftime(_STAMP)
    newest = max(ledger.load_ids, default="").partition("-")[0]
    if stamp <= newest:
        stamp = (datetime.strptime(newest, _STAMP) + timedelta(microseconds=1)).strftime(_STAMP)  # noqa: DTZ007 - UTC
    return f"{stamp}-{secrets.token_hex(3)}"
