"""One writer at a time: a kernel lock that ends with its process, however that ends."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from paperhouse.transforms.errors import BusyError
from paperhouse.warehouse.storage.atomic_files import naming
from paperhouse.warehouse.storage.flock import POLL_SECONDS, locked

_NAMING_SECONDS = 0.5
"""How long a holder may take from getting the lock to writing its name."""


@contextmanager
def exclusive_lock(path: Path, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock at `path` for the block.

    Raises:
        BusyError: another process holds it and does not let go within `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds

    def wait(handle: int) -> None:
        if time.monotonic() >= deadline:
            raise _busy(handle, path)
        time.sleep(POLL_SECONDS)

    with locked(path, wait) as handle:
        with naming(path):
            _write_holder(handle)
        try:
            yield
        finally:
            with naming(path):
                os.ftruncate(handle, 0)


def _write_holder(handle: int) -> None:
    holder = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(holder).encode(), 0)


def _busy(handle: int, path: Path) -> BusyError:
    holder = _named_holder(handle)
    who = "another process is loading"
    if holder:
        who = f"process {holder['pid']} has been loading since {holder['since']}"
    msg = f"{path.parent}: {who}; wait for it, or give --wait SECONDS"
    return BusyError(msg, path=str(path), **holder)


def _named_holder(handle: int) -> dict[str, Any]:
    """Who holds the lock, and since when; empty if it does not say so in time.

    Right after it got the lock a holder has not written its name yet, and that of one that was killed may stand there.
    """
    deadline = time.monotonic() + _NAMING_SECONDS
    while True:
        holder = _written_holder(handle)
        # A holder in another container is not seen to run, but stands there to the end.
        if time.monotonic() >= deadline or (holder and _is_running(holder["pid"])):
            return holder
        time.sleep(POLL_SECONDS / 10)


def _written_holder(handle: int) -> dict[str, Any]:
    try:
        holder = json.loads(os.pread(handle, 4096, 0))
        return {"pid": int(holder["pid"]), "since": str(holder["since"])}
    except (ValueError, KeyError, TypeError):
        return {}


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
