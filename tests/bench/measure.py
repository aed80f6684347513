"""Whole processes measured from start to exit: wall and processor seconds, and the peak memory of all their processes."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).parents[2]
_INTERVAL = 0.05
_PAGE = resource.getpagesize()
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds on the clock, processor seconds (user and system, children too), peak MB of all its processes together.

    What was measured inside a process has the seconds only.
    """

    seconds: float
    cpu_seconds: float = 0
    peak_mb: float = 0
    output: str = ""


@dataclass(slots=True)
class _Watch:
    """What is seen of a process and its descendants while they run.

    Memory is the sum of resident pages, looked up twenty times a second: pages that two processes share count twice, a peak that is
    shorter may be missed (the largest process has no such gap: the system itself keeps its peak). `/proc` is Linux's; elsewhere
    the sum is that of the largest process.
    """

    pid: int
    peak: int = 0
    cpu_of: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        """Note the memory of this moment, and what each descendant has used so far."""
        total = 0
        for pid in _tree(self.pid):
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
                user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            except (OSError, IndexError):  # it ended meanwhile
                continue
            if pid != self.pid:
                self.cpu_of[pid] = (int(user) + int(system)) / _TICKS
        self.peak = max(self.peak, total)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = [
            child
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def run(command: Sequence[str | Path], home: Path | None = None, accepted: Sequence[int] = (0,)) -> Run:
    """Run a command to its end; what it prints comes back. `accepted` are the codes that it may end with.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command], env=_environment(home), stdout=subprocess.PIPE, text=True
    ) as process:
        watch, is_over = _Watch(process.pid), Event()
        watcher = Thread(target=_look_on, args=(watch, is_over), daemon=True)
        watcher.start()
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        is_over.set()
        watcher.join()
    if process.returncode not in accepted:
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command], output)
    cpu = used.ru_utime + used.ru_stime + sum(watch.cpu_of.values())
    largest = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(seconds, cpu, max(watch.peak, largest) / 1e6, output)


def _look_on(watch: _Watch, is_over: Event) -> None:
    while not is_over.wait(_INTERVAL):
        watch.look()


def _environment(home: Path | None) -> Mapping[str, str]:
    """The environment without settings from outside, with the code of this checkout.

    Modules may be kept compiled, as they are where Paperhouse is installed: else each process would compile them.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PAPERHOUSE_S3_")  # keys of a server that a benchmark started
        or not name.startswith(("PAPERHOUSE_", "PREFECT_", "PYTHONDONTWRITEBYTECODE"))
    }
    return {**kept, **({"PAPERHOUSE_HOME": str(home)} if home else {})}


def paperhouse(home: Path, *arguments: str | Path, accepted: Sequence[int] = (0,)) -> Run:
    """Run the command of this checkout on a warehouse."""
    return run([sys.executable, "-m", "paperhouse.flows.cli.main", *arguments], home, accepted)


def median(runs: Sequence[Run]) -> Run:
    """Each figure's median."""
    return Run(
        statistics.median(one.seconds for one in runs),
        statistics.median(one.cpu_seconds for one in runs),
        statistics.median(one.peak_mb for one in runs),
    )


def ratio(these: Sequence[Run], those: Sequence[Run]) -> str:
    """How many times as long these took as those: the median of the ratios pair by pair, which drifts of the machine spare."""
    ratios = sorted(one.seconds / other.seconds for one, other in zip(these, those, strict=True))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def cpu_ratio(these: Sequence[Run], those: Sequence[Run]) -> str:
    """As `ratio`, of processor seconds: what other programs of the machine change least."""
    ratios = sorted(one.cpu_seconds / other.cpu_seconds for one, other in zip(these, those, strict=True))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def print_head(n_runs: int) -> None:
    """Print the machine and the head of the table."""
    load = os.getloadavg()[0]
    print(
        f"median of {n_runs}, least and most in brackets; {os.cpu_count()} cores, load average {load:.1f} at the start, Python {sys.version.split()[0]}\n"
    )
    print("| what | seconds | processor seconds | peak MB |\n| --- | ---: | ---: | ---: |", flush=True)


def print_row(what: str, runs: Sequence[Run]) -> None:
    """Print one line of the table."""
    middle, every = median(runs), sorted(one.seconds for one in runs)
    spread = f" ({every[0]:.2f} to {every[-1]:.2f})" if len(runs) > 1 else ""
    of_process = f"{middle.cpu_seconds:.2f} | {middle.peak_mb:,.0f}" if middle.peak_mb else " | "
    print(f"| {what} | {middle.seconds:.2f}{spread} | {of_process} |", flush=True)
