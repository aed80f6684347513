"""Prefect's runner, made to outlive the server that it asks."""

from typing import Self

import httpx
from anyio.abc import TaskGroup
from prefect.runner import Runner


class PatientRunner(Runner):
    """A runner that goes on polling while the server is away.

    Prefect's own gives up after three failed polls in a row and kills the flow runs that it started, mid-load.
    """

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        poller = self._scheduled_run_poller
        poll = poller._get_and_submit_flow_runs  # noqa: SLF001 - the one place where the giving up can be kept from

        async def poll_or_wait(task_group: TaskGroup | None = None) -> None:
            try:
                await poll(task_group)
            except httpx.HTTPError as error:
                self._logger.warning(
                    "the Prefect server does not answer (%s); asking again", type(error).__name__
                )

        poller._get_and_submit_flow_runs = poll_or_wait  # type: ignore[method-assign] # noqa: SLF001
        return self
