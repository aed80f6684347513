"""The steps of a load as plain functions, in their order; the command line and Prefect call the same ones.

with open_load(plan) as load:          lock, repair what an earlier run left over
    files = find_inputs(load)          which files there are
    for batch in batches(files, ...):
        read_batch(load, batch)        bytes -> entries -> package files
    publish_load(load)                 next warehouse file, checks, swap
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from time import monotonic

from paperhouse.flows.load.discover import batches, find_inputs
from paperhouse.flows.load.memory_limit import require_memory
from paperhouse.flows.load.plan import Plan
from paperhouse.flows.load.read import FileProgress, read_batch
from paperhouse.flows.load.session import LoadSession, open_load
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.sources.reference import read_categories
from paperhouse.transforms.digests.statements import forget_frame
from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.maintain.recovery import recover
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lock import exclusive_lock
from paperhouse.warehouse.storage.packages import delete_folder, require_complete, require_sound
from paperhouse.warehouse.target.choice import target_of
from paperhouse.warehouse.target.target import Target
from paperhouse.warehouse.write.apply import Changes
from paperhouse.warehouse.write.live_state import noting_live_state
from paperhouse.warehouse.write.publish import publish_corrections


def publish_load(load: LoadSession) -> Summary:
    """Publish what the load read; without anything new the warehouse stays as it is.

    Raises:
        CheckFailedError: a check refused; the live warehouse is untouched.
    """
    summary = load.summary
    load.workers.end()  # all is read: what memory they hold is wanted now
    if load.cluster is not None:
        load.cluster.end()
    if load.writer.is_empty:
        summary.seconds = monotonic() - load.started
        return summary
    if load.read_at_last:
        load.writer.add({"forgotten": forget_frame(load.read_at_last, load.row["load_id"])})
    changes = load.target.publish(load.writer, load.row, read_categories())
    return _finished(summary, load, changes)


def _finished(summary: Summary, load: LoadSession, changes: Changes) -> Summary:
    for name, count in asdict(changes).items():
        setattr(summary, name, count)
    summary.load_id = load.row["load_id"]
    summary.seconds = monotonic() - load.started
    return summary


def run_load(
    plan: Plan,
    progress: FileProgress | None = None,
    on_step: Callable[[str], None] = lambda _: None,
    workers: ProcessPoolExecutor | None = None,
) -> Summary:
    """All steps of a load, without Prefect; `on_step` gets the name of each step as it begins, and "" at the end.

    `workers`, if already started, are ended before it publishes.
    """
    on_step("opening")
    with open_load(plan, workers) as load:
        on_step("finding files")
        inputs = find_inputs(load)
        on_step("reading")
        for batch in batches(inputs, plan.batch_bytes):
            read_batch(load, batch, progress)
        on_step("publishing")
        summary = publish_load(load)
    on_step("")
    return summary


def forget_digests(plan: Plan, prefixes: Sequence[str]) -> Summary:
    """Remove digests, named by the start of their id, and every fact that only they state; a load of its own.

    Raises:
        InputError: no digest, or more than one, starts with a prefix.
        PackageError: a package is damaged or missing, so that what remains cannot be computed again.
    """
    with open_load(plan) as load:
        digest_ids = {load.ledger.digest_named(prefix) for prefix in prefixes}
        packages = load.target.packages()
        require_complete(packages, load.ledger.load_ids)
        require_sound(packages)
        load.writer.add({"forgotten": forget_frame(digest_ids, load.row["load_id"])})
        return publish_load(load)


def rebuild(home_root: Path, wait_seconds: float = 0, lake: LakeAddress | None = None) -> Changes:
    """Make the warehouse again from its load packages alone.

    Raises:
        InputError: there are no packages.
        PackageError: a package is damaged, or one that the live warehouse names is missing.
    """
    require_memory()
    target = target_of(Home(home_root), lake)
    _require_packages(target)
    with target.holding(wait_seconds):
        return target.rebuild(read_categories())


def _require_packages(target: Target) -> None:
    if not target.packages():
        msg = f"{target.name}: holds no load packages, so there is nothing to rebuild from; run `paperhouse ingest`"
        raise InputError(msg, path=target.name)


def apply_corrections(home_root: Path, wait_seconds: float = 0) -> None:
    """Bring the corrections of the home's curation file into the live warehouse, without a load.

    Raises:
        InputError: nothing has been loaded yet.
        CurationError: the file contradicts itself or cannot be read; the live warehouse is untouched.
    """
    home = Home(home_root)
    if not home.live.exists():
        msg = f"{home.live}: there is no warehouse yet that could be corrected; run `paperhouse ingest`"
        raise InputError(msg, path=str(home.live))
    with exclusive_lock(home.lock, wait_seconds=wait_seconds), noting_live_state(home):
        try:
            ledger, _ = recover(home, read_categories())
            publish_corrections(home, max(ledger.load_ids))
        finally:
            delete_folder(home.work)
