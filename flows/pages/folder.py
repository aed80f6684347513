"""A folder that is kept equal to a set of files: only what changed is written, and only what is ours is removed.

`site.json` lists the files that runs wrote, with their hashes. A run first notes the names that are new, so that one
that is cut short leaves nothing that the next would take for somebody else's.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import xxhash

from paperhouse.transforms.errors import InputError

LIST_NAME: Final = "site.json"
_WHAT: Final = "Files that `paperhouse site` wrote here, and may change or remove."


@dataclass(slots=True)
class Written:
    """What a run did to a folder: files written, left as they were, and removed, and the bytes of all."""

    n_written: int = 0
    n_same: int = 0
    n_removed: int = 0
    n_bytes: int = 0


class FilesOfRun:
    """Takes the files of one run."""

    def __init__(self, root: Path, before: Mapping[str, str]) -> None:
        self._root = root
        self._before = before
        self.hashes: dict[str, str] = {}
        self.written = Written()

    def put(self, name: str, content: bytes) -> None:
        """Write a file if it is not there as it should be."""
        path = self._root / name
        digest = xxhash.xxh3_128_hexdigest(content)
        self.hashes[name] = digest
        self.written.n_bytes += len(content)
        if self._before.get(name) == digest and _size(path) == len(content):
            self.written.n_same += 1
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.written.n_written += 1


class SiteFolder:
    """A folder with a list of the files in it that are ours."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._list = root / LIST_NAME

    @contextmanager
    def update(self, names: Sequence[str]) -> Iterator[FilesOfRun]:
        """Take the files of these names within the block; at its end what else was ours is removed.

        Raises:
            InputError: a file of such a name is there and not ours, or the list cannot be read.
        """
        before = self._read_list()
        new = [name for name in names if name not in before]
        for name in new:
            if (self._root / name).exists():
                msg = (
                    f"{self._root / name}: is there already, and no earlier run of `paperhouse site` wrote it; "
                    "give an empty folder, or move the file away"
                )
                raise InputError(msg, path=str(self._root / name))
        if new:
            self._root.mkdir(parents=True, exist_ok=True)
            self._write_list({**before, **dict.fromkeys(new, "")})
        files = FilesOfRun(self._root, before)
        yield files
        for name in sorted(before.keys() - files.hashes.keys()):
            files.written.n_removed += self._remove(name)
        if files.hashes != before:
            self._write_list(files.hashes)

    def _read_list(self) -> dict[str, str]:
        try:
            listed = json.loads(self._list.read_text("utf-8"))["files"]
        except FileNotFoundError:
            return {}
        except (ValueError, LookupError, TypeError) as error:
            msg = f"{self._list}: is not the list of a site ({error}); restore it, or give an empty folder"
            raise InputError(msg, path=str(self._list)) from error
        if not isinstance(listed, dict) or not all(
            _is_below(name) and isinstance(listed[name], str) for name in listed
        ):
            msg = f"{self._list}: names files that are not below this folder; restore it, or give an empty folder"
            raise InputError(msg, path=str(self._list))
        return listed

    def _write_list(self, hashes: Mapping[str, str]) -> None:
        text = json.dumps({"what": _WHAT, "files": dict(sorted(hashes.items()))}, indent=0)
        self._list.with_suffix(".new").write_text(text, "utf-8")
        self._list.with_suffix(".new").replace(self._list)

    def _remove(self, name: str) -> bool:
        path = self._root / name
        is_there = path.is_file() or path.is_symlink()
        path.unlink(missing_ok=True)
        for parent in path.parents:
            if parent == self._root or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()
        return is_there


def _is_below(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
