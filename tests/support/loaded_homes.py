"""Homes as loads leave them, for tests that begin where a load has ended: a load that was done before is copied.

The same files, loaded into the same home, leave the same home: the first test that asks lets the load run, and the
others of the session, in this process or another, get a copy of what it left. What a load does is asked of a load that
runs, so nothing here is for tests that change the program, or look on while it runs.
"""

import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from xxhash import xxh3_128

Result = TypeVar("Result")
LOCK = "paperhouse.lock"
"""Holds the name of whoever loads, and nothing afterwards."""


class LoadedHomes:
    """What loads left, in a folder that all test processes of a session share; tests' files lie in `base`."""

    def __init__(self, shared: Path, base: Path) -> None:
        self.shared, self.base = shared, base
        shared.mkdir(parents=True, exist_ok=True)

    def after(self, home: Path, given: object, load: Callable[[], Result]) -> Result:
        """Bring a home to where a load of what is given leaves it; what that load returned."""
        key = xxh3_128(repr((_content(home), given)).encode()).hexdigest()
        kept = self.shared / key
        if not kept.is_dir():
            returned = load()
            with tempfile.TemporaryDirectory(dir=self.shared) as folder:
                shutil.copytree(home, Path(folder) / "home")
                (Path(folder) / "returned").write_bytes(pickle.dumps(returned))
                _rename(Path(folder), kept)
            return returned
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(kept / "home", home)
        return pickle.loads((kept / "returned").read_bytes())

    def files(self, paths: Iterable[Path]) -> list[Any]:
        """What a load sees of files and folders: their content, and where they lie.

        A single file is known by its whole path afterwards, what lies in a folder by its path in there: of the
        folder the place below the folder of a test counts, which has a name of its own each time.
        """
        return [(self._place(path), _content(path) if path.is_dir() else _hash(path)) for path in paths]

    def _place(self, path: Path) -> Sequence[str]:
        is_of_test = path.is_dir() and path.is_relative_to(self.base)
        return path.relative_to(self.base).parts[1:] if is_of_test else path.parts


def _rename(made: Path, kept: Path) -> None:
    """Give a folder its name; another process may have been first."""
    try:
        made.rename(kept)
    except OSError:
        return
    made.mkdir()


def _content(folder: Path) -> list[tuple[str, str]]:
    """Names of all files below a folder, and what is in them."""
    return [
        (str(path.relative_to(folder)), _hash(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != LOCK
    ]


def _hash(path: Path) -> str:
    return xxh3_128(path.read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def loaded_homes(tmp_path_factory) -> LoadedHomes:
    base = tmp_path_factory.getbasetemp()
    return LoadedHomes((base.parent if base.name.startswith("popen-") else base) / "loaded-homes", base)
