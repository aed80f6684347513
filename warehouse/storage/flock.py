"""Kernel locks on files (`flock`): the kernel lets go of one however its process ends."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paperhouse.warehouse.storage.atomic_files import naming

POLL_SECONDS = 0.1


@contextmanager
def locked(
    path: Path, wait: Callable[[int], None] | None = None, *, mode: int = 0o644, flags: int = 0
) -> Iterator[int]:
    """Hold the lock of the file at `path` for the block, and give its open handle.

    `wait` is called with the handle each time somebody else holds the lock: it sleeps, or raises to give up. Without
    it the kernel waits. The file is made if need be, and never deleted: else two processes could lock two different
    files of one name.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, mode)
    try:
        with naming(path):
            _acquire(handle, wait)
        yield handle
    finally:
        os.close(handle)


def _acquire(handle: int, wait: Callable[[int], None] | None) -> None:
    if wait is None:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait(handle)
        else:
            return
