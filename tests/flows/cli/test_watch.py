"""The real command watches a real folder while files appear in it."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from paperhouse.flows.load.watch import is_watched
from paperhouse.warehouse.storage.lock import exclusive_lock


class Watching:
    """The command in a process of its own; its lines, both outputs together, as they come."""

    def __init__(self, folder, *arguments):
        kept = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("PAPERHOUSE_", "PREFECT_"))
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "paperhouse.flows.cli.main", "watch", *arguments],
            cwd=folder,
            env={**kept, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip())

    def until(self, words: str, seconds: float = 60) -> str:
        """The next line that holds these words."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self.lines.get(timeout=left)
            except queue.Empty:
                break
            self.seen.append(line)
            if words in line:
                return line
        raise AssertionError((words, self.seen))

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def watching(tmp_path):
    started = []

    def start(*arguments):
        started.append(Watching(tmp_path, *arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
        one.process.stdout.close()


@pytest.fixture
def digests(seeds):
    return sorted(seeds.glob("*.txt"))


def test_what_is_there_is_loaded_first_then_what_appears_one_load_a_burst(watching, bench, tmp_path, digests):
    folder, home = tmp_path / "in", tmp_path / "data"
    folder.mkdir()
    shutil.copy(digests[0], folder)
    watch = watching("in")
    watch.until("loaded 1 digest ")
    shutil.copy(digests[1], folder)
    (folder / "sub").mkdir()
    shutil.copy(digests[2], folder / "sub")
    watch.until("loaded 2 digests ")
    assert watch.end(signal.SIGTERM) == 0
    watch.until("stopped; the warehouse is as the last load left it")
    assert bench.rows(home, "select count(*) from loads") == [(2,)]
    assert not (home / "work").exists()


def test_a_file_that_still_grows_is_loaded_once_and_whole(watching, bench, tmp_path, digests):
    (tmp_path / "in").mkdir()
    watch = watching("in")
    watch.until("nothing new in 0 files")
    content = digests[1].read_bytes()
    with (tmp_path / "in" / "grows.md").open("wb") as file:
        for start in range(0, len(content), len(content) // 5):
            file.write(content[start : start + len(content) // 5])
            file.flush()
            time.sleep(0.4)
    watch.until("loaded 1 digest ")
    assert bench.rows(tmp_path / "data", "select count(*), sum(n_bytes) from digests") == [(1, len(content))]
    assert watch.end(signal.SIGINT) == 130
    watch.until("paperhouse: interrupted")


@pytest.mark.parametrize(
    ("path", "watched"),
    [
        ("/in/a.md", True),
        ("/in/.git/index", False),
        ("/in/sub/.a.md.swp", False),
        ("/in/data/paperhouse.lock", False),
        ("/.hidden/in/a.md", True),
        ("/.hidden/in/.b/a.md", False),
    ],
)
def test_changes_of_hidden_files_and_of_the_home_itself_call_for_no_load(path, watched):
    assert is_watched(Path(path), [Path("/in"), Path("/.hidden/in")], Path("/in/data")) is watched


@pytest.mark.slow
def test_a_home_inside_the_watched_folder_does_not_make_the_watch_turn_for_ever(watching, tmp_path, digests):
    shutil.copy(digests[0], tmp_path)
    watch = watching(".")
    watch.until("loaded 1 digest ")
    time.sleep(4)
    assert watch.end(signal.SIGTERM) == 0
    watch.until("stopped")
    assert not any("nothing new" in line for line in watch.seen)


def test_another_load_is_waited_for_and_errors_are_survived(watching, bench, tmp_path, digests):
    (tmp_path / "in").mkdir()
    shutil.copy(digests[0], tmp_path / "in")
    with exclusive_lock(tmp_path / "data" / "paperhouse.lock"):
        watch = watching("in")
        assert f"process {os.getpid()} has been loading since" in watch.until("the watch goes on")
        time.sleep(2.5)
    watch.until("loaded 1 digest ")
    assert sum("has been loading since" in line for line in watch.seen) == 1
    (tmp_path / "in" / ".hidden.md").write_text("see arXiv:2504.00001")
    (tmp_path / "in" / "\x1b[2Jodd.md").write_bytes(b"\xff\x00arXiv:2504.00001")
    watch.until("nothing was read: 1 file of no known layout")
    assert bench.rows(tmp_path / "data", "select count(*) from rejects") == [(1,)]
    assert watch.end(signal.SIGTERM) == 0
