"""A process that a Dask worker starts to parse in: `python -m paperhouse.flows.load.cluster.child SOCKET`.

In a process of its own, parsing has a main thread: only there a file that takes too much work can be ended. And a file
that ends the process ends no worker of the cluster.
"""

import gc
import os
import pickle
import sys
import threading
from multiprocessing.connection import Connection

from paperhouse.flows.load.workers import begin_work


def main() -> None:
    """Do what comes over the socket, one thing after the other, and answer; end with the process that asks."""
    requests = Connection(int(sys.argv[1]))
    threading.Thread(target=_end_with_input, daemon=True).start()
    begin_work()
    import paperhouse.flows.load.part  # noqa: F401, PLC0415 - Polars: it looks at what `begin_work` set

    gc.freeze()
    requests.send(None)
    while True:
        try:
            request = requests.recv_bytes()
        except EOFError:
            return
        requests.send_bytes(_answer(request))
        gc.collect()


def _answer(request: bytes) -> bytes:
    """What was asked for, or the error in its place."""
    try:
        return pickle.dumps((pickle.loads(request)(), None))  # noqa: S301 - from the worker that started this process
    except Exception as error:  # noqa: BLE001 - it is raised again over there
        return _packed_error(error)


def _packed_error(error: Exception) -> bytes:
    try:
        packed = pickle.dumps((None, error))
        pickle.loads(packed)  # noqa: S301 - whether it can be had again
    except Exception:  # noqa: BLE001 - whatever an error's own code does
        return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))
    return packed


def _end_with_input() -> None:
    """Nothing is ever written to standard input: it ends when the process at its other end does."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
