"""The load packages of a lake: folders `loads/<load_id>/` beside its tables, on a disk that all loaders share."""

import json
import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.atomic_files import fsync_path, naming
from paperhouse.warehouse.storage.home import MANIFEST
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.packages import Package

LOADS: Final = "loads"
MARKER: Final = "paperhouse-lake.json"
"""Says whose data the folder holds: two lakes in one folder would clean up each other's files."""
CURATION: Final = "curation.csv"
SET_ASIDE: Final = "set-aside"
"""Packages of loads that `restore` took back."""
SCRAP_SECONDS: Final = 24 * 3600
"""So old is what no running load can still be writing."""


def put_package(data: Path, package: Package) -> Package:
    """Copy a sealed package into the lake's folder, its manifest last; return it at its new place."""
    folder = data / LOADS / package.load_id
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(package.folder.iterdir(), key=lambda path: (path.name == MANIFEST, path.name))
    for path in files:
        target = folder / path.name
        draft = target.with_name(f".{target.name}") if path.name == MANIFEST else target
        with naming(draft):
            shutil.copyfile(path, draft)
        fsync_path(draft)
        if draft != target:
            fsync_path(folder)
            draft.replace(target)
    fsync_path(folder)
    fsync_path(folder.parent)
    return Package(package.load_id, folder)


def set_aside(data: Path, load_ids: Iterable[str]) -> None:
    """Put the packages of these loads where no run looks for them."""
    for load_id in load_ids:
        folder = data / LOADS / load_id
        if folder.exists():
            (data / SET_ASIDE).mkdir(exist_ok=True)
            folder.replace(data / SET_ASIDE / load_id)


def bring_packages_back(data: Path, load_ids: Iterable[str]) -> list[str]:
    """Put packages of these loads that were set aside where they belong; return which."""
    lacking = [
        load_id
        for load_id in sorted(load_ids)
        if (data / SET_ASIDE / load_id / MANIFEST).is_file() and not (data / LOADS / load_id).exists()
    ]
    for load_id in lacking:
        (data / SET_ASIDE / load_id).replace(data / LOADS / load_id)
    return lacking


def delete_unfinished(data: Path) -> list[str]:
    """Delete packages without a manifest whose loads were cut off more than a day ago; return which."""
    loads = data / LOADS
    if not loads.is_dir():
        return []
    long_ago = time.time() - SCRAP_SECONDS
    scrap = [
        folder
        for folder in sorted(loads.iterdir())
        if not (folder / MANIFEST).is_file() and _newest_change(folder) < long_ago
    ]
    for folder in scrap:
        shutil.rmtree(folder)
    return [folder.name for folder in scrap]


def _newest_change(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))


def claim_folder(address: LakeAddress, data: Path) -> str:
    """Mark the folder as this lake's, if it is not yet; return the lake's id.

    Raises:
        WarehouseError: it holds another lake's data.
    """
    data.mkdir(parents=True, exist_ok=True)
    marker = data / MARKER
    draft = marker.with_name(f".{MARKER}.{uuid.uuid4().hex}")
    draft.write_text(json.dumps({"lake_id": uuid.uuid4().hex, "catalog": address.name}) + "\n", "utf-8")
    fsync_path(draft)
    try:
        marker.hardlink_to(draft)  # of two that come at once, one wins
        fsync_path(data)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    lake_id, catalog = read_marker(data)
    if catalog != address.name:
        msg = f"{data}: holds the data of another lake, {catalog}; name another folder with --data"
        raise WarehouseError(msg, path=str(data), catalog=catalog)
    return lake_id


def read_marker(data: Path) -> tuple[str, str]:
    """Id and address of the lake whose data the folder holds.

    Raises:
        WarehouseError: the marker is missing or unreadable.
    """
    marker = data / MARKER
    try:
        facts = json.loads(marker.read_text("utf-8"))
        return str(facts["lake_id"]), str(facts["catalog"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{marker}: cannot be read ({error}); is the folder of the lake's data there? Else restore the file"
        raise WarehouseError(msg, path=str(marker)) from error
