"""`paperhouse serve` as a process: its own server, its deployment, its end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.deployments import (
    next_run,
    require_free_port,
    server_environment,
    wait_until_healthy,
    without_proxy,
)
from transforms.errors import PaperhouseError, SettingsError
from warehouse.lock import exclusive_lock

pytestmark = pytest.mark.xdist_group("prefect")  # one server for all of them under `--dist loadgroup`

STOP_SECONDS = 30


def test_next_run_is_in_utc():
    assert next_run("30 6 * * *", datetime(2025, 4, 30, 7, tzinfo=UTC)) == datetime(
        2025, 5, 1, 6, 30, tzinfo=UTC
    )


def test_schedule_that_is_no_cron_line_is_named():
    with pytest.raises(SettingsError, match="'daily' is no cron line"):
        next_run("daily", datetime(2025, 4, 30, tzinfo=UTC))


def test_server_environment_keeps_everything_at_home_on_loopback():
    environment = server_environment(Path("/srv/home/prefect"), 4321)
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"
    assert environment["PREFECT_SERVER_API_HOST"] == "127.0.0.1"
    assert environment["PREFECT_HOME"] == "/srv/home/prefect"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_proxies_are_not_asked_for_loopback_and_what_was_excepted_stays():
    assert without_proxy({}) == {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    assert without_proxy({"NO_PROXY": "lab.example"})["no_proxy"] == "lab.example,127.0.0.1"


def test_taken_port_is_named_with_its_setting():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            SettingsError, match=rf"127\.0\.0\.1:{port}.*already in use.*PAPERHOUSE_SERVE_PORT"
        ):
            require_free_port(port)


def test_server_that_dies_while_starting_is_quoted(tmp_path, free_port):
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", "print('no room'); exit(3)"], stdout=output)
    with pytest.raises(PaperhouseError, match=r"ended with code 3 while starting; .*\n.*no room"):
        wait_until_healthy(process, free_port(), log)


def test_serve_on_a_taken_port_says_so_at_once(tmp_path, clean_environment, paperhouse):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = clean_environment(tmp_path / "prefect", PAPERHOUSE_SERVE_PORT=str(port))
        done = paperhouse("serve", "--home", "home", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"paperhouse: 127.0.0.1:{port}: the Prefect server cannot listen there")
    assert done.stderr.count("\n") == 1


def test_serve_starts_its_server_registers_the_load_and_ends_without_orphans(
    serving, tmp_path, free_port, server_at
):
    port = free_port()
    settings = {"PAPERHOUSE_SERVE_PORT": str(port), "PAPERHOUSE_SCHEDULE": "15 5 * * 1-5"}
    hostile = {
        "PREFECT_SERVER_API_HOST": "0.0.0.0",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "lab.example",
    }
    with serving({**settings, **hostile}) as process:
        lines = _lines_until_ready(process)
        assert lines[0].split() == ["prefect", f"http://127.0.0.1:{port}"]
        assert re.fullmatch(r"next run   \d{4}-\d\d-\d\d 05:15 UTC, ingest/daily", lines[1])
        server = server_at(f"http://127.0.0.1:{port}/api", {})
        deployment = server.get("/deployments/name/ingest/daily")
        (schedule,) = deployment["schedules"]
        assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("15 5 * * 1-5", "UTC")
        assert schedule["active"]
        assert not deployment["paused"]
        assert deployment["parameters"]["home"] == str(tmp_path / "home")
        assert deployment["entrypoint"] == "flows.ingest.ingest"
        assert (tmp_path / "home" / "prefect" / "prefect.db").exists()
        assert _listening_addresses(port) == ["0100007F"]

        children = _descendants(process.pid)
        assert len(children) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert not [pid for pid in children if _is_alive(pid)]
    assert not server.is_healthy()


def test_serve_uses_the_configured_server_and_leaves_it_running(serving, server):
    with serving({"PREFECT_API_URL": server.url}) as process:
        assert _lines_until_ready(process)[0].split() == ["prefect", server.url.removesuffix("/api")]
        assert _descendants(process.pid) == []
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0
    assert server.is_healthy()
    assert server.get("/deployments/name/ingest/daily")["paused"] is False


def test_serve_ends_when_it_is_stopped_while_the_server_starts(serving, wait_until, free_port):
    with serving({"PAPERHOUSE_SERVE_PORT": str(free_port())}) as process:
        wait_until(lambda: _descendants(process.pid), 30, "no server was started")
        children = _descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert not [pid for pid in children if _is_alive(pid)]


@pytest.mark.slow
def test_triggered_run_loads_and_a_restart_keeps_one_schedule(serving, server, tmp_path, wait_until):
    for _ in range(2):
        with serving({"PREFECT_API_URL": server.url}) as process:
            _lines_until_ready(process)
            run = _trigger(server)
            wait_until(lambda: _state(server, run) == "COMPLETED", 60, "the run did not complete")  # noqa: B023
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_SECONDS) == 0
    assert (tmp_path / "home" / "paperhouse.duckdb").exists()
    assert server.get(f"/flow_runs/{run}")["state"]["message"] == "Nothing new"
    assert server.get(f"/flow_runs/{run}")["name"].startswith("ingest configured folders 20")
    assert len(server.get("/deployments/name/ingest/daily")["schedules"]) == 1


@pytest.mark.slow
def test_stop_cancels_the_run_in_progress_and_leaves_the_next_one_waiting(
    serving, server, tmp_path, wait_until
):
    with (
        exclusive_lock(tmp_path / "home" / "paperhouse.lock"),
        serving({"PREFECT_API_URL": server.url}) as process,
    ):
        _lines_until_ready(process)
        first, second = _trigger(server), _trigger(server)
        runs = {first, second}
        wait_until(lambda: any(_state(server, run) == "RUNNING" for run in runs), 60, "no run began")
        time.sleep(2)
        assert sorted(_state(server, run) for run in runs) == ["RUNNING", "SCHEDULED"]
        children = _descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert children
    assert not [pid for pid in children if _is_alive(pid)]
    assert sorted(_state(server, run) for run in runs) == ["CANCELLED", "SCHEDULED"]


@pytest.fixture
def serving(tmp_path, clean_environment):
    """A function that gives `paperhouse serve` with these settings as a process for a block."""

    @contextmanager
    def serve(more):
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "serve", "--home", "home"],
            env=clean_environment(tmp_path / "prefect", **more),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            orphans = [] if process.poll() is not None else [process.pid, *_descendants(process.pid)]
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
            process.communicate()

    return serve


def _lines_until_ready(process) -> list[str]:
    """What it prints up to and with the next run."""
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line.rstrip())
        if line.startswith("next run"):
            return lines
    raise AssertionError("\n".join(lines))


def _trigger(server) -> str:
    deployment = server.get("/deployments/name/ingest/daily")
    return server.post(f"/deployments/{deployment['id']}/create_flow_run", state={"type": "SCHEDULED"})["id"]


def _state(server, run_id: str) -> str:
    return server.get(f"/flow_runs/{run_id}")["state_type"]


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for child in map(int, children) for found in (child, *_descendants(child))]


def _is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def _listening_addresses(port: int) -> list[str]:
    """Addresses, as /proc has them, on which something listens at a port."""
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state = line.split()[:4]
            address, _, number = local.partition(":")
            if int(number, 16) == port and state == "0A":
                found.append(address)
    return found
