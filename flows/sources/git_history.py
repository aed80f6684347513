"""Committed versions of files: every text that a file ever had, read from a local clone."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from paperhouse.flows.given_path import argument_of
from paperhouse.flows.sources.archives import is_archive
from paperhouse.flows.sources.files import Problem
from paperhouse.flows.sources.git_repository import Repository, printable
from paperhouse.transforms.errors import InputError
from paperhouse.transforms.read_digest import DIGEST_ENDINGS
from paperhouse.transforms.text.path_metadata import Place

_COMMIT_DIGITS = 12
_FILE_MODES = frozenset({b"100644", b"100755", b"100664"})
_GONE, _LINK, _SUBMODULE = b"000000", b"120000", b"160000"
# A clock that was never set gives 1970; git itself began in 2005, but imported histories are older.
_FIRST_YEAR, _LAST_YEAR = 1991, 2099


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """One committed text of one file, not read yet; its place is `<path in the repository>@<commit>`."""

    place: Place
    commit_date: date | None
    n_bytes: int
    blob: str
    history: "GitHistory" = field(repr=False, compare=False)

    @property
    def address(self) -> str:
        """What names the version on a command line: `<repository>/<path in the repository>@<commit>`."""
        return argument_of(f"{self.history.given.as_posix()}/{self.place.path}")

    @property
    def is_named_exactly(self) -> bool:
        """Whether the place can be that of no other version: its name was readable as it is."""
        return "\ufffd" not in self.place.path


@dataclass(frozen=True, slots=True)
class _Change:
    """What a commit did to a path; mode and blob are those after it, `old_blob` is the one before."""

    commit: str
    seconds: str
    path: bytes
    mode: bytes
    blob: str
    old_blob: str


class GitHistory:
    """A local repository and its committed versions. Close it: contents come from a process that stays open.

    Raises:
        InputError: there is no git, the path is no repository, or git refuses to read it.
    """

    def __init__(self, folder: Path) -> None:
        self.given = folder
        self._repository = Repository(folder)
        self._folder = self._repository.folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._repository.close()

    def versions(self, paths: Sequence[Path] = ()) -> tuple[list[FoundVersion], list[Problem]]:
        """Every version of these files and of all files under these folders, oldest first, and what is left out.

        Paths are relative to the repository; without any, all files with endings of digests are meant. Versions
        are those of commits that HEAD leads to, side branches included, and each text of a path counts once:
        that of the oldest commit with it. A file that is moved keeps the date of its text. Hidden files are
        passed over unless they are given by name.

        Raises:
            InputError: there is no commit, or no commit ever held a given path.
        """
        repository = self._repository
        wanted = _Wanted.of(self._folder, paths)
        head = repository.head()
        absent = repository.absent_objects(head)
        found = _Found(wanted, repository.shallow_commits())
        tokens = repository.changes(repository.commits(head), wanted.pathspecs)
        for changes in _by_commit(_read_changes(tokens, wanted)):
            found.add(changes)
        if (unmet := wanted.unmet()) is not None:
            msg = f"{self._folder}: no commit ever held {_shown(unmet)}; give paths as `git log --stat` shows them"
            raise InputError(msg, path=str(self._folder), given=_shown(unmet))
        sizes = repository.sizes({blob for _, blob in found.first} - absent)
        versions = [
            FoundVersion(place, day, sizes[blob], blob, self)
            for (_, blob), (place, day) in found.first.items()
            if blob in sizes
        ]
        n_absent = len(found.first) - len(versions)
        return versions, [*self._cut_off(found.n_cut_off), *self._absent(n_absent), *found.problems()]

    def read(self, version: FoundVersion, max_bytes: int) -> bytes | Problem:
        """Content of a version, or why it could not be had."""
        where = f"{self._folder}: {printable(version.place.path)}"
        if version.n_bytes > max_bytes:
            what = f"has {version.n_bytes:,} bytes, the limit is {max_bytes:,}"
            return Problem(where, what, "raise PAPERHOUSE_MAX_FILE_BYTES if you want it")
        content = self._repository.read(version.blob, version.n_bytes)
        if isinstance(content, str):
            return Problem(where, f"cannot be read ({content})", f"look with: git -C '{self._folder}' fsck")
        return content

    def version(self, path: str, commit: str) -> FoundVersion | None:
        """The text that a commit has at a path of the repository; None if it has none there."""
        blob = self._repository.blob(commit, path)
        if blob is None:
            return None
        sizes = self._repository.sizes([blob])
        place = _place(os.fsencode(path), commit)
        return FoundVersion(place, None, sizes[blob], blob, self) if blob in sizes else None

    def _cut_off(self, n_commits: int) -> Iterator[Problem]:
        if n_commits:
            what = (
                f"is a shallow clone: {n_commits:,} of its commits have no parents here, so they give no date"
            )
            yield Problem(str(self._folder), what, "run `git fetch --unshallow` there")

    def _absent(self, n_absent: int) -> Iterator[Problem]:
        if n_absent and self._repository.is_partial:
            what = f"is a partial clone that lacks {n_absent:,} of the versions; nothing is fetched"
            yield Problem(str(self._folder), what, "clone it again without --filter")
        elif n_absent:
            what = f"lacks the contents of {n_absent:,} versions: it is damaged"
            yield Problem(str(self._folder), what, "run `git fsck` there, or clone it again")


@dataclass(slots=True)
class _Wanted:
    """Which paths are to be read: given ones and what lies under them, or else all with endings of digests."""

    given: tuple[bytes, ...]
    met: set[bytes] = field(default_factory=set)

    @classmethod
    def of(cls, repository: Path, paths: Sequence[Path]) -> Self:
        """The given paths as git spells them.

        Raises:
            InputError: a path leads out of the repository.
        """
        given: list[bytes] = []
        for path in paths:
            absolute = os.path.normpath(repository / path)
            bases = [
                base for base in (repository, repository.resolve()) if Path(absolute).is_relative_to(base)
            ]
            if not bases:
                msg = f"{printable(str(path))}: lies outside of {repository}; give paths relative to the repository"
                raise InputError(msg, path=str(path))
            relative = os.fsencode(Path(absolute).relative_to(bases[0]).as_posix())
            given.append(b"" if relative == b"." else relative)
        return cls(tuple(dict.fromkeys(given)))

    @property
    def pathspecs(self) -> tuple[str, ...]:
        """The given paths for git, which takes none for all."""
        return () if b"" in self.given else tuple(map(os.fsdecode, self.given))

    @property
    def is_by_name(self) -> bool:
        """Whether paths were given."""
        return bool(self.given)

    def takes(self, path: bytes) -> bool:
        """Whether this path is to be read; notes by which of the given ones it is."""
        if not self.given:
            return _place(path, "").ending in DIGEST_ENDINGS and not _is_hidden(path)
        for given in self.given:
            if path == given:
                self.met.add(given)
                return True
        under = [given for given in self.given if not given or path.startswith(given + b"/")]
        self.met.update(under)
        return any(not _is_hidden(path[len(given) :]) for given in under)

    def unmet(self) -> bytes | None:
        """The first given path that nothing was found for."""
        return next((given for given in self.given if given not in self.met), None)


class _Found:
    """Versions as they are found, oldest first: one for each text of each path, and what is no file."""

    def __init__(self, wanted: _Wanted, shallow: frozenset[str]) -> None:
        self.first: dict[tuple[bytes, str], tuple[Place, date | None]] = {}
        self.n_cut_off = 0
        self._wanted = wanted
        self._shallow = shallow
        self._left_out: dict[bytes, tuple[str, str]] = {}

    def add(self, changes: Sequence[_Change]) -> None:
        """Add what one commit brought."""
        moved_from = {change.old_blob: change.path for change in changes if change.mode == _GONE}
        is_cut = changes[0].commit in self._shallow
        self.n_cut_off += is_cut
        day = None if is_cut else _utc_date(changes[0].seconds)
        for change in changes:
            key = (change.path, change.blob)
            if change.mode == _GONE or key in self.first or self._is_no_file(change):
                continue
            _, day_of_text = self.first.get((moved_from.get(change.blob, b""), change.blob), (None, day))
            self.first[key] = (_place(change.path, change.commit), day_of_text)

    def problems(self) -> list[Problem]:
        """What was left out because it is no file, each path once."""
        return [Problem(_shown(path), *said) for path, said in self._left_out.items()]

    def _is_no_file(self, change: _Change) -> bool:
        said = None
        if change.mode == _SUBMODULE:
            said = (
                "is a submodule: its history lies in a repository of its own",
                "give that one to --git-history",
            )
        elif change.mode == _LINK:
            said = ("is a symbolic link in some versions", "give its target if it should be read")
        elif change.mode not in _FILE_MODES:
            said = (f"has the mode {change.mode.decode()}, which is no file's", "nothing is read from it")
        elif is_archive(_readable(change.path)):
            said = ("is compressed, and histories of archives are not read", "unpack it, and give the folder")
        if said and self._wanted.is_by_name:
            self._left_out[change.path] = said
        return said is not None


def _read_changes(tokens: Iterator[bytes], wanted: _Wanted) -> Iterator[_Change]:
    """Changes of `git diff-tree --stdin -c --raw -z --format='%H %ct'`: a head, then pairs of facts and path.

    Facts are `:mode mode blob blob status`, for a merge with one more colon, mode and blob each parent.
    """
    commit = seconds = ""
    for token in tokens:
        line = token.lstrip(b"\n")
        if line.startswith(b":"):
            path = next(tokens)
            n_parents = len(line) - len(line.lstrip(b":"))
            facts = line[n_parents:].split(b" ")
            if wanted.takes(path):
                blobs = [blob.decode() for blob in facts[n_parents + 1 : 2 * n_parents + 2]]
                yield _Change(commit, seconds, path, facts[n_parents], blobs[-1], blobs[0])
        elif line:
            commit, _, seconds = line.decode().partition(" ")


def _by_commit(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    of_commit: list[_Change] = []
    for change in changes:
        if of_commit and of_commit[0].commit != change.commit:
            yield of_commit
            of_commit = []
        of_commit.append(change)
    if of_commit:
        yield of_commit


def _place(path: bytes, commit: str) -> Place:
    """Place of a version: only the path in the repository tells list and date, not where the clone lies."""
    name = _readable(path)
    return Place(f"{name}@{commit[:_COMMIT_DIGITS]}", tuple(name.split("/")))


def _utc_date(seconds: str) -> date | None:
    """Day of a commit in UTC; None if its clock was plainly wrong."""
    try:
        day = datetime.fromtimestamp(int(seconds), UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _is_hidden(path: bytes) -> bool:
    return any(part.startswith(b".") for part in path.split(b"/"))


def _readable(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _shown(path: bytes) -> str:
    return printable(_readable(path))
