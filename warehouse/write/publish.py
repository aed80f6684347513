"""The next warehouse file: built beside the live one, checked, forced to disk, swapped in with one rename.

Readers that hold the live file open keep their file; new ones get the next. Up to the rename nothing is live,
after it everything is. The package of the load gets its final name just before: a package that is not in
the ledger of the live file is a load that was cut off in between, and the next run brings it in.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from paperhouse.transforms.tables import PACKAGE_TABLES
from paperhouse.warehouse.storage.atomic_files import fsync_path, replace_durably
from paperhouse.warehouse.storage.curation import curation_of
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import Package, PackageWriter, scan_table, sealed_packages
from paperhouse.warehouse.storage.receipts import (
    HEAD_BYTES,
    Receipt,
    has_receipts,
    head_hash,
    receipt_of,
    write_receipt,
)
from paperhouse.warehouse.write.apply import Changes, apply_packages, replace_reference
from paperhouse.warehouse.write.changed_keys import note_nothing
from paperhouse.warehouse.write.staging import Finished, finish, log_of, open_staged

N_PREVIOUS = 2
"""Published files that are kept beside the live one."""


def publish_new(home: Home, writer: PackageWriter, load: dict[str, Any], categories: pl.DataFrame) -> Changes:
    """Publish the load that `writer` has collected; the caller holds the lock.

    `load` has load_id, started_at, trigger and code_version; the counts are filled in here. On any error the
    live file is as it was. So are the packages, unless only the swap itself failed: then the package waits in its
    place, and the next run publishes it.

    Raises:
        CheckFailedError: a check found offending rows.
    """
    with open_staged(home, writer.package.load_id, base=home.live, n_bytes=writer.package.n_bytes) as draft:
        exchange = draft.exchange
        archive = [*sealed_packages(home.loads), writer.package]
        changes = _apply(home, exchange, [writer.package], archive, categories)
        known = {**load, "finished_at": datetime.now(UTC), **asdict(changes)}
        schema = {name: column.dtype for name, column in PACKAGE_TABLES["loads"].columns().items()}
        row = {name: known[name] for name in schema}
        exchange.insert("loads", pl.DataFrame([row], schema=schema))
        finished = finish(draft)
        writer.seal(row)
        _record(home, draft.path, writer.package.load_id, finished)
        home.loads.mkdir(exist_ok=True)
        replace_durably(writer.package.folder, home.loads / writer.package.load_id)
        swap_in(home, draft.path)
    return changes


def publish_sealed(
    home: Home, packages: Sequence[Package], categories: pl.DataFrame, *, base: Path | None
) -> Changes:
    """Publish packages that are complete on disk, on top of `base` or from nothing; the caller holds the lock.

    Raises:
        CheckFailedError: a check found offending rows.
    """
    n_bytes = sum(package.n_bytes for package in packages)
    with open_staged(home, packages[-1].load_id, base=base, n_bytes=n_bytes) as draft:
        changes = _apply(home, draft.exchange, packages, sealed_packages(home.loads), categories)
        draft.exchange.insert("loads", scan_table(packages, "loads").sort("load_id").collect())
        finished = finish(draft)
        _record(home, draft.path, packages[-1].load_id, finished)
        if base is None:
            swap_in_for_any(home, draft.path)
        else:
            swap_in(home, draft.path)
    return changes


def publish_corrections(home: Home, load_id: str) -> None:
    """Publish the live warehouse with the corrections that the home has now; the caller holds the lock.

    `load_id` is the newest load: no load is added, and only names whose corrections changed are compared.

    Raises:
        CurationError: the curation file contradicts itself or cannot be read; the live warehouse is untouched.
    """
    from paperhouse.warehouse.write.persons import recompute_persons  # noqa: PLC0415 - it brings numpy along

    corrections = curation_of(home)
    with open_staged(home, load_id, base=home.live, n_bytes=0) as draft:
        note_nothing(draft.exchange.connection)
        recompute_persons(draft.exchange, corrections)
        finished = finish(draft)
        _record(home, draft.path, load_id, finished)
        swap_in(home, draft.path)


def publish_copy(
    home: Home,
    load_id: str,
    fill: Callable[[duckdb.DuckDBPyConnection], None],
    accept: Callable[[Finished], None],
) -> None:
    """Publish a first file that `fill` writes, in the transaction that is open; the caller holds the lock.

    `load_id` is the newest load. `accept` is given what the finished file holds, and may refuse it with an error.

    Raises:
        CheckFailedError: a check found offending rows.
    """
    with open_staged(home, load_id, base=None, n_bytes=None) as draft:
        fill(draft.exchange.connection)
        finished = finish(draft)
        accept(finished)
        _record(home, draft.path, load_id, finished)
        swap_in(home, draft.path)


def swap_in(home: Home, path: Path) -> None:
    """Make the finished file at `path` the live one; the file that was live joins the previous ones.

    A log that some other program left beside the live file goes with it: beside the new file it would be read as
    that one's, which then could not be opened.
    """
    _swap(home, path, _keep_previous)


def swap_in_for_any(home: Home, path: Path) -> None:
    """As `swap_in`, whatever lies there: a live file that no load published is set aside instead.

    It is damaged or changed, so nobody should go back to it, and it must not push out a file that is sound.
    """
    is_published = (
        not home.live.exists()
        or not has_receipts(home.receipts)
        or receipt_of(home.receipts, home.live) is not None
    )
    _swap(home, path, _keep_previous if is_published else _keep_aside)


def _swap(home: Home, path: Path, keep: Callable[[Home], Path]) -> None:
    fsync_path(path)
    log = log_of(home.live)
    if home.live.exists():
        kept = keep(home)
        if log.exists():
            log.replace(log_of(kept))
    log.unlink(missing_ok=True)
    replace_durably(path, home.live)


def _apply(
    home: Home,
    exchange: FrameExchange,
    packages: Sequence[Package],
    archive: Sequence[Package],
    categories: pl.DataFrame,
) -> Changes:
    corrections = curation_of(home)
    replace_reference(exchange, categories)
    return apply_packages(
        exchange, packages, archive, frozenset(categories["category"].to_list()), corrections
    )


def _record(home: Home, path: Path, load_id: str, finished: Finished) -> None:
    """Force the finished file to disk and write its receipt."""
    fsync_path(path)
    with path.open("rb") as file:
        head = head_hash(file.read(HEAD_BYTES))
    receipt = Receipt(load_id, path.stat().st_size, finished.tables, finished.n_loads_since_whole, head)
    kept = [kept for kept in (home.live, *_previous(home)) if kept.exists()]
    write_receipt(home.receipts, path, receipt, kept)


def _keep_previous(home: Home) -> Path:
    """Give the live file a second name under `previous`, return it, and let the oldest there go."""
    home.previous.mkdir(exist_ok=True)
    stamp = datetime.fromtimestamp(home.live.stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kept = home.previous / f"paperhouse-{stamp}.duckdb"
    if not kept.exists():
        os.link(home.live, kept)
    for path in _previous(home)[:-N_PREVIOUS]:
        path.unlink()
        log_of(path).unlink(missing_ok=True)
    fsync_path(home.previous)
    return kept


def _keep_aside(home: Home) -> Path:
    """Give the live file a second name beside it, under which no run looks for it, and return it."""
    kept = aside_of(home.live)
    os.link(home.live, kept)
    fsync_path(home.root)
    return kept


def aside_of(path: Path) -> Path:
    """Name beside `path` for a file that is kept for people only; a new one each time."""
    return path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.set-aside")


def _previous(home: Home) -> list[Path]:
    """Published files that are kept, oldest first."""
    return sorted(home.previous.glob("paperhouse-*.duckdb"))
