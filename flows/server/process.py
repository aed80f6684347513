"""A Prefect server of our own: a child process with its data and its log under `<home>/prefect`.

It outlives nothing: it ends with `paperhouse serve`, is started again when it dies, and one that a killed
`paperhouse serve` left behind is ended by the next. The lock that it holds says that it lives, and under which pid.
"""

import base64
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from paperhouse.flows.server.auth import LOCK_NAME, is_loopback
from paperhouse.flows.settings import Settings, server_auth
from paperhouse.transforms.errors import BusyError, PaperhouseError, SettingsError
from paperhouse.warehouse.storage.lock import exclusive_lock

LOOPBACK: Final = "127.0.0.1"
HEARTBEAT_SECONDS: Final = 30
_ANY: Final = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - what to ask where it listens everywhere
_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.25
_N_LOG_LINES: Final = 5


class OwnServer:
    """The server process for one home; `start` may be called again after it died."""

    def __init__(self, settings: Settings) -> None:
        self.host, self.port = settings.serve_host.strip("[]"), settings.serve_port
        self.auth = server_auth(settings)
        require_authentication(self.host, self.auth)
        self.folder = settings.home.absolute() / "prefect"
        self.log = self.folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            SettingsError: the port is taken.
            PaperhouseError: it ended instead, or takes too long.
        """
        require_free_port(self.port, self.host)
        command = [
            sys.executable,
            "-P",  # the folder that the user stands in may hold modules of the same names as ours
            "-m",
            "paperhouse.flows.server.auth",
            self.host,
            str(self.port),
            str(self.folder),
        ]
        with self.log.open("ab") as output:
            # A session of its own: Ctrl-C must not end the server before the runner has closed its records there.
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until_healthy(self._process, self.port, self.log, self.host, self.auth)

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def end(self) -> None:
        """End the process; a second signal meanwhile must not leave it behind."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def own_server(settings: Settings) -> Iterator[OwnServer]:
    """Run a server for the block. The environment of this process is set for it: import Prefect only inside.

    Raises:
        SettingsError: the port is taken, or it would be open to others without authentication.
        PaperhouseError: the server did not start.
    """
    server = OwnServer(settings)
    server.folder.mkdir(parents=True, exist_ok=True)
    end_leftover(server.folder / LOCK_NAME)
    require_free_port(server.port, server.host)
    server.log.write_bytes(b"")
    os.environ.pop("PREFECT_SERVER_API_AUTH_STRING", None)  # the guard asks for it, before every route
    os.environ.update(server_environment(server.folder, server.port, server.host, server.auth))
    os.environ.update(without_proxy(os.environ, _asked(server.host)))
    try:
        server.start()
        yield server
    finally:
        server.end()


def require_authentication(host: str, auth: str | None) -> None:
    """Make sure that nobody beyond this machine reaches a server that asks for no password.

    Raises:
        SettingsError: `host` is no loopback address and there is no authentication.
    """
    if auth is None and not is_loopback(host):
        msg = (
            f"{host}: whoever reaches this address could run anything through the Prefect server, which asks nobody "
            "for a password; set PAPERHOUSE_SERVE_AUTH=user:password (`serve_auth` in paperhouse.toml), or leave "
            f"serve_host at {LOOPBACK} and use an SSH tunnel"
        )
        raise SettingsError(msg, host=host)


def end_leftover(lock: Path) -> None:
    """End the server that holds this lock, if there is one: its `paperhouse serve` is dead."""
    try:
        with exclusive_lock(lock):
            return
    except BusyError as error:
        pid = error.facts.get("pid")
    for number in (signal.SIGTERM, signal.SIGKILL):
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        try:
            with exclusive_lock(lock, wait_seconds=_STOP_SECONDS):
                return
        except BusyError as error:
            pid = error.facts.get("pid")


def server_environment(
    folder: Path, port: int, host: str = LOOPBACK, auth: str | None = None
) -> dict[str, str]:
    """Environment of the server that keeps its data in `folder`, and of all that talk to it."""
    environment = {
        "DO_NOT_TRACK": "1",
        "PREFECT_API_URL": f"http://{_in_url(_asked(host))}:{port}/api",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_API_HOST": host,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{_in_url(_asked(host))}:{port}",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_UI_API_URL": "/api",  # whatever name the browser knows this machine by
    }
    return (
        environment
        if auth is None
        else environment | {"PREFECT_API_AUTH_STRING": auth, "PAPERHOUSE_SERVE_AUTH": auth}
    )


def _asked(host: str) -> str:
    """Address at which this machine reaches a server that listens on `host`."""
    return _ANY.get(host, host)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def without_proxy(environment: Mapping[str, str], host: str = LOOPBACK) -> dict[str, str]:
    """What to change in `environment` so that requests to our own server go through no proxy that it names."""
    # Prefect's client obeys HTTP_PROXY for every address; both spellings count, the small one first.
    said = environment.get("no_proxy") or environment.get("NO_PROXY")
    value = f"{said},{host}" if said else host
    return {"no_proxy": value, "NO_PROXY": value}


def require_free_port(port: int, host: str = LOOPBACK) -> None:
    """Make sure that the server can listen on `port`.

    Raises:
        SettingsError: another program listens there, or this user may not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            msg = (
                f"{host}:{port}: the Prefect server cannot listen there "
                f"({(error.strerror or str(error)).lower()}); end the program that does, or set another port with "
                "PAPERHOUSE_SERVE_PORT (`serve_port` in paperhouse.toml); if it is a Prefect server, name it in "
                "PREFECT_API_URL"
            )
            raise SettingsError(msg, port=port) from error


def wait_until_healthy(
    process: subprocess.Popen[bytes], port: int, log: Path, host: str = LOOPBACK, auth: str | None = None
) -> None:
    """Wait until the server answers on `port`.

    Raises:
        PaperhouseError: it ended instead, or takes too long.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not _is_healthy(_asked(host), port, auth):
        if process.poll() is not None:
            what = f"ended with code {process.returncode} while starting"
        elif time.monotonic() > deadline:
            what = f"does not answer after {_START_SECONDS:.0f} s"
        else:
            time.sleep(_POLL_SECONDS)
            continue
        last_lines = "\n".join(log.read_text(errors="replace").splitlines()[-_N_LOG_LINES:])
        msg = f"{host}:{port}: the Prefect server {what}; its last words, from {log}:\n{last_lines}"
        raise PaperhouseError(msg, port=port, log=str(log))


def _is_healthy(host: str, port: int, auth: str | None) -> bool:
    headers = {"Authorization": f"Basic {base64.b64encode(auth.encode()).decode()}"} if auth else {}
    # http.client, because it knows no proxies.
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/api/health", headers=headers)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
