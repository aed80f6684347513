"""kill -9 of a whole load, at random times: what is live is the old or the new state, and the next run completes it."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

N_ATTEMPTS = 3
"""Rounds that are tried for one that counts: in the others the load had ended before it was killed."""


def moments(seed: int):
    """Endless random shares of a load's time: the whole of it, and as often the end, where it publishes."""
    chance = random.Random(seed)
    while True:
        yield chance.uniform(0, 1.02)
        yield chance.uniform(0.7, 1.05)


def load_warm(scene, home: Path, seconds: float | None) -> int:
    """Run the load in a fork of a warm process and kill it after so many seconds; return its exit code."""
    running = scene.warm.start("ingest", scene.digests, "--home", home)
    if seconds is not None:
        time.sleep(seconds)
        running.kill()
    return running.wait()


def load_cold(scene, home: Path, seconds: float | None) -> int:
    """Run the load as a user does and kill it with everything it started after so many seconds."""
    environment = {
        key: text for key, text in os.environ.items() if not key.startswith(("PAPERHOUSE_", "PREFECT_"))
    }
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "paperhouse.flows.cli.main",
            "ingest",
            str(scene.digests),
            "--home",
            str(home),
        ],
        env={**environment, "PAPERHOUSE_WORKERS": "2"},
        cwd=scene.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        if seconds is not None:
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def kill_often(scene, load, n_rounds: int, seed: int, tell) -> Counter:
    """Kill a load in `n_rounds` rounds, each from the base home; count what was live then.

    Every ten rounds it is measured again how long an undisturbed load takes just now.
    """
    found: Counter[str] = Counter()
    shares = moments(seed)
    for number in range(n_rounds * N_ATTEMPTS):
        if number % 10 == 0:
            whole = measure(scene, load)
            tell(dict(found))
        home = scene.home()
        code = load(scene, home, next(shares) * whole)
        assert code in (0, -signal.SIGKILL)
        state = scene.state(home)
        found[state if code else "ended"] += 1
        scene.require_completion(home)
        if found["old"] + found["new"] == n_rounds:
            return found
    return pytest.fail(f"loads end before they can be killed: {found}")


def measure(scene, load) -> float:
    """Seconds that an undisturbed load takes."""
    home = scene.home()
    started = time.monotonic()
    assert load(scene, home, None) == 0
    seconds = time.monotonic() - started
    shutil.rmtree(home)
    return seconds


def test_a_load_killed_at_any_time_leaves_the_old_or_the_new_state(scene, tell):
    kill_often(scene, load_warm, 2, 1, tell)


@pytest.mark.slow
def test_a_warm_load_killed_many_times_leaves_the_old_or_the_new_state(scene, tell):
    kill_often(scene, load_warm, 60, 4, tell)


@pytest.mark.slow
def test_real_commands_killed_at_any_time_leave_the_old_or_the_new_state(scene, tell):
    found = kill_often(scene, load_cold, 150, 2, tell)
    tell(dict(found))
    assert min(found["old"], found["new"]) > 0


@pytest.mark.slow
def test_commands_with_workers_killed_at_any_time_leave_the_old_or_the_new_state(heavy_scene, tell):
    found = kill_often(heavy_scene, load_cold, 50, 3, tell)
    tell(dict(found))
    assert found["old"] > 0
