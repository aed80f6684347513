"""Digest files: find them under the paths that were given, and read them one at a time."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from transforms.errors import InputError
from transforms.places import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """A path that could not be read: where, what, and what to do."""

    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file under a given path, not read yet."""

    path: Path
    place: Place


def find_files(paths: Sequence[Path]) -> tuple[list[FoundFile], list[Problem]]:
    """Every regular file under the paths, sorted by name inside each, and what had to be left out.

    Hidden files and folders are passed over. Links are followed only where they stay inside the folder that
    was given. A place is relative to that folder; for a single file it is relative to the working folder when
    the file lies inside, else absolute.

    Raises:
        InputError: a given path does not exist, or is neither file nor folder.
    """
    found: list[FoundFile] = []
    problems: list[Problem] = []
    for given in paths:
        try:
            mode = given.stat().st_mode
        except OSError as error:
            msg = f"{given}: {_plain(error)}; give an existing file or folder"
            raise InputError(msg, path=str(given)) from error
        if stat.S_ISDIR(mode):
            found.extend(_walk(given, problems))
        elif stat.S_ISREG(mode):
            found.append(FoundFile(given, _place_of_file(given)))
        else:
            msg = f"{given}: is neither a file nor a folder; give an existing file or folder"
            raise InputError(msg, path=str(given))
    return found, problems


def _place_of_file(given: Path) -> Place:
    absolute = Path(os.path.abspath(given))  # noqa: PTH100 - resolve() would follow links and lose the given name
    working = Path.cwd()
    inside = absolute.is_relative_to(working)
    shown = absolute.relative_to(working) if inside else absolute
    return Place(shown.as_posix(), absolute.parts[1:])


def _walk(folder: Path, problems: list[Problem]) -> Iterator[FoundFile]:
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - as above
    real = folder.resolve()

    def note(error: OSError) -> None:
        problems.append(
            Problem(str(error.filename), _plain(error), "make the folder readable or leave it out")
        )

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(parent) / name
            problem = _obstacle(path, real)
            if problem:
                problems.append(problem)
                continue
            relative = path.relative_to(folder)
            yield FoundFile(path, Place(relative.as_posix(), (*absolute.parts[1:], *relative.parts)))


def _obstacle(path: Path, real_folder: Path) -> Problem | None:
    try:
        is_link = path.is_symlink()
        if is_link and not path.resolve(strict=True).is_relative_to(real_folder):
            return Problem(
                str(path), "is a link that leads out of the folder", "give its target if it should be read"
            )
        mode = path.stat().st_mode
    except (OSError, RuntimeError) as error:
        return Problem(str(path), _plain(error), "repair or remove it")
    if not stat.S_ISREG(mode):
        return Problem(str(path), "is no regular file", "nothing is read from it")
    return None


def read_file(found: FoundFile, max_bytes: int) -> bytes | Problem:
    """Content of a found file, or why it could not be had; a file that grows meanwhile is cut where it ended."""
    try:
        handle = os.open(found.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as reader:
            status = os.fstat(reader.fileno())
            if not stat.S_ISREG(status.st_mode):
                return Problem(str(found.path), "is no regular file", "nothing is read from it")
            if status.st_size > max_bytes:
                what = f"has {status.st_size:,} bytes, the limit is {max_bytes:,}"
                return Problem(str(found.path), what, "split it, or raise PAPERHOUSE_MAX_FILE_BYTES")
            return reader.read(status.st_size)
    except OSError as error:
        return Problem(str(found.path), _plain(error), "make the file readable and run again")


def _plain(error: OSError | RuntimeError) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
