"""A query that never ends, or that the engine cannot survive, is ended from outside, and says so in a line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from paperhouse.flows.cli.query_process import BESIDE_DATA_BYTES, run_killable
from paperhouse.flows.reading_settings import bytes_of
from paperhouse.transforms.errors import InputError, QueryError

# The engine is asked neither for time nor for signals while it plans these, nor while it works on the last.
ENDLESS = {
    "a long chain of unions": " union all ".join(["select 1"] * 100_000),
    "a chain of self-joins": "select count(*) from papers t0 "
    + " ".join(f"join papers t{n} on t{n}.arxiv_id = t{n - 1}.arxiv_id" for n in range(1, 200)),
    "a product of everything": "select count(*) from papers a, papers b, papers c, papers d, papers e, papers f "
    "where a.title < b.title || c.title || d.title || e.title || f.title",
}


def run(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "paperhouse.flows.cli.main", "sql", *arguments]


@pytest.fixture(params=ENDLESS)
def endless(request, tmp_path):
    query = tmp_path / "endless.sql"
    query.write_text(ENDLESS[request.param])
    return query


def test_a_query_without_end_is_ended_and_leaves_no_draft(endless, seed_home, tmp_path):
    command = run("--home", str(seed_home), "--timeout", "1", "-f", str(endless), "-o", str(tmp_path / "out"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "has taken 1 s and was ended" in done.stderr
    assert "--timeout" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [endless.name]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_query_that_only_plans(seed_home, tmp_path, number, code):
    query = tmp_path / "endless.sql"
    query.write_text(ENDLESS["a chain of self-joins"])
    with subprocess.Popen(
        run("--home", str(seed_home), "-f", str(query)), stderr=subprocess.PIPE, text=True
    ) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not (child := children.read_text().split()):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == code
    deadline = time.monotonic() + 60
    while subprocess.run(["kill", "-0", *child], capture_output=True, check=False).returncode == 0:
        assert time.monotonic() < deadline, "the process of the query goes on"
        time.sleep(0.05)


def test_a_process_that_aborts_is_a_message_and_its_scrap_is_removed():
    removed = []
    with pytest.raises(QueryError, match=r"ended the process \(SIGABRT\).*query_memory"):
        run_killable(
            lambda _: os.abort(), seconds=0, memory_bytes=2 * BESIDE_DATA_BYTES, remove_scrap=removed.append
        )
    assert len(removed) == 1


def test_memory_beyond_the_limit_is_refused_to_the_process():
    with pytest.raises(MemoryError):
        run_killable(
            lambda _: bytearray(4 * BESIDE_DATA_BYTES),
            seconds=0,
            memory_bytes=2 * BESIDE_DATA_BYTES,
            remove_scrap=lambda _: None,
        )


def test_what_the_job_raises_is_raised_with_its_facts():
    def fail(_):
        msg = "out: cannot be written"
        raise InputError(msg, path="out")

    with pytest.raises(InputError, match="cannot be written") as raised:
        run_killable(fail, seconds=0, memory_bytes=2 * BESIDE_DATA_BYTES, remove_scrap=lambda _: None)
    assert raised.value.facts == {"path": "out"}


def test_time_in_which_the_reader_is_slow_does_not_count():
    def read_slowly(clock):
        for _ in clock.counting(iter(range(3))):
            time.sleep(0.4)

    run_killable(read_slowly, seconds=0.5, memory_bytes=2 * BESIDE_DATA_BYTES, remove_scrap=lambda _: None)


@pytest.mark.parametrize(
    ("amount", "n_bytes"),
    [("2GB", 2 * 10**9), ("512 MiB", 2**29), ("1.5gb", 1_500_000_000), ("1KB", 1000), ("2TiB", 2**41)],
)
def test_an_amount_of_memory_in_bytes(amount, n_bytes):
    assert bytes_of(amount) == n_bytes
