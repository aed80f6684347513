"""A load on a lake that is killed at any moment: the old state or the new one, and the next run completes it."""

import subprocess
import sys
import time
from random import Random

import pytest

from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.lake.address import parse_lake

pytestmark = pytest.mark.slow
N_ROUNDS = 12


@pytest.fixture(params=["file", "server"])
def new_lake(request, tmp_path):
    """Makes an empty lake of a kind."""
    if request.param == "file":
        return lambda number: parse_lake(f"ducklake:{tmp_path / f'lake-{number}.ducklake'}")
    server = request.getfixturevalue("postgres")
    return lambda number: parse_lake(server.new_lake(), str(tmp_path / f"data-{number}"))


def start(address, folder, home):
    command = [sys.executable, "-m", "paperhouse.flows.cli.main", "ingest", str(folder), "--home", str(home)]
    where = ["--warehouse", address.name]
    return subprocess.Popen(
        [*command, *where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def test_a_load_killed_at_any_time_leaves_the_old_or_the_new_state(lakes, new_lake, request):
    seeds, more_digests, full_hash = map(request.getfixturevalue, ("seeds", "more_digests", "full_hash"))
    home = lakes.folder / "home"
    random, found, whole = Random(13), [], 0.0
    for number in range(N_ROUNDS):
        address = new_lake(number)
        lakes.ingest(address, seeds)
        old = lakes.hash_of(address)
        begun = time.monotonic()
        process = start(address, more_digests, home)
        if number:
            time.sleep(random.uniform(whole / 3, whole))
            process.kill()
        assert process.wait() in {0, -9}
        whole = whole or time.monotonic() - begun
        left = lakes.hash_of(address)
        assert left in {old, full_hash}
        assert start(address, more_digests, home).wait() == 0
        assert lakes.hash_of(address) == full_hash
        assert list(verify(address)) == []
        assert lakes.rows(address, "select count(*), count(distinct load_id) from loads") == [(2, 2)]
        found.append("old" if left == old else "new")
    assert "old" in found
