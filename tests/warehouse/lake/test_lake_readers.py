"""Readers of a lake with a role that may only read, while loads are published and upkeep goes on."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.lake.maintain import maintain_lake
from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.lake.address import LakeAddress, parse_lake
from paperhouse.warehouse.storage.lake.lock import lake_lock

pytestmark = pytest.mark.slow
N_READERS, N_LOADS, SECONDS = 8, 20, 60
PROGRAM = Path(__file__).with_name("lake_reader.py")


@pytest.fixture
def lake(lakes, postgres, bucket, seeds) -> LakeAddress:
    """A lake with one load: catalog in PostgreSQL, data in a bucket."""
    lake = parse_lake(postgres.new_lake(), bucket.new_place())
    lakes.ingest(lake, seeds)
    return lake


@pytest.fixture
def reader(lake, postgres) -> LakeAddress:
    """The lake, as a role that may read it opens it."""
    database = lake.catalog.partition("?")[0].rpartition("/")[2]
    if not postgres.execute("select 1 from pg_roles where rolname = 'lake_reader'", database):
        postgres.execute("create role lake_reader login", database)
    postgres.execute("grant select on all tables in schema public to lake_reader", database)
    return parse_lake(lake.name.replace("postgres://postgres@", "postgres://lake_reader@"))


def test_a_reader_may_not_load(lakes, reader, new_day):
    assert lakes.rows(reader, "select count(*) from papers") == [(54,)]
    with pytest.raises(WarehouseError, match="permission denied"):
        lakes.ingest(reader, new_day())


def test_readers_see_one_state_each_time_while_loads_and_upkeep_go_on(lakes, lake, reader, new_day, tmp_path):
    going_on = tmp_path / "going-on"
    going_on.touch()
    command = [sys.executable, PROGRAM, reader.name, going_on]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(N_READERS)]
    published = {lakes.hash_of(lake)}
    begun = time.monotonic()
    try:
        for number in range(N_LOADS):
            lakes.ingest(lake, new_day())
            published.add(lakes.hash_of(lake))
            if number % 7 == 6:
                with lake_lock(lake):
                    assert maintain_lake(lake).faults == ()
        time.sleep(max(0.0, SECONDS - (time.monotonic() - begun)))
    finally:
        going_on.unlink()
        told = [json.loads(process.communicate()[0]) for process in readers]
    assert [one["errors"] for one in told] == [[]] * N_READERS
    assert {state for one in told for state in one["states"]} <= published
    assert all(one["n"] > 0 for one in told)
    assert len({state for one in told for state in one["states"]}) > 1
    assert list(verify(lake)) == []
