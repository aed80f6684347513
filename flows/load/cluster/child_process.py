"""The other side of `child`: starts it, gives it work, and sees how it ended."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final, TypeVar, cast

from paperhouse.transforms.errors import ClusterError

Result = TypeVar("Result")
_MODULE: Final = "paperhouse.flows.load.cluster.child"


class ChildProcess:
    """One process that does what it is given; a new one is started when it ended over something.

    Not by `multiprocessing`: a Dask worker under its nanny is a process of the kind that may have no children there.

    Raises:
        ClusterError: the process cannot be started.
    """

    def __init__(self) -> None:
        self.exit_code: int | None = None
        self._process, self._requests = _start()

    def run(self, work: Callable[[], Result]) -> Result | None:
        """What `work` returns in the other process; None if that ended over it, with its `exit_code`."""
        try:
            self._requests.send_bytes(pickle.dumps(work))
            answer = self._requests.recv_bytes()
        except (EOFError, OSError):
            self.exit_code = _end(self._process, self._requests)
            self._process, self._requests = _start()
            return None
        returned, error = pickle.loads(answer)  # noqa: S301 - from the process that was started here
        if error is not None:
            raise error
        return cast("Result", returned)

    def end(self) -> None:
        """End the process."""
        _end(self._process, self._requests)


def _start() -> tuple["subprocess.Popen[bytes]", Connection]:
    near, far = Pipe()
    with far:
        process = subprocess.Popen(  # noqa: S603 - this Python and our own module
            # The working folder is not on its path: a `click.py` there would go before the real one.
            [sys.executable, "-P", "-m", _MODULE, str(far.fileno())],
            pass_fds=[far.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
    try:
        near.recv()
    except (EOFError, OSError) as error:
        code = _end(process, near)
        msg = (
            f"a process that parses could not be started (exit code {code}); what it said is in the worker's log; "
            "install the same release of paperhouse there"
        )
        raise ClusterError(msg) from error
    return process, near


def _end(process: "subprocess.Popen[bytes]", requests: Connection) -> int:
    """End a process, if it has not ended, and return its exit code."""
    requests.close()
    with process:  # closes its input, which ends it
        return process.wait()
