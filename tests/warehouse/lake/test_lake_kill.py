"""Loads on lakes that are killed: at named points, at any moment, and in the milliseconds around their commit.

What is left is the old state or the new one, and the next run completes it.
"""

import time
from random import Random

import broken_command
import pytest

from paperhouse.warehouse.lake.maintain import maintain_lake
from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.lake.address import LakeAddress, parse_lake
from paperhouse.warehouse.storage.lake.engine import LAKE, attach_lake, connect_engine
from paperhouse.warehouse.storage.lake.lock import lake_lock

pytestmark = pytest.mark.slow
N_ROUNDS = 12
N_AROUND_COMMIT = 50
AROUND_COMMIT_MS = 60
NEVER = ("paperhouse.flows.cli.main", "main", "after")
DRAFT, LOAD = "paperhouse.warehouse.lake.draft", "paperhouse.warehouse.lake.load"
POINTS = [
    (DRAFT, "_begin", "after"),
    (LOAD, "apply_packages", "before"),
    (LOAD, "apply_packages", "after"),
    (DRAFT, "create_lake_models", "after"),
    (DRAFT, "refuse_failures", "after"),
    (LOAD, "check_and_record", "after"),
    ("paperhouse.warehouse.storage.packages", "PackageWriter.seal", "after"),
    ("paperhouse.warehouse.storage.lake.bucket_data", "BucketData.put_package", "after"),
    ("paperhouse.warehouse.storage.lake.folder_data", "FolderData.put_package", "after"),
    (LOAD, "commit", "before"),
    (LOAD, "commit", "after"),
]


class Killing:
    """A lake that gets day after day, by loads that may be killed, beside a file that gets the same."""

    def __init__(self, lakes, address: LakeAddress, bench, new_day) -> None:
        self.lakes, self.address, self.bench, self.new_day = lakes, address, bench, new_day
        self.hash = lakes.hash_of(address)
        self.n_loads = 1

    def load_of(self, day, point=NEVER, event="kill"):
        where = ("--home", self.lakes.folder / "home", "--warehouse", self.address.name)
        return broken_command.start(point, event, "ingest", day, *where)

    def survive(self, point, event) -> str:
        """One more day by a load that is killed; return which state it left."""
        old, day = self.hash, self.new_day()
        process = self.load_of(day, point, event)
        _, told = process.communicate()
        assert process.returncode in {0, -9}, told
        left = self.lakes.hash_of(self.address)
        self.bench.ingest(self.lakes.folder / "file", day)
        new = self.bench.hash_of(self.lakes.folder / "file")
        assert old != new
        assert left in {old, new}
        again = self.load_of(day)
        _, told = again.communicate()
        assert again.returncode == 0, told
        self.n_loads += 1
        self.hash = self.lakes.hash_of(self.address)
        assert self.hash == new
        counted = "select count(*), count(distinct load_id) from loads"
        assert self.lakes.rows(self.address, counted) == [(self.n_loads, self.n_loads)]
        return "old" if left == old else "new"

    def require_tidy(self) -> None:
        """Upkeep leaves no file that nothing refers to, and all rows can be read."""
        with lake_lock(self.address):
            assert maintain_lake(self.address, grace="interval 0 second").faults == ()
        with connect_engine(self.address) as connection:
            attach_lake(connection, self.address, is_writing=True)
            orphans = f"call ducklake_delete_orphaned_files('{LAKE}', dry_run => true, cleanup_all => true)"
            assert connection.execute(orphans).fetchall() == []
        assert list(verify(self.address)) == []


@pytest.fixture
def killing(lakes, address, seeds, bench, new_day) -> Killing:
    lakes.ingest(address, seeds)
    bench.ingest(lakes.folder / "file", seeds)
    return Killing(lakes, address, bench, new_day)


def test_killed_at_named_points_it_leaves_the_old_or_the_new_state(killing):
    found = {point: killing.survive(point, "kill") for point in POINTS}
    assert found[LOAD, "commit", "before"] == "old"
    assert found[LOAD, "commit", "after"] == "new"
    assert found[LOAD, "apply_packages", "after"] == "old"
    killing.require_tidy()


@pytest.mark.parametrize("address", ["file", "server-bucket"], indirect=True)
def test_killed_around_its_commit_it_leaves_the_old_or_the_new_state(killing):
    event = f"kill-within {AROUND_COMMIT_MS}"
    found = [killing.survive((LOAD, "commit", "before"), event) for _ in range(N_AROUND_COMMIT)]
    assert set(found) == {"old", "new"}
    killing.require_tidy()


@pytest.fixture(params=["file", "server"])
def new_lake(request, tmp_path):
    """Makes an empty lake of a kind."""
    if request.param == "file":
        return lambda number: parse_lake(f"ducklake:{tmp_path / f'lake-{number}.ducklake'}")
    server = request.getfixturevalue("postgres")
    return lambda number: parse_lake(server.new_lake(), str(tmp_path / f"data-{number}"))


def test_a_load_killed_at_any_time_leaves_the_old_or_the_new_state(lakes, new_lake, request):
    seeds, more_digests, full_hash = map(request.getfixturevalue, ("seeds", "more_digests", "full_hash"))
    random, found, whole = Random(13), [], 0.0

    def start(address):
        where = ("--home", lakes.folder / "home", "--warehouse", address.name)
        return broken_command.start(NEVER, "kill", "ingest", more_digests, *where)

    for number in range(N_ROUNDS):
        address = new_lake(number)
        lakes.ingest(address, seeds)
        old = lakes.hash_of(address)
        begun = time.monotonic()
        process = start(address)
        if number:
            time.sleep(random.uniform(whole / 3, whole))
            process.kill()
        process.communicate()
        assert process.returncode in {0, -9}
        whole = whole or time.monotonic() - begun
        left = lakes.hash_of(address)
        assert left in {old, full_hash}
        again = start(address)
        again.communicate()
        assert again.returncode == 0
        assert lakes.hash_of(address) == full_hash
        assert list(verify(address)) == []
        assert lakes.rows(address, "select count(*), count(distinct load_id) from loads") == [(2, 2)]
        found.append("old" if left == old else "new")
    assert "old" in found
