"""What reaches the disk before what: no name is given to a file whose content, or to a name whose folder, may be lost.

The real calls are made and recorded; that the system keeps its word is for the kernel.
"""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from paperhouse.flows.load.pipeline import rebuild
from paperhouse.warehouse.maintain.recovery import restore
from paperhouse.warehouse.storage.home import Home


class Journal(list[tuple[str, str]]):
    """What was forced to disk ("sync") or got a new name ("name"), in order; paths relative to the home."""

    def place_of(self, deed: str, path: str, after: int = -1) -> int:
        """Where the path was first dealt with so; a failure that shows the journal if it never was."""
        found = [n for n, entry in enumerate(self) if n > after and entry == (deed, path)]
        assert found, f"{deed} {path} is missing in {self[after + 1 :]}"
        return found[0]

    def assert_order(self, *deeds: tuple[str, str]) -> None:
        """Each deed after the one before it."""
        at = -1
        for deed, path in deeds:
            at = self.place_of(deed, path, at)


@contextmanager
def journal_of(home):
    """The deeds in a home while the block lasts."""
    written = Journal()
    fsync, replace = os.fsync, os.replace

    def relative(path):
        return os.path.relpath(os.path.realpath(path), os.path.realpath(home))

    def noted_fsync(handle):
        written.append(("sync", relative(f"/proc/self/fd/{handle}")))
        fsync(handle)

    def noted_replace(source, target, **facts):
        replace(source, target, **facts)
        written.append(("name", relative(target)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", noted_fsync)
        patch.setattr(os, "replace", noted_replace)
        yield written


@dataclass(frozen=True)
class Loaded:
    """A home after one more load, which is to be read only; that load's id and deeds."""

    home: Path
    load_id: str
    journal: Journal


@pytest.fixture(scope="module")
def loaded(bench, seed_home, more_digests, tmp_path_factory):
    home = shutil.copytree(seed_home, tmp_path_factory.mktemp("loaded") / "home")
    with journal_of(home) as journal:
        load_id = bench.ingest(home, more_digests).load_id
    return Loaded(home, load_id, journal)


def test_every_file_of_a_package_is_on_disk_before_the_package_has_its_name(loaded):
    files = [path.name for path in (loaded.home / "loads" / loaded.load_id).iterdir()]
    assert len(files) >= 5
    for name in files:
        loaded.journal.assert_order(
            ("sync", f"work/package-{loaded.load_id}/{name}"), ("name", f"loads/{loaded.load_id}")
        )


def test_the_manifest_is_on_disk_after_the_files_that_it_lists_and_before_its_folder(loaded):
    folder = f"work/package-{loaded.load_id}"
    for path in (loaded.home / "loads" / loaded.load_id).glob("*.parquet"):
        loaded.journal.assert_order(("sync", f"{folder}/{path.name}"), ("sync", f"{folder}/manifest.json"))
    loaded.journal.assert_order(
        ("sync", f"{folder}/manifest.json"),
        ("sync", folder),
        ("name", f"loads/{loaded.load_id}"),
        ("sync", "loads"),
    )


def test_a_package_has_its_name_for_good_before_the_warehouse_tells_of_it(loaded):
    loaded.journal.assert_order(
        ("name", f"loads/{loaded.load_id}"), ("sync", "loads"), ("name", "paperhouse.duckdb"), ("sync", ".")
    )


def test_the_receipt_follows_the_file_that_it_speaks_of_and_goes_before_the_swap(loaded):
    newest = max((loaded.home / "receipts").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    loaded.journal.assert_order(
        ("sync", f"work/next-{loaded.load_id}/next.duckdb"),
        ("sync", f"receipts/{newest.stem}.tmp"),
        ("name", f"receipts/{newest.name}"),
        ("sync", "receipts"),
        ("name", f"loads/{loaded.load_id}"),
        ("name", "paperhouse.duckdb"),
    )


def test_the_previous_file_has_its_second_name_for_good_before_it_loses_its_first(loaded):
    loaded.journal.assert_order(
        ("name", f"loads/{loaded.load_id}"),
        ("sync", "previous"),
        ("name", "paperhouse.duckdb"),
        ("sync", "."),
    )


def test_a_rebuilt_file_is_on_disk_before_the_swap_and_its_name_after(seed_copy):
    (load,) = (seed_copy / "loads").iterdir()
    with journal_of(seed_copy) as journal:
        rebuild(seed_copy)
    journal.assert_order(
        ("sync", f"work/next-{load.name}/next.duckdb"), ("name", "paperhouse.duckdb"), ("sync", ".")
    )


def test_a_restored_file_is_on_disk_before_the_swap_and_packages_are_set_aside_before(loaded, tmp_path):
    home = shutil.copytree(loaded.home, tmp_path / "home")
    with journal_of(home) as journal:
        restore(Home(home), None)
    journal.assert_order(
        ("name", f"set-aside/{loaded.load_id}"),
        ("sync", "loads"),
        ("sync", "work/restored.duckdb"),
        ("name", "paperhouse.duckdb"),
        ("sync", "."),
    )


def test_a_file_that_is_set_aside_has_its_new_name_for_good(bench, seed_copy, seeds):
    (seed_copy / "paperhouse.duckdb").write_bytes(b"no warehouse")
    with journal_of(seed_copy) as journal:
        bench.ingest(seed_copy, seeds)
    (kept,) = (Path(path.name) for path in seed_copy.glob("*.set-aside"))
    journal.assert_order(("name", str(kept)), ("sync", "."), ("name", "paperhouse.duckdb"), ("sync", "."))
