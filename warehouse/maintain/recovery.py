"""What a run finds at its start: left-overs of one that was cut off are removed, completed, or refused by name.

The caller holds the lock, so nothing that is found here is anybody's work in progress.
"""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from paperhouse.transforms.errors import InputError, WarehouseError
from paperhouse.warehouse.read.ledger import Ledger, read_ledger
from paperhouse.warehouse.read.persons import corrections_in_force
from paperhouse.warehouse.storage.atomic_files import copy_file, fsync_path
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.curation import write_if_absent
from paperhouse.warehouse.storage.home import MANIFEST, Home
from paperhouse.warehouse.storage.packages import (
    Package,
    delete_folder,
    require_complete,
    require_sound,
    sealed_packages,
)
from paperhouse.warehouse.storage.receipts import receipt_of
from paperhouse.warehouse.write.publish import aside_of, publish_sealed, swap_in_for_any
from paperhouse.warehouse.write.staging import log_of


def recover(home: Home, categories: pl.DataFrame) -> tuple[Ledger, list[str]]:
    """Bring the home in order; return the ledger of the live file and what was done, in words.

    Scrap is deleted. A log beside the live file is set aside. A damaged live file is set aside and made again from
    the packages, if these hold every load of the newest previous file that can be read. Packages that were completed
    but not published are published.

    Raises:
        WarehouseError: the live file cannot be read, and is not damaged or the packages do not hold everything.
        PackageError: a package that is needed is damaged.
    """
    notices: list[str] = []
    delete_folder(home.work)
    if log_of(home.live).exists():
        kept = _set_aside(log_of(home.live))
        notices.append(f"{kept}: set aside; another program had left this log beside the warehouse")
    packages = sealed_packages(home.loads)
    try:
        ledger = _read_ledger_even_if_held(home)
    except WarehouseError as error:
        if error.facts.get("is_held") or receipt_of(home.receipts, home.live) is not None:
            raise  # the file is, bit by bit, as it was published: what failed is this machine, for now
        _require_complete(home, packages, error)
        kept = _set_aside(home.live)
        notices.append(
            f"{kept}: set aside; it could not be read, and was made again from {len(packages)} load packages"
        )
        ledger = read_ledger(home.live)
    returned = bring_back(home, ledger.load_ids)
    if returned:
        packages = sealed_packages(home.loads)
        notices.append(
            f"{len(returned)} load package(s) that the warehouse names are back from {home.set_aside}"
        )
    waiting = [package for package in packages if package.load_id not in ledger.load_ids]
    if not waiting:
        return ledger, notices
    if any(package.files("forgotten") for package in waiting):
        # What forgotten digests leave behind is computed again from all packages.
        require_complete(packages, ledger.load_ids)
        require_sound(packages)
    else:
        require_sound(waiting)
    publish_sealed(home, waiting, categories, base=home.live)
    notices.append(f"{len(waiting)} load(s) that an earlier run had completed are now published")
    return read_ledger(home.live), notices


def _read_ledger_even_if_held(home: Home) -> Ledger:
    """Ledger of the live file; of a copy, if another program holds it open for writing but has not changed it."""
    try:
        return read_ledger(home.live)
    except WarehouseError as error:
        if not error.facts.get("is_held"):
            raise
        home.work.mkdir()
        try:
            copy = home.work / "held.duckdb"
            copy_file(home.live, copy)
            if receipt_of(home.receipts, copy) is None:
                raise
            return read_ledger(copy)
        finally:
            delete_folder(home.work)


def _set_aside(path: Path) -> Path:
    kept = aside_of(path)
    path.replace(kept)
    fsync_path(path.parent)
    return kept


def _require_complete(home: Home, packages: list[Package], cause: WarehouseError) -> None:
    """Refuse to rebuild from packages that are known to hold less than the warehouse did."""
    known = _newest_known_loads(home)
    missing = sorted(known - {package.load_id for package in packages})
    if not packages or missing:
        lacking = f"packages are missing: {', '.join(missing)}" if missing else "there are no load packages"
        msg = (
            f"{cause}\nIt cannot be made again by itself, because {lacking} under {home.loads}. "
            "Restore the packages from a copy, or go back with `paperhouse restore`"
        )
        raise WarehouseError(msg, path=str(home.live), missing=missing) from cause


def _newest_known_loads(home: Home) -> frozenset[str]:
    for path in sorted(home.previous.glob("paperhouse-*.duckdb"), reverse=True):
        try:
            return read_ledger(path).load_ids
        except WarehouseError:
            continue
    return frozenset()


def bring_back(home: Home, load_ids: Iterable[str]) -> list[str]:
    """Put packages of these loads that `restore` had set aside where they belong; return which.

    The live file names such loads after going forth again, or if the restoring was cut off before its swap.
    """
    lacking = [
        load_id
        for load_id in sorted(load_ids)
        if (home.set_aside / load_id / MANIFEST).is_file() and not (home.loads / load_id).exists()
    ]
    if lacking:
        home.loads.mkdir(exist_ok=True)
        for load_id in lacking:
            (home.set_aside / load_id).replace(home.loads / load_id)
        fsync_path(home.loads)
    return lacking


def restore(home: Home, name: str | None) -> tuple[str, list[str]]:
    """Make a previous file live again; return its name and the loads that were set aside with their packages.

    Without a name it is the newest previous file. The packages of later loads go to `set-aside/`, and those that an
    earlier restoring had put there come back if the file names them. The file that was live joins the previous ones,
    if a load published it as it is; else it is set aside. The curation file stays as it is; if there is none, that of
    the corrections in force comes back.

    Raises:
        InputError: there is no such file.
        WarehouseError: it cannot be read.
    """
    kept = sorted(home.previous.glob("paperhouse-*.duckdb"))
    chosen = [path for path in kept if name is None or name in {path.name, path.stem}][-1:]
    if not chosen:
        names = ", ".join(path.name for path in kept) or "none"
        msg = f"{home.previous}: holds no {name or 'previous file'}; there are: {names}"
        raise InputError(msg, path=str(home.previous), names=[path.name for path in kept])
    (source,) = chosen
    ledger = read_ledger(source)
    with open_read_only(source) as connection:
        corrections = corrections_in_force(connection)
    delete_folder(home.work)
    home.work.mkdir()
    try:
        draft = home.work / "restored.duckdb"
        copy_file(source, draft)
        later = [package for package in sealed_packages(home.loads) if package.load_id not in ledger.load_ids]
        for package in later:
            home.set_aside.mkdir(exist_ok=True)
            package.folder.replace(home.set_aside / package.load_id)
        fsync_path(home.loads)
        write_if_absent(home, corrections)
        swap_in_for_any(home, draft)
        bring_back(home, ledger.load_ids)
    finally:
        delete_folder(home.work)
    return source.name, [package.load_id for package in later]
