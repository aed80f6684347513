"""How a command ends that cannot do its job: a message of one line, and an exit code that says why."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FAILED = 1
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM


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


def ending_of(error: BaseException) -> tuple[str, int] | None:
    """Message and exit code of a foreseen error; None for one that only a traceback explains."""
    from transforms.errors import PaperhouseError  # noqa: PLC0415 - as the commands, only when it is needed

    if isinstance(error, PaperhouseError):
        return str(error), FAILED
    # DuckDB reports a signal that arrives in a query as a RuntimeError, with what the handler raised as its cause.
    cause = error.__cause__ if isinstance(error, RuntimeError) else error
    known = [
        (KeyboardInterrupt, "interrupted", INTERRUPTED),
        (TerminatedError, "ended by SIGTERM", TERMINATED),
        (MemoryError, "out of memory; give it more, or set a smaller `batch_bytes`", FAILED),
    ]
    for kind, reason, code in known:
        if isinstance(cause, kind):
            return _with_notes(reason, error), code
    if type(error).__name__ == "PanicException":  # of Polars: no Exception, and not worth an import here
        reason = (str(error).splitlines() or ["it does not say why"])[0]
        return _with_notes(
            f"Polars could not go on ({reason}); it may have been out of memory", error
        ), FAILED
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        reason = error.strerror.lower() if error.strerror else str(error)
        return _with_notes(f"{where}{reason}", error), FAILED
    return None


def _with_notes(reason: str, error: BaseException) -> str:
    """The reason, and what was noted about the warehouse on the way up."""
    return "; ".join([reason, *getattr(error, "__notes__", ())])
