"""Compressed inputs: `.gz`, `.zip`, `.tar`, `.tar.gz` and `.tgz` files are read as if they were folders.

Members are written as numbered files under a scratch folder, never under names of their own, so that no member
can lead anywhere else. What an archive may grow to is limited before anything is kept.
"""

import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from paperhouse.flows.sources.files import FoundFile, Problem
from paperhouse.transforms.errors import stop_at_fault_of_code
from paperhouse.transforms.text.path_metadata import Place

_ENDINGS = (".tar.gz", ".tgz", ".tar", ".zip", ".gz")
_CHUNK = 1024 * 1024
_RATIO_FREE_BYTES = 16 * 1024**2
"""What an archive may unpack to whatever its own size: small archives of text compress very well."""
_LONGEST_HEADER = 1024 * 1024
"""Bytes of a long name or of extended headers that are read into memory."""
_OF_THE_STREAM = (OSError, lzma.LZMAError, tarfile.TarError)
"""Faults after which no further member can be read; any other is one of the member that shows it."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may unpack to: bytes a member, bytes in all, times its own size, number of members."""

    member_bytes: int
    total_bytes: int
    ratio: int = 200
    members: int = 1_000_000


class _TooLargeError(Exception):
    """A limit was reached."""


class _ScratchError(Exception):
    """The disk takes no more, which is no fault of the archive; the cause is the system's error."""


def is_archive(name: str) -> bool:
    """Whether a file's name says that it is compressed."""
    return name.lower().endswith(_ENDINGS)


def unpack(archive: FoundFile, scratch: Path, limits: ArchiveLimits) -> tuple[list[FoundFile], list[Problem]]:
    """Members of an archive as files to read, and what was wrong with it.

    A member's place is `<archive's path>/<member's name>`. A damaged archive gives the members before the damage
    and a problem; so does one that goes beyond the limits, and one that Python's own readers fail at. Encrypted
    members, links and devices are left out; archives inside archives are not opened. `scratch` is made if it does not
    exist.

    Raises:
        OSError: the scratch folder cannot be written.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    members: list[FoundFile] = []
    problems: list[Problem] = []
    try:
        budget = _Budget(archive.path.stat().st_size, limits)
        for name, reader in _open_members(archive, problems, budget):
            target = scratch / f"{len(members):06d}"
            try:
                budget.copy(reader, target)
            except (_TooLargeError, _ScratchError, *_OF_THE_STREAM):
                raise
            except Exception as error:  # noqa: BLE001 - the readers raise many kinds for damage
                stop_at_fault_of_code(error)
                problems.append(_problem_of_member(archive, name, error))
                continue
            members.append(_member(archive, name, target))
    except _ScratchError as error:
        raise error.__cause__ or error from None
    except _TooLargeError as error:
        remedy = "unpack it yourself if you trust it, and give the folder"
        problems.append(Problem(archive.address, str(error), remedy))
    except Exception as error:  # noqa: BLE001 - as above: ValueError, UnicodeDecodeError, struct.error, RecursionError ...
        stop_at_fault_of_code(error)
        what = f"is damaged after {len(members)} members ({_in_short(error)})"
        remedy = "make the archive again; the members before are read"
        problems.append(Problem(archive.address, what, remedy))
    return members, problems


def _member(archive: FoundFile, name: str, target: Path) -> FoundFile:
    """A member that was written to `target`; it is named below its archive, and not by where it lies for now."""
    inside = _inside(archive, name)
    place = _place_of_member(archive.place, name)
    return FoundFile(target, place, given=(archive.given or archive.path) / inside)


def _address_of_member(archive: FoundFile, name: str) -> str:
    return f"{archive.address}/{_inside(archive, name)}"


def _inside(archive: FoundFile, name: str) -> str:
    """The name of a member, as it is recorded."""
    return _place_of_member(archive.place, name).path.removeprefix(f"{archive.place.path}/")


def _problem_of_member(archive: FoundFile, name: str, error: Exception) -> Problem:
    remedy = "make the archive again, or unpack it yourself, and give the folder"
    return Problem(_address_of_member(archive, name), f"cannot be unpacked ({_in_short(error)})", remedy)


def _in_short(error: Exception) -> str:
    """First words of an error; what it quotes of the archive is written so that any stream takes it."""
    words = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return words.encode("utf-8", "backslashreplace").decode("utf-8")


class _Budget:
    """What is left of the limits of one archive."""

    def __init__(self, packed_bytes: int, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._left = min(limits.total_bytes, max(_RATIO_FREE_BYTES, packed_bytes * limits.ratio))
        self._members = limits.members

    def copy(self, reader: IO[bytes], target: Path) -> None:
        """Write what the reader gives, within the limits."""
        size = 0
        with _writing(target) as write:
            while chunk := reader.read(_CHUNK):
                size += len(chunk)
                self._take(len(chunk))
                if size > self._limits.member_bytes:
                    raise _TooLargeError(_TOO_LARGE)
                write(chunk)

    def count(self, passed_over: int = 0) -> None:
        """Count one more member, and the bytes of it that are passed over: to skip them they are unpacked."""
        self._members -= 1
        if self._members < 0:
            msg = f"has more than {self._limits.members:,} members"
            raise _TooLargeError(msg)
        self._take(passed_over)

    def _take(self, n_bytes: int) -> None:
        self._left -= n_bytes
        if self._left < 0:
            raise _TooLargeError(_TOO_LARGE)


_TOO_LARGE = "unpacks to more than the limits allow (PAPERHOUSE_MAX_FILE_BYTES, 200 times its size)"


@contextmanager
def _writing(target: Path) -> Iterator[Callable[[bytes], object]]:
    """A new file to write to; an error of the disk is no fault of the archive."""

    def write(chunk: bytes) -> None:
        try:
            writer.write(chunk)
        except OSError as error:
            error.filename = error.filename or str(target)
            raise _ScratchError from error

    try:
        writer = target.open("wb", buffering=0)
    except OSError as error:
        raise _ScratchError from error
    with writer:
        yield write


def _open_members(
    archive: FoundFile, problems: list[Problem], budget: _Budget
) -> Iterator[tuple[str, IO[bytes]]]:
    name = archive.path.name.lower() if not archive.place.parts else archive.place.parts[-1].lower()
    if name.endswith(".zip"):
        yield from _zip_members(archive, problems, budget)
    elif name.endswith(".gz") and not name.endswith(".tar.gz"):
        with gzip.open(archive.path) as reader:
            yield archive.place.parts[-1][: -len(".gz")], cast("IO[bytes]", reader)
    else:
        yield from _tar_members(archive, problems, budget)


def _zip_members(
    archive: FoundFile, problems: list[Problem], budget: _Budget
) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive.path) as container:
        for member in container.infolist():
            budget.count()
            if member.is_dir() or not _is_wanted(member.filename, archive, problems):
                continue
            try:
                reader = container.open(member)
            except Exception as error:  # noqa: BLE001 - password, method, or a header that its reader fails at
                stop_at_fault_of_code(error)
                problems.append(_problem_of_member(archive, member.filename, error))
                continue
            with reader:
                yield member.filename, reader


class _BoundedHeader(tarfile.TarInfo):
    """A header of a tar file that is not read into memory whole, however long it says that it is."""

    def _proc_member(self, container: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size < 0 or (self.type in _LONG_HEADERS and self.size > _LONGEST_HEADER):
            msg = f"has a header of {self.size:,} bytes, the limit is {_LONGEST_HEADER:,}"
            raise tarfile.ReadError(msg)
        return cast("tarfile.TarInfo", super()._proc_member(container))  # type: ignore[misc]


_LONG_HEADERS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)


def _tar_members(
    archive: FoundFile, problems: list[Problem], budget: _Budget
) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive.path, "r|*", tarinfo=_BoundedHeader) as container:
        for member in container:
            container.members = []  # type: ignore[attr-defined]  # else it keeps every header it ever met
            is_read = member.isreg() and _is_wanted(member.name, archive, problems)
            budget.count(0 if is_read else max(member.size, 0))
            reader = container.extractfile(member) if is_read else None
            if reader is not None:
                yield member.name, reader


def _is_wanted(name: str, archive: FoundFile, problems: list[Problem]) -> bool:
    """Whether a member is to be read: no hidden file or folder, no archive; of the latter there is a problem."""
    if is_archive(name):
        where = _address_of_member(archive, name)
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
