"""What a user reads when something fails: where, what and what to do, in a few lines, and an exit code.

1 the job could not be done, 130 interrupted, 141 the reader of a pipe went away, 143 ended by SIGTERM.
Nothing here imports anything heavy.
"""

import errno
import os
import signal
import sys
from contextlib import suppress

from paperhouse.flows.signals import TerminatedError, cause_of, is_interrupt

INTERRUPTED = 128 + signal.SIGINT
PIPE_CLOSED = 128 + signal.SIGPIPE
TERMINATED = 128 + signal.SIGTERM

_REMEDIES = {
    errno.ENOSPC: "make room and run it again",
    errno.EDQUOT: "make room in your quota and run it again",
    errno.EACCES: "give this user the right to, or name another path",
    errno.EPERM: "give this user the right to, or name another path",
    errno.EROFS: "it lies on a read-only file system; name another path",
    errno.ENOTDIR: "a part of this path is a file; name another path",
    errno.EISDIR: "it is a folder; name a file",
    errno.EEXIST: "it is there already; name another path",
    errno.ENOENT: "check the path",
    errno.EMFILE: "raise the limit of open files (`ulimit -n`)",
    errno.ENOMEM: "free memory, or lower `batch_bytes` and `workers`",
    errno.EIO: "the disk or terminal failed; look at the system's log",
}


def failure_of(error: BaseException) -> tuple[str | None, int]:
    """What to tell of an error, None for nothing, and the exit code."""
    from paperhouse.transforms.errors import PaperhouseError

    if isinstance(error, BrokenPipeError):
        return None, PIPE_CLOSED
    if isinstance(error, PaperhouseError):
        return str(error), 1
    if is_interrupt(error):
        return _with_notes("interrupted", error), INTERRUPTED
    if isinstance(cause_of(error), TerminatedError):
        return _with_notes("ended by SIGTERM", error), TERMINATED
    return _with_notes(_reason_of(error), error), 1


def _reason_of(error: BaseException) -> str:
    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, MemoryError):
        return "out of memory; lower `batch_bytes` and `workers`, or free some"
    first_line = (str(error).strip() or "no message").splitlines()[0][:300]
    if type(error).__name__ == "PanicException":  # of Polars: no Exception, and not worth an import here
        return f"Polars could not go on ({first_line}); it may have been out of memory"
    what = f"{type(error).__name__}: {first_line}"
    return f"an error that should not be: {what}; run it again with --debug and report what that shows"


def _with_notes(reason: str, error: BaseException) -> str:
    """The reason, and what was noted about the warehouse on the way up."""
    return "; ".join([reason, *getattr(error, "__notes__", ())])


def _of_the_system(error: OSError) -> str:
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    # Only the system's own words: what a library says may hold a path.
    what = error.strerror.lower() if error.strerror else (str(error) or type(error).__name__)
    remedy = _REMEDIES.get(error.errno or 0, "look at it, then run it again")
    return f"{where}{what}; {remedy}"


def end_output() -> None:
    """Write out what is still buffered, so that a full disk or closed pipe is an error now, not after the end.

    Raises:
        OSError: it cannot be written; it will not be tried again.
    """
    try:
        sys.stdout.flush()
    except OSError:
        # What cannot be written would be tried again, and complained about, when the interpreter ends.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
        raise


def open_closed_streams() -> None:
    """Let output go nowhere where the shell closed a stream (`>&-`): Python has None there."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - until the end
