"""What reaches the disk before what: no name is given to a file whose content, or to a name whose folder, may be lost.

The real calls are made and recorded; that the system keeps its word is for the kernel.
"""

import os
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


@pytest.fixture
def journal(seed_copy, monkeypatch):
    written = Journal()
    fsync, replace = os.fsync, os.replace

    def relative(path):
        return os.path.relpath(os.path.realpath(path), os.path.realpath(seed_copy))

    def noted_fsync(handle):
        written.append(("sync", relative(f"/proc/self/fd/{handle}")))
        fsync(handle)

    def noted_replace(source, target, **facts):
        replace(source, target, **facts)
        written.append(("name", relative(target)))

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    return written


@pytest.fixture
def loaded(bench, seed_copy, more_digests, journal):
    """Load id of one more load, whose deeds are in the journal."""
    assert not journal
    return bench.ingest(seed_copy, more_digests).load_id


def test_every_file_of_a_package_is_on_disk_before_the_package_has_its_name(seed_copy, loaded, journal):
    files = [path.name for path in (seed_copy / "loads" / loaded).iterdir()]
    assert len(files) >= 5
    for name in files:
        journal.assert_order(("sync", f"work/package-{loaded}/{name}"), ("name", f"loads/{loaded}"))


def test_the_manifest_is_on_disk_after_the_files_that_it_lists_and_before_its_folder(
    seed_copy, loaded, journal
):
    folder = f"work/package-{loaded}"
    for path in (seed_copy / "loads" / loaded).glob("*.parquet"):
        journal.assert_order(("sync", f"{folder}/{path.name}"), ("sync", f"{folder}/manifest.json"))
    journal.assert_order(
        ("sync", f"{folder}/manifest.json"), ("sync", folder), ("name", f"loads/{loaded}"), ("sync", "loads")
    )


def test_a_package_has_its_name_for_good_before_the_warehouse_tells_of_it(loaded, journal):
    journal.assert_order(
        ("name", f"loads/{loaded}"), ("sync", "loads"), ("name", "paperhouse.duckdb"), ("sync", ".")
    )


def test_the_receipt_follows_the_file_that_it_speaks_of_and_goes_before_the_swap(seed_copy, loaded, journal):
    newest = max((seed_copy / "receipts").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    journal.assert_order(
        ("sync", f"work/next-{loaded}/next.duckdb"),
        ("sync", f"receipts/{newest.stem}.tmp"),
        ("name", f"receipts/{newest.name}"),
        ("sync", "receipts"),
        ("name", f"loads/{loaded}"),
        ("name", "paperhouse.duckdb"),
    )


def test_the_previous_file_has_its_second_name_for_good_before_it_loses_its_first(loaded, journal):
    journal.assert_order(
        ("name", f"loads/{loaded}"), ("sync", "previous"), ("name", "paperhouse.duckdb"), ("sync", ".")
    )


def test_a_rebuilt_file_is_on_disk_before_the_swap_and_its_name_after(seed_copy, journal):
    (load,) = (seed_copy / "loads").iterdir()
    rebuild(seed_copy)
    journal.assert_order(
        ("sync", f"work/next-{load.name}/next.duckdb"), ("name", "paperhouse.duckdb"), ("sync", ".")
    )


def test_a_restored_file_is_on_disk_before_the_swap_and_packages_are_set_aside_before(
    seed_copy, loaded, journal
):
    journal.clear()
    restore(Home(seed_copy), None)
    journal.assert_order(
        ("name", f"set-aside/{loaded}"),
        ("sync", "loads"),
        ("sync", "work/restored.duckdb"),
        ("name", "paperhouse.duckdb"),
        ("sync", "."),
    )


def test_a_file_that_is_set_aside_has_its_new_name_for_good(bench, seed_copy, seeds, journal):
    (seed_copy / "paperhouse.duckdb").write_bytes(b"no warehouse")
    bench.ingest(seed_copy, seeds)
    (kept,) = (Path(path.name) for path in seed_copy.glob("*.set-aside"))
    journal.assert_order(("name", str(kept)), ("sync", "."), ("name", "paperhouse.duckdb"), ("sync", "."))
