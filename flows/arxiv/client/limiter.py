"""One request at a time and three seconds apart, over every process of this machine.

A slot is a kernel lock (`flock`) on every one of the limiter's files, held from before the connection is opened
until it is closed. The kernel lets go of it however its process ends.

The three seconds run from the end of one request to the start of the next, not from start to start: seen from
arXiv, requests then never lie closer than that, however long one of them travelled.

The file says when the last request ended, by two clocks. Within one boot the monotonic clock that all processes
share counts: nobody can set it. After a reboot, or on another machine that shares the home, the wall clock
counts; if it went back, or the file makes no sense, the request is taken to have ended just now. A file that
says a request is open while nobody holds the lock was left by a process that died: also ended just now.
"""

import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from paperhouse.transforms.errors import BusyError, SettingsError
from paperhouse.warehouse.storage.flock import POLL_SECONDS, locked

SECONDS_BETWEEN_REQUESTS: Final = 3.0
"""arXiv's terms of use: one request in three seconds at most."""
LOCK_NAME: Final = "arxiv.lock"
_LONGEST_REST: Final = 3600.0
_SHORTEST_SLEEP: Final = 0.001
_WORTH_SAYING: Final = 2.0
_STATE_BYTES: Final = 4096


def _uptime() -> float:
    # BOOTTIME also counts while the machine is suspended; where there is none, MONOTONIC is the next best.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""  # then only the wall clock counts


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the limiter and the client see it; tests give another. `uptime` is monotonic within one boot."""

    uptime: Callable[[], float] = _uptime
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    boot_id: str = field(default_factory=_boot_id)


@dataclass(slots=True)
class Slot:
    """The right to make one request; `end` says when it was over, `rest` how long to leave arXiv alone then."""

    clock: Clock
    ended_at: tuple[float, float] | None = None
    rest_seconds: float = 0.0

    def end(self) -> tuple[float, float]:
        """Note that the connection is closed, once; what comes after, such as parsing, counts as waiting."""
        self.ended_at = self.ended_at or (self.clock.uptime(), self.clock.wall())
        return self.ended_at

    def rest(self, seconds: float) -> None:
        """Let no process ask before so many seconds after the end of this request."""
        self.rest_seconds = max(self.rest_seconds, min(seconds, _LONGEST_REST))


class Limiter:
    """Gives out slots; all processes that name one of the same files share them."""

    def __init__(  # noqa: PLR0913 - each is a part that tests replace
        self,
        paths: Sequence[Path],
        interval_seconds: float = SECONDS_BETWEEN_REQUESTS,
        clock: Clock | None = None,
        *,
        wait_seconds: float = 1800.0,
        courtesy_seconds: float = 0.05,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.interval_seconds = interval_seconds
        self._paths = paths
        self._clock = clock or Clock()
        self._wait_seconds = wait_seconds
        self._courtesy = courtesy_seconds
        self._tell = tell

    @contextmanager
    def slot(self) -> Iterator[Slot]:
        """Wait for the lock and for the time since the last request, then hold the lock for the block.

        Raises:
            BusyError: another process does not let go of the lock.
        """
        with ExitStack() as stack:
            handles = self._acquire(stack)
            slot = Slot(self._clock)
            try:
                yield slot
            finally:
                uptime, wall = slot.end()
                for handle in handles:
                    self._write(handle, uptime, wall, rest=slot.rest_seconds, is_open=False)

    def _acquire(self, stack: ExitStack) -> list[int]:
        while True:
            with ExitStack() as held:
                handles = [held.enter_context(self._locked(path)) for path in self._paths]
                wait = max((self._seconds_to_wait(handle) for handle in handles), default=0.0)
                if wait <= 0:
                    for handle in handles:
                        self._write(handle, self._clock.uptime(), self._clock.wall(), rest=0, is_open=True)
                    stack.push(held.pop_all())
                    return handles
            if wait > self.interval_seconds + _WORTH_SAYING:
                self._tell(f"waiting {wait:.0f} s before arXiv is asked again")
            # Not with the lock held: a long rest would look like a process that hangs.
            # At least a millisecond: a shorter sleep may not move the clock, and the loop would turn on the spot.
            self._clock.sleep(max(wait, _SHORTEST_SLEEP))

    def _locked(self, path: Path) -> AbstractContextManager[int]:
        deadline = self._clock.uptime() + self._wait_seconds

        def wait(_handle: int) -> None:
            if self._clock.uptime() >= deadline:
                msg = (
                    f"{path}: another process has been talking to arXiv for {self._wait_seconds:.0f} s; "
                    "wait for it, or stop it if it hangs"
                )
                raise BusyError(msg, path=str(path))
            self._clock.sleep(POLL_SECONDS)

        return locked(path, wait, mode=0o600, flags=os.O_NOFOLLOW)

    def _seconds_to_wait(self, handle: int) -> float:
        text = os.pread(handle, _STATE_BYTES, 0)
        if not text:
            return 0.0
        state = _read_state(text)
        elapsed = self._elapsed(state)
        if elapsed is None:
            self._write(
                handle, self._clock.uptime(), self._clock.wall(), rest=state.get("rest", 0.0), is_open=False
            )
            elapsed = 0.0
        # Whose turn was last lets the others go first: else they, waiting for the same moment, never get their turn.
        courtesy = self._courtesy if state.get("pid") == os.getpid() else 0.0
        return max(self.interval_seconds, float(state.get("rest", 0.0))) - elapsed + courtesy

    def _elapsed(self, state: dict[str, Any]) -> float | None:
        """Seconds since the last request ended; None if unknown."""
        if not state or state["is_open"]:
            return None
        is_same_boot = state["boot"] and state["boot"] == self._clock.boot_id
        name, now = ("uptime", self._clock.uptime()) if is_same_boot else ("wall", self._clock.wall())
        elapsed = now - float(state[name])
        return elapsed if elapsed >= 0 else None

    def _write(self, handle: int, uptime: float, wall: float, *, rest: float, is_open: bool) -> None:
        state = {
            "boot": self._clock.boot_id,
            "uptime": uptime,
            "wall": wall,
            "rest": rest,
            "is_open": is_open,
            "pid": os.getpid(),
        }
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(state).encode(), 0)


def _read_state(text: bytes) -> dict[str, Any]:
    """State that a file holds; empty if it makes no sense."""
    try:
        state = json.loads(text)
        numbers = {name: float(state[name]) for name in ("uptime", "wall", "rest")}
        facts = {"is_open": bool(state["is_open"]), "boot": str(state["boot"]), "pid": state.get("pid")}
    except (ValueError, KeyError, TypeError):
        return {}
    if not all(map(math.isfinite, numbers.values())):
        return {}
    return facts | numbers | {"rest": min(max(numbers["rest"], 0.0), _LONGEST_REST)}


def lock_paths(folder: Path, machine_lock: Path | None) -> list[Path]:
    """Files of the limiter, in the order in which they are locked: this machine's, then the home's in `folder`.

    The first holds for all homes of this user on this machine, the second for all machines that share the home.
    Without `machine_lock` the first lies in the system's folder for temporary files.

    Raises:
        SettingsError: somebody else owns the folder of the first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if machine_lock is None:
        machine_lock = Path(tempfile.gettempdir()) / f"paperhouse-{os.getuid()}" / LOCK_NAME
        machine_lock.parent.mkdir(mode=0o700, exist_ok=True)
        status = machine_lock.parent.lstat()
        if status.st_uid != os.getuid() or machine_lock.parent.is_symlink():
            msg = f"{machine_lock.parent}: belongs to somebody else; set PAPERHOUSE_ARXIV_LOCK to a file of your own"
            raise SettingsError(msg, path=str(machine_lock.parent))
    machine_lock.parent.mkdir(parents=True, exist_ok=True)
    return list(dict.fromkeys([machine_lock, folder / LOCK_NAME]))
