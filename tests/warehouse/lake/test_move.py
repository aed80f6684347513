"""A warehouse copied with its packages between file and lake, hashes equal."""

import pytest

from paperhouse.transforms.errors import InputError, PackageError, WarehouseError
from paperhouse.warehouse.lake import move as move_module
from paperhouse.warehouse.lake.load import lake_ledger
from paperhouse.warehouse.lake.move import copy_to_file, copy_to_lake, file_source, lake_source
from paperhouse.warehouse.lake.verify import verify as verify_lake
from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.home import Home


def test_a_copy_there_and_back_is_the_same_warehouse(lakes, costly_address, seed_copy, bench):
    address = costly_address
    there = copy_to_lake(file_source(Home(seed_copy)), address, lakes.local)
    assert there.content == bench.hash_of(seed_copy) == lakes.hash_of(address)
    assert list(verify_lake(address)) == []
    back = Home(lakes.folder / "back")
    back.root.mkdir()
    assert copy_to_file(lake_source(address), back).content == there.content
    assert bench.hash_of(back.root) == there.content
    assert list(verify(back)) == []
    assert bench.rows(back.root, "from loads") == bench.rows(seed_copy, "from loads")


@pytest.mark.slow
def test_a_copy_goes_on_as_its_source_would(lakes, seed_copy, more_digests, full_hash):
    address = lakes.of_file()
    copy_to_lake(file_source(Home(seed_copy)), address, lakes.local)
    lakes.ingest(address, more_digests)
    assert lakes.hash_of(address) == full_hash


@pytest.mark.slow
def test_a_lake_that_holds_something_is_not_copied_over(lakes, seed_copy, seeds):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    with pytest.raises(InputError, match="holds 1 loads"):
        copy_to_lake(file_source(Home(seed_copy)), address, lakes.local)


@pytest.mark.slow
def test_a_copy_that_differs_is_not_published(lakes, seed_copy, monkeypatch):
    address = lakes.of_file()
    monkeypatch.setattr(move_module, "check_and_record", lambda *_: "0000000000000000")
    with pytest.raises(WarehouseError, match="the copy is not published"):
        copy_to_lake(file_source(Home(seed_copy)), address, lakes.local)
    assert lake_ledger(address)[0].load_ids == frozenset()


def test_without_all_packages_nothing_is_copied(lakes, seed_copy):
    next((seed_copy / "loads").glob("*/manifest.json")).unlink()
    with pytest.raises(PackageError, match="are missing"):
        copy_to_lake(file_source(Home(seed_copy)), lakes.of_file(), lakes.local)
    assert not lakes.of_file().file.exists()
