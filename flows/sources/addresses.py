"""Addresses of files, as a load writes them: on disk or S3, inside an archive, or in the history of a repository."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from paperhouse.flows.given_path import is_in_bucket
from paperhouse.flows.sources.archives import ArchiveLimits, is_archive, unpack
from paperhouse.flows.sources.bucket import ObjectLimits, find_object
from paperhouse.flows.sources.files import FoundFile, Problem, find_files, read_file
from paperhouse.flows.sources.git_history import GitHistory
from paperhouse.transforms.errors import InputError
from paperhouse.transforms.text.path_metadata import Place

_VERSION: Final = re.compile(r"(?P<path>.+)@(?P<commit>[0-9a-f]{7,40})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Addressed:
    """What lies at an address, and the place that a load records for it."""

    place: Place
    content: bytes


def read_address(given: Path, limits: ArchiveLimits) -> Addressed | None:
    """Read `FILE`, `ARCHIVE/MEMBER`, both also on S3, or `REPOSITORY/PATH@COMMIT`; None if nothing lies there.

    Raises:
        InputError: what lies there cannot be read.
        SettingsError: it lies on S3, and the keys are missing, or the client of S3 is not installed.
        WarehouseError: the S3 server cannot be reached, or refuses the keys.
    """
    if is_in_bucket(given):
        return _in_bucket(given, limits)
    if given.exists():
        return _on_disk(given, limits)
    return _in_archive(given, limits) or _in_git(given, limits)


def _on_disk(given: Path, limits: ArchiveLimits) -> Addressed:
    (found,), _ = find_files([given])
    return Addressed(found.place, _content(given, read_file(found, limits.member_bytes)))


def _in_bucket(given: Path, limits: ArchiveLimits) -> Addressed | None:
    most = ObjectLimits(limits.member_bytes, limits.total_bytes)
    archive = next((path for path in given.parents if is_archive(path.name)), None)
    with tempfile.TemporaryDirectory(prefix="paperhouse-") as scratch:
        found = find_object(given, Path(scratch), most)
        if found is not None:
            return Addressed(found.place, _content(given, read_file(found, limits.member_bytes)))
        packed = find_object(archive, Path(scratch), most) if archive is not None else None
        return _member(packed, given, limits) if packed is not None else None


def _in_archive(given: Path, limits: ArchiveLimits) -> Addressed | None:
    archive = next((path for path in given.parents if is_archive(path.name) and path.is_file()), None)
    if archive is None:
        return None
    (packed,), _ = find_files([archive])
    return _member(packed, given, limits)


def _member(archive: FoundFile, given: Path, limits: ArchiveLimits) -> Addressed | None:
    with tempfile.TemporaryDirectory(prefix="paperhouse-") as scratch:
        members, _ = unpack(archive, Path(scratch), limits)
        found = next((member for member in members if member.given == given), None)
        if found is None:
            return None
        return Addressed(found.place, _content(given, read_file(found, limits.member_bytes)))


def _in_git(given: Path, limits: ArchiveLimits) -> Addressed | None:
    named = _VERSION.fullmatch(given.as_posix())
    if named is None:
        return None
    path = Path(named["path"])
    for repository in path.parents:
        if not ((repository / ".git").exists() or (repository / "objects").is_dir()):
            continue
        with GitHistory(repository) as history:
            version = history.version(path.relative_to(repository).as_posix(), named["commit"])
            if version is not None:
                return Addressed(version.place, _content(given, history.read(version, limits.member_bytes)))
    return None


def _content(given: Path, content: bytes | Problem) -> bytes:
    if isinstance(content, Problem):
        raise InputError(str(content), path=str(given))
    return content
