"""The newest state of a warehouse: opened again when a load swaps the file, and read ahead of the first page."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from paperhouse.flows.pages.generation import Generation
from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.connections import open_read_only

_SECONDS_BETWEEN_LOOKS: Final = 1.0


class NewestGeneration:
    """The newest state of a warehouse, opened again when the file was swapped."""

    def __init__(self, live: Path) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._opened = ExitStack()
        self._mark: tuple[int, ...] | None = None
        self._generation: Generation | None = None
        self._is_over = threading.Event()
        self._looking: threading.Thread | None = None

    @contextmanager
    def use(self) -> Iterator[Generation]:
        """The newest state, for one reader at a time.

        Raises:
            WarehouseError: there is no warehouse, or it cannot be read.
        """
        with self._lock:
            mark = self._current_mark()
            if self._generation is None or mark != self._mark:
                # Closed first: the engine would hand out the old file again for as long as it is open.
                self._opened.close()
                self._generation = None
                self._generation = Generation(self._opened.enter_context(open_read_only(self._live)))
                self._mark = mark
            yield self._generation

    def keep_read(self) -> None:
        """From now on look once a second for a new state, and read its facts of the whole before a page needs them.

        Of 50,000 papers that takes two seconds of processor time, which the first page of each kind would spend.
        """
        self._looking = threading.Thread(target=self._look_on, name="read-ahead", daemon=True)
        self._looking.start()

    def close(self) -> None:
        """Let the file go."""
        self._is_over.set()
        if self._looking is not None:
            self._looking.join()
        with self._lock:
            self._generation = None
            self._opened.close()

    def _look_on(self) -> None:
        read: tuple[int, ...] | None = None
        while not self._is_over.wait(_SECONDS_BETWEEN_LOOKS):
            mark = self._current_mark()
            if mark is not None and mark != read:
                self._read_ahead()
                read = mark

    def _read_ahead(self) -> None:
        """Read the facts one by one, so that no page waits for all of them."""
        for name in Generation.facts():
            if self._is_over.is_set():
                return
            try:
                with self.use() as generation:
                    getattr(generation, name)
            except WarehouseError:
                return  # whoever asks for a page is told

    def _current_mark(self) -> tuple[int, ...] | None:
        try:
            stat = self._live.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size
