"""`paperhouse serve` as a process: its own server, its deployment, its end."""

import logging
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from paperhouse.flows.server.deployments import next_run, next_runs, switched_on
from paperhouse.flows.server.process import (
    require_authentication,
    require_free_port,
    server_environment,
    wait_until_healthy,
    without_proxy,
)
from paperhouse.flows.settings import Settings, server_auth
from paperhouse.transforms.errors import PaperhouseError, SettingsError
from paperhouse.warehouse.storage.lock import exclusive_lock


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


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "lab.example"])
def test_an_address_that_others_reach_needs_authentication(host):
    with pytest.raises(
        SettingsError, match=rf"{host}: whoever reaches .* PAPERHOUSE_SERVE_AUTH=user:password"
    ):
        require_authentication(host, None)
    require_authentication(host, "reader:secret")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_needs_no_authentication(host):
    require_authentication(host, None)


def test_serve_refuses_to_be_open_to_all_before_anything_starts(tmp_path, clean_environment, paperhouse):
    env = clean_environment(tmp_path / "prefect")
    done = paperhouse("serve", "--home", "home", "--host", "0.0.0.0", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("paperhouse: 0.0.0.0: whoever reaches this address")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("wrong", ["secret", "reader:", ":secret"])
def test_authentication_without_user_or_password_is_refused_and_not_shown(wrong):
    with pytest.raises(SettingsError, match="is not of the form user:password") as raised:
        server_auth(Settings(serve_auth=wrong))
    assert wrong.strip(":") not in str(raised.value)


def test_authentication_may_come_from_the_variable_that_prefect_knows(monkeypatch):
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "reader:secret")
    assert server_auth(Settings()) == "reader:secret"


def test_a_deployment_without_a_schedule_is_switched_off():
    assert [row.full_name for row in switched_on(Settings(schedule_changed=""))] == ["ingest/daily"]


def test_what_asks_arxiv_is_off_until_it_has_a_schedule_and_harvests_each_set():
    assert {row.flow for row in switched_on(Settings())} == {"ingest"}
    settings = Settings(
        enrich_schedule="15 7 * * *",
        fill_schedule="45 8 * * 1-5",
        feed_schedule="30 5 * * 1-5",
        harvest_schedule="45 7 * * *",
        harvest_sets="cs:cs:IR cs:cs:CL",
    )
    rows = {row.full_name: dict(row.parameters) for row in switched_on(settings) if row.flow != "ingest"}
    assert rows == {
        "feed/daily": {},
        "harvest/daily cs:cs:IR": {"set_spec": "cs:cs:IR"},
        "harvest/daily cs:cs:CL": {"set_spec": "cs:cs:CL"},
        "enrich/daily": {},
        "fill/daily": {},
    }


def test_a_schedule_of_harvests_without_a_set_is_named():
    with pytest.raises(SettingsError, match="'harvest_schedule' is given, but 'harvest_sets' names nothing"):
        switched_on(Settings(harvest_schedule="45 7 * * *"))


def test_next_runs_are_told_in_the_order_they_come():
    settings = Settings(schedule="30 6 * * *", schedule_changed="10 * * * *")
    times = next_runs(switched_on(settings), settings, datetime(2025, 4, 30, 6, 20, tzinfo=UTC))
    assert [(row.name, f"{when:%H:%M}") for row, when in times.items()] == [
        ("daily", "06:30"),
        ("changed", "07:10"),
    ]


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


def test_serve_starts_its_server_registers_the_loads_and_ends_without_orphans(
    serving, tmp_path, free_port, processes
):
    descendants, is_alive = processes
    port = free_port()
    settings = {"PAPERHOUSE_SERVE_PORT": str(port), "PAPERHOUSE_SCHEDULE": "15 5 * * 1-5"}
    hostile = {
        "PREFECT_SERVER_API_HOST": "0.0.0.0",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "lab.example",
    }
    with serving({**settings, **hostile}) as served:
        lines = served.lines(until="next run   20")
        assert lines[0].split() == ["prefect", f"http://127.0.0.1:{port}"]
        assert {re.sub(r"\d{4}-\d\d-\d\d \d\d:", "DAY HOUR:", line) for line in lines[1:3]} == {
            "next run   DAY HOUR:15 UTC, ingest/daily",
            "next run   DAY HOUR:10 UTC, ingest/changed",
        }
        server = served.server
        deployment = server.get("/deployments/name/ingest/daily")
        (schedule,) = deployment["schedules"]
        assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("15 5 * * 1-5", "UTC")
        assert schedule["active"]
        assert not deployment["paused"]
        assert deployment["parameters"]["home"] == str(tmp_path / "home")
        assert deployment["entrypoint"] == "paperhouse.flows.ingest.ingest"
        assert server.get("/deployments/name/ingest/changed")["schedules"][0]["active"]
        assert (tmp_path / "home" / "prefect" / "prefect.db").exists()
        assert _listening_addresses(port) == ["0100007F"]
        assert server.get("/admin/settings")["server"]["analytics_enabled"] is False

        second = subprocess.run(
            [sys.executable, "-m", "paperhouse.flows.cli.main", "serve", "--home", "home"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert re.match(
            rf"paperhouse: home: is served already, by process {served.process.pid} since 20", second.stderr
        )

        children = descendants(served.process.pid)
        assert len(children) == 1
        assert served.stop() == 0
    assert not [pid for pid in children if is_alive(pid)]
    assert not server.is_healthy()


def test_serve_uses_the_configured_server_and_leaves_it_running(serving, server, processes):
    descendants, _ = processes
    with serving({"PREFECT_API_URL": server.url}) as served:
        assert served.lines()[0].split() == ["prefect", server.url.removesuffix("/api")]
        assert descendants(served.process.pid) == []
        assert served.stop(signal.SIGINT) == 0
    assert server.is_healthy()
    assert server.get("/deployments/name/ingest/daily")["paused"] is False


def test_serve_ends_when_it_is_stopped_while_the_server_starts(serving, wait_until, free_port, processes):
    descendants, is_alive = processes
    with serving({"PAPERHOUSE_SERVE_PORT": str(free_port())}) as served:
        wait_until(lambda: descendants(served.process.pid), 30, "no server was started")
        children = descendants(served.process.pid)
        assert served.stop() == 0
    assert not [pid for pid in children if is_alive(pid)]


@pytest.mark.slow
def test_triggered_run_loads_and_a_restart_keeps_one_schedule(serving, server, tmp_path):
    for _ in range(2):
        with serving({"PREFECT_API_URL": server.url}) as served:
            served.lines()
            run = served.wait_for(served.trigger())
            assert served.stop() == 0
    assert (tmp_path / "home" / "paperhouse.duckdb").exists()
    assert run["state"]["message"] == "Nothing new"
    assert run["name"].startswith("ingest nothing new 20")
    assert len(server.get("/deployments/name/ingest/daily")["schedules"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("option", "is_detailed"), [((), False), (("--debug",), True)])
def test_a_foreseen_failure_of_a_deployment_is_one_red_message(
    serving, server, tmp_path, option, is_detailed
):
    """In the log of the run, and on the screen of `serve`; with --debug the traceback is there too."""
    with serving({"PREFECT_API_URL": server.url}, *option) as served:
        served.lines()
        run = served.wait_for(served.trigger(paths=[str(tmp_path / "none")]), state="FAILED")
        message = "none: no such file"
        assert message in run["state"]["message"]
        assert any(message in line for line in server.log_lines(run["id"], message))
        time.sleep(3)  # logs arrive in batches; the last one too
        logs = server.post("/logs/filter", logs={"flow_run_id": {"any_": [run["id"]]}}, limit=200)
        errors = [log["message"] for log in logs if log["level"] >= logging.ERROR]
        screen = served.log.read_text()
        assert served.stop() == 0
    assert any(message in error for error in errors)
    assert ("Traceback" in screen) is is_detailed
    if not is_detailed:
        assert not any("Traceback" in log["message"] or log["message"].count("\n") > 1 for log in logs)


@pytest.mark.slow
def test_stop_cancels_the_run_in_progress_and_leaves_the_next_one_waiting(
    serving, server, tmp_path, wait_until, processes
):
    descendants, is_alive = processes
    with (
        exclusive_lock(tmp_path / "home" / "paperhouse.lock"),
        serving({"PREFECT_API_URL": server.url}) as served,
    ):
        served.lines()
        runs = {served.trigger(), served.trigger()}
        wait_until(lambda: any(served.state(run) == "RUNNING" for run in runs), 60, "no run began")
        time.sleep(2)
        assert sorted(served.state(run) for run in runs) == ["RUNNING", "SCHEDULED"]
        children = descendants(served.process.pid)
        assert served.stop() == 0
    assert children
    assert not [pid for pid in children if is_alive(pid)]
    assert sorted(served.state(run) for run in runs) == ["CANCELLED", "SCHEDULED"]


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
