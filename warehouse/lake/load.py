"""Loads on a lake: what a load brought is computed, checked and hashed in one transaction, and committed last.

Just before, its package gets to the lake's folder, manifest last. So a package that the ledger does not name is a load
that was cut off in between, and the next run brings it in.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from paperhouse.transforms.errors import WarehouseError
from paperhouse.transforms.tables import PACKAGE_TABLES, WAREHOUSE_TABLES
from paperhouse.warehouse.lake.draft import (
    LakeDraft,
    check_and_record,
    commit,
    open_draft,
    start_anew,
)
from paperhouse.warehouse.read.ledger import EMPTY_LEDGER, Ledger, ledger_of
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.data import LakeData
from paperhouse.warehouse.storage.lake.data_choice import data_at
from paperhouse.warehouse.storage.lake.engine import open_lake
from paperhouse.warehouse.storage.lake.state import has_state
from paperhouse.warehouse.storage.packages import (
    Package,
    PackageWriter,
    require_complete,
    require_sound,
    scan_table,
)
from paperhouse.warehouse.write.apply import Changes, apply_packages, replace_reference
from paperhouse.warehouse.write.staging import require_schema

CHANGED = "the load is published in the lake already"
UNCHANGED = "the lake is as it was"


@dataclass(frozen=True, slots=True)
class LocalFolders:
    """What loads of a lake keep on this machine: scrap, and copies of packages that cannot be read where they lie."""

    work: Path
    mirror: Path


def publish_to_lake(
    address: LakeAddress,
    local: LocalFolders,
    writer: PackageWriter,
    load: dict[str, Any],
    categories: pl.DataFrame,
) -> Changes:
    """Publish the load that `writer` has collected; the caller holds the lock.

    `load` has load_id, started_at, trigger and code_version; the counts are filled in here. On any error the lake is
    as it was; a package that is complete by then waits in its place, and the next run publishes it.

    Raises:
        CheckFailedError: a check found offending rows.
        BusyError: the lock was lost, and another load was published meanwhile.
    """
    with changing(address, local.work / "lake") as draft:
        archive = [*draft.data.packages(local.mirror), writer.package]
        changes = _apply(draft, [writer.package], archive, categories)
        known = {**load, "finished_at": datetime.now(UTC), **asdict(changes)}
        schema = {name: column.dtype for name, column in PACKAGE_TABLES["loads"].columns().items()}
        row = {name: known[name] for name in schema}
        draft.exchange.insert("loads", pl.DataFrame([row], schema=schema))
        content = check_and_record(draft, writer.package.load_id)
        writer.seal(row)
        draft.data.put_package(writer.package, local.mirror)
        commit(draft, writer.package.load_id, content)
    return changes


def publish_packages(
    address: LakeAddress,
    local: LocalFolders,
    packages: Sequence[Package],
    categories: pl.DataFrame,
    *,
    is_anew: bool = False,
) -> Changes:
    """Publish packages that are complete, on top of what the lake holds, or in its place; the caller holds the lock.

    Raises:
        CheckFailedError: a check found offending rows.
    """
    with changing(address, local.work / "lake") as draft:
        if is_anew:
            start_anew(draft)
        changes = _apply(draft, packages, draft.data.packages(local.mirror), categories)
        draft.exchange.insert("loads", scan_table(packages, "loads").sort("load_id").collect())
        content = check_and_record(draft, packages[-1].load_id)
        commit(draft, packages[-1].load_id, content)
    return changes


@contextmanager
def changing(
    address: LakeAddress,
    scratch: Path,
    prepare: Callable[[duckdb.DuckDBPyConnection], object] = lambda _: None,
) -> Iterator[LakeDraft]:
    """A draft, as `open_draft` has it; an error that leaves the block says whether the lake was changed."""
    draft = None
    try:
        with open_draft(address, scratch, prepare) as draft:
            yield draft
    except BaseException as error:
        is_unknown = isinstance(error, WarehouseError) and error.facts.get("is_unknown")
        if not is_unknown:
            error.add_note(CHANGED if draft is not None and draft.is_committed else UNCHANGED)
        raise


def _apply(
    draft: LakeDraft, packages: Sequence[Package], archive: Sequence[Package], categories: pl.DataFrame
) -> Changes:
    require_schema(draft.connection, Path(draft.address.name))
    corrections = draft.data.corrections()
    _require_unknown(draft, packages)
    if not _holds(draft.exchange, "categories", categories):
        replace_reference(draft.exchange, categories)
    known = frozenset(categories["category"].to_list())
    return apply_packages(draft.exchange, packages, archive, known, corrections)


def _require_unknown(draft: LakeDraft, packages: Sequence[Package]) -> None:
    """Stop before a load is brought in a second time.

    Raises:
        WarehouseError: names the loads that the lake has.
    """
    held = {load_id for (load_id,) in draft.connection.execute("select load_id from loads").fetchall()}
    known = sorted(held & {package.load_id for package in packages})
    if known:
        msg = f"{draft.address.name}: holds the load {', '.join(known)} already; run it again"
        raise WarehouseError(msg, path=draft.address.name, load_ids=known)


def _holds(exchange: FrameExchange, table: str, rows: pl.DataFrame) -> bool:
    """Whether a table holds exactly these rows: to write them again would be two objects a load."""
    schema = {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}
    wanted = rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    return exchange.take(f"from {table}", schema).sort(pl.all()).equals(wanted.sort(pl.all()))


def lake_ledger(address: LakeAddress) -> tuple[Ledger, LakeData | None]:
    """Ledger of the lake, and where its data lie; empty and None if there is none yet and nobody said where.

    Raises:
        WarehouseError: the lake cannot be read.
    """
    try:
        with open_lake(address) as (connection, data):
            return (ledger_of(connection) if has_state(connection) else EMPTY_LEDGER), data
    except WarehouseError as error:
        if error.facts.get("reason") != "missing":
            raise
        return EMPTY_LEDGER, None if address.first_data is None else data_at(address.first_data)


def publish_waiting(
    address: LakeAddress, local: LocalFolders, categories: pl.DataFrame
) -> tuple[Ledger, list[str]]:
    """Publish loads that were cut off after their package was complete; return the ledger and what was done, in words.

    The caller holds the lock.

    Raises:
        WarehouseError: the lake cannot be read.
        PackageError: a package that is needed is damaged.
    """
    ledger, data = lake_ledger(address)
    if data is None:
        return ledger, []
    data.bring_back(ledger.load_ids)
    packages = data.packages(local.mirror)
    waiting = [package for package in packages if package.load_id not in ledger.load_ids]
    if not waiting:
        return ledger, []
    if any(package.files("forgotten") for package in waiting):
        require_complete(packages, ledger.load_ids)
        require_sound(packages)
    else:
        require_sound(waiting)
    publish_packages(address, local, waiting, categories)
    notice = f"{len(waiting)} load(s) that an earlier run had completed are now published"
    return lake_ledger(address)[0], [notice]


def rebuild(address: LakeAddress, local: LocalFolders, categories: pl.DataFrame) -> Changes:
    """Make the lake's tables again from its load packages alone, of which there are some; the caller holds the lock.

    Raises:
        PackageError: a package is damaged, or one that the lake names is missing.
    """
    data, published = known_loads(address)
    packages = data.packages(local.mirror) if data is not None else []
    require_complete(packages, published)
    require_sound(packages)
    return publish_packages(address, local, packages, categories, is_anew=True)


def known_loads(address: LakeAddress) -> tuple[LakeData | None, frozenset[str]]:
    """Where the data lie, and the loads that the lake names; none if its tables cannot say."""
    try:
        ledger, data = lake_ledger(address)
    except WarehouseError:
        with open_lake(address) as (_, data):
            return data, frozenset()
    return data, ledger.load_ids
