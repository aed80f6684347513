"""The kernel refuses, or kills, at the N-th write, fsync, rename, open ... of a load, for every N there is.

`strace` makes the faults, and only those on the files of the home: a digest that cannot be read is left out by name, and
stops nothing. A thread counts its own calls, so that a round may strike in several threads. The load is stopped when
all is imported, and traced from there on.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

LOAD_ID = "20990101T000000000000Z-abcdef"
CALLS = {
    "write": "write,pwrite64,writev,pwritev",
    "sync": "fsync,fdatasync",
    "rename": "rename,renameat,renameat2",
    "open": "openat",
    "copy": "copy_file_range",
    "names": "mkdir,link,linkat,unlink,unlinkat,ftruncate",
}
REASONS = {
    "EIO": "input/output error",
    "ENOSPC": "no space left on device",
    "EINTR": "interrupted system call",
}
FAULTS = {**{name: f"error={name}" for name in REASONS}, "KILL": "signal=KILL"}
HARMLESS = ("openat", "unlink", "unlinkat")
"""Calls that may fail without harm: scrap stays until the next run, a log that is not there is not read."""


@dataclass
class Round:
    """A load that was traced: its exit code, its messages, and the calls that were made to fail."""

    code: int
    err: str
    struck: list[str]


class Tracer:
    """Runs loads under `strace` that fail at calls on these paths, which `{home}` makes those of a round."""

    def __init__(self, scene) -> None:
        self.scene = scene
        home = scene.home()
        log = self._trace(home, "-e", "trace=file")[1]
        found = {path for path in re.findall(r'"(/[^"]*)"', log) if path.startswith(str(home))}
        self.paths = sorted(path.replace(str(home), "{home}") for path in found)

    def strike(self, home: Path, calls: str, fault: str, number: int) -> Round:
        """Run the load in `home` with its calls failing at the given number."""
        paths = [part for path in self.paths for part in ("-P", path.format(home=home))]
        names = CALLS[calls]
        rule = f"inject={names}:{FAULTS[fault]}:when={number}"
        running, log = self._trace(home, *paths, "-e", f"trace={names}", "-e", rule)
        code = running.code
        lines = log.splitlines()
        struck = [line for line in lines if "(INJECTED)" in line]
        if code == -signal.SIGKILL:
            struck = [line for line in lines if "(" in line][-1:]
        return Round(code, running.err, struck)

    def _trace(self, home: Path, *options: str):
        running = self.scene.warm.start(
            "ingest", self.scene.digests, "--home", home, stopped=True, load_id=LOAD_ID
        )
        assert running.wait() is None
        log = running.folder / "strace"
        command = ["strace", "-f", "-y", "-qq", "-o", str(log), "-p", str(running.pid), *options]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
            status = Path(f"/proc/{running.pid}/status")
            while f"TracerPid:\t{strace.pid}" not in status.read_text():
                if strace.poll() is not None:
                    running.kill()
                    running.wait()
                    pytest.skip(f"strace may not trace here: {strace.stderr.read().strip()}")
                time.sleep(0.01)
            os.kill(running.pid, signal.SIGCONT)
            running.code = running.wait()
            strace.wait()
        return running, log.read_text()


@pytest.fixture(scope="session")
def tracer(scene) -> Tracer:
    if shutil.which("strace") is None:
        pytest.skip("strace is not here: no system call is made to fail")
    return Tracer(scene)


def strike(tracer: Tracer, calls: str, fault: str, number: int) -> str | None:
    """One round; what came of it in a word or two, None if the load has fewer calls than that."""
    scene = tracer.scene
    home = scene.home()
    struck = tracer.strike(home, calls, fault, number)
    if not struck.struck:
        assert (struck.code, scene.state(home)) == (0, "new")
        shutil.rmtree(home)
        return None
    state = scene.state(home)
    if fault == "KILL":
        assert struck.code == -signal.SIGKILL
    elif struck.code == 0:
        # Python and Rust try again what was interrupted.
        assert state == "new"
        assert fault == "EINTR" or all(is_harmless(line) for line in struck.struck), struck.struck
    else:
        require_message(struck, fault, state)
    scene.require_completion(home)
    return f"{state}, exit {struck.code}"


def is_harmless(line: str) -> bool:
    return any(f" {name}(" in line for name in HARMLESS)


def require_message(struck: Round, fault: str, state: str) -> None:
    """One line that says what failed, and does not say that nothing changed when it did."""
    assert struck.code == 1, struck
    assert "Traceback" not in struck.err, struck.err
    (line,) = struck.err.splitlines()
    assert line.startswith("paperhouse: ")
    assert REASONS[fault] in line.lower() or "fsync failed" in line.lower(), (line, struck.struck)
    assert state == "old" or not ("as it was" in line or "untouched" in line)


@pytest.mark.parametrize(
    ("calls", "fault", "number"),
    [("sync", "EIO", 13), ("rename", "EIO", 2)],
)
def test_a_system_call_that_fails_leaves_the_old_state_or_the_new_one(tracer, calls, fault, number):
    assert strike(tracer, calls, fault, number)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("calls", CALLS)
def test_every_system_call_that_fails_leaves_the_old_state_or_the_new_one(tracer, tell, calls, fault):
    tally: Counter[str] = Counter()
    for number in count(1):
        outcome = strike(tracer, calls, fault, number)
        if outcome is None:
            break
        tally[outcome] += 1
    tell({"calls": calls, "fault": fault, **tally})
    assert tally.total() > 0
