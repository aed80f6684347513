"""What a Dask worker does: one chunk of files to one part of a package."""

import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import cast

from distributed import get_worker

from paperhouse.flows.load.cluster.child_process import ChildProcess
from paperhouse.flows.load.cluster.messages import (
    Chunk,
    Versions,
    differences,
    own_versions,
    pack_part,
    pack_part_read,
    value_of,
)
from paperhouse.transforms.errors import ClusterError

_of_thread = threading.local()
"""The child process of each of the worker's threads; it is kept for the next chunk."""


def read_chunk(packed: bytes, versions: Versions) -> bytes:
    """Read, parse and encode a packed `Chunk` in a child process; the part comes back packed.

    Raises:
        ClusterError: this worker has other versions than the load, no room or no memory.
    """
    worker = get_worker()
    differing = differences(versions, own_versions())
    if differing:
        msg = f"worker {worker.address}: has {differing}; install the same there as here"
        raise ClusterError(msg, worker=worker.address)
    try:
        part = _child().run(partial(pack_part_read, packed))
        return part if part is not None else _read_in_halves(packed, worker.local_directory)
    except (OSError, MemoryError) as error:
        what = str(error) or type(error).__name__
        msg = f"worker {worker.address}: {what}; give it room and memory, and run the load again"
        raise ClusterError(msg, worker=worker.address) from error


def _read_in_halves(packed: bytes, scratch: str) -> bytes:
    """Read a chunk over which the child ended: in halves, until the file that ends it stands alone."""
    from paperhouse.flows.load.lone_worker import LoneReader  # noqa: PLC0415 - Polars: hardly any worker needs it
    from paperhouse.warehouse.storage.packages import PackageWriter  # noqa: PLC0415 - as above

    chunk = cast("Chunk", value_of(packed))
    with tempfile.TemporaryDirectory(prefix="paperhouse-", dir=scratch) as folder:
        writer = PackageWriter(Path(folder, "package"), chunk.load_id)
        part = LoneReader(_child(), writer, chunk.rules).read(chunk.jobs)
        return pack_part(part, writer.package.folder)


def _child() -> ChildProcess:
    child: ChildProcess | None = getattr(_of_thread, "child", None)
    if child is None:
        child = _of_thread.child = ChildProcess()
    return child
