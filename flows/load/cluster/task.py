"""What a Dask worker does: one chunk of files to one part of a package."""

import tempfile
import threading
from pathlib import Path
from typing import cast

from distributed import get_worker

from paperhouse.flows.load.cluster.child_process import ChildProcess
from paperhouse.flows.load.cluster.messages import Chunk, differences, own_versions, pack_part, value_of
from paperhouse.flows.load.lone_worker import LoneReader
from paperhouse.transforms.errors import ClusterError
from paperhouse.warehouse.storage.packages import PackageWriter

_of_thread = threading.local()
"""The child process of each of the worker's threads; it is kept for the next chunk."""


def read_chunk(packed: bytes) -> bytes:
    """Read, parse and write a packed `Chunk` in a child process; the part comes back packed.

    Raises:
        ClusterError: this worker has other versions than the load, no room or no memory.
    """
    worker = get_worker()
    chunk = cast("Chunk", value_of(packed))
    differing = differences(chunk.versions, own_versions())
    if differing:
        msg = f"worker {worker.address}: has {differing}; install the same release there"
        raise ClusterError(msg, worker=worker.address)
    try:
        with tempfile.TemporaryDirectory(prefix="paperhouse-", dir=worker.local_directory) as folder:
            writer = PackageWriter(Path(folder, "package"), chunk.load_id)
            part = LoneReader(_child(), writer, chunk.rules).read(chunk.jobs)
            return pack_part(part, writer.package.folder)
    except (OSError, MemoryError) as error:
        what = str(error) or type(error).__name__
        msg = f"worker {worker.address}: {what}; give it room and memory, and run the load again"
        raise ClusterError(msg, worker=worker.address) from error


def _child() -> ChildProcess:
    child: ChildProcess | None = getattr(_of_thread, "child", None)
    if child is None:
        child = _of_thread.child = ChildProcess()
    return child
