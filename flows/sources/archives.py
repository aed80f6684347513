"""Compressed inputs: `.gz`, `.zip`, `.tar`, `.tar.gz` and `.tgz` files are read as if they were folders.

Members are written as numbered files under a scratch folder, never under names of their own, so that no member
can lead anywhere else. What an archive may grow to is limited before anything is kept.
"""

import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from flows.sources.files import FoundFile, Problem
from transforms.places import Place

_ENDINGS = (".tar.gz", ".tgz", ".tar", ".zip", ".gz")
_CHUNK = 1024 * 1024
_RATIO_FREE_BYTES = 16 * 1024**2
"""What an archive may unpack to whatever its own size: small archives of text compress very well."""
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may unpack to: bytes a member, bytes in all, times its own size, number of members."""

    member_bytes: int
    total_bytes: int
    ratio: int = 200
    members: int = 1_000_000


class _TooLargeError(Exception):
    """A limit was reached."""


def is_archive(name: str) -> bool:
    """Whether a file's name says that it is compressed."""
    return name.lower().endswith(_ENDINGS)


def unpack(archive: FoundFile, scratch: Path, limits: ArchiveLimits) -> tuple[list[FoundFile], list[Problem]]:
    """Members of an archive as files to read, and what was wrong with it.

    A member's place is `<archive's path>/<member's name>`. A damaged archive gives the members before the damage
    and a problem; so does one that goes beyond the limits. Encrypted members, links and devices are left out;
    archives inside archives are not opened. `scratch` is made if it does not exist.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    members: list[FoundFile] = []
    problems: list[Problem] = []
    budget = _Budget(archive.path.stat().st_size, limits)
    try:
        for name, reader in _open_members(archive, problems):
            target = scratch / f"{len(members):06d}"
            try:
                budget.copy(reader, target)
            except _MEMBER_FAULTS as error:
                what = f"cannot be unpacked ({error})"
                problems.append(Problem(f"{archive.place.path}/{name}", what, "make the archive again"))
                continue
            members.append(FoundFile(target, _place_of_member(archive.place, name)))
    except _TooLargeError as error:
        remedy = "unpack it yourself if you trust it, and give the folder"
        problems.append(Problem(archive.place.path, str(error), remedy))
    except _BROKEN as error:
        what = f"is damaged after {len(members)} members ({error})"
        problems.append(
            Problem(archive.place.path, what, "make the archive again; the members before are read")
        )
    return members, problems


_MEMBER_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""Faults of one member that may leave the others readable: checksum, damaged stream, password, method."""


class _Budget:
    """What is left of the limits of one archive."""

    def __init__(self, packed_bytes: int, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._left = min(limits.total_bytes, max(_RATIO_FREE_BYTES, packed_bytes * limits.ratio))
        self._members = limits.members

    def copy(self, reader: IO[bytes], target: Path) -> None:
        """Write what the reader gives, within the limits."""
        self._members -= 1
        if self._members < 0:
            msg = f"has more than {self._limits.members:,} members"
            raise _TooLargeError(msg)
        size = 0
        with target.open("wb") as writer:
            while chunk := reader.read(_CHUNK):
                size += len(chunk)
                self._left -= len(chunk)
                if size > self._limits.member_bytes or self._left < 0:
                    msg = "unpacks to more than the limits allow (PAPERHOUSE_MAX_FILE_BYTES, 200 times its size)"
                    raise _TooLargeError(msg)
                writer.write(chunk)


def _open_members(archive: FoundFile, problems: list[Problem]) -> Iterator[tuple[str, IO[bytes]]]:
    name = archive.path.name.lower() if not archive.place.parts else archive.place.parts[-1].lower()
    if name.endswith(".zip"):
        yield from _zip_members(archive, problems)
    elif name.endswith(".gz") and not name.endswith(".tar.gz"):
        with gzip.open(archive.path) as reader:
            yield archive.place.parts[-1][: -len(".gz")], cast("IO[bytes]", reader)
    else:
        yield from _tar_members(archive, problems)


def _zip_members(archive: FoundFile, problems: list[Problem]) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive.path) as container:
        for member in container.infolist():
            if member.is_dir() or not _is_wanted(member.filename, archive, problems):
                continue
            try:
                reader = container.open(member)
            except _MEMBER_FAULTS as error:
                where = f"{archive.place.path}/{member.filename}"
                problems.append(
                    Problem(where, f"cannot be unpacked ({error})", "unpack it yourself, and give the folder")
                )
                continue
            with reader:
                yield member.filename, reader


def _tar_members(archive: FoundFile, problems: list[Problem]) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive.path, "r|*") as container:
        for member in container:
            reader = container.extractfile(member) if member.isreg() else None
            if reader is not None and _is_wanted(member.name, archive, problems):
                yield member.name, reader


def _is_wanted(name: str, archive: FoundFile, problems: list[Problem]) -> bool:
    """Whether a member is to be read: no hidden file or folder, no archive; of the latter it is said."""
    if is_archive(name):
        where = f"{archive.place.path}/{name}"
        problems.append(
            Problem(where, "is an archive inside an archive", "unpack it yourself, and give the folder")
        )
        return False
    return not any(part.startswith(".") and part not in {".", ".."} for part in PurePosixPath(name).parts)


def _place_of_member(archive: Place, name: str) -> Place:
    """Place of a member: what is not a plain name in its path is left out."""
    clean = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\\", "/")
    parts = tuple(part for part in PurePosixPath(clean).parts if part not in {"/", "..", "."}) or ("unnamed",)
    return Place("/".join((archive.path, *parts)), (*archive.parts, *parts))
