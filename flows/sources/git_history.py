"""Committed versions of files: every text that a file ever had, from a local clone, through `git` itself.

Nothing is checked out, fetched or written. A repository is a stranger's work: of its configuration nothing that
could start a program is used, and only commands are run that look at objects, never at the index or the files.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from flows.sources.archives import is_archive
from flows.sources.files import Problem
from transforms.digest_reader import DIGEST_ENDINGS
from transforms.errors import InputError
from transforms.places import Place

_COMMIT_DIGITS = 12
_CHUNK = 1024 * 1024
_FILE_MODES = frozenset({b"100644", b"100755", b"100664"})
_GONE, _LINK, _SUBMODULE = b"000000", b"120000", b"160000"
# A clock that was never set gives 1970; git itself began in 2005, but imported histories are older.
_FIRST_YEAR, _LAST_YEAR = 1991, 2099
_OPTIONS = (
    "--no-optional-locks",
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
)
_KEPT_VARIABLES = ("GIT_CONFIG", "GIT_EXEC_PATH", "GIT_TEST_ASSUME_DIFFERENT_OWNER")
"""Beginnings of the user's own git variables that stay: where safe.directory may be said, and where git lies."""


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """One committed text of one file, not read yet; its place is `<path in the repository>@<commit>`."""

    place: Place
    commit_date: date | None
    n_bytes: int
    blob: str
    history: "GitHistory" = field(repr=False, compare=False)

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

    def __init__(self, repository: Path) -> None:
        self.repository = Path(os.path.abspath(repository))  # noqa: PTH100 - resolve() would lose the given name
        self._reader: _BlobReader | None = None
        self._require_repository()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process that hands out contents."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def versions(self, paths: Sequence[Path] = ()) -> tuple[list[FoundVersion], list[Problem]]:
        """Every version of these files and of all files under these folders, oldest first, and what is left out.

        Paths are relative to the repository; without any, all files with endings of digests are meant. Versions
        are those of commits that HEAD leads to, side branches included, and each text of a path counts once:
        that of the oldest commit with it. A file that is moved keeps the date of its text. Hidden files are
        passed over unless they are given by name.

        Raises:
            InputError: there is no commit, or no commit ever held a given path.
        """
        head = self._head()
        wanted = _Wanted.of(self.repository, paths)
        is_partial = self._is_partial()
        missing = self._missing_objects(head) if is_partial else frozenset()
        found = _Found(wanted, self._shallow_commits())
        for changes in _by_commit(self._changes(head, wanted, is_partial=is_partial)):
            found.add(changes)
        if unmet := wanted.unmet():
            msg = f"{self.repository}: no commit ever held {_shown(unmet)}; give paths as `git log --stat` shows them"
            raise InputError(msg, path=str(self.repository), given=_shown(unmet))
        sizes = self._sizes({blob for _, blob in found.first} - missing)
        versions = [
            FoundVersion(place, day, sizes[blob], blob, self)
            for (_, blob), (place, day) in found.first.items()
            if blob in sizes
        ]
        problems = [
            *self._cut_off(found.n_cut_off),
            *self._absent(len(found.first) - len(versions), is_partial=is_partial),
            *found.problems(),
        ]
        return versions, problems

    def read(self, version: FoundVersion, max_bytes: int) -> bytes | Problem:
        """Content of a version, or why it could not be had."""
        if version.n_bytes > max_bytes:
            what = f"has {version.n_bytes:,} bytes, the limit is {max_bytes:,}"
            return self._problem(version, what, "raise PAPERHOUSE_MAX_FILE_BYTES if you want it")
        if self._reader is None:
            self._reader = _BlobReader(self._command("cat-file", "--batch"))
        content = self._reader.read(version.blob, version.n_bytes)
        if content is not None:
            return content
        said = self._reader.complaint()
        self.close()
        return self._problem(version, f"cannot be read ({said})", f"run `git -C {self.repository} fsck`")

    def _problem(self, version: FoundVersion, what: str, remedy: str) -> Problem:
        return Problem(f"{self.repository}: {_printable(version.place.path)}", what, remedy)

    def _cut_off(self, n_commits: int) -> Iterator[Problem]:
        if n_commits:
            what = f"is a shallow clone: nothing is there before its {n_commits:,} oldest commits, which give no date"
            yield Problem(str(self.repository), what, "run `git fetch --unshallow` there")

    def _absent(self, n_absent: int, *, is_partial: bool) -> Iterator[Problem]:
        if n_absent and is_partial:
            what = f"is a partial clone that lacks {n_absent:,} of the versions; nothing is fetched"
            yield Problem(str(self.repository), what, "clone it again without --filter")
        elif n_absent:
            what = f"lacks the contents of {n_absent:,} versions: it is damaged"
            yield Problem(str(self.repository), what, "run `git fsck` there, or clone it again")

    def _command(self, *arguments: str) -> list[str]:
        return ["git", *_OPTIONS, "-C", str(self.repository), *arguments]

    def _require_repository(self) -> None:
        if not self.repository.is_dir():
            msg = f"{self.repository}: is no folder; give a local clone, bare or with files"
            raise InputError(msg, path=str(self.repository))
        said = self._ask("rev-parse", "--is-inside-work-tree", "--show-prefix", "--absolute-git-dir")
        is_inside, prefix, git_folder = said.split(b"\n", 2)
        real = os.fsencode(self.repository.resolve())
        is_top = prefix == b"" if is_inside == b"true" else os.path.realpath(git_folder[:-1]) == real
        if not is_top:
            msg = (
                f"{self.repository}: is a folder inside of a git repository, not the repository itself; "
                f"give the repository to --git-history and this folder as PATH"
            )
            raise InputError(msg, path=str(self.repository))

    def _ask(self, *arguments: str) -> bytes:
        """Output of one git command.

        Raises:
            InputError: it failed.
        """
        try:
            done = subprocess.run(  # noqa: S603 - arguments are a list, names come after `--`
                self._command(*arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=_environment(),
                check=False,
            )
        except FileNotFoundError as error:
            raise _no_git(self.repository) from error
        if done.returncode != 0:
            raise self._refusal(done.stderr)
        return done.stdout

    def _refusal(self, stderr: bytes, *, is_partial: bool = False) -> InputError:
        said = stderr.decode("utf-8", "replace").strip()
        if "dubious ownership" in said or "is owned by someone else" in said:
            what = "belongs to another user, so git does not read it"
            remedy = f"if you trust it, run: git config --global --add safe.directory '{self.repository}'"
        elif "not a git repository" in said:
            what, remedy = "is no git repository", "give a local clone, bare or with files"
        elif is_partial:
            what = (
                f"is a partial clone that lacks parts of its history; nothing is fetched ({_last_line(said)})"
            )
            remedy = "clone it again without --filter"
        else:
            what = f"git cannot read it ({_last_line(said)})"
            remedy = f"look with: git -C '{self.repository}' fsck"
        return InputError(f"{self.repository}: {what}; {remedy}", path=str(self.repository), git=said)

    def _head(self) -> str:
        try:
            return self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
        except InputError as error:
            if error.facts.get("git", "no git"):
                raise
            msg = f"{self.repository}: HEAD leads to no commit; let it name a branch that has one"
            raise InputError(msg, path=str(self.repository)) from error

    def _is_partial(self) -> bool:
        try:
            return bool(
                self._ask("config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$")
            )
        except InputError:
            return False

    def _missing_objects(self, head: str) -> frozenset[str]:
        """Objects of a partial clone that were never fetched; asking for one by name would fetch it."""
        lines = self._stream("rev-list", "--objects", "--missing=print", head)
        return frozenset(line[1:].decode().strip() for line in _pieces(lines, b"\n") if line.startswith(b"?"))

    def _shallow_commits(self) -> frozenset[str]:
        """Commits whose parents were cut off: they seem to bring every file, but when it came nobody knows."""
        place = os.fsdecode(self._ask("rev-parse", "--git-path", "shallow")[:-1])
        with suppress(OSError):
            return frozenset((self.repository / place).read_text("ascii").split())
        return frozenset()

    def _changes(self, head: str, wanted: "_Wanted", *, is_partial: bool) -> Iterator[_Change]:
        """What each commit did to the wanted paths, oldest commit first; of merges, what no parent had."""
        commits = self._stream("rev-list", "--date-order", "--reverse", head)
        compare = ("diff-tree", "--stdin", "-r", "--root", "-c", "--raw", "-z", "--no-abbrev", "--no-renames")
        safe = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--format=%H %ct")
        output = self._stream(*compare, *safe, "--", *wanted.pathspecs, source=commits, is_partial=is_partial)
        yield from _read_changes(_pieces(output, b"\0"), wanted)

    def _sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """Size in bytes of each of the blobs that are there."""
        asked = (f"{blob}\n".encode() for blob in sorted(blobs))
        sizes: dict[str, int] = {}
        lines = self._stream(
            "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", source=asked
        )
        for line in _pieces(lines, b"\n"):
            blob, kind, *rest = line.decode().split()
            if kind == "blob":
                sizes[blob] = int(rest[0])
        return sizes

    def _stream(
        self, *arguments: str, source: Iterable[bytes] = (), is_partial: bool = False
    ) -> Iterator[bytes]:
        """Output of one git command in chunks; its input goes through a file, so that neither waits for the other.

        Raises:
            InputError: the command failed.
        """
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
            stdin.writelines(source)
            stdin.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603 - as above
                    self._command(*arguments),
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=_environment(),
                )
            except FileNotFoundError as error:
                raise _no_git(self.repository) from error
            with _output_of(process) as output:
                while chunk := output.read(_CHUNK):
                    yield chunk
                if process.wait() != 0:
                    stderr.seek(0)
                    raise self._refusal(stderr.read(), is_partial=is_partial)


@contextmanager
def _output_of(process: subprocess.Popen[bytes]) -> Iterator[IO[bytes]]:
    """The output of a process that is over when the block is left, whatever happened in it."""
    try:
        yield cast("IO[bytes]", process.stdout)
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        if process.poll() is None:
            process.kill()
            process.wait()


class _BlobReader:
    """One `git cat-file --batch`: a name in, a content out, one at a time."""

    def __init__(self, command: list[str]) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - as above
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, env=_environment()
        )

    def read(self, blob: str, n_bytes: int) -> bytes | None:
        """Content of a blob of this size; None if git could not give it, after which this reader is of no use."""
        stdin = cast("IO[bytes]", self._process.stdin)
        stdout = cast("IO[bytes]", self._process.stdout)
        try:
            stdin.write(f"{blob}\n".encode())
            stdin.flush()
        except OSError:
            return None
        if stdout.readline() != f"{blob} blob {n_bytes}\n".encode():
            return None
        content = stdout.read(n_bytes + 1)
        return content[:-1] if len(content) == n_bytes + 1 else None

    def complaint(self) -> str:
        """What git said last."""
        self._process.kill()
        self._process.wait()
        self._stderr.seek(0)
        return _last_line(self._stderr.read().decode("utf-8", "replace")) or "git does not give it"

    def close(self) -> None:
        """End the process."""
        with _output_of(self._process), self._stderr:
            pass


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
                msg = f"{_printable(str(path))}: lies outside of {repository}; give paths relative to the repository"
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


def _pieces(chunks: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    """Pieces of a stream that each end in `end`."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(end)
        yield from whole
    if rest:
        yield rest


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


def _printable(name: str) -> str:
    """Name for a message: what a terminal would act on is written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def _shown(path: bytes) -> str:
    return _printable(_readable(path))


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return _printable(re.sub(r"^(?:fatal|error): ", "", lines[-1])) if lines else ""


def _no_git(repository: Path) -> InputError:
    msg = f"{repository}: there is no `git` to read it with; install git, or give the files themselves"
    return InputError(msg, path=str(repository))


def _environment() -> dict[str, str]:
    """Environment of git: nothing that points it elsewhere, prompts, fetches, pages or runs a program."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT_VARIABLES)
    }
    return {
        **kept,
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        # Versions before 2.45 do not know the variable above; with no protocol allowed they cannot fetch either.
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_ATTR_NOSYSTEM": "1",
    }
