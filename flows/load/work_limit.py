"""A limit to the work that one file may take: past it the reading ends, wherever it is.

What counts is this process's own computing, not the time on the wall, so a busy machine changes nothing. Python's
regular expressions look for signals while they search: a search that would take hours is ended like any other work.
"""

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN_SECONDS = 1.0
_GRACE_SECONDS = 10


class OverLimitError(BaseException):
    """The limit was reached; no `except Exception` on the way takes it for a fault of its own."""


@contextmanager
def work_limit(seconds: float) -> Iterator[None]:
    """Raise OverLimitError in the block after so many seconds of computing.

    Signals reach the main thread only: in any other the block runs without a limit.
    """
    if not can_limit():
        yield
        return

    def end(*_: object) -> None:
        raise OverLimitError

    before = signal.signal(signal.SIGVTALRM, end)
    # Again and again: what is raised inside a callback or a finaliser may get lost.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def can_limit() -> bool:
    """Whether work can be ended in this thread."""
    return threading.current_thread() is threading.main_thread()


def end_process_after(seconds: float) -> None:
    """Let the system end this process when it has computed so much more: for what looks at no signals."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + _GRACE_SECONDS
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    if most == resource.RLIM_INFINITY or limit < most:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, most))
