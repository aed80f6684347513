"""Processes that read parts of a load: started early, ended with the process that started them.

Nothing heavy is imported here: workers are started before the main process imports what it needs itself, so that
both do so at the same time.
"""

import gc
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Self, TypeVar

from paperhouse.flows.load.plan import Plan
from paperhouse.flows.sources.files import size_on_disk
from paperhouse.transforms.formats import format_modules
from paperhouse.warehouse.storage.home import Home

Result = TypeVar("Result")

PARALLEL_BYTES = 8 * 1024**2
"""From here on the work is worth more than the start of workers, about a third of a second."""
CHUNK_BYTES = 8 * 1024**2
"""What a worker reads at a time: small enough for all to end together, large enough to write whole part files."""


def workers_ahead(plan: Plan) -> AbstractContextManager[ProcessPoolExecutor | None]:
    """Workers that will certainly be wanted, on their way; None where only the ledger can say."""
    if plan.n_processes < 2 or plan.lake is not None or Home(plan.home).live.exists():  # noqa: PLR2004 - one worker is this process
        return nullcontext()
    if not _hold(plan, PARALLEL_BYTES):
        return nullcontext()
    return start_workers(plan.n_processes)


def _hold(plan: Plan, n_bytes: int) -> bool:
    """Whether the planned files hold that much; no more of them are looked at than it takes to know."""
    seen = 0
    for file in (file for path, _ in plan.inputs for file in _files_under(path)):
        seen += size_on_disk(file)
        if seen >= n_bytes:
            return True
    return False


def _files_under(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(folder, name) for name in names)


class WorkerPool:
    """The workers of one load: started when the first work comes, ended with the load or before.

    `is_lost` where none can be started at all, as where the main program came from standard input.
    """

    def __init__(self, number: int, started: ProcessPoolExecutor | None = None) -> None:
        """`number` of workers; `started` are already on their way."""
        self.number = number
        self.is_lost = False
        self._running = started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def submit(self, work: Callable[..., Result], *given: object) -> Future[Result]:
        """Let a worker do something."""
        if self._running is None:
            self._running = start_workers(self.number)
        return self._running.submit(work, *given)

    def end(self) -> None:
        """Wait for what was begun, and let go of the memory that the workers hold."""
        if self._running is not None:
            self._running.shutdown()
            self._running = None


def start_workers(number: int) -> ProcessPoolExecutor:
    """Workers that leave Ctrl-C to this process and end when it ends, however that is."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["paperhouse.transforms.read_digest", *format_modules()])
    workers = ProcessPoolExecutor(number, mp_context=context, initializer=begin_work)
    with _safe_path():
        for _ in range(number):
            workers.submit(_get_ready)
    return workers


@contextmanager
def _safe_path() -> Iterator[None]:
    """Keep the working folder off the path of what starts in the block; whoever called may want it there later.

    The fork server starts with the first worker: a `click.py` in the working folder would go before the real one.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("PYTHONSAFEPATH", None)


def begin_work() -> None:
    """Make this process one that parses: on one core, without a core image, and gone when its parent is."""
    gc.disable()
    # A worker has one core. Polars reads this when it is imported, which is later.
    os.environ["POLARS_MAX_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, 0)
    )  # one that is ended for too much work leaves no image behind
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _get_ready() -> None:
    import paperhouse.flows.load.part  # noqa: F401, PLC0415 - Polars: it must not be there when a worker is forked


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
