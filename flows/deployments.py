"""`paperhouse serve`: the deployments with their schedules, run here, and a Prefect server if none is configured.

The server is a child process on the loopback address with its data under `<home>/prefect`. It has no
authentication, so nothing here binds it to another address. A deployment carries no concurrency limit of the
server's: a killed run would keep its slot for ever. The runner's own limit of one ends with its process, and
the lock of the warehouse decides between processes.
"""

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from flows.settings import Settings, prefect_api_url
from transforms.errors import PaperhouseError, SettingsError

if TYPE_CHECKING:  # Prefect reads its environment once, when it is imported: `_serve_own` prepares it first
    from prefect.deployments.runner import RunnerDeployment
    from prefect.runner import Runner

LOOPBACK: Final = "127.0.0.1"
INGEST_NAME: Final = "daily"
BUSY_WAIT_SECONDS: Final = 600.0
"""How long a scheduled load waits for another to end, unless the settings say longer."""
HEARTBEAT_SECONDS: Final = 30
_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.25
_N_LOG_LINES: Final = 5

Announce = Callable[[str], None]


def serve_forever(settings: Settings, on_ready: Announce) -> None:
    """Serve the deployments until SIGINT or SIGTERM; then end the runner and the server that was started.

    `on_ready` is told where the UI is and when the next load runs.

    Raises:
        SettingsError: the schedule is no cron line, the port is taken, or no server answers at PREFECT_API_URL.
        PaperhouseError: the server did not start.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        if prefect_api_url():
            _serve(settings, on_ready)
        else:
            with own_server(settings):
                _serve(settings, on_ready)
    except (KeyboardInterrupt, _Stopped):
        return


class _Stopped(BaseException):
    """SIGTERM arrived while there was no runner yet to be told."""


def _stop(*_: object) -> None:
    raise _Stopped


@contextmanager
def own_server(settings: Settings) -> Iterator[None]:
    """Run a Prefect server for the block, with its data and its log under `<home>/prefect`.

    The environment of this process is set for it, so Prefect must not be imported before.

    Raises:
        SettingsError: the schedule is no cron line, or the port is taken.
        PaperhouseError: the server did not start.
    """
    port = settings.serve_port
    require_free_port(port)
    folder = settings.home.absolute() / "prefect"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(server_environment(folder, port) | without_proxy(os.environ))
    next_run(settings.schedule, datetime.now(UTC))  # a wrong schedule is told now, not after the start
    log = folder / "server.log"
    process = _start_server(port, log)
    try:
        wait_until_healthy(process, port, log)
        yield
    finally:
        _end(process)


def server_environment(folder: Path, port: int) -> dict[str, str]:
    """Environment of the server that keeps its data in `folder`, and of all that talk to it."""
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": str(port),
    }


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """What to change in `environment` so that a proxy which it names is not asked for loopback addresses."""
    # Prefect's client obeys HTTP_PROXY for every address; both spellings count, the small one first.
    said = environment.get("no_proxy") or environment.get("NO_PROXY")
    value = f"{said},{LOOPBACK}" if said else LOOPBACK
    return {"no_proxy": value, "NO_PROXY": value}


def require_free_port(port: int) -> None:
    """Make sure that the server can listen on `port`.

    Raises:
        SettingsError: another program listens there, or this user may not.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            msg = (
                f"{LOOPBACK}:{port}: the Prefect server cannot listen there "
                f"({(error.strerror or str(error)).lower()}); end the program that does, or set another port with "
                "PAPERHOUSE_SERVE_PORT (`serve_port` in paperhouse.toml); if it is a Prefect server, name it in "
                "PREFECT_API_URL"
            )
            raise SettingsError(msg, port=port) from error


def _start_server(port: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(port)]
    with log.open("wb") as output:
        # A session of its own: Ctrl-C must not end the server before the runner has said goodbye to it.
        return subprocess.Popen(  # noqa: S603 - our own interpreter and constant words
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server answers on `port`.

    Raises:
        PaperhouseError: it ended instead, or takes too long.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not _is_healthy(port):
        if process.poll() is not None:
            what = f"ended with code {process.returncode} while starting"
        elif time.monotonic() > deadline:
            what = f"does not answer after {_START_SECONDS:.0f} s"
        else:
            time.sleep(_POLL_SECONDS)
            continue
        last_lines = "\n".join(log.read_text(errors="replace").splitlines()[-_N_LOG_LINES:])
        msg = f"{LOOPBACK}:{port}: the Prefect server {what}; its last words, from {log}:\n{last_lines}"
        raise PaperhouseError(msg, port=port, log=str(log))


def _is_healthy(port: int) -> bool:
    # http.client, because it knows no proxies: loopback is never behind one.
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server that we started; a second signal meanwhile must not leave it behind."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:  # an open page in a browser keeps its connection, and so the server
        process.kill()
        process.wait()


def _serve(settings: Settings, on_ready: Announce) -> None:
    from prefect.runner import Runner  # noqa: PLC0415 - see TYPE_CHECKING above
    from prefect.settings import get_current_settings  # noqa: PLC0415

    from flows.ingest import require_server  # noqa: PLC0415

    require_server()
    next_at = next_run(settings.schedule, datetime.now(UTC))
    deployments = [ingest_deployment(settings)]
    # Not paused on shutdown: the run that was missed meanwhile is caught up with.
    runner = Runner(name="paperhouse", limit=1, heartbeat_seconds=HEARTBEAT_SECONDS, pause_on_shutdown=False)
    deployment_ids = [cast("UUID", runner.add_deployment(deployment)) for deployment in deployments]
    on_ready(f"prefect    {get_current_settings().ui_url}")
    on_ready(f"next run   {next_at:%Y-%m-%d %H:%M} UTC, ingest/{INGEST_NAME}")
    asyncio.run(_run_until_stopped(runner, deployment_ids))


async def _run_until_stopped(runner: "Runner", deployment_ids: list[UUID]) -> None:
    """Run the runner until SIGINT or SIGTERM; then a flow run that it has begun ends as Cancelled, not as Running."""
    running = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # by then it has set a handler of its own, which leaves its flow runs behind
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        # astop() marks the run of every process that is left as cancelled, also one that has just completed.
        if runner.started and await _has_begun_runs(deployment_ids):
            await runner.astop()
        running.cancel()
    stopping.cancel()
    with suppress(asyncio.CancelledError):
        await running


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


def next_run(schedule: str, now: datetime) -> datetime:
    """First time after `now` that the cron line `schedule` names, in UTC.

    Raises:
        SettingsError: it is no cron line.
    """
    from prefect.server.schemas.schedules import CronSchedule  # noqa: PLC0415 - see TYPE_CHECKING above

    try:
        dates = asyncio.run(CronSchedule(cron=schedule, timezone="UTC").get_dates(n=1, start=now))
    except ValueError as error:
        msg = (
            f"setting 'schedule' (paperhouse.toml or PAPERHOUSE_SCHEDULE): {schedule!r} is no cron line; "
            "write five fields, for example '30 6 * * *' for every day at 06:30 UTC"
        )
        raise SettingsError(msg, schedule=schedule) from error
    return dates[0]


def ingest_deployment(settings: Settings) -> "RunnerDeployment":
    """The daily load: the configured folders into this home."""
    from prefect.schedules import Cron  # noqa: PLC0415 - see TYPE_CHECKING above
    from prefect.types.entrypoint import EntrypointType  # noqa: PLC0415

    from flows.ingest import ingest  # noqa: PLC0415

    deployment = ingest.to_deployment(
        INGEST_NAME,
        schedule=Cron(settings.schedule, timezone="UTC"),
        parameters={
            "home": str(settings.home.absolute()),
            "wait_seconds": max(settings.wait_seconds, BUSY_WAIT_SECONDS),
        },
        tags=["paperhouse"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", deployment)  # a coroutine only where an event loop runs
