"""A job in a process of its own, so that nothing it does outlives its time, its memory or the command that wants it.

A query may plan for hours, where the engine looks neither at signals nor at `interrupt`, and may abort the process it
runs in. So the command forks before the engine is imported, which costs 2 ms; the child does the work and writes the
output, and the parent waits for it, kills it, and lives to tell what happened.
"""

import ctypes
import os
import pickle
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, NoReturn, TypeVar

from paperhouse.flows.cli.errors import end_output
from paperhouse.flows.signals import is_interrupt
from paperhouse.transforms.errors import QueryError

T = TypeVar("T")

BESIDE_DATA_BYTES: Final = 2**30
"""Memory of a query's process beyond the engine's own limit, which counts data alone: code, plans, a result's text."""
_GRACE_SECONDS: Final = 1.0
"""How long a child that gets SIGTERM may take to remove its scrap before it is killed."""
_WORKING, _WAITING, _ENDED = b"w", b"p", b"e"
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


class QueryClock:
    """What the child tells its parent of: whether the job works, or waits for whoever reads its output."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def counting(self, batches: Iterable[T]) -> Iterator[T]:
        """Hand the batches on; only the time that making them takes counts, not what the reader does with them."""
        for batch in batches:
            os.write(self._pipe, _WAITING)
            yield batch
            os.write(self._pipe, _WORKING)


def run_killable(
    job: Callable[[QueryClock], None],
    *,
    seconds: float,
    memory_bytes: int,
    remove_scrap: Callable[[int], None],
    is_debugging: bool = False,
) -> None:
    """Run `job` in a child that gets `seconds` (0: no limit) and `memory_bytes`; its output is the command's output.

    Where the child was killed, `remove_scrap` is given its process id. What `job` raises is raised here.

    Raises:
        QueryError: it took too long, or the process died.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()  # else the child would write it too
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(job, writing, parent, memory_bytes, is_debugging=is_debugging)
    os.close(writing)
    grace = 0.0  # a child that still works when this is left by an exception gets SIGTERM at once
    try:
        reply = _wait(reading, seconds)
        grace = _GRACE_SECONDS
    finally:
        os.close(reading)
        status = _end(child, grace)
        if os.WIFSIGNALED(status):
            remove_scrap(child)
    if reply is None:
        raise _death(status)
    error = pickle.loads(reply)  # noqa: S301 - our own child wrote it
    if error is not None:
        raise error


def _work(
    job: Callable[[QueryClock], None], pipe: int, parent: int, memory_bytes: int, *, is_debugging: bool
) -> NoReturn:
    """Do the job, say how it ended, and leave without what the parent has registered for its own end."""
    error: BaseException | None = None
    try:
        _end_with(parent)
        _limit_memory(memory_bytes)
        job(QueryClock(pipe))
        end_output()
    except BaseException as raised:  # noqa: BLE001 - the parent raises it
        error = KeyboardInterrupt() if is_interrupt(raised) else raised
        if is_debugging:
            traceback.print_exception(raised)
    with suppress(OSError):  # the parent does not listen any more
        os.write(pipe, _ENDED)
        with os.fdopen(pipe, "wb") as file:
            file.write(_pickled(error))
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(0)


def _pickled(error: BaseException | None) -> bytes:
    try:
        return pickle.dumps(error)
    except Exception:  # noqa: BLE001 - whatever an object's own pickling raises
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))


def _end_with(parent: int) -> None:
    """Let the kernel kill this process when its parent dies, by whatever; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _limit_memory(n_bytes: int) -> None:
    """Limit what the process may hold. The engine keeps to its limit for data; plans and results come on top."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or n_bytes < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (n_bytes, hard))


def _wait(pipe: int, seconds: float) -> bytes | None:
    """What the child says at its end, None if it died.

    Raises:
        QueryError: it has worked for `seconds`.
    """
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    left, is_working = seconds or float("inf"), True
    while True:
        began = time.monotonic()
        is_limited = is_working and left != float("inf")
        ready = poll.poll(max(left, 0) * 1000 if is_limited else None)
        if is_working:
            left -= time.monotonic() - began
        if not ready:
            msg = (
                f"the query has taken {seconds:g} s and was ended; ask for less, or allow more with --timeout "
                "(0 for no limit) or the setting `query_timeout_seconds`"
            )
            raise QueryError(msg, seconds=seconds)
        state = os.read(pipe, 1)
        if state == _ENDED:
            return b"".join(iter(lambda: os.read(pipe, 65536), b"")) or None
        if not state:
            return None
        is_working = state == _WORKING


def _end(child: int, grace: float) -> int:
    """Make sure that the child has ended: by itself, else by SIGTERM, else by SIGKILL; return its status."""
    for number, seconds in ((0, grace), (signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, None)):
        if number:
            with suppress(ProcessLookupError):
                os.kill(child, number)
        status = _status(child, seconds)
        if status is not None:
            return status
    return 0  # pragma: no cover - the last wait has no end


def _status(child: int, seconds: float | None) -> int | None:
    deadline = time.monotonic() + (seconds or 0)
    while True:
        pid, status = os.waitpid(child, 0 if seconds is None else os.WNOHANG)
        if pid:
            return status
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.002)


def _death(status: int) -> QueryError:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        how = f"ended the process ({signal.Signals(number).name})"
        facts: dict[str, Any] = {"signal": number}
    else:
        how, facts = f"ended the process with code {os.waitstatus_to_exitcode(status)}", {}
    msg = (
        f"the query {how}: it was too large or too deep, or out of memory; ask for less, or give it more memory "
        "with the setting `query_memory`"
    )
    return QueryError(msg, **facts)
