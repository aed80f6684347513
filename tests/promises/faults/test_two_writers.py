"""Two loads that start at one instant: one works, the other says who is at it, and both are done in the end."""

import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest

SECONDS_TO_SAY_BUSY = 2  # the promise


@pytest.fixture(scope="session")
def rivals(scene) -> tuple[Path, Path]:
    """The folders of two loads: that of the scene, taken apart."""
    days = scene.digests / "9-Apr-2025"
    return days / "AI", days / "NLP"


@pytest.fixture(scope="session")
def both_hash(scene, rivals) -> str:
    """Content hash of a warehouse that took up both, one after the other."""
    home = scene.home()
    for folder in rivals:
        code, running = scene.warm.run("ingest", folder, "--home", home)
        assert code == 0, running.err
    return scene.hash_of(home)


def start_both(scene, home, rivals, *options):
    """Both loads, begun at one instant; which of them gets its signal first alternates."""
    pair = [scene.warm.start("ingest", folder, "--home", home, *options, stopped=True) for folder in rivals]
    assert [running.wait() for running in pair] == [None, None]
    for running in pair if scene.n_homes % 2 else reversed(pair):
        os.kill(running.pid, signal.SIGCONT)
    return pair


def race(scene, rivals, both_hash, seconds_to_say_busy: float | None = None) -> None:
    home = scene.home()
    started = time.monotonic()
    pair = start_both(scene, home, rivals)
    first_pid, first_code = scene.warm.wait_any()
    waited = time.monotonic() - started
    second_pid, second_code = scene.warm.wait_any()
    assert (first_code, second_code) == (1, 0)
    assert seconds_to_say_busy is None or waited < seconds_to_say_busy
    (loser,) = [number for number, running in enumerate(pair) if running.pid == first_pid]
    found = re.fullmatch(
        r"paperhouse: (.*): process (\d+) has been loading since (\S+); wait for it, or give --wait SECONDS\n",
        pair[loser].err,
    )
    assert (found[1], int(found[2])) == (str(home), second_pid)
    code, running = scene.warm.run("ingest", rivals[loser], "--home", home)
    assert (code, scene.hash_of(home)) == (0, both_hash), running.err
    scene.require_order(home, n_loads=3)
    shutil.rmtree(home)


def test_of_two_loads_one_works_and_one_says_busy(scene, rivals, both_hash):
    for _ in range(2):
        race(scene, rivals, both_hash)


@pytest.mark.slow
def test_of_two_loads_one_works_and_one_says_busy_every_time(scene, rivals, both_hash):
    for _ in range(50):
        race(scene, rivals, both_hash, SECONDS_TO_SAY_BUSY)


def test_two_loads_that_wait_for_each_other_both_work(scene, rivals, both_hash):
    home = scene.home()
    pair = start_both(scene, home, rivals, "--wait", "60")
    assert [running.wait() for running in pair] == [0, 0]
    assert scene.hash_of(home) == both_hash
    scene.require_order(home, n_loads=3)
