"""PostgreSQL that dies while a load publishes: a clear message, the old state or the new one, and a retry that succeeds."""

import threading
import time
from pathlib import Path

import broken_command
import pytest

from paperhouse.warehouse.lake.verify import verify

pytestmark = pytest.mark.slow
COMMIT = ("paperhouse.warehouse.lake.load", "commit")


class Dying:
    """A lake with one load, whose server is stopped at once while another load is at its commit."""

    def __init__(self, lakes, lake, postgres, new_day) -> None:
        self.lakes, self.lake, self.postgres, self.new_day = lakes, lake, postgres, new_day
        lakes.ingest(lake, new_day())

    @property
    def hash(self) -> str:
        return self.lakes.hash_of(self.lake)

    def load(self, day, when="before", event="kill", point=COMMIT):
        where = ("--home", self.lakes.folder / "home", "--warehouse", self.lake.name)
        return broken_command.start((*point, when), event, "ingest", day, *where)

    def die(self, day, when, seconds=0.0, away=3.0):
        """What a load of the day said, and its exit code, after the server had died and was there again."""
        flag = self.lakes.folder / "flag"
        process = self.load(day, when, f"wait {flag}")
        while not flag.exists():
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.01)
        if seconds:
            flag.unlink()
            time.sleep(seconds)
        self.postgres.stop()
        flag.unlink(missing_ok=True)
        later = threading.Timer(away, self.postgres.start)
        later.start()
        _, told = process.communicate()
        later.join()
        return process.returncode, told

    def complete(self, day: Path) -> None:
        """The next run brings the day, once."""
        again = self.load(day, "after", point=("paperhouse.flows.cli.main", "main"))
        _, told = again.communicate()
        assert again.returncode == 0, told
        counted = "select count(*), count(distinct load_id), (select count(*) from digests) from loads"
        ((n_loads, n_different, n_digests),) = self.lakes.rows(self.lake, counted)
        assert n_loads == n_different == n_digests
        assert list(verify(self.lake)) == []


@pytest.fixture
def dying(lakes, served, postgres, new_day) -> Dying:
    return Dying(lakes, served, postgres, new_day)


def test_a_server_that_dies_before_the_commit_leaves_the_old_state(dying):
    old, day = dying.hash, dying.new_day()
    code, told = dying.die(day, "before")
    assert code == 1, told
    assert dying.lake.name in told
    assert "run it again" in told
    assert dying.hash == old
    dying.complete(day)


def test_a_server_that_dies_after_the_commit_leaves_the_new_state(dying):
    old, day = dying.hash, dying.new_day()
    dying.die(day, "after")
    assert dying.hash != old
    dying.complete(day)


def test_a_server_that_dies_in_the_commit_leaves_one_of_both_states(dying):
    found = set()
    for number in range(8):
        old, day = dying.hash, dying.new_day()
        code, told = dying.die(day, "before", seconds=0.002 + 0.008 * number, away=2)
        is_new = dying.hash != old
        assert code == 0 or "run it again" in told, told
        assert is_new or code == 1
        found.add(is_new)
        dying.complete(day)
    assert False in found


def test_a_server_that_stays_away_is_named(dying):
    dying.postgres.stop()
    try:
        process = dying.load(dying.new_day())
        _, told = process.communicate()
    finally:
        dying.postgres.start()
    assert process.returncode == 1
    assert "start the PostgreSQL server, or correct the address" in told
    assert len(told.splitlines()) == 1
