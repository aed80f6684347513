"""Commands as processes of their own: killed, interrupted, and started together."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def start(arxiv_environment, tmp_path):
    """Start a command in the test's folder; what still runs at the end is killed."""
    started = []
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PAPERHOUSE_", "PREFECT_"))
    }

    def start(*arguments, **environment):
        process = subprocess.Popen(
            [sys.executable, "-m", "paperhouse.flows.cli.main", *arguments],
            cwd=tmp_path,
            env={**kept, **arxiv_environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def held(made):
    return {f"2401.{n:05}": made.atom_entry(f"2401.{n:05}", version=n % 3 + 1) for n in range(1, 451)}


@pytest.fixture
def stalling(server, made, held, reply):
    """A server that answers two batches and stalls at the third; the event says that it was asked."""
    reached, go_on = threading.Event(), threading.Event()
    answers = made.api(held)

    def answer(path):
        if len(server.seen) == 3:
            reached.set()
            go_on.wait(60)
            return reply(status=503)
        return answers(path)

    server.answer = answer
    yield reached
    go_on.set()


ENRICH = ("enrich", "--ids", ",".join(f"2401.{n:05}" for n in range(1, 451)))


@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_what_was_fetched_before_the_end_is_not_asked_for_again(
    how, start, stalling, server, made, held, bench, tmp_path
):
    process = start(*ENRICH)
    assert stalling.wait(60)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    home = tmp_path / "home"
    if how == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
        assert not (home / "paperhouse.duckdb").exists()
    else:
        assert process.returncode == 130
        assert "papers     400 new" in out
        assert "left       50 papers still to ask for" in out
        assert err == "paperhouse: interrupted; what arXiv had answered is published\n"
        assert bench.rows(home, "select count(*) from papers") == [(400,)]
    server.answer = made.api(held)
    n_before = len(server.seen)
    again = start("enrich", "--ids", ",".join(list(held)[400:])) if how == signal.SIGINT else start(*ENRICH)
    out, err = again.communicate(timeout=60)
    assert (again.returncode, err) == (0, "")
    assert len(server.seen) == n_before + 1
    assert ("and 2 kept from earlier" in out) == (how == signal.SIGKILL)
    assert bench.rows(home, "select count(*), count(version) from papers") == [(450, 450)]
    assert bench.rows(home, "select count(*), count(distinct arxiv_id) from answers") == [(450, 450)]


@pytest.mark.slow
def test_a_harvest_that_was_killed_goes_on_with_the_page_that_was_missing(
    start, server, made, reply, bench, tmp_path
):
    reached, go_on = threading.Event(), threading.Event()
    pages = {
        None: made.oai_list([made.oai_record("2608.00001")], token="t1"),
        "t1": made.oai_list([made.oai_record("2608.00002")], token="t2"),
        "t2": made.oai_list([made.oai_record("2608.00003")]),
    }

    def answer(path):
        token = path.rpartition("resumptionToken=")[2] if "resumptionToken" in path else None
        if token == "t2" and not reached.is_set():
            reached.set()
            go_on.wait(60)
        return reply(pages[token], content_type="text/xml")

    server.answer = answer
    harvest = ("harvest", "--set", "cs:cs:IR", "--from", "2026-08-01")
    first = start(*harvest)
    assert reached.wait(60)
    first.kill()
    first.communicate()
    go_on.set()
    assert not (tmp_path / "home" / "paperhouse.duckdb").exists()
    again = start(*harvest)
    out, _ = again.communicate(timeout=60)
    assert again.returncode == 0
    assert "replies    1 asked for, and 2 kept from earlier" in out
    assert [one.path.rpartition("=")[2] for one in server.seen] == ["cs%3Acs%3AIR", "t1", "t2", "t2"]
    assert bench.rows(tmp_path / "home", "select count(*) from answers") == [(3,)]
    assert bench.rows(tmp_path / "home", "select n_replies from harvest_points") == [(3,)]


def waits_for_its_turn(pid):
    """Whether the process has opened the limiter's lock, and so has a request to make or is making it."""
    try:
        return any("arxiv.lock" in str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:  # a file that was closed meanwhile
        return False


@pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="what a process has open is seen in /proc only"
)
@pytest.mark.parametrize("seconds", [0.3, pytest.param(3.0, marks=pytest.mark.slow)])
def test_two_processes_started_together_keep_the_spacing_and_one_connection(
    seconds, start, server, made, held, reply, record_property
):
    lookups, together = made.api(held), []
    records = iter(range(1, 100))

    def answer(path):
        time.sleep(0.1)  # a request that takes a while, so that overlapping ones would show
        while len(server.seen) == 1 and not (len(together) == 2 and all(map(waits_for_its_turn, together))):
            time.sleep(0.05)  # the first one until both processes are there
        if path.startswith("/api"):
            return lookups(path)
        number = next(records)
        token = f"t{number}" if number < 3 else ""
        return reply(
            made.oai_list([made.oai_record(f"2608.{number:05}")], token=token), content_type="text/xml"
        )

    server.answer = answer
    given = {"PAPERHOUSE_ARXIV_INTERVAL_SECONDS": str(seconds), "PAPERHOUSE_WAIT_SECONDS": "60"}
    processes = [start(*ENRICH, **given), start("harvest", "--from", "2026-08-01", **given)]
    together.extend(process.pid for process in processes)
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
    log = sorted(server.seen, key=lambda one: one.came_at)
    assert len(log) == 6
    assert {one.path[:4] for one in log[:3]} == {"/api", "/oai"}  # neither waits for the other's end
    assert server.most_open == 1
    assert min(server.gaps()) >= seconds
    assert all(after.came_at - before.came_at >= seconds for before, after in pairwise(log))
    record_property("server_log", [(round(one.came_at - log[0].came_at, 3), one.path[:20]) for one in log])
