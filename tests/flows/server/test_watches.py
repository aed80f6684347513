"""A load on a real Prefect server leaves an artifact and an event for each watch that found something."""

import time

from paperhouse.flows.ingest import run_ingest_flow
from paperhouse.flows.load.plan import Plan
from paperhouse.flows.output.watch_artifacts import EVENT, artifact_key
from paperhouse.transforms.read_digest import DigestDefaults


def test_a_load_leaves_artifact_and_event_of_a_watch_once(in_process, tmp_path, digests, monkeypatch):
    config = tmp_path / "paperhouse.toml"
    config.write_text(
        '[[watches]]\nname = "Many.Authors"\nsql = "n_authors > 9"\n\n[[watches]]\nname = "bad"\nsql = "no"\n'
    )
    monkeypatch.setenv("PAPERHOUSE_CONFIG", str(config))
    plan = Plan(tmp_path / "home", ((digests, DigestDefaults()),))
    summary, url = run_ingest_flow(plan)
    assert summary.n_papers_new == 54
    run = in_process.run(url)
    assert run["state"]["type"] == "COMPLETED"
    artifact = in_process.artifacts(run["id"])[artifact_key("Many.Authors")]
    assert artifact.startswith("## Many.Authors: ")
    lines = in_process.log_lines(run["id"], "watch bad")
    assert any(line.startswith("watch Many.Authors, prefect: ") for line in lines)
    assert any(line.startswith("watch bad: the SQL condition is not understood") for line in lines)
    assert _events(in_process), "no event came"
    _, again = run_ingest_flow(plan)
    assert artifact_key("Many.Authors") not in in_process.artifacts(in_process.run(again)["id"])


def _events(server):
    """Events of watches, once there are some: they come in batches."""
    for _ in range(100):
        found = server.post("/events/filter", filter={"event": {"name": [EVENT]}})["events"]
        if found:
            return found
        time.sleep(0.2)
    return []
