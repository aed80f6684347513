"""What is done about a file that ends the process that reads it: it is found, and left out by name.

A worker that dies says nothing of the file that it was at. So what it had to read is read again in a worker of its own,
in halves where that one dies too, until the file stands alone. This process never reads such a file itself.
"""

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Protocol, Self, TypeVar

from paperhouse.flows.load.parse import FileResult, Job, Rules, reject_over_limit
from paperhouse.flows.load.part import ParsedPart, write_part_read
from paperhouse.flows.sources.files import Problem
from paperhouse.transforms.digests.statements import statement_frames
from paperhouse.warehouse.storage.packages import PackageWriter, write_part

Start = Callable[[int], AbstractContextManager[ProcessPoolExecutor]]
Result = TypeVar("Result")


class Runner(Protocol):
    """Another process that does one thing after the other, and is started anew when it ended over one."""

    exit_code: int | None

    def run(self, work: Callable[[], Result]) -> Result | None:
        """What `work` returns in the other process; None if that ended over it, with its `exit_code`."""


class LoneWorker:
    """One process that does what it is given; a new one is started when it died.

    Raises:
        BrokenProcessPool: no process can be started at all.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._held = ExitStack()
        self._pool = self._begin()
        self.exit_code: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _begin(self) -> ProcessPoolExecutor:
        pool = self._held.enter_context(self._start(1))
        pool.submit(int).result()
        return pool

    def run(self, work: Callable[[], Result]) -> Result | None:
        """What `work` returns in the other process; None if that ended over it, with its `exit_code`."""
        processes = list(self._pool._processes.values())  # noqa: SLF001 - nothing public tells how a process ended
        try:
            return self._pool.submit(work).result()
        except BrokenProcessPool:
            self._held.close()
            self.exit_code = next((process.exitcode for process in processes if process.exitcode), None)
            self._pool = self._begin()
            return None


class LoneReader:
    """Reads jobs in a worker of its own; a file over which that ends is left out, or rejected if it took too much."""

    def __init__(self, worker: Runner, writer: PackageWriter, rules: Rules) -> None:
        self._worker = worker
        self._writer = writer
        self._rules = rules
        self._numbers: list[int] = []

    def read(self, jobs: Sequence[Job]) -> ParsedPart:
        """The part of these jobs, as files of the package."""
        package, number = self._writer.package, self._next()
        work = partial(
            write_part_read, jobs, number, rules=self._rules, load_id=package.load_id, folder=package.folder
        )
        part = self._worker.run(work)
        if part is not None:
            return part
        self._writer.discard(number)
        if len(jobs) == 1:
            return self._ended_over(jobs[0])
        half = len(jobs) // 2
        parts = [self.read(some) for some in (jobs[:half], jobs[half:])]
        return ParsedPart(
            [outcome for part in parts for outcome in part.outcomes],
            files={name: facts for part in parts for name, facts in part.files.items()},
        )

    def discard_unwanted(self) -> None:
        """Delete what was read and is not part of the package."""
        for number in self._numbers:
            self._writer.discard(number)

    def _next(self) -> int:
        self._numbers.append(self._writer.next_part())
        return self._numbers[-1]

    def _ended_over(self, job: Job) -> ParsedPart:
        outcome = self._outcome_of(job)
        if outcome.digest is None:
            return ParsedPart([outcome])
        package = self._writer.package
        frames = statement_frames([outcome.digest], package.load_id)
        outcome.digest.rejects = []
        return ParsedPart([outcome], files=write_part(package.folder, self._next(), frames))

    def _outcome_of(self, job: Job) -> FileResult:
        code = self._worker.exit_code
        if code == -signal.SIGXCPU:
            rejected = self._worker.run(partial(reject_over_limit, job, self._rules))
            if rejected is not None:
                return rejected
        how = f"by signal {-code}" if code and code < 0 else f"with exit code {code}"
        what = f"ended the process that read it ({how})"
        remedy = "the other files are loaded; free memory if there was too little, else please report it with the file"
        return FileResult(problem=Problem(job.place.path, what, remedy))
