"""Digest files on S3: copied to this machine, each once, and then read like files of a folder.

What lies below an address is kept under the home, by hash of its name and of the mark that the server gives each state
of it: the next load asks for those only that have changed since.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperhouse.flows.given_path import bucket_address
from paperhouse.flows.sources.archives import is_archive
from paperhouse.flows.sources.files import FoundFile, Problem
from paperhouse.transforms.errors import InputError, WarehouseError
from paperhouse.transforms.text.path_metadata import Place
from paperhouse.warehouse.storage.bucket_address import BUCKET_SCHEME, open_bucket, split_bucket

if TYPE_CHECKING:
    from paperhouse.warehouse.storage.bucket_store import BucketStore


@dataclass(frozen=True, slots=True)
class ObjectLimits:
    """Largest object that is copied: a file, and an archive."""

    file_bytes: int
    archive_bytes: int


def find_objects(given: Path, copies: Path, limits: ObjectLimits) -> tuple[list[FoundFile], list[Problem]]:
    """Objects below an address, sorted by name and copied to `copies`, and what had to be left out.

    Their places are relative to the address, as those of files are to the folder that was given. An object that the
    server lists but does not give is left out. What begins with a dot is passed over.

    Raises:
        InputError: nothing lies there.
        SettingsError: the keys of the bucket are missing, or the client of S3 is not installed.
        WarehouseError: the server cannot be reached, or refuses the keys.
    """
    address = bucket_address(given)
    bucket, prefix = _open(address)
    folder = copies / blake2b(address.encode(), digest_size=8).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    found: list[FoundFile] = []
    problems: list[Problem] = []
    for name, facts in _below(bucket, prefix):
        copy = folder / blake2b(f"{name}\0{facts['e_tag']}".encode(), digest_size=16).hexdigest()
        problem = _too_large(f"{bucket.address}/{facts['path']}", facts["size"], limits)
        problem = problem or _fetch(bucket, facts, copy)
        if problem is not None:
            problems.append(problem)
        elif copy.exists():
            found.append(FoundFile(copy, _place(given, name), given=_named(given, name)))
    if not found and not problems:
        msg = f"{address}: nothing lies there; correct the address"
        raise InputError(msg, path=address)
    _drop_others(folder, found)
    return found, problems


def find_object(given: Path, copies: Path, limits: ObjectLimits) -> FoundFile | None:
    """The one object at an address, copied to `copies`; None if there is none.

    Raises:
        InputError: it is too large, or the server does not give it.
        SettingsError: the keys of the bucket are missing, or the client of S3 is not installed.
        WarehouseError: the server cannot be reached, or refuses the keys.
    """
    bucket, name = _open(bucket_address(given))
    facts = bucket.facts(name) if name else None
    if facts is None:
        return None
    copy = copies / "object"
    problem = _too_large(f"{bucket.address}/{name}", facts["size"], limits) or _fetch(bucket, facts, copy)
    if problem is not None:
        raise InputError(str(problem), path=problem.path)
    return FoundFile(copy, _place(given, given.name), given=given)


def _open(address: str) -> "tuple[BucketStore, str]":
    """The bucket of an address, and what the address names in it."""
    name, prefix = split_bucket(address)
    return open_bucket(f"{BUCKET_SCHEME}{name}"), prefix


def _fetch(bucket: "BucketStore", facts: Any, copy: Path) -> Problem | None:
    """Copy an object, unless this state of it is here already; why it alone cannot be had, if that is so.

    One that is gone since it was listed is not copied.
    """
    if facts["e_tag"] is not None and copy.is_file():
        return None
    copy.unlink(missing_ok=True)
    draft = copy.with_name(f".{copy.name}")
    try:
        if bucket.fetch(facts["path"], draft):
            draft.replace(copy)
    except WarehouseError as error:
        if error.facts["reason"] not in {"denied", "failed"}:
            raise
        return Problem(error.facts["path"], error.facts["what"], error.facts["remedy"])
    return None


def _below(bucket: "BucketStore", prefix: str) -> Iterator[tuple[str, Any]]:
    """Objects below a prefix by name relative to it, or the one object that it names."""
    objects = {one["path"]: one for one in bucket.objects(prefix or None)}
    start = f"{prefix}/" if prefix else ""
    if not objects and prefix and (alone := bucket.facts(prefix)) is not None:
        yield prefix.rpartition("/")[2], alone
    for path in sorted(objects):
        name = path.removeprefix(start)
        if not any(part.startswith(".") for part in name.split("/")):
            yield name, objects[path]


def _too_large(address: str, n_bytes: int, limits: ObjectLimits) -> Problem | None:
    kind, most = ("ARCHIVE", limits.archive_bytes) if is_archive(address) else ("FILE", limits.file_bytes)
    if n_bytes <= most:
        return None
    what = f"has {n_bytes:,} bytes, the limit is {most:,}"
    return Problem(address, what, f"split it, or raise PAPERHOUSE_MAX_{kind}_BYTES")


def _named(given: Path, name: str) -> Path:
    """How an object is named: as it was given itself, or below that."""
    return given if given.name == name else given / name


def _place(given: Path, name: str) -> Place:
    return Place(name, (*_named(given, name).parts[1:],))


def _drop_others(folder: Path, found: list[FoundFile]) -> None:
    """Delete copies of objects that are gone."""
    wanted = {file.path.name for file in found}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
