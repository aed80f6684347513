"""The load as a flow: parameters and names without a server, runs and artifacts on a real one."""

import json
import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from paperhouse.flows.cluster_address import parse_workers
from paperhouse.flows.ingest import (
    StatedPath,
    ingest,
    parameters_of,
    plan_from,
    report,
    result_name,
    run_ingest_flow,
    run_name,
)
from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.output.lineage import asset_key
from paperhouse.flows.output.load_report import load_headline
from paperhouse.flows.output.markup import escape_markdown
from paperhouse.flows.settings import load_settings
from paperhouse.transforms.errors import BusyError, CheckFailedError, InputError, SettingsError
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.read.load_report import ListArrival, LoadArrivals
from paperhouse.warehouse.schema.relations import Check
from paperhouse.warehouse.storage.lock import exclusive_lock

DAY = date(2025, 4, 30)
TODAY = date(2025, 5, 1)
UNKNOWN = "Papers to read\n\nsee https://arxiv.org/abs/2501.00001 and think\n"


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({}, "ingest configured folders 2025-05-01"),
        ({"paths": ["/srv/digests"]}, "ingest digests 2025-05-01"),
        ({"paths": ["/srv/digests"], "date": DAY}, "ingest digests 2025-04-30"),
        ({"paths": ["/srv/a", "/srv/b", "/srv/c"]}, "ingest a and 2 more 2025-05-01"),
        ({"paths": ["/srv/a"], "source": "my-lab", "list_name": "AI"}, "ingest my-lab AI 2025-05-01"),
        (
            {"inputs": [StatedPath(path="/srv/x"), StatedPath(path="/srv/y")]},
            "ingest x and 1 more 2025-05-01",
        ),
    ],
)
def test_run_name_says_what_is_read_and_which_day(parameters, name):
    assert run_name(parameters, TODAY) == name


def test_run_of_configured_folders_is_named_by_their_sources():
    assert run_name({}, TODAY, ["rag-daily"]) == "ingest rag-daily 2025-05-01"
    assert run_name({}, TODAY, ["rag-daily", "slam", "ai"]) == "ingest rag-daily and 2 more 2025-05-01"
    assert run_name({"paths": ["/srv/a"]}, TODAY, ["rag-daily"]) == "ingest a 2025-05-01"


@pytest.mark.parametrize(
    ("lists", "n_papers", "name"),
    [
        ([], 0, "ingest nothing new 2025-05-01"),
        ([("lab", "AI", 3, 0)], 3, "ingest AI: 3 papers 2025-05-01"),
        ([("lab", "AI", 3, 0), ("lab", "RAG", 1, 0)], 1, "ingest AI, RAG: 1 paper 2025-05-01"),
        ([("lab", None, 2, 0), ("lab", "quiet", 0, 0)], 2, "ingest lab: 2 papers 2025-05-01"),
        ([(None, None, 0, 4)], 0, "ingest no list: 0 papers 2025-05-01"),
        (
            [("lab", name, 900, 0) for name in ("a", "b", "c", "d", "e")],
            1234,
            "ingest a, b, c and 2 more: 1,234 papers 2025-05-01",
        ),
    ],
)
def test_name_of_a_run_that_ended_says_what_came_and_how_much(lists, n_papers, name):
    rows = tuple(ListArrival(source, one, 1, n, n_rejects) for source, one, n, n_rejects in lists)
    assert result_name(LoadArrivals(rows, n_papers), TODAY) == name


@pytest.mark.parametrize(
    "inputs",
    [
        ((Path("/srv/a"), DigestDefaults()),),
        (
            (Path("/srv/a"), DigestDefaults(DAY, "AI", "lab")),
            (Path("/srv/b"), DigestDefaults(DAY, "AI", "lab")),
        ),
        ((Path("/srv/a"), DigestDefaults(None, "AI")), (Path("/srv/b"), DigestDefaults(DAY, None, "lab"))),
    ],
)
def test_parameters_make_the_same_plan_again(inputs):
    plan = Plan(
        Path("/srv/home"),
        inputs,
        is_repairing=False,
        max_file_bytes=7,
        batch_bytes=5,
        wait_seconds=1.5,
        workers=load_settings().workers,
    )
    assert plan_from(**parameters_of(plan)) == plan


def test_parameters_are_json(tmp_path):
    plan = Plan(tmp_path, ((tmp_path / "a", DigestDefaults(DAY)), (tmp_path / "b", DigestDefaults())))
    assert ingest.serialize_parameters(parameters_of(plan))["inputs"][0]["date"] == "2025-04-30"


def test_relative_paths_become_absolute_so_that_a_rerun_finds_them(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    parameters = parameters_of(Plan(Path("data"), ((Path("digests"), DigestDefaults()),)))
    assert parameters["home"] == str(tmp_path / "data")
    assert parameters["paths"] == [str(tmp_path / "digests")]


def test_parameters_left_empty_are_as_the_settings_say(monkeypatch, tmp_path):
    monkeypatch.setenv("PAPERHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PAPERHOUSE_FOLDERS", f"{tmp_path}/one:{tmp_path}/two")
    monkeypatch.setenv("PAPERHOUSE_BATCH_BYTES", "99")
    plan = plan_from(list_name="AI")
    assert plan.home == tmp_path / "home"
    assert plan.inputs == tuple((tmp_path / name, DigestDefaults(None, "AI")) for name in ("one", "two"))
    assert plan.batch_bytes == 99


def test_outcome_of_a_load_without_anything_new():
    assert load_headline(Summary(home="data")) == "Nothing new"


def test_fn_runs_the_steps_without_a_server(monkeypatch, tmp_path, digests):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    summary = ingest.fn(paths=[str(digests)], home=str(tmp_path / "home"))
    assert (summary.n_entries, summary.n_papers_new) == (55, 54)


def test_fn_raises_what_goes_wrong(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        ingest.fn(paths=[str(tmp_path / "none")], home=str(tmp_path / "home"))


def test_unreachable_server_is_one_message(tmp_path, digests, clean_environment, paperhouse):
    env = clean_environment(tmp_path / "prefect", PREFECT_API_URL="http://127.0.0.1:9/api")
    done = paperhouse("ingest", digests, "--home", tmp_path / "home", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(
        "paperhouse: PREFECT_API_URL=http://127.0.0.1:9/api: no Prefect server answers"
    )
    assert "unset it to load without Prefect" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_ingest_runs_on_the_server_and_a_second_time_finds_nothing_new(server, tmp_path, digests, paperhouse):
    command = ("ingest", digests, "--home", "warehouse", "--json")
    first = paperhouse(*command, env=server.env, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    summary = json.loads(first.stdout)  # Prefect's own lines would make this fail
    assert (summary["n_entries"], summary["n_papers_new"], summary["home"]) == (55, 54, "warehouse")
    assert "Traceback" not in first.stderr

    run = server.run(_printed_url(first.stderr))
    assert re.fullmatch(r"ingest .+: 54 papers 20\d\d-\d\d-\d\d", run["name"])
    assert (run["state"]["type"], run["state"]["message"]) == (
        "COMPLETED",
        "3 digests, 55 entries, 54 papers new, 0 changed, 0 rejects",
    )
    assert run["parameters"]["paths"] == [str(digests)]
    artifacts = server.artifacts(run["id"])
    assert sorted(artifacts) == [
        "coverage",
        "coverage-per-day",
        "load-summary",
        "paperhouse",
        "papers-per-day",
        "source-health",
    ]
    assert f"# Load {summary['load_id']}" in artifacts["load-summary"]
    assert "| entries | 55 |" in artifacts["load-summary"]
    assert "| papers new | 54 |" in artifacts["load-summary"]
    assert re.search(r"\| \[(2504\.\d{5})\]\(https://arxiv\.org/abs/\1\) \| \S", artifacts["load-summary"])
    assert "and 34 more" in artifacts["load-summary"]
    assert "| papers | 54 |" in artifacts["paperhouse"]
    assert artifacts["papers-per-day"].startswith("![Papers per day by list](data:image/svg+xml;base64,")
    counted = "3 files = 3 new digests + 0 known + 0 no digest + 0 left out"
    assert any(counted in line for line in server.log_lines(run["id"], counted))

    second = paperhouse(*command, env=server.env, cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout)["load_id"] is None
    run = server.run(_printed_url(second.stderr))
    assert (run["state"]["type"], run["state"]["message"]) == ("COMPLETED", "Nothing new")
    assert not list((tmp_path / "prefect").glob("storage/*"))


def test_tasks_are_few_and_read_batches_and_show_progress(in_process, tmp_path, digests):
    plan = Plan(tmp_path / "home", ((digests, DigestDefaults()),), batch_bytes=1)
    _, url = run_ingest_flow(plan)
    run_id = in_process.run(url)["id"]
    expected = [
        "find digests",
        "package",
        "publish",
        *(f"read digests, batch {number} of 3" for number in (1, 2, 3)),
        "report",
        "tables",
    ]
    assert _task_names(in_process, run_id, len(expected)) == expected
    assert float(in_process.artifacts(run_id)["load-progress"]) == 100


@pytest.mark.slow
def test_a_batch_that_a_dask_cluster_parses_is_a_task_as_any_other(
    in_process, dask_cluster, tmp_path, digests, monkeypatch
):
    from distributed import Client

    monkeypatch.setattr("paperhouse.flows.load.read.PARALLEL_BYTES", 1)
    dask_cluster.start(1)
    inputs = ((digests, DigestDefaults()),)
    workers = parse_workers(dask_cluster.address)
    summary, url = run_ingest_flow(Plan(tmp_path / "home", inputs, workers=workers))
    alone = run_load(Plan(tmp_path / "alone", inputs))
    assert (summary.n_digests, summary.n_entries) == (alone.n_digests, alone.n_entries)
    run = in_process.run(url)
    assert run["parameters"]["workers"] == dask_cluster.address
    assert "read digests, batch 1 of 1" in _task_names(in_process, run["id"], 6)
    with Client(dask_cluster.endpoint, set_as_default=False) as client:
        n_read = client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.task_prefixes))
    assert n_read == 1


def test_rejects_of_a_load_are_a_table(in_process, tmp_path):
    (tmp_path / "notes.md").write_text(UNKNOWN)
    summary, url = run_ingest_flow(Plan(tmp_path / "home", ((tmp_path / "notes.md", DigestDefaults()),)))
    assert summary.n_rejects == 1
    rejects = json.loads(in_process.artifacts(in_process.run(url)["id"])["load-rejects"])
    path = escape_markdown(str(tmp_path / "notes.md"))
    assert [(row["path"], row["lines"]) for row in rejects] == [(path, "1 to 3")]
    assert rejects[0]["text"].startswith("Papers to read")
    assert rejects[0]["reason"]


def test_rejects_beyond_the_setting_end_the_run_in_a_named_warning_state(in_process, tmp_path, monkeypatch):
    (tmp_path / "notes.md").write_text(UNKNOWN)
    plan = Plan(tmp_path / "home", ((tmp_path / "notes.md", DigestDefaults()),))
    _, url = run_ingest_flow(plan)
    state = in_process.run(url)["state"]
    assert (state["type"], state["name"]) == ("COMPLETED", "CompletedWithRejects")
    assert state["message"].startswith("100% rejected, more than 5%: 1 digests, 0 entries")

    monkeypatch.setenv("PAPERHOUSE_REJECT_WARNING_SHARE", "1")
    _, url = run_ingest_flow(replace(plan, home=tmp_path / "other"))
    assert in_process.run(url)["state"]["name"] == "Completed"


def test_index_is_renewed_by_a_load_that_finds_nothing_new(in_process, tmp_path, digests):
    plan = Plan(tmp_path / "home", ((digests, DigestDefaults()),))
    run_ingest_flow(plan)
    _, url = run_ingest_flow(plan)
    artifacts = in_process.artifacts(in_process.run(url)["id"])
    assert sorted(artifacts) == ["load-summary", "paperhouse"]
    assert "This run: Nothing new." in artifacts["paperhouse"]
    run = in_process.run(url)
    assert run["name"].startswith("ingest nothing new 20")
    assert f"[this run](/runs/flow-run/{run['id']})" in artifacts["paperhouse"]
    newest = in_process.get("/artifacts/paperhouse/latest")
    assert newest["flow_run_id"] == in_process.run(url)["id"]


def test_assets_lead_from_digests_to_tables_with_row_counts(in_process, tmp_path, digests):
    home = tmp_path / "home"
    run_ingest_flow(Plan(home, ((digests, DigestDefaults()),)))
    package = _asset_event(in_process, asset_key(home, "packages"))
    papers = _asset_event(in_process, asset_key(home, "tables/papers"))
    assert (package["payload"]["n_entries"], papers["payload"]["n_rows"]) == (55, 54)
    assert _upstream(package) == [asset_key(home, "digests")]
    assert _upstream(papers) == [asset_key(home, "packages")]


def _asset_event(server, key: str) -> dict:
    """The materialization of an asset; it reaches the server as an event, a moment later."""
    wanted = {"event": {"name": ["prefect.asset.materialization.succeeded"]}, "resource": {"id": [key]}}
    for _ in range(60):
        if events := server.post("/events/filter", filter=wanted)["events"]:
            return events[0]
        time.sleep(0.5)
    raise AssertionError(key)


def _upstream(event: dict) -> list[str]:
    return [
        related["prefect.resource.id"]
        for related in event["related"]
        if related["prefect.resource.role"] == "asset"
    ]


def test_failing_check_fails_the_run_with_its_name(in_process, tmp_path, digests, monkeypatch):
    never = Check("papers_are_never_there", "No paper may exist.", "select arxiv_id from papers")
    monkeypatch.setattr("paperhouse.warehouse.write.run_checks.load_checks", lambda: [never])
    with pytest.raises(CheckFailedError, match="papers_are_never_there") as raised:
        run_ingest_flow(Plan(tmp_path / "home", ((digests, DigestDefaults(source="broken")),)))
    state = _last_state(in_process, "ingest broken")
    assert (state["type"], state["message"]) == ("FAILED", str(raised.value))
    assert not (tmp_path / "home" / "paperhouse.duckdb").exists()
    assert not (tmp_path / "prefect" / "storage").exists()  # no pickled exception is left anywhere


def test_busy_warehouse_fails_the_run_with_the_holder(in_process, tmp_path, digests):
    home = tmp_path / "home"
    with (
        exclusive_lock(home / "paperhouse.lock"),
        pytest.raises(BusyError, match="has been loading since"),
    ):
        run_ingest_flow(Plan(home, ((digests, DigestDefaults(source="busy")),)))
    state = _last_state(in_process, "ingest busy")
    assert state["type"] == "FAILED"
    assert "has been loading since" in state["message"]


def test_load_stays_published_when_no_artifact_can_be_made(in_process, tmp_path, digests, monkeypatch):
    def refuse(**_):
        msg = "no artifacts today"
        raise RuntimeError(msg)

    monkeypatch.setattr("paperhouse.flows.output.artifacts.create_markdown_artifact", refuse)
    monkeypatch.setattr("paperhouse.flows.ingest.report", report.with_options(retries=0))
    summary, url = run_ingest_flow(Plan(tmp_path / "home", ((digests, DigestDefaults()),)))
    assert summary.n_papers_new == 54
    assert in_process.run(url)["state"]["type"] == "COMPLETED"


def test_wrong_address_names_the_variable(in_process, monkeypatch):
    without_api = in_process.url.removesuffix("/api")
    monkeypatch.setenv("PREFECT_API_URL", without_api)
    with (
        temporary_settings({PREFECT_API_URL: without_api}),
        pytest.raises(SettingsError, match="like http"),
    ):
        run_ingest_flow(Plan(Path("unused"), ()))


def _printed_url(stderr: str) -> str:
    (line,) = (line for line in stderr.splitlines() if line.startswith("flow run"))
    return line.split()[-1]


def _last_state(server, name_start: str):
    (run,) = server.post("/flow_runs/filter", flow_runs={"name": {"like_": name_start}})
    return run["state"]


def _task_names(server, run_id: str, n_expected: int) -> list[str]:
    """Names of a run's tasks, sorted; they reach the server as events, a moment later."""
    names: list[str] = []
    for _ in range(60):
        tasks = server.post("/task_runs/filter", flow_runs={"id": {"any_": [run_id]}})
        names = sorted(task["name"] for task in tasks)
        if len(names) >= n_expected:
            break
        time.sleep(0.25)
    return names
