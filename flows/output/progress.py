"""How a load tells what it is doing: a bar on a terminal, or lines with files and times for --verbose."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from paperhouse.flows.load.read import LOG, FileProgress
from paperhouse.flows.output.terminal_text import escape_controls

Step = Callable[[str], None]
"""Called with the name of each step as it begins; an empty name when all is done."""


@contextmanager
def on_terminal() -> Iterator[tuple[FileProgress, Step]]:
    """Draw a bar on standard error for the block: the step, files, speed, entries, rejects and time."""
    from rich.console import Console  # noqa: PLC0415 - 60 ms that a pipe need not pay
    from rich.progress import Progress as Bar  # noqa: PLC0415
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting")
        totals = [0, 0, 0, 0]

        def show(n_bytes: int, n_entries: int, n_rejects: int) -> None:
            for index, count in enumerate((1, n_bytes, n_entries, n_rejects)):
                totals[index] += count
            elapsed = bar.tasks[0].elapsed or 1e-9
            speed = f"{totals[1] / 1e6 / elapsed:.0f} MB/s"
            bar.update(task, description=f"reading: {_counts(totals)}, {speed}")

        def step(name: str) -> None:
            bar.update(task, description=f"{name}: {_counts(totals)}", refresh=True)

        yield show, step


def _counts(totals: list[int]) -> str:
    return f"{totals[0]:,} files, {totals[2]:,} entries, {totals[3]:,} rejects"


@contextmanager
def in_words(say: Callable[[str], None]) -> Iterator[tuple[FileProgress, Step]]:
    """Say a line for each file and, when a step ends, how long it took."""
    handler = _Saying(say)
    level = LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    current, since = "", time.monotonic()

    def step(name: str) -> None:
        nonlocal current, since
        now = time.monotonic()
        if current:
            say(f"step      {current}: {now - since:.2f} s")
        current, since = name, now

    try:
        yield lambda *_: None, step
    finally:
        LOG.setLevel(level)
        LOG.removeHandler(handler)


class _Saying(logging.Handler):
    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Say one line."""
        self._say(f"file      {escape_controls(record.getMessage())}")
