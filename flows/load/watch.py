"""`paperhouse watch`: load what is there, then what appears, one load for a burst of files, until it is stopped.

watchfiles reports changes in bursts. A burst is loaded when its files have stopped growing for a while. After a load
that failed the watch begins anew, with a load of all that is there: so it also survives a folder that went away.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from paperhouse.flows.signals import is_interrupt
from paperhouse.transforms.errors import BusyError

SETTLE_SECONDS: Final = 1.0
"""A file whose size and time stay the same for so long is taken to be whole."""
RETRY_SECONDS: Final = 15.0
_BUSY_SECONDS: Final = 1.0
_DEBOUNCE_MILLISECONDS: Final = 400
_STEP_MILLISECONDS: Final = 100
_ROUND_MILLISECONDS: Final = 500


def watch_folders(
    folders: Sequence[Path],
    home: Path,
    load: Callable[[], None],
    tell: Callable[[Exception], None],
    stop: threading.Event,
) -> None:
    """Call `load` now and after every burst of changes, until `stop` is set; tell a failure once, and try again.

    Paths are absolute. What changes below `home` is not looked at: each load would call for the next.
    """
    shown = None
    while not stop.is_set():
        try:
            _load_bursts(folders, home, load, stop)
        except Exception as error:
            if is_interrupt(error):
                raise
            if str(error) != shown:
                tell(error)
            shown = str(error)
            stop.wait(_BUSY_SECONDS if isinstance(error, BusyError) else RETRY_SECONDS)
        else:
            return


def _load_bursts(
    folders: Sequence[Path], home: Path, load: Callable[[], None], stop: threading.Event
) -> None:
    """Load until `stop` is set. The watch begins before the first load, so that nothing falls between the two."""
    from watchfiles import watch  # noqa: PLC0415 - only this command needs it

    is_first = True
    for burst in watch(
        *folders,
        watch_filter=lambda _, path: is_watched(Path(path), folders, home),
        debounce=_DEBOUNCE_MILLISECONDS,
        step=_STEP_MILLISECONDS,
        stop_event=stop,
        rust_timeout=_ROUND_MILLISECONDS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        if burst or is_first:
            is_first = False
            wait_until_settled({Path(path) for _, path in burst}, stop)
            if not stop.is_set():
                load()


def is_watched(path: Path, folders: Sequence[Path], home: Path) -> bool:
    """Whether a change of this path may bring a digest: it is not the home's, nor hidden below a watched folder."""
    below = [path.relative_to(folder).parts for folder in folders if path.is_relative_to(folder)]
    is_hidden = bool(below) and all(any(part.startswith(".") for part in parts) for parts in below)
    return not is_hidden and not path.is_relative_to(home)


def wait_until_settled(paths: set[Path], stop: threading.Event) -> None:
    """Wait until none of these files has changed for SETTLE_SECONDS, or `stop` is set."""
    before, since = _stamps(paths), time.monotonic()
    while paths and time.monotonic() - since < SETTLE_SECONDS and not stop.wait(0.1):
        now = _stamps(paths)
        if now != before:
            before, since = now, time.monotonic()


def _stamps(paths: set[Path]) -> dict[Path, tuple[int, int] | None]:
    return {path: _stamp(path) for path in paths}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


@contextmanager
def stopping_at_sigterm(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM set `stop` for the block: a load that has begun is finished first."""
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
