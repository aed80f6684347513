"""Reading for watches: locked down, because criteria hold SQL, and for a limited time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import TIMEOUT_MAX, Timer
from typing import Any

from paperhouse.flows.settings import Settings
from paperhouse.warehouse.target.queries import open_for_queries


@contextmanager
def open_for_watches(settings: Settings) -> Iterator[Any]:
    """The newest state of the warehouse for the block; what runs longer than a query may is interrupted.

    Raises:
        WarehouseError: there is no warehouse, or it cannot be read.
    """
    with open_for_queries(
        settings.live, memory_limit=settings.query_memory, threads=settings.query_threads
    ) as connection:
        timer = Timer(settings.query_timeout_seconds or TIMEOUT_MAX, connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield connection
        finally:
            timer.cancel()
