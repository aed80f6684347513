"""A local git repository, read through `git` itself: its commits and objects, never its index or its files.

A repository is a stranger's work. Of its configuration nothing is used that could start a program, nothing is
fetched, checked out or written, and a repository of another user is read only if the user configured git to trust it.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, cast

from paperhouse.transforms.errors import InputError

_CHUNK: Final = 1024 * 1024
_OPTIONS: Final = (
    "--no-optional-locks",
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
)
_KEPT_VARIABLES: Final = ("GIT_CONFIG", "GIT_EXEC_PATH", "GIT_TEST_ASSUME_DIFFERENT_OWNER")
"""Beginnings of the user's own git variables that stay: where safe.directory may be set, and where git lies."""
_PROMISES: Final = r"^(remote\..*\.promisor|extensions\.partialclone)$"


class Repository:
    """A repository in this folder, bare or with files, not in one above it.

    Raises:
        InputError: there is no git, the folder is no repository, or git refuses to read it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would lose the given name
        self._require_top()
        self.is_partial = self._is_partial()
        self._reader: BlobReader | None = None

    def close(self) -> None:
        """End the process that hands out contents."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def head(self) -> str:
        """Commit that HEAD leads to.

        Raises:
            InputError: there is none yet.
        """
        try:
            return self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
        except InputError as error:
            if error.facts.get("git", "no git"):
                raise
            msg = f"{self.folder}: HEAD leads to no commit; let it name a branch that has one"
            raise InputError(msg, path=str(self.folder)) from error

    def commits(self, head: str) -> Iterator[bytes]:
        """Commits that lead to `head`, in chunks of lines: parents first, and of unrelated ones the older first."""
        return self._stream("rev-list", "--date-order", "--reverse", head)

    def changes(self, commits: Iterable[bytes], pathspecs: Iterable[str]) -> Iterator[bytes]:
        """What these commits changed at these paths, of merges what no parent had, as `git diff-tree` writes it.

        NUL ends `<commit> <seconds>` of each commit, and facts and path of each change below.
        """
        compare = ("diff-tree", "--stdin", "-r", "--root", "-c", "--raw", "-z", "--no-abbrev", "--no-renames")
        safe = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--format=%H %ct")
        return pieces(self._stream(*compare, *safe, "--", *pathspecs, source=commits), b"\0")

    def sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """Size in bytes of each of the blobs that are there."""
        asked = (f"{blob}\n".encode() for blob in sorted(blobs))
        sizes: dict[str, int] = {}
        wanted = "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"
        for line in pieces(self._stream(*wanted, source=asked), b"\n"):
            blob, kind, *rest = line.decode().split()
            if kind == "blob":
                sizes[blob] = int(rest[0])
        return sizes

    def blob(self, commit: str, path: str) -> str | None:
        """Blob that a commit has at a path; None if there is no such commit or nothing at the path."""
        try:
            return self._ask("rev-parse", "--verify", "--quiet", f"{commit}:{path}").decode().strip()
        except InputError:
            return None

    def read(self, blob: str, n_bytes: int) -> bytes | str:
        """Content of a blob of this size, or what git says instead; the next read starts afresh then."""
        if self._reader is None:
            self._reader = BlobReader(self._command("cat-file", "--batch"), self._environment())
        content = self._reader.read(blob, n_bytes)
        if content is None:
            said = self._reader.complaint()
            self.close()
            return said
        return content

    def absent_objects(self, head: str) -> frozenset[str]:
        """Objects of a partial clone that were never fetched; asking for one by name would fetch it."""
        if not self.is_partial:
            return frozenset()
        lines = pieces(self._stream("rev-list", "--objects", "--missing=print", head), b"\n")
        return frozenset(line[1:].decode().strip() for line in lines if line.startswith(b"?"))

    def shallow_commits(self) -> frozenset[str]:
        """Commits whose parents were cut off: they seem to bring every file, but when it came nobody knows."""
        place = os.fsdecode(self._ask("rev-parse", "--git-path", "shallow")[:-1])
        with suppress(OSError):
            return frozenset((self.folder / place).read_text("ascii").split())
        return frozenset()

    def _require_top(self) -> None:
        if not self.folder.is_dir():
            msg = f"{self.folder}: is no folder; give a local clone, bare or with files"
            raise InputError(msg, path=str(self.folder))
        said = self._ask("rev-parse", "--is-inside-work-tree", "--show-prefix", "--absolute-git-dir")
        is_inside, prefix, git_folder = said.split(b"\n", 2)
        here = os.fsencode(self.folder.resolve())
        is_top = not prefix if is_inside == b"true" else os.path.realpath(git_folder[:-1]) == here
        if not is_top:
            msg = (
                f"{self.folder}: is a folder inside of a git repository, not the repository itself; "
                f"give the repository to --git-history and this folder as PATH"
            )
            raise InputError(msg, path=str(self.folder))

    def _is_partial(self) -> bool:
        try:
            return bool(self._ask("config", "--get-regexp", _PROMISES))
        except InputError:  # git's way to say that nothing is set
            return False

    def _command(self, *arguments: str) -> list[str]:
        return ["git", *_OPTIONS, "-C", str(self.folder), *arguments]

    def _environment(self) -> dict[str, str]:
        """Environment of git: nothing in it points elsewhere, prompts, fetches, pages or runs a program."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_") or name.startswith(_KEPT_VARIABLES)
        }
        return {
            **kept,
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            # Versions before 2.45 do not know the variable above; with no protocol allowed they cannot fetch either.
            "GIT_ALLOW_PROTOCOL": "",
            "GIT_ATTR_NOSYSTEM": "1",
            # diff-tree opens the index, which it has no need of: it shall find none.
            "GIT_INDEX_FILE": str(self.folder / ".no-index-is-read"),
        }

    def _ask(self, *arguments: str) -> bytes:
        return b"".join(self._stream(*arguments))

    def _stream(self, *arguments: str, source: Iterable[bytes] = ()) -> Iterator[bytes]:
        """Output of one git command in chunks; its input goes through a file, so that neither waits for the other.

        Raises:
            InputError: the command failed.
        """
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
            stdin.writelines(source)
            stdin.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603 - a list, without a shell; names come after `--`
                    self._command(*arguments),
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=self._environment(),
                )
            except FileNotFoundError as error:
                msg = f"{self.folder}: there is no `git` to read it with; install git, or give the files themselves"
                raise InputError(msg, path=str(self.folder)) from error
            with _output_of(process) as output:
                while chunk := output.read(_CHUNK):
                    yield chunk
                if process.wait() != 0:
                    stderr.seek(0)
                    raise self._refusal(stderr.read())

    def _refusal(self, stderr: bytes) -> InputError:
        said = stderr.decode("utf-8", "replace").strip()
        if "dubious ownership" in said or "is owned by someone else" in said:
            what = "belongs to another user, so git does not read it"
            remedy = f"if you trust it, run: git config --global --add safe.directory '{self.folder}'"
        elif "not a git repository" in said:
            what, remedy = "is no git repository", "give a local clone, bare or with files"
        elif "promisor remote" in said:
            what = (
                f"is a partial clone that lacks parts of its history; nothing is fetched ({_last_line(said)})"
            )
            remedy = "clone it again without --filter"
        else:
            what = f"git cannot read it ({_last_line(said)})"
            remedy = f"look with: git -C '{self.folder}' fsck"
        return InputError(f"{self.folder}: {what}; {remedy}", path=str(self.folder), git=said)


class BlobReader:
    """One `git cat-file --batch`: a name in, a content out, one at a time."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - as above
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, env=environment
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
        """The last line that git wrote to its error stream."""
        self._process.kill()
        self._process.wait()
        self._stderr.seek(0)
        return _last_line(self._stderr.read().decode("utf-8", "replace")) or "git does not give it"

    def close(self) -> None:
        """End the process."""
        with _output_of(self._process), self._stderr:
            pass


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


def pieces(chunks: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    """Pieces of a stream that each end in `end`."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(end)
        yield from whole
    if rest:
        yield rest


def printable(name: str) -> str:
    """Name for a message: what a terminal would act on is written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return printable(re.sub(r"^(?:fatal|error): ", "", lines[-1])) if lines else ""
