"""The connection of a load to a Dask scheduler: whatever breaks it is one error that says what to do."""

import logging
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, wait
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from paperhouse.flows.cluster_address import ClusterAddress
from paperhouse.flows.load.cluster.messages import PACKAGES, Versions, differences, own_versions, python_of
from paperhouse.transforms.errors import ClusterError, SettingsError

CONNECT_SECONDS: Final = 10.0
WORKER_SECONDS: Final = 30.0
"""How long no worker may be there, at the beginning or in the middle of a load."""
_LOOK_SECONDS: Final = 1.0
_LOGGERS: Final = ("distributed", "distributed.client", "tornado", "tornado.application")


class Connection:
    """A scheduler with workers that have the versions of this program.

    Raises:
        SettingsError: Dask is not installed.
        ClusterError: nothing answers, no worker joins, or one has other versions.
    """

    def __init__(self, address: ClusterAddress) -> None:
        self.address = address
        self._client: Any = _connect(address)
        try:
            self._require_workers()
            self._require_versions()
        except BaseException:
            self.close()
            raise
        self._executor = self._client.get_executor(pure=False)

    def close(self) -> None:
        """Leave the cluster; what it still does for this load is given up."""
        self._client.close(timeout=CONNECT_SECONDS)

    @property
    def n_threads(self) -> int:
        """Threads of all workers that are there now."""
        with self._telling():
            n_threads: int = sum(self._client.nthreads().values())
        return n_threads

    def submit(self, packed: bytes) -> "Future[bytes]":
        """Let a worker read a packed chunk; where it dies over it, another one does."""
        from paperhouse.flows.load.cluster.task import read_chunk  # noqa: PLC0415 - imports Dask

        with self._telling(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # a chunk is meant to be large
            future: Future[bytes] = self._executor.submit(read_chunk, packed, own_versions())
        return future

    def result(self, future: "Future[bytes]", n_awaited: int) -> bytes | None:
        """What a worker answers, out of so many answers awaited; None if several workers ended over it.

        Raises:
            ClusterError: the scheduler is gone, no worker is left, or a worker cannot do it.
        """
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 - as above

        last_seen = monotonic()
        while not wait([future], _LOOK_SECONDS).done:
            self._require_connection(n_awaited)
            if self.n_threads:
                last_seen = monotonic()
            elif monotonic() - last_seen > WORKER_SECONDS:
                raise self._error(_NO_WORKER.format(WORKER_SECONDS, self.address.endpoint))
        try:
            return future.result()
        except KilledWorker:
            return None
        except CancelledError as error:
            raise self._error(_LOST) from error
        except ImportError as error:
            raise self._error(_CANNOT_IMPORT.format(error)) from error

    def _require_connection(self, n_awaited: int) -> None:
        """Refuse to wait for what was forgotten: with its connection, the client gives up all that it asked for."""
        if self._client.status != "running" or len(self._client.futures) < n_awaited:
            raise self._error(_LOST)

    def _require_workers(self) -> None:
        with self._telling():
            try:
                self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
            except TimeoutError as error:
                raise self._error(_NO_WORKER.format(WORKER_SECONDS, self.address.endpoint)) from error

    def _require_versions(self) -> None:
        with self._telling():
            found: dict[str, Any] = self._client.get_versions(packages=list(PACKAGES))
        workers = {f"worker {name}": theirs for name, theirs in sorted(found["workers"].items())}
        for name, theirs in {"the scheduler": found["scheduler"], **workers}.items():
            differing = differences(own_versions(), _versions_of(theirs))
            if differing:
                raise self._error(_DIFFERS.format(name, differing))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Take whatever a question to the scheduler ends with for the loss of it."""
        try:
            yield
        except (OSError, RuntimeError, CancelledError) as error:
            raise self._error(_LOST) from error

    def _error(self, what: str) -> ClusterError:
        return ClusterError(f"{self.address}: {what}", address=str(self.address))


_LOST: Final = (
    "the connection to the Dask scheduler was lost and nothing was published; start it again, or set `workers` to a "
    "number, and run the load again"
)
_NO_WORKER: Final = (
    "no worker joined within {:g} s, and nothing was published; start one (`dask worker {}`), run again"
)
_DIFFERS: Final = "{} has {}; install the same there as here"
_CANNOT_IMPORT: Final = (
    "a worker cannot import what it needs ({}); install the same release of paperhouse there"
)


def _versions_of(theirs: dict[str, Any]) -> Versions:
    packages = theirs["packages"]
    return {"python": python_of(packages["python"]), **{name: packages[name] for name in PACKAGES}}


def _connect(address: ClusterAddress) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415 - Dask is an extra, and takes long to import
    except ImportError as error:
        msg = (
            f"{address}: needs Dask, which is not installed; run `pip install 'paperhouse[dask]'`, or set `workers` to "
            "a number"
        )
        raise SettingsError(msg, address=str(address)) from error
    for name in _LOGGERS:  # what they would say is said by our own errors
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client: Any = Client
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Mismatched versions")  # `_require_versions` says what matters
            return client(address.endpoint, timeout=CONNECT_SECONDS, name="paperhouse", set_as_default=False)
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        msg = (
            f"{address}: no Dask scheduler answers there ({reason}); start it (`dask scheduler`), correct the address, "
            "or set `workers` to a number"
        )
        raise ClusterError(msg, address=str(address)) from error
