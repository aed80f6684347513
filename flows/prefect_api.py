"""What a run does when its Prefect server is gone: the load matters, the telling of it does not."""

import time
from typing import Any, Final

import httpx
from prefect.client.orchestration import get_client
from prefect.events.worker import EventsWorker

_ANSWER_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 2.0


def answers(wait_seconds: float = 0) -> bool:
    """Whether the server answers, or begins to within `wait_seconds`."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            with get_client(httpx_settings={"timeout": _ANSWER_SECONDS}, sync_client=True) as client:
                client.api_version()
        except (httpx.HTTPError, RuntimeError):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        else:
            return True


def forget_events() -> None:
    """Drop the events that still wait to be sent: Prefect would try each of them for 11 s before the process ends."""
    workers: Any = EventsWorker
    for worker in tuple(workers._instances.values()):  # noqa: SLF001 - there is no other way to take them back
        with worker._queue.mutex:  # noqa: SLF001
            worker._queue.queue.clear()  # noqa: SLF001
