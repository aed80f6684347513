"""What heals itself, with real servers, real processes and real kills; the seconds are kept in `test-output/`."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from paperhouse.flows.server.run_recovery import (
    AUTOMATION_NAME,
    CLAIMED,
    SILENT,
    drop_missed,
    install_automation,
    pause_switched_off,
    superseded,
    sweep,
)
from paperhouse.warehouse.storage.lock import exclusive_lock

EVERY_MINUTE = {"PAPERHOUSE_SCHEDULE_CHANGED": "* * * * *"}
TEN_MINUTES = 600
OUTPUT = Path(__file__).parents[3] / "test-output" / "healing.tsv"


# --- without a server -------------------------------------------------------------------------------------------


def _planned(flow: UUID, deployment: UUID, day: int):
    when = datetime(2025, 4, day, 6, 30, tzinfo=UTC)
    return SimpleNamespace(
        id=uuid4(),
        flow_id=flow,
        deployment_id=deployment,
        next_scheduled_start_time=when,
        parameters={"home": "/srv/home"},
    )


def test_of_a_week_of_missed_runs_the_newest_stands():
    flow, daily = uuid4(), uuid4()
    runs = [_planned(flow, daily, day) for day in range(1, 8)]
    assert superseded(runs, [daily]) == runs[5::-1]


def test_of_two_deployments_of_one_flow_the_first_catches_up_for_both():
    flow, daily, changed = uuid4(), uuid4(), uuid4()
    runs = [_planned(flow, changed, 7), _planned(flow, daily, 6)]
    assert superseded(runs, [daily, changed]) == [runs[0]]


def test_runs_with_other_parameters_do_other_work_and_stand():
    flow, daily, changed = uuid4(), uuid4(), uuid4()
    runs = [_planned(flow, changed, 7), _planned(flow, daily, 6)]
    runs[0].parameters = {"home": "/srv/other"}
    assert superseded(runs, [daily, changed]) == []


def test_flows_catch_up_each_for_itself():
    one, other = uuid4(), uuid4()
    runs = [_planned(uuid4(), one, 1), _planned(uuid4(), other, 2)]
    assert superseded(runs, [one, other]) == []


# --- against a server, as of a moment that is given -------------------------------------------------------------


@pytest.fixture
def runs(in_process, tmp_path):
    """A function that puts a run with our tag into a state, and one that gives its present state."""
    flow_id = in_process.post("/flows/", name="ingest")["id"]
    made = in_process.post(
        "/deployments/",
        name=f"test {tmp_path.name}",
        flow_id=flow_id,
        entrypoint="paperhouse.flows.ingest.ingest",
    )

    def put(*states: str) -> str:
        run = in_process.post(f"/deployments/{made['id']}/create_flow_run", tags=["paperhouse"])
        for state in states:
            in_process.post(f"/flow_runs/{run['id']}/set_state", state={"type": state}, force=True)
        return run["id"]

    yield SimpleNamespace(
        put=put,
        deployment_id=UUID(made["id"]),
        state=lambda run_id: in_process.get(f"/flow_runs/{run_id}")["state"],
    )
    for run in in_process.post("/flow_runs/filter", deployments={"id": {"any_": [made["id"]]}}):
        in_process.post(f"/flow_runs/{run['id']}/set_state", state={"type": "CANCELLED"}, force=True)


def _healed(job):
    async def run():
        from prefect.client.orchestration import get_client

        async with get_client() as client:
            return await job(client)

    return asyncio.run(run())


def test_automation_is_installed_once_however_often(in_process):
    for _ in range(3):
        _healed(install_automation)
    found = in_process.post("/automations/filter", automations={"name": {"any_": [AUTOMATION_NAME]}})
    assert len(found) == 1
    assert found[0]["enabled"]
    assert found[0]["trigger"]["within"] == 90


def test_a_deployment_that_was_switched_off_plans_nothing_more(in_process, runs):
    deployment = in_process.get(f"/deployments/{runs.deployment_id}")
    names = [f"ingest/{deployment['name']}", "ingest/never registered"]
    for _ in range(2):
        _healed(lambda client: pause_switched_off(client, names))
        assert in_process.get(f"/deployments/{runs.deployment_id}")["paused"]


def test_a_claimed_run_that_never_began_goes_back_into_the_queue(runs):
    run = runs.put("PENDING")
    now = datetime.now(UTC)
    _healed(lambda client: sweep(client, now, now))
    assert runs.state(run)["type"] == "PENDING"  # it may be starting
    later = now + CLAIMED + timedelta(seconds=5)
    said = _healed(lambda client: sweep(client, later, later))
    assert runs.state(run)["type"] == "SCHEDULED"
    assert any("never begun, back in the queue" in line for line in said)


def test_a_silent_run_crashes_but_not_on_the_evidence_of_a_server_that_was_away(runs):
    run = runs.put("PENDING", "RUNNING")
    later = datetime.now(UTC) + SILENT * 3
    _healed(lambda client: sweep(client, later, later - SILENT))
    assert runs.state(run)["type"] == "RUNNING"
    _healed(lambda client: sweep(client, later, later - SILENT * 2))
    assert runs.state(run)["type"] == "CRASHED"
    assert "No heartbeat for 90 s" in runs.state(run)["message"]


def test_a_run_with_heartbeats_goes_on_where_a_silent_one_does_not(runs, in_process, wait_until):
    run = runs.put("PENDING", "RUNNING")
    now = datetime.now(UTC)
    later = now + SILENT * 3
    hushed = runs.put("PENDING", "RUNNING")
    heartbeat = {
        "id": str(uuid4()),
        "occurred": (later - timedelta(seconds=30)).isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
    }
    in_process.post_list("/events", [heartbeat])
    wait_until(
        lambda: _events(in_process, run, heartbeat["event"], until=later), 30, "the heartbeat is not kept"
    )
    _healed(lambda client: sweep(client, later, now))
    assert (runs.state(run)["type"], runs.state(hushed)["type"]) == ("RUNNING", "CRASHED")


def test_a_run_triggered_by_hand_is_never_left_out(runs):
    run = runs.put()
    _healed(lambda client: drop_missed(client, [runs.deployment_id], datetime.now(UTC) + timedelta(days=7)))
    assert runs.state(run)["type"] == "SCHEDULED"


# --- real kills -------------------------------------------------------------------------------------------------


def _note(what: str, began: float) -> None:
    """Keep how many seconds something took, for whoever reads `test-output/healing.tsv`."""
    OUTPUT.parent.mkdir(exist_ok=True)
    with OUTPUT.open("a") as table:
        table.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M}\t{time.monotonic() - began:.0f}\t{what}\n")


@pytest.mark.slow
def test_after_kill_9_of_everything_the_next_scheduled_run_works(
    serving, free_port, tmp_path, digests, processes
):
    _, is_alive = processes
    settings = {
        **EVERY_MINUTE,
        "PAPERHOUSE_SERVE_PORT": str(free_port()),
        "PAPERHOUSE_FOLDERS": str(digests),
    }
    with exclusive_lock(tmp_path / "home" / "paperhouse.lock"), serving(settings) as served:
        served.lines()
        dead = served.trigger()
        served.wait_for(dead, "RUNNING")
        left = served.kill()
        server_pid, *flow_pids = left
        for pid in flow_pids:
            os.kill(pid, signal.SIGKILL)
    killed_at = time.monotonic()
    assert is_alive(server_pid)
    with serving(settings) as served:  # what systemd does
        served.lines()
        assert not is_alive(server_pid)

        def next_scheduled() -> list[dict]:
            found = served.server.post(
                "/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}}
            )
            return [run for run in found if run["auto_scheduled"]]

        while not next_scheduled():
            assert time.monotonic() - killed_at < TEN_MINUTES
            time.sleep(1)
        _note("kill -9 of serve and flow -> next scheduled run completed", killed_at)
        assert (tmp_path / "home" / "paperhouse.duckdb").exists()
        served.wait_for(dead, "CRASHED", seconds=TEN_MINUTES)
        _note("kill -9 of serve and flow -> dead run is Crashed", killed_at)
        assert served.stop() == 0


@pytest.mark.slow
def test_a_killed_run_crashes_at_once_and_the_next_one_works(serving, server, tmp_path, digests, processes):
    descendants, _ = processes
    with serving({"PREFECT_API_URL": server.url, "PAPERHOUSE_FOLDERS": str(digests)}) as served:
        served.lines()
        with exclusive_lock(tmp_path / "home" / "paperhouse.lock"):
            dead = served.trigger()
            served.wait_for(dead, "RUNNING")
            for pid in descendants(served.process.pid):
                os.kill(pid, signal.SIGKILL)
            killed_at = time.monotonic()
            served.wait_for(dead, "CRASHED")
            _note("kill -9 of the flow alone -> Crashed", killed_at)
        assert served.wait_for(served.trigger())["state"]["message"].startswith("3 digests")
        _note("kill -9 of the flow alone -> next run completed", killed_at)
        assert served.stop() == 0


@pytest.mark.slow
def test_the_automation_alone_crashes_a_killed_run(serving, server, tmp_path, wait_until):
    with (
        exclusive_lock(tmp_path / "home" / "paperhouse.lock"),
        serving({"PREFECT_API_URL": server.url}) as served,
    ):
        served.lines()
        dead = served.trigger()
        served.wait_for(dead, "RUNNING")
        # The heartbeat must have reached the server, or there is nothing to miss.
        wait_until(lambda: _events(server, dead, "prefect.flow-run.heartbeat"), 60, "no heartbeat came")
        for pid in served.kill():
            os.kill(pid, signal.SIGKILL)
        killed_at = time.monotonic()
        state = served.wait_for(dead, "CRASHED", seconds=300)["state"]
    _note("kill -9 of runner and flow, no restart -> Crashed", killed_at)
    assert "No heartbeat for 90 s" in state["message"]


@pytest.mark.slow
def test_a_completed_run_stays_completed_under_the_automation(serving, server, digests):
    with serving({"PREFECT_API_URL": server.url, "PAPERHOUSE_FOLDERS": str(digests)}) as served:
        served.lines()
        run = served.trigger()
        served.wait_for(run)
        time.sleep(SILENT.seconds + 30)
        assert served.state(run) == "COMPLETED"
        assert served.stop() == 0


@pytest.mark.slow
def test_five_triggers_at_once_run_one_after_the_other_and_none_is_lost(serving, server, digests):
    began = time.monotonic()
    with serving({"PREFECT_API_URL": server.url, "PAPERHOUSE_FOLDERS": str(digests)}) as served:
        served.lines()
        queued = [served.trigger() for _ in range(5)]
        most = 0
        while any(served.state(run) != "COMPLETED" for run in queued):
            most = max(most, sum(served.state(run) == "RUNNING" for run in queued))
            assert time.monotonic() - began < TEN_MINUTES
        messages = sorted(server.get(f"/flow_runs/{run}")["state"]["message"] for run in queued)
        assert served.stop() == 0
    _note("five triggers at once -> all completed", began)
    assert most == 1
    assert messages[1:] == ["Nothing new"] * 4
    assert messages[0].startswith("3 digests, 55 entries, 54 papers new")


@pytest.mark.slow
def test_data_are_published_though_the_server_is_killed_mid_load(  # noqa: PLR0913, PLR0917 - a fixture each
    serving, free_port, tmp_path, digests, wait_until, processes
):
    descendants, _ = processes
    settings = {"PAPERHOUSE_SERVE_PORT": str(free_port()), "PAPERHOUSE_FOLDERS": str(digests)}
    lock = exclusive_lock(tmp_path / "home" / "paperhouse.lock")
    with serving(settings) as served:
        served.lines()
        with lock:
            run = served.trigger()
            served.wait_for(run, "RUNNING")
            time.sleep(3)
            server_pid = descendants(served.process.pid)[0]
            os.kill(server_pid, signal.SIGKILL)
            killed_at = time.monotonic()
        live = tmp_path / "home" / "paperhouse.duckdb"
        wait_until(live.exists, TEN_MINUTES, "nothing was published")
        _note("server killed mid-load -> published", killed_at)
        served.lines(until="healed     the Prefect server died and was started again")
        _note("server killed mid-load -> server is back", killed_at)
        wait_until(served.server.is_healthy, 60, "the server is away")
        state = served.wait_for(run, "COMPLETED", seconds=TEN_MINUTES)["state"]
        _note("server killed mid-load -> run is Completed", killed_at)
        assert state["message"].startswith("3 digests, 55 entries")
        assert served.wait_for(served.trigger())["state"]["message"] == "Nothing new"
        assert served.stop() == 0


@pytest.mark.slow
def test_a_server_that_stays_dead_does_not_keep_data_from_being_published(  # noqa: PLR0913, PLR0917 - a fixture each
    serving, free_port, tmp_path, digests, clean_environment, wait_until
):
    """By hand, on a server that nobody starts again."""
    port = free_port()
    with serving({"PAPERHOUSE_SERVE_PORT": str(port)}) as served:
        served.lines()
        env = clean_environment(tmp_path / "prefect", PREFECT_API_URL=f"http://127.0.0.1:{port}/api")
        with exclusive_lock(tmp_path / "other" / "paperhouse.lock"):
            command = [
                sys.executable,
                "-m",
                "paperhouse.flows.cli.main",
                "ingest",
                str(digests),
                "--home",
                "other",
                "--wait",
                "60",
            ]
            by_hand = subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
            wait_until(
                lambda: served.server.post(
                    "/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["RUNNING"]}}}
                ),
                90,
                "no run began",
            )
            time.sleep(3)
            for pid in served.kill():
                os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        wait_until((tmp_path / "other" / "paperhouse.duckdb").exists, TEN_MINUTES, "nothing was published")
        _note("server dead for good, load by hand -> published", began)
        try:
            _, said = by_hand.communicate(timeout=TEN_MINUTES)
        finally:
            by_hand.kill()
        _note("server dead for good, load by hand -> command ends", began)
    assert by_hand.returncode == 1
    assert "the Prefect server was lost during the load" in said


@pytest.mark.slow
def test_a_run_survives_30_seconds_of_a_locked_server_database(serving, free_port, tmp_path, digests):
    settings = {"PAPERHOUSE_SERVE_PORT": str(free_port()), "PAPERHOUSE_FOLDERS": str(digests)}
    with serving(settings) as served:
        served.lines()
        with exclusive_lock(tmp_path / "home" / "paperhouse.lock"):
            run = served.trigger()
            served.wait_for(run, "RUNNING")
        with closing(sqlite3.connect(tmp_path / "home" / "prefect" / "prefect.db", timeout=30)) as database:
            database.execute("begin exclusive")
            locked_at = time.monotonic()
            time.sleep(30)
            database.rollback()
        state = served.wait_for(run, "COMPLETED", seconds=TEN_MINUTES)["state"]
        _note("database locked for 30 s -> run is Completed", locked_at)
        assert state["message"].startswith("3 digests, 55 entries")
        assert served.stop() == 0


@pytest.mark.slow
def test_after_a_week_off_one_run_catches_up_for_all_that_were_missed(
    serving, free_port, tmp_path, digests, wait_until
):
    settings = {
        "PAPERHOUSE_SERVE_PORT": str(free_port()),
        "PAPERHOUSE_FOLDERS": str(digests),
        "PAPERHOUSE_SCHEDULE_CHANGED": "10 */6 * * *",
        # A server that goes on planning while nobody serves has seven days' runs after a week; ours plans three ahead.
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "30",
    }
    planned = {"state": {"type": {"any_": ["SCHEDULED"]}}}
    with serving(settings) as served:
        served.lines()
        wait_until(
            lambda: len(served.server.post("/flow_runs/filter", flow_runs=planned, limit=200)) > 40,
            180,
            "no plans",
        )
        assert served.stop() == 0
    n_missed = _let_a_week_pass(tmp_path / "home" / "prefect" / "prefect.db")
    assert n_missed >= 7 + 28
    began = time.monotonic()
    with serving(settings) as served:
        served.lines()
        wait_until(
            lambda: served.server.post(
                "/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}}
            ),
            120,
            "nothing caught up",
        )
        _note(f"a week off, {n_missed} runs missed -> caught up", began)
        time.sleep(45)  # longer than two polls and one look of the keeper
        done = served.server.post("/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
        left_out = served.server.post(
            "/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["CANCELLED"]}}}, limit=200
        )
        assert served.stop() == 0
    assert len(done) == 1
    assert len(left_out) == n_missed - 1
    assert "catches up for all" in left_out[0]["state"]["message"]


def _let_a_week_pass(database: Path) -> int:
    """Make the runs that are planned for the next week runs of last week; return how many those are."""
    with closing(sqlite3.connect(database)) as connection, connection:
        cursor = connection.execute(
            """
            update flow_run
            set
                expected_start_time = strftime('%Y-%m-%d %H:%M:%f', expected_start_time, '-7 days') || '000',
                next_scheduled_start_time =
                    strftime('%Y-%m-%d %H:%M:%f', next_scheduled_start_time, '-7 days') || '000'
            where state_type = 'SCHEDULED' and next_scheduled_start_time < datetime('now', '+7 days')
            """
        )
        return cursor.rowcount


@pytest.mark.slow
@pytest.mark.parametrize("first", ["by hand", "by schedule"])
def test_a_load_by_hand_and_a_scheduled_one_wait_for_each_other(  # noqa: PLR0913, PLR0917 - a fixture each
    first, serving, server, tmp_path, digests, clean_environment
):
    began = time.monotonic()
    lock = tmp_path / "home" / "paperhouse.lock"
    by_hand = [
        sys.executable,
        "-m",
        "paperhouse.flows.cli.main",
        "ingest",
        str(digests),
        "--home",
        "home",
        "--wait",
        "120",
    ]
    env = clean_environment(tmp_path / "prefect")
    with serving({"PREFECT_API_URL": server.url, "PAPERHOUSE_FOLDERS": str(digests)}) as served:
        served.lines()
        with exclusive_lock(
            lock
        ):  # both arrive while a third is loading; who comes first is the kernel's choice
            if first == "by hand":
                process = subprocess.Popen(by_hand, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL)
                time.sleep(3)
            run = served.trigger()
            served.wait_for(run, "RUNNING")
            if first == "by schedule":
                process = subprocess.Popen(by_hand, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL)
                time.sleep(3)
        assert process.wait(120) == 0
        served.wait_for(run)
        assert served.stop() == 0
    _note(f"overlap, {first} first -> both ended well", began)


@pytest.mark.slow
def test_a_runner_that_starts_while_its_claimed_run_is_dead_runs_it_all_the_same(serving, server, digests):
    with serving({"PREFECT_API_URL": server.url, "PAPERHOUSE_FOLDERS": str(digests)}) as served:
        served.lines()
        assert served.stop() == 0
        run = served.trigger()
        server.post(f"/flow_runs/{run}/set_state", state={"type": "PENDING"}, force=True)
    claimed_at = time.monotonic()
    with serving({"PREFECT_API_URL": server.url, "PAPERHOUSE_FOLDERS": str(digests)}) as served:
        served.lines()
        served.wait_for(run, "COMPLETED", seconds=TEN_MINUTES)
        _note("claimed by a dead runner -> Completed", claimed_at)
        assert served.stop() == 0


def _events(server, run_id: str, name: str, until: datetime | None = None) -> list[dict]:
    occurred = {"occurred": {"since": "2000-01-01T00:00:00Z", "until": until.isoformat()}} if until else {}
    wanted = {"event": {"name": [name]}, "resource": {"id": [f"prefect.flow-run.{run_id}"]}}
    return server.post("/events/filter", filter=wanted | occurred)["events"]
