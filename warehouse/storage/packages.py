"""Load packages: what one load brought in, as immutable Parquet files with a manifest.

A package is a folder `loads/<load_id>/` of `<table>.<part>.parquet` files and `manifest.json`, which lists each
file with its rows, bytes and SHA-256. It is built under `work/` and gets its final name in one rename.
"""

import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from paperhouse.transforms.digests.statements import Frames
from paperhouse.transforms.errors import PackageError
from paperhouse.transforms.tables import PACKAGE_TABLES, empty_frame
from paperhouse.warehouse.storage.atomic_files import fsync_path, naming
from paperhouse.warehouse.storage.home import MANIFEST
from paperhouse.warehouse.storage.parquet import write_parquet

_COMPRESSION_LEVEL = 3
_ROWS_PER_GROUP = 1000
"""Few, and sorted by paper: of a large package, only the groups that hold given papers are read."""
_ENCODING: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": _COMPRESSION_LEVEL,
    "statistics": True,
    "row_group_size": _ROWS_PER_GROUP,
}


@dataclass(frozen=True, slots=True)
class Package:
    """A package on disk, sealed or still growing."""

    load_id: str
    folder: Path

    def files(self, table: str) -> list[Path]:
        """Part files of one table, in order of writing; none if the load brought nothing of it."""
        return sorted(self.folder.glob(f"{table}.*.parquet"))

    @property
    def n_bytes(self) -> int:
        """Bytes of all part files."""
        return sum(path.stat().st_size for path in self.folder.glob("*.parquet"))


PartFiles = dict[str, dict[str, Any]]
"""What a manifest says of part files, by name: rows, bytes and SHA-256."""


def write_part(folder: Path, number: int, frames: Frames) -> PartFiles:
    """Write the frames that have rows as one part of their tables, each file forced to disk."""
    return {
        name: _write_file(folder / name, frame)
        for name, frame in ((f"{table}.{number:05d}.parquet", frame) for table, frame in frames.items())
        if frame.height
    }


def encode_part(number: int, frames: Frames) -> tuple[PartFiles, dict[str, bytes]]:
    """What `write_part` would write, as contents by the files' names: for a package on another machine."""
    contents = {
        f"{table}.{number:05d}.parquet": _encoded(frame) for table, frame in frames.items() if frame.height
    }
    rows = {f"{table}.{number:05d}.parquet": frame.height for table, frame in frames.items()}
    facts = {
        name: {"rows": rows[name], "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    return facts, contents


def _encoded(frame: pl.DataFrame) -> bytes:
    into = io.BytesIO()
    _sorted(frame).write_parquet(into, **_ENCODING)
    return into.getvalue()


def place_part(folder: Path, files: PartFiles, contents: Mapping[str, bytes]) -> None:
    """Write part files that were made on another machine, each forced to disk.

    Raises:
        PackageError: a content is not what `files` says of it.
    """
    for name, facts in files.items():
        path = folder / name
        with naming(path):
            path.write_bytes(contents[name])
        if hashlib.sha256(contents[name]).hexdigest() != facts["sha256"]:
            msg = f"{path}: arrived otherwise than it was sent; the warehouse is untouched, run it again"
            raise PackageError(msg, path=str(path))
        fsync_path(path)


def try_part(frames: Frames) -> None:
    """Encode the frames as `write_part` does, to nowhere.

    Raises:
        PolarsError: they cannot be written.
    """
    for frame in frames.values():
        _encoded(frame)


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("arxiv_id", maintain_order=True) if "arxiv_id" in frame.columns else frame


def _write_file(path: Path, frame: pl.DataFrame) -> dict[str, Any]:
    try:
        write_parquet(_sorted(frame), path, **_ENCODING)
    except pl.exceptions.PolarsError as error:
        msg = f"{path}: cannot be written ({str(error).splitlines()[0]}); the warehouse is untouched"
        raise PackageError(msg, path=str(path)) from error
    fsync_path(path)
    return {"rows": frame.height, "bytes": path.stat().st_size, "sha256": file_sha256(path)}


class PackageWriter:
    """Writes one package part by part: memory holds one part at a time."""

    def __init__(self, folder: Path, load_id: str) -> None:
        folder.mkdir(parents=True)
        self.package = Package(load_id, folder)
        self._files: PartFiles = {}
        self._part = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written yet."""
        return not self._files

    def next_part(self) -> int:
        """A part number that nobody else gets."""
        self._part += 1
        return self._part

    def add(self, frames: Frames) -> None:
        """Write the frames that have rows as the next part of their tables; each file is forced to disk."""
        number = self.next_part()
        try:
            self.adopt(write_part(self.package.folder, number, frames))
        except BaseException:
            self.discard(number)  # files of some tables may be there
            raise

    def adopt(self, files: PartFiles) -> None:
        """Make files that were written elsewhere, under a number from `next_part`, part of the package."""
        self._files |= files

    def read(self, files: PartFiles) -> Frames:
        """The frames of files that were written elsewhere."""
        folder = self.package.folder
        return {name.partition(".")[0]: pl.read_parquet(folder / name, glob=False) for name in files}

    def discard(self, number: int) -> None:
        """Delete what was written under this number and is not part of the package."""
        for path in self.package.folder.glob(f"*.{number:05d}.parquet"):
            if path.name not in self._files:
                path.unlink()

    def seal(self, load_row: dict[str, Any]) -> None:
        """Write the load's own row and the manifest; after this the package is complete."""
        schema = {name: column.dtype for name, column in PACKAGE_TABLES["loads"].columns().items()}
        self.adopt(write_part(self.package.folder, 1, {"loads": pl.DataFrame([load_row], schema=schema)}))
        manifest = self.package.folder / MANIFEST
        with naming(manifest):
            manifest.write_bytes(_manifest_bytes(self.package.load_id, self._files))
        fsync_path(manifest)
        fsync_path(self.package.folder)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def sealed_packages(loads: Path) -> list[Package]:
    """Every package with a manifest, oldest first; `loads` need not exist."""
    if not loads.is_dir():
        return []
    return [
        Package(folder.name, folder) for folder in sorted(loads.iterdir()) if (folder / MANIFEST).is_file()
    ]


def scan_table(packages: Sequence[Package], table: str) -> pl.LazyFrame:
    """Rows of one table over these packages, unsorted, duplicates included.

    Raises:
        PackageError: on collecting, never here; a missing file is found by `verify_package`.
    """
    files = [path for package in packages for path in package.files(table)]
    if not files:
        return empty_frame(PACKAGE_TABLES[table]).lazy()
    return pl.scan_parquet(files, glob=False)


def _manifest_bytes(load_id: str, files: dict[str, dict[str, Any]]) -> bytes:
    """A manifest as it is written: its facts in one form only, and their hash, so that any other bit shows."""
    facts = {"load_id": load_id, "files": files}
    seal = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return (json.dumps({**facts, "seal": seal}, indent=1) + "\n").encode()


def verify_package(package: Package) -> Iterator[str]:
    """Say what is wrong with a package: files missing, changed or not listed. An empty result is a sound package."""
    manifest_path = package.folder / MANIFEST
    try:
        written = manifest_path.read_bytes()
        manifest = json.loads(written)
        listed: dict[str, dict[str, Any]] = manifest["files"]
        load_id = manifest["load_id"]
        is_as_written = _manifest_bytes(load_id, listed) == written
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield f"{manifest_path}: the manifest cannot be read ({error})"
        return
    if not is_as_written:
        yield f"{manifest_path}: was changed since it was written"
    if load_id != package.load_id:
        yield f"{manifest_path}: names the load {load_id}, not {package.load_id}"
    for name, expected in sorted(listed.items()):
        path = package.folder / name
        if not path.is_file():
            yield f"{path}: listed in the manifest, but missing"
        elif path.stat().st_size != expected.get("bytes") or file_sha256(path) != expected.get("sha256"):
            yield f"{path}: its content is not what the manifest lists"
    for path in sorted(package.folder.iterdir()):
        if path.name != MANIFEST and path.name not in listed:
            yield f"{path}: not listed in the manifest"


def require_sound(packages: Sequence[Package]) -> None:
    """Refuse damaged packages.

    Raises:
        PackageError: with every fault found.
    """
    faults = [fault for package in packages for fault in verify_package(package)]
    if faults:
        listed = "\n  ".join(faults)
        msg = f"load packages are damaged:\n  {listed}\nRestore the files from a copy, or move the load's folder away"
        raise PackageError(msg, faults=faults)


def require_complete(packages: Sequence[Package], load_ids: Iterable[str]) -> None:
    """Refuse to go on without packages that these loads made.

    Raises:
        PackageError: names the loads whose packages are missing.
    """
    missing = sorted(set(load_ids) - {package.load_id for package in packages})
    if missing:
        msg = (
            f"load packages are missing: {', '.join(missing)}; the live warehouse still holds what they brought. "
            "Restore them from a copy; to give that up, move the live warehouse away first"
        )
        raise PackageError(msg, missing=missing)


def delete_folder(folder: Path) -> None:
    """Delete scrap; it may already be gone."""
    shutil.rmtree(folder, ignore_errors=True)
