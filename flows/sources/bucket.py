"""Digest files on S3: copied to this machine, each once, and then read like files of a folder.

A path type has folded `s3://bucket/prefix` to `s3:/bucket/prefix` by the time that it gets here. What lies below is
kept under the home, by hash of its name, with a list of what the server said of each object: the next load asks for
those only that have changed since.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paperhouse.flows.sources.archives import is_archive
from paperhouse.flows.sources.files import FoundFile, Problem
from paperhouse.transforms.errors import InputError, SettingsError
from paperhouse.transforms.text.path_metadata import Place
from paperhouse.warehouse.storage.atomic_files import replace_durably

if TYPE_CHECKING:
    from paperhouse.warehouse.storage.bucket_store import BucketStore

_FOLDED: Final = "s3:"
_LIST: Final = "objects.json"


@dataclass(frozen=True, slots=True)
class ObjectLimits:
    """Largest object that is copied: a file, and an archive."""

    file_bytes: int
    archive_bytes: int


def is_in_bucket(path: Path) -> bool:
    """Whether a path that was given is an address on S3."""
    return path.parts[:1] == (_FOLDED,) and len(path.parts) > 1


def absolute_input(path: Path) -> str:
    """A path as another working folder understands it; an address on S3 as it was given."""
    return bucket_address(path) if is_in_bucket(path) else str(path.absolute())


def bucket_address(path: Path) -> str:
    """`s3://bucket/prefix` of a path that stands for it."""
    return f"{_FOLDED}//{'/'.join(path.parts[1:])}"


def find_objects(given: Path, copies: Path, limits: ObjectLimits) -> tuple[list[FoundFile], list[Problem]]:
    """Objects below an address, sorted by name and copied to `copies`, and what had to be left out.

    Their places are relative to the address, as those of files are to the folder that was given. What begins with a dot
    is passed over.

    Raises:
        InputError: nothing lies there.
        SettingsError: the keys of the bucket are missing, or the client of S3 is not installed.
        WarehouseError: the server cannot be reached, or refuses the keys.
    """
    address = bucket_address(given)
    bucket, prefix = _open(address)
    folder = copies / blake2b(address.encode(), digest_size=8).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    known = _read_list(folder)
    held: dict[str, dict[str, Any]] = {}
    found: list[FoundFile] = []
    problems: list[Problem] = []
    for name, facts in _below(bucket, prefix):
        problem = _too_large(f"{address}/{name}", name, facts["size"], limits)
        if problem is not None:
            problems.append(problem)
            continue
        path = folder / blake2b(name.encode(), digest_size=16).hexdigest()
        held[name] = {"e_tag": facts["e_tag"], "size": facts["size"]}
        is_here = known.get(name) == held[name] and facts["e_tag"] is not None and path.is_file()
        if is_here or bucket.fetch(facts["path"], path):
            found.append(FoundFile(path, _place(given, name), given=_named(given, name)))
    if not found and not problems:
        msg = f"{address}: nothing lies there; correct the address"
        raise InputError(msg, path=address)
    _write_list(folder, held)
    _drop_others(folder, found)
    return found, problems


def _open(address: str) -> "tuple[BucketStore, str]":
    """The bucket, and the prefix in it."""
    try:
        from paperhouse.warehouse.storage.bucket_store import BucketStore  # noqa: PLC0415 - few read from S3
    except ModuleNotFoundError as error:
        msg = f"{address}: takes the package {error.name}: run `pip install 'paperhouse[lake]'`"
        raise SettingsError(msg, package=error.name) from error
    bucket, _, prefix = address.removeprefix(f"{_FOLDED}//").partition("/")
    return BucketStore.at(f"{_FOLDED}//{bucket}"), prefix


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


def _too_large(address: str, name: str, n_bytes: int, limits: ObjectLimits) -> Problem | None:
    most = limits.archive_bytes if is_archive(name) else limits.file_bytes
    if n_bytes <= most:
        return None
    what = f"has {n_bytes:,} bytes, the limit is {most:,}"
    return Problem(address, what, "split it, or raise PAPERHOUSE_MAX_FILE_BYTES")


def _named(given: Path, name: str) -> Path:
    """How an object is named: as it was given itself, or below that."""
    return given if given.name == name else given / name


def _place(given: Path, name: str) -> Place:
    return Place(name, (*_named(given, name).parts[1:],))


def _read_list(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        listed = json.loads((folder / _LIST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # all is fetched again
    return listed if isinstance(listed, dict) else {}


def _write_list(folder: Path, held: dict[str, dict[str, Any]]) -> None:
    draft = folder / f"{_LIST}.new"
    draft.write_text(json.dumps(held), "utf-8")
    replace_durably(draft, folder / _LIST)


def _drop_others(folder: Path, found: list[FoundFile]) -> None:
    """Delete copies of objects that are gone."""
    wanted = {file.path.name for file in found} | {_LIST}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
