"""Readers never wait, never fail and never see a mixture while loads are published under them."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

READER = Path(__file__).with_name("reader.py")


@pytest.fixture
def publish_under_readers(scene, tmp_path, write_digest):
    """Publish loads one by one while readers read; return what each of them reports, a slow query as the last."""

    def start(stack: ExitStack, live: Path, argument: str, kind: str):
        process = subprocess.Popen(
            [sys.executable, str(READER), str(live), argument, kind], stdout=subprocess.PIPE, text=True
        )
        stack.enter_context(process)
        return process

    def publish(kinds: list[str], n_loads: int, seconds: float, slow_seconds: float | None = None):
        home = scene.home()
        live, stop = home / "paperhouse.duckdb", tmp_path / "stop"
        with ExitStack() as stack:
            stack.callback(stop.touch)
            readers = [start(stack, live, str(stop), kind) for kind in kinds]
            assert [process.stdout.readline() for process in readers] == ["ready\n"] * len(kinds)
            slow = start(stack, live, str(slow_seconds), "slow") if slow_seconds else None
            if slow:
                assert [slow.stdout.readline() for _ in range(2)] == ["ready\n", "counting\n"]
            started, published = time.monotonic(), []
            for number in range(2, n_loads + 2):
                papers = [(f"2504.1{number:04}", f"New {number}", "Ann Lee")]
                worded = ("2504.00001v9", f"Paper {number}", "Ann Lee, Bob Ray")
                digest = write_digest(
                    tmp_path / f"{number}" / f"{number:02}-Jan-2026/README.md", [*papers, worded]
                )
                code, running = scene.warm.run("ingest", digest.parents[1], "--home", home)
                assert code == 0, running.err
                published.append(time.monotonic())
                time.sleep(max(0, started + seconds * (number - 1) / n_loads - time.monotonic()))
            counted = json.loads(slow.communicate(timeout=300)[0]) if slow else None
            stop.touch()
            reports = [json.loads(process.communicate(timeout=60)[0]) for process in readers]
        scene.require_order(home, n_loads=n_loads + 1)
        assert counted is None or published[0] < counted["ended"], "no swap came in the way of the slow query"
        return reports, counted

    return publish


def require_peace(kinds, reports, n_loads: int) -> None:
    assert [report["errors"] for report in reports] == [[]] * len(reports)
    assert [report["amiss"] for report in reports] == [[]] * len(reports)
    assert all(report["n_asked"] > 0 for report in reports)
    for kind, report in zip(kinds, reports, strict=True):
        assert report["seen"] == sorted(report["seen"])
        assert report["seen"][0] == 1
        assert report["seen"][-1] == (1 if kind == "held" else n_loads + 1)


def test_readers_see_whole_states_while_loads_are_published(publish_under_readers):
    kinds = ["fresh", "held"]
    reports, _ = publish_under_readers(kinds, n_loads=2, seconds=1)
    require_peace(kinds, reports, 2)


@pytest.mark.slow
def test_eight_readers_for_a_minute_see_whole_states_while_twenty_loads_are_published(
    publish_under_readers, tell
):
    kinds = ["fresh"] * 6 + ["held"] * 2
    reports, counted = publish_under_readers(kinds, n_loads=20, seconds=60, slow_seconds=30)
    tell(
        {
            "asked": [report["n_asked"] for report in reports],
            "states seen": [len(report["seen"]) for report in reports],
            "slow query": counted,
        }
    )
    require_peace(kinds, reports, 20)
    assert counted["is_right"]
    assert counted["loads"] == [1, 1], "the slow query did not keep the state that it began with"
    assert counted["seconds"] > 15
