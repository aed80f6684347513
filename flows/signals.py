"""SIGTERM as an exception, so that what a command holds is let go and its scrap removed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TerminatedError(BaseException):
    """SIGTERM arrived: the command unwinds as it does for Ctrl-C, so that scrap is removed and the lock let go."""


@contextmanager
def unwinding_on_sigterm() -> Iterator[None]:
    """Let the first SIGTERM unwind the block, and a second one end the process at once.

    Whoever has a handler of its own, as Prefect's runs do, keeps it; only the main thread may set one.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _unwind)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is _unwind:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _unwind(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise TerminatedError


def is_interrupt(error: BaseException) -> bool:
    """Whether it is Ctrl-C, also as DuckDB reports it inside a query."""
    return isinstance(cause_of(error), KeyboardInterrupt)


def cause_of(error: BaseException) -> BaseException | None:
    """What a signal's handler raised, where DuckDB reports it as the cause of a RuntimeError; else the error itself."""
    return error.__cause__ if isinstance(error, RuntimeError) else error
