"""One writer at a time: a kernel lock that ends with its process, however that ends."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from transforms.errors import BusyError

_POLL_SECONDS = 0.1


@contextmanager
def exclusive_lock(path: Path, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock at `path` for the block.

    The file is never deleted: deleting it would let two processes lock two different files of one name.

    Raises:
        BusyError: another process holds it and does not let go within `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(handle, path, wait_seconds)
        _write_holder(handle)
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise _busy(handle, path) from error
            time.sleep(_POLL_SECONDS)
        else:
            return


def _write_holder(handle: int) -> None:
    holder = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(holder).encode(), 0)


def _busy(handle: int, path: Path) -> BusyError:
    text = os.pread(handle, 4096, 0).decode(errors="replace")
    try:
        holder = json.loads(text)
        who = f"process {holder['pid']} has been loading since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        holder, who = {}, "another process is loading"
    msg = f"{path.parent}: {who}; wait for it, or give --wait SECONDS"
    return BusyError(msg, path=str(path), **holder)
