"""`prefect.yaml` on a real server with a real process work pool: deploy, start a worker, see a run through."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from paperhouse.flows.server.deployments import DEPLOYMENTS, TAG
from paperhouse.flows.settings import Settings

FILE = Path(__file__).parents[3] / "prefect.yaml"


def test_prefect_yaml_has_the_deployments_that_serve_has():
    deployments = yaml.safe_load(FILE.read_text())["deployments"]
    stated = [
        (one["entrypoint"], one["name"], one["schedules"][0]["cron"], one["description"], one["tags"])
        for one in deployments
    ]
    settings = Settings()
    assert stated == [
        (f"{row.module}.{row.flow}", row.name, getattr(settings, row.cron), row.description, [TAG])
        for row in DEPLOYMENTS
        if getattr(settings, row.cron)
    ]


@pytest.mark.slow
def test_a_worker_of_a_process_pool_loads(server, tmp_path, digests, wait_until):
    home = tmp_path / "home"
    shutil.copy(FILE, tmp_path)
    env = {**server.env, "PAPERHOUSE_HOME": str(home), "PAPERHOUSE_FOLDERS": str(digests)}

    def prefect(*arguments: str) -> str:
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        done = subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    prefect("work-pool", "create", "paperhouse", "--type", "process")
    prefect("deploy", "--all")
    log = (tmp_path / "worker.log").open("wb")
    worker = subprocess.Popen(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", "paperhouse", "--limit", "2"],
        env=env,
        cwd=tmp_path,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        deployment = server.get("/deployments/name/ingest/daily")
        run = server.post(f"/deployments/{deployment['id']}/create_flow_run", state={"type": "SCHEDULED"})[
            "id"
        ]
        wait_until(
            lambda: server.get(f"/flow_runs/{run}")["state_type"] in {"COMPLETED", "FAILED", "CRASHED"},
            180,
            "the worker did not run it",
        )
        state = server.get(f"/flow_runs/{run}")["state"]
        assert (state["type"], state["message"]) == (
            "COMPLETED",
            "3 digests, 55 entries, 54 papers new, 0 changed, 0 rejects",
        ), (tmp_path / "worker.log").read_text()
        assert (home / "paperhouse.duckdb").exists()
    finally:
        os.killpg(worker.pid, signal.SIGTERM)
        try:
            worker.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        log.close()
