"""Processes that read parts of a load: started early, ended with the process that started them.

Nothing heavy is imported here: workers are started before the main process imports what it needs itself, so that
both do so at the same time.
"""

import gc
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path

from flows.plan import Plan
from flows.sources.files import find_files
from warehouse.home import Home

PARALLEL_BYTES = 8 * 1024**2
"""From here on the work is worth more than the start of workers, about a third of a second."""
CHUNK_BYTES = 8 * 1024**2
"""What a worker reads at a time: small enough for all to end together, large enough to write whole part files."""


def workers_ahead(plan: Plan) -> AbstractContextManager[ProcessPoolExecutor | None]:
    """Workers that will certainly be wanted, on their way; None where that cannot be told without the ledger."""
    if plan.workers < 2 or Home(plan.home).live.exists():  # noqa: PLR2004 - one worker is this process
        return nullcontext()
    found, _ = find_files([path for path, _ in plan.inputs])
    if sum(_size(file.path) for file in found) < PARALLEL_BYTES:
        return nullcontext()
    return start_workers(plan.workers)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def start_workers(number: int) -> ProcessPoolExecutor:
    """Workers that leave Ctrl-C to this process and end when it ends, however that is."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["transforms.digest_reader"])
    workers = ProcessPoolExecutor(number, mp_context=context, initializer=_begin_work)
    for _ in range(number):
        workers.submit(_get_ready)
    return workers


def _begin_work() -> None:
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _get_ready() -> None:
    import flows.parts  # noqa: F401, PLC0415 - Polars: it must not be there when a worker is forked


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
