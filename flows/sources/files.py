"""Digest files: find them under the paths that were given, and read them one at a time."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from paperhouse.flows.given_path import argument_of
from paperhouse.transforms.errors import InputError
from paperhouse.transforms.text.path_metadata import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """A path that could not be read: where, what, and what to do."""

    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a file: where it starts, its bytes, and the number of its first line."""

    start: int
    n_bytes: int
    first_line: int


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file under a given path, not read yet; `path` itself is no link, unless it became one since.

    `span` is the piece that is read as a digest of its own; None for the whole file. `given` is how it is named
    from the working folder, as a path that was given leads to it; None if by `path`.
    """

    path: Path
    place: Place
    span: Span | None = None
    given: Path | None = None

    @property
    def first_line(self) -> int:
        """Number that the first line of what is read has in the file."""
        return 1 if self.span is None else self.span.first_line

    @property
    def address(self) -> str:
        """What names the file on a command line; of a member of an archive, `<archive's address>/<member>`."""
        return argument_of(_readable((self.given or self.path).as_posix()))


def size_on_disk(path: Path) -> int:
    """Bytes of a file; 0 if it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


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
            found.append(FoundFile(_real(given), _place_of_file(given), given=given))
        else:
            msg = f"{given}: is neither a file nor a folder; give an existing file or folder"
            raise InputError(msg, path=str(given))
    return found, problems


def _place_of_file(given: Path) -> Place:
    absolute = Path(os.path.abspath(given))  # noqa: PTH100 - resolve() would follow links and lose the given name
    working = Path.cwd()
    inside = absolute.is_relative_to(working)
    shown = absolute.relative_to(working) if inside else absolute
    return _place(shown, absolute)


def _place(shown: Path, absolute: Path) -> Place:
    return Place(_readable(shown.as_posix()), tuple(map(_readable, absolute.parts[1:])))


def _readable(name: str) -> str:
    """Name of a path as text; bytes that are no UTF-8 become U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _walk(folder: Path, problems: list[Problem]) -> Iterator[FoundFile]:
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - as above
    real = folder.resolve()

    def note(error: OSError) -> None:
        problems.append(_problem(error.filename, _plain(error), "make the folder readable or leave it out"))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        problems.extend(_links_outside(Path(parent), folders, real))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(parent) / name
            problem = _obstacle(path, real)
            if problem:
                problems.append(problem)
                continue
            relative = path.relative_to(folder)
            yield FoundFile(_real(path), _place(relative, absolute / relative), given=path)


def _real(path: Path) -> Path:
    """Where a link leads, any other path as it is: so that no link has to be followed when the file is read."""
    return path.resolve() if path.is_symlink() else path


def _links_outside(parent: Path, folders: Sequence[str], real_folder: Path) -> Iterator[Problem]:
    """Links to folders elsewhere. Those that lead inside are left out in silence: their target is walked itself."""
    for name in folders:
        path = parent / name
        if path.is_symlink() and not path.resolve().is_relative_to(real_folder):
            yield _leads_out(path)


def _leads_out(path: Path) -> Problem:
    return _problem(path, "is a link that leads out of the folder", "give its target if it should be read")


def _obstacle(path: Path, real_folder: Path) -> Problem | None:
    try:
        is_link = path.is_symlink()
        if is_link and not path.resolve(strict=True).is_relative_to(real_folder):
            return _leads_out(path)
        mode = path.stat().st_mode
    except (OSError, RuntimeError) as error:
        return _problem(path, _plain(error), "repair or remove it")
    if not stat.S_ISREG(mode):
        return _problem(path, "is no regular file", "nothing is read from it")
    return None


def _problem(path: Path | str, what: str, remedy: str) -> Problem:
    return Problem(_readable(str(path)), what, remedy)


def read_file(found: FoundFile, max_bytes: int) -> bytes | Problem:
    """Content of a found file, or why it could not be had; a file that grows meanwhile is cut where it ended.

    A file that was replaced by a link since it was found is not read: the link may lead anywhere.
    """
    try:
        handle = os.open(found.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as reader:
            status = os.fstat(reader.fileno())
            if not stat.S_ISREG(status.st_mode):
                return _problem(found.path, "is no regular file", "nothing is read from it")
            n_bytes = status.st_size if found.span is None else found.span.n_bytes
            if n_bytes > max_bytes:
                what = f"has {n_bytes:,} bytes, the limit is {max_bytes:,}"
                return _problem(found.path, what, "split it, or raise PAPERHOUSE_MAX_FILE_BYTES")
            reader.seek(0 if found.span is None else found.span.start)
            return reader.read(n_bytes)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return _problem(found.path, "has become a link since it was found", "run again")
        return _problem(found.path, _plain(error), "make the file readable and run again")


def _plain(error: OSError | RuntimeError) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
