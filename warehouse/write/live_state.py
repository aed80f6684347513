"""Whether a run that ends with an error has changed what is live, so that its message can say so."""

from collections.abc import Iterator
from contextlib import contextmanager

from paperhouse.warehouse.storage.home import Home

UNCHANGED = "the warehouse is as it was"
CHANGED = "the next warehouse is live already"


@contextmanager
def noting_live_state(home: Home) -> Iterator[None]:
    """Note on an error that leaves the block whether the live file is still the one that was there before."""
    before = _identity(home)
    try:
        yield
    except BaseException as error:
        error.add_note(UNCHANGED if _identity(home) == before else CHANGED)
        raise


def _identity(home: Home) -> tuple[int, int] | None:
    """What tells one published file from another without reading it; None if there is none or nobody can say."""
    try:
        stat = home.live.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
