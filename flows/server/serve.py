"""`paperhouse serve`: the deployments, run here on their schedules, and a Prefect server if none is configured.

A deployment carries no concurrency limit of the server's: Prefect ends a run whose slot it cannot renew, as it cannot
when the server is gone (after at most 225 s, in three tries), and a killed run keeps its slot. Instead there is a
runner for each flow, with one slot that ends with its process: runs of a flow wait their turn in the queue, and a
long harvest keeps no load waiting. Between processes, the lock of the warehouse decides.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from paperhouse.flows.reading_settings import CONFIG_VARIABLE, config_path, prefect_api_url
from paperhouse.flows.server.deployments import DEPLOYMENTS, Row, deployment, next_runs, switched_on
from paperhouse.flows.server.process import HEARTBEAT_SECONDS, OwnServer, own_server
from paperhouse.flows.settings import WORKING_FOLDER_VARIABLE, Settings, settings_below
from paperhouse.transforms.errors import BusyError, PaperhouseError, SettingsError
from paperhouse.warehouse.storage.lock import exclusive_lock

if TYPE_CHECKING:  # Prefect reads its environment once, when it is imported: `own_server` prepares it first
    from prefect.runner import Runner

KEEP_SECONDS: Final = 30.0
"""Time between two looks at what must be healed."""
_WATCH_SECONDS: Final = 1.0
_CALM_SECONDS: Final = 300.0
_N_STARTS: Final = 5
"""Starts of the server within `_CALM_SECONDS` after which it is given up."""

Announce = Callable[[str], None]


def serve_forever(settings: Settings, on_ready: Announce) -> None:
    """Serve the deployments until SIGINT or SIGTERM; then end the runners and the server that was started.

    `on_ready` receives the address of the UI, when each deployment runs next, and later what was recovered.

    Raises:
        SettingsError: no deployment has a schedule, or one is no cron line; the port is taken or would be open to
            all; this home is served already; no server answers at PREFECT_API_URL.
        PaperhouseError: the server did not start, or died again and again.
    """
    signal.signal(signal.SIGTERM, _stop)
    if not switched_on(settings):
        msg = "settings: no deployment has a schedule, so there is nothing to serve; set `schedule`"
        raise SettingsError(msg)
    try:
        with _only_one(settings):
            settings = _leave_working_folder(settings)
            if prefect_api_url():
                _serve(settings, None, on_ready)
            else:
                with own_server(settings) as server:
                    _serve(settings, server, on_ready)
    except (KeyboardInterrupt, _Stopped):
        return


def _leave_working_folder(settings: Settings) -> Settings:
    """Go to a folder of our own, so that nothing is imported from the user's; return the settings with whole paths.

    Prefect puts the working folder of a run first on its path: a `flows/` or `polars.py` there would go before
    what is installed. Runs inherit the environment, which names the folder and the settings file of this process.
    """
    working_folder = Path.cwd()
    config = config_path().absolute()
    if config.is_file():
        os.environ[CONFIG_VARIABLE] = str(config)
    os.environ[WORKING_FOLDER_VARIABLE] = str(working_folder)
    # A run whose working folder it is not, as one of a worker, has neither on its path.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    settings = settings_below(working_folder, settings)
    own = settings.home / "prefect" / "runs"
    own.mkdir(parents=True, exist_ok=True)
    os.chdir(own)
    return settings


class _Stopped(BaseException):
    """SIGTERM arrived before there was a runner to stop."""


def _stop(*_: object) -> None:
    raise _Stopped


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Hold this home's lock of `paperhouse serve` for the block."""
    lock = settings.home.absolute() / "prefect" / "serve.lock"
    try:
        with exclusive_lock(lock):
            yield
    except BusyError as error:
        if error.facts.get("path") != str(lock):
            raise
        who = (
            f"process {error.facts['pid']} since {error.facts['since']}"
            if "pid" in error.facts
            else "a process"
        )
        msg = f"{settings.home}: is served already, by {who}; end that first, or serve another --home"
        raise SettingsError(msg, **error.facts) from error


def _serve(settings: Settings, server: OwnServer | None, announce: Announce) -> None:
    from prefect.settings import get_current_settings  # noqa: PLC0415 - see TYPE_CHECKING above

    from paperhouse.flows.ingest import require_server  # noqa: PLC0415

    rows = switched_on(settings)
    times = next_runs(rows, settings, datetime.now(UTC))
    require_server()
    served = _Served(settings, rows)
    announce(f"prefect    {get_current_settings().ui_url}")
    for row, time_ in times.items():
        announce(f"next run   {time_:%Y-%m-%d %H:%M} UTC, {row.full_name}")
    asyncio.run(_run_until_stopped(served, server, announce))


class _Served:
    """The deployments on the server, and a runner for each flow."""

    def __init__(self, settings: Settings, rows: Sequence[Row]) -> None:
        from paperhouse.flows.server.runner import PatientRunner  # noqa: PLC0415 - see TYPE_CHECKING above

        self.runners: dict[str, Runner] = {}
        self.deployment_ids: list[UUID] = []
        self.switched_off = [row.full_name for row in DEPLOYMENTS if row not in rows]
        for row in rows:
            if row.flow not in self.runners:
                # Not paused on shutdown: the run that was missed meanwhile is caught up with.
                self.runners[row.flow] = PatientRunner(
                    name=f"paperhouse {row.flow}",
                    limit=1,
                    heartbeat_seconds=HEARTBEAT_SECONDS,
                    pause_on_shutdown=False,
                )
            added = self.runners[row.flow].add_deployment(deployment(row, settings))
            self.deployment_ids.append(cast("UUID", added))


async def _run_until_stopped(served: _Served, server: OwnServer | None, announce: Announce) -> None:
    """Heal, then run everything until SIGINT or SIGTERM; then runs that have begun end as Cancelled, not as Running."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    keeper = _Keeper(served, announce)
    runners = list(served.runners.values())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    stopping = asyncio.create_task(stopped.wait())
    await keeper.look()
    working = {asyncio.create_task(runner.start()) for runner in runners}
    await asyncio.sleep(0)  # by then each has set a handler of its own, which leaves its flow runs behind
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    working |= {asyncio.create_task(keeper.run())}
    if server is not None:
        working |= {asyncio.create_task(_keep_running(server, keeper, announce))}
    done, _ = await asyncio.wait({*working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    # astop() marks the run of every process that is left as cancelled, also one that has just completed.
    if await _has_begun_runs(served.deployment_ids):
        for runner in runners:
            if runner.started:
                await runner.astop()
    await _end_tasks({*working, stopping})
    for task in done - {stopping}:
        task.result()  # a task that ended of its own accord failed


async def _end_tasks(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task


class _Keeper:
    """Looks every half minute at what must be healed, for as long as the server answers."""

    def __init__(self, served: _Served, announce: Announce) -> None:
        self._served = served
        self._announce = announce
        self._listening_since: datetime | None = None

    def lost(self) -> None:
        """Note that the server does not listen: what is silent now proves nothing."""
        self._listening_since = None

    async def look(self) -> None:
        """Heal once."""
        from httpx import HTTPError  # noqa: PLC0415
        from prefect.client.orchestration import get_client  # noqa: PLC0415 - see TYPE_CHECKING above

        from paperhouse.flows.server.run_recovery import (  # noqa: PLC0415
            drop_missed,
            install_automation,
            pause_switched_off,
            sweep,
        )

        try:
            async with get_client() as client:
                now = datetime.now(UTC)
                if self._listening_since is None:
                    await install_automation(client)
                    await pause_switched_off(client, self._served.switched_off)
                    self._listening_since = now
                done = await sweep(client, now, self._listening_since)
                done += await drop_missed(client, self._served.deployment_ids, now)
        except HTTPError:
            self.lost()
            return
        for line in done:
            self._announce(f"healed     {line}")

    async def run(self) -> None:
        """Heal again and again."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            await self.look()


async def _keep_running(server: OwnServer, keeper: _Keeper, announce: Announce) -> None:
    """Start the server again whenever it died.

    Raises:
        PaperhouseError: it dies again and again.
    """
    starts: list[float] = []
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        if server.is_running:
            continue
        keeper.lost()
        starts = [start for start in starts if time.monotonic() - start < _CALM_SECONDS] + [time.monotonic()]
        if len(starts) > _N_STARTS:
            msg = f"the Prefect server died {len(starts)} times in {_CALM_SECONDS:.0f} s; see {server.log}"
            raise PaperhouseError(msg, log=str(server.log))
        await asyncio.to_thread(server.start)
        announce(
            f"healed     the Prefect server died and was started again in {time.monotonic() - starts[-1]:.0f} s"
        )


async def _has_begun_runs(deployment_ids: list[UUID]) -> bool:
    """Whether a run of these deployments has begun and not ended; True if the server cannot say."""
    from httpx import HTTPError  # noqa: PLC0415
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - see TYPE_CHECKING above
    from prefect.client.schemas.filters import (  # noqa: PLC0415
        DeploymentFilter,
        DeploymentFilterId,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType  # noqa: PLC0415

    begun = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    try:
        async with get_client() as client:
            runs = await client.read_flow_runs(
                flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=begun)),
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=deployment_ids)),
                limit=1,
            )
    except HTTPError:
        return True
    return bool(runs)
