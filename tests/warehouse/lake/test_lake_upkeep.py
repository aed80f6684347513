"""Upkeep of a lake: it gets small, no row changes, and no load is harmed."""

import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main
from paperhouse.flows.load.plan import Plan
from paperhouse.flows.load.session import open_load
from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.lake.maintain import LEAST_DAYS, maintain_lake
from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.lake.lock import lake_lock

AT_ONCE = "interval 0 second"


def upkeep(address):
    with lake_lock(address, wait_seconds=0):
        return maintain_lake(address, grace=AT_ONCE)


def test_upkeep_leaves_fewer_files_and_every_row(lakes, costly_address, seeds, more_digests):
    address = costly_address
    lakes.ingest(address, seeds)
    lakes.ingest(address, more_digests)
    before = lakes.hash_of(address)
    done = upkeep(address)
    assert done.faults == done.packages_deleted == ()
    assert done.n_files < done.n_files_before
    assert done.n_states_gone == 0  # those of the last week are kept
    assert lakes.hash_of(address) == before
    assert list(verify(address)) == []


@pytest.mark.slow
def test_loads_go_on_after_upkeep(lakes, address, seeds, more_digests, full_hash):
    lakes.ingest(address, seeds)
    done = upkeep(address)
    again = upkeep(address)
    assert (again.n_files, again.n_bytes) == (done.n_files, done.n_bytes)
    lakes.ingest(address, more_digests)
    assert lakes.hash_of(address) == full_hash
    assert list(verify(address)) == []


def test_upkeep_waits_for_no_load_and_harms_none(lakes, seeds, monkeypatch, tmp_path):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    before = lakes.hash_of(address)
    monkeypatch.chdir(tmp_path)
    with open_load(Plan(home=tmp_path / "home", inputs=(), lake=address)):
        done = CliRunner().invoke(main, ["maintain", "--warehouse", address.name])
    assert done.exit_code == 1
    assert "has been loading since" in done.stderr
    assert lakes.hash_of(address) == before
    assert CliRunner().invoke(main, ["maintain", "--warehouse", address.name]).exit_code == 0
    assert lakes.hash_of(address) == before


def test_states_of_the_last_week_are_kept(lakes):
    with pytest.raises(InputError, match=f"for {LEAST_DAYS} days at least"):
        maintain_lake(lakes.of_file(), keep_days=LEAST_DAYS - 1)
