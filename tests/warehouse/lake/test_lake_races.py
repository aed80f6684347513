"""Two loaders of one lake at once: whatever comes between them, no key is there twice and nothing is lost."""

import os
import signal
import time
from pathlib import Path

import broken_command
import pytest

from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.lake.address import parse_lake

pytestmark = pytest.mark.slow
N_RACES = 50
NEVER = ("paperhouse.flows.cli.main", "main", "after")
BEFORE_COMMIT = ("paperhouse.warehouse.lake.load", "commit", "before")
HOLDERS = "select pid from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())"


@pytest.fixture
def lake(postgres, bucket):
    """An empty lake: catalog in PostgreSQL, data in a bucket."""
    return parse_lake(postgres.new_lake(), bucket.new_place())


@pytest.fixture
def load(lakes, lake):
    """Starts a load in a process of its own, with a home of its own."""

    def start(home, *days, wait=0, point=NEVER, event="stop"):
        where = ("--home", lakes.folder / home, "--warehouse", lake.name, "--data", lake.data, "--wait", wait)
        return broken_command.start(point, event, "ingest", *days, *where)

    return start


def test_fifty_races_of_two_loaders_leave_no_key_twice(lakes, lake, load, new_day, bench):
    """The first race makes the lake; all days only insert; one day in each race is brought by both."""
    refused = 0
    for number in range(N_RACES):
        days = [new_day(), new_day(), new_day()]
        racers = [load("one", days[0], days[2]), load("two", days[1], days[2])]
        told = [racer.communicate()[1] for racer in racers]
        for racer, words in zip(racers, told, strict=True):
            assert racer.returncode == 0 or "has been loading since" in words or "run it again" in words, (
                words
            )
            refused += racer.returncode != 0
        assert any(racer.returncode == 0 for racer in racers), told
        again = load("one", *days, wait=60)
        assert (again.communicate()[1] or "note: ").startswith("note: ")
        bench.ingest(lakes.folder / "file", *days)
        if number % 10 == 0:
            assert lakes.hash_of(lake) == bench.hash_of(lakes.folder / "file")
    assert lakes.hash_of(lake) == bench.hash_of(lakes.folder / "file")
    assert list(verify(lake)) == []
    assert refused > 0


def test_where_the_session_of_the_lock_is_killed_the_fence_lets_one_through(
    lakes, lake, load, new_day, postgres
):
    lakes.ingest(lake, new_day())
    slow_day, fast_day = new_day(), new_day()
    slow = load("slow", slow_day, point=BEFORE_COMMIT)
    wait_until_stopped(slow.pid)
    database = lake.catalog.partition("?")[0].rpartition("/")[2]
    (holder,) = postgres.execute(HOLDERS, database).split()
    postgres.execute(f"select pg_terminate_backend({holder})", database)
    fast = load("fast", fast_day, wait=10)
    _, told = fast.communicate()
    assert fast.returncode == 0, told
    published = lakes.hash_of(lake)
    os.kill(slow.pid, signal.SIGCONT)
    _, told = slow.communicate()
    # The fast one found the package of the slow one complete, and published both.
    assert slow.returncode == 0, told
    assert lakes.hash_of(lake) == published
    assert lakes.rows(lake, "select count(*), (select count(*) from loads) from papers") == [(12, 3)]
    again = load("slow", slow_day)
    assert again.communicate()[1] == ""
    assert list(verify(lake)) == []


def wait_until_stopped(pid: int) -> None:
    for _ in range(3000):
        if Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.01)
    pytest.fail("it did not stop")
