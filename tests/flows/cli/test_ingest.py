import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main
from paperhouse.warehouse.storage.lock import exclusive_lock

COMMANDS = sorted(main.commands)


@pytest.fixture
def loaded(paperhouse, seeds):
    """The seeds loaded by the command itself, into `data` of its working folder."""
    done = paperhouse("ingest", seeds)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def seeded(seed_home, tmp_path):
    """The seeds loaded before, as `data` of the command's working folder."""
    return Path(shutil.copytree(seed_home, tmp_path / "data"))


def test_the_seeds_are_loaded_and_what_was_done_is_told_on_standard_output(loaded, tmp_path):
    lines = dict(line.split(maxsplit=1) for line in loaded.stdout.splitlines())
    assert lines["loaded"].startswith("3 digests in ")
    assert lines["entries"] == "55"
    assert lines["papers"] == "54 new, 0 changed"
    assert lines["rejects"] == "0"
    total, accounted = re.fullmatch(r"([\d,]+), ([\d,]+) of them accounted for", lines["lines"]).groups()
    assert total == accounted
    assert lines["repairs"].startswith("1 field")
    assert lines["files"] == "3 read, 0 known already, 0 no digest"
    assert lines["warehouse"] == "data/paperhouse.duckdb"
    assert loaded.stderr == ""
    assert (tmp_path / "data" / "paperhouse.duckdb").is_file()


def test_the_query_that_is_worth_trying_works(loaded, tmp_path):
    (command,) = (line.split(maxsplit=1)[1] for line in loaded.stdout.splitlines() if line.startswith("try"))
    shell = f'paperhouse() {{ "{sys.executable}" -m paperhouse.flows.cli.main "$@"; }}; {command}'
    environment = {**os.environ}
    done = subprocess.run(
        ["bash", "-c", shell], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "first_author" in done.stdout


def test_without_paths_the_seeds_are_loaded(paperhouse):
    done = paperhouse("ingest", "--json")
    summary = json.loads(done.stdout)
    assert (done.returncode, summary["n_digests"], summary["n_entries"], summary["n_papers_new"]) == (
        0,
        3,
        55,
        54,
    )
    assert summary["n_lines"] == summary["n_lines_accounted"]


def test_running_again_changes_no_byte_and_says_so(seeded, paperhouse, seeds, bench):
    before = bench.files_of(seeded)
    again = paperhouse("ingest", seeds)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith("nothing new in 3 files")
    assert "3 known already" in again.stdout
    assert bench.files_of(seeded) == before


def test_configured_folders_are_read_where_no_path_is_given(paperhouse, seeds):
    done = paperhouse("ingest", "--json", PAPERHOUSE_FOLDERS=str(seeds), PAPERHOUSE_HOME="elsewhere")
    summary = json.loads(done.stdout)
    assert (summary["home"], summary["n_digests"]) == ("elsewhere", 3)


def test_options_say_what_the_path_does_not(paperhouse, seeds, bench, tmp_path):
    done = paperhouse(
        "ingest", seeds, "--home", "h", "--date", "2025-04-08", "--list", "AI", "--source", "lab"
    )
    assert done.returncode == 0
    rows = bench.rows(
        tmp_path / "h",
        "select left(path, 3), digest_date::varchar, date_source, list_name, source from digests order by 1",
    )
    assert rows == [
        ("000", "2025-04-30", "heading", "AI", "lab"),
        ("002", "2025-04-08", "option", "AI", "lab"),
        ("004", "2025-04-08", "option", "AI", "lab"),
    ]


@pytest.fixture
def with_reject(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.md").write_text("see arXiv:2504.00001\n")
    return tmp_path / "in"


def test_rejects_are_told_and_not_fatal(paperhouse, with_reject):
    done = paperhouse("ingest", with_reject)
    assert done.returncode == 0
    assert "rejects    1\n" in done.stdout
    told = paperhouse("rejects", "--format", "csv")
    assert (
        told.stdout.splitlines()
        == [
            "path,line_start,line_end,reason,text",
            "notes.md,1,1,unknown_format,see arXiv:2504.00001",
        ]
        or "unknown_format" in told.stdout
    )


def test_strict_makes_rejects_fatal_and_still_loads(paperhouse, with_reject, bench, tmp_path):
    done = paperhouse("ingest", with_reject, "--strict")
    assert done.returncode == 1
    assert "1 rejects and 0 files left out, and --strict allows none; see `paperhouse rejects`" in done.stderr
    assert bench.rows(tmp_path / "data", "select count(*) from rejects") == [(1,)]
    assert paperhouse("ingest", "--strict", "--home", "other").returncode == 0


def test_paths_that_are_left_out_are_named_on_standard_error(paperhouse, with_reject):
    (with_reject / "out.md").symlink_to("/etc/hostname")
    done = paperhouse("ingest", with_reject)
    assert done.returncode == 0
    assert "out.md: is a link that leads out of the folder" in done.stderr
    assert "out.md" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (
            ["ingest", "nowhere"],
            {},
            "paperhouse: nowhere: no such file or directory; give an existing file or folder",
        ),
        (["status"], {}, "there is no warehouse yet; run `paperhouse ingest` first"),
        (["sql", "select 1"], {}, "no warehouse here; load digests first"),
        (["rebuild", "--home", "typo"], {}, "holds no load packages"),
        (["ingest"], {"PAPERHOUSE_HOEM": "x"}, "PAPERHOUSE_HOEM is no setting; known are"),
        (["ingest"], {"PAPERHOUSE_BATCH_BYTES": "many"}, "setting 'batch_bytes'"),
    ],
    ids=[
        "no_such_path",
        "no_warehouse",
        "no_warehouse_to_ask",
        "nothing_to_rebuild",
        "unknown_setting",
        "bad_setting",
    ],
)
def test_a_job_that_cannot_be_done_is_1_with_one_message_on_standard_error(
    paperhouse, tmp_path, arguments, environment, message
):
    done = paperhouse(*arguments, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["inject"],
        ["ingest", "--dat", "x"],
        ["ingest", "--date", "yesterday"],
        ["ingest", "--wait", "-1"],
        ["rejects", "--limit", "0"],
        ["sql", "--format", "xml", "select 1"],
        ["inspect"],
        ["inspect", "nowhere"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(arguments):
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Usage: " in done.stderr


def test_wrong_usage_ends_the_process_with_2(paperhouse):
    done = paperhouse("ingest", "--dat", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_has_an_example(command):
    done = CliRunner().invoke(main, [command, "--help"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(rf"Example:\n\s+paperhouse {command}\b", done.stdout)


def test_help_names_every_command(paperhouse):
    done = paperhouse("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", done.stdout, re.MULTILINE)] == []


def test_the_version_is_told(paperhouse):
    assert re.fullmatch(r"paperhouse \d+\.\d+\.\d+\n", paperhouse("--version").stdout)


def test_debug_shows_the_traceback(paperhouse):
    done = paperhouse("--debug", "ingest", "nowhere")
    assert "Traceback" in done.stderr
    assert done.returncode == 1


def test_status_rebuild_and_inspect_of_the_seeds(seeded, paperhouse, seeds, tmp_path, bench):
    state = json.loads(paperhouse("status", "--json").stdout)
    assert (state["generation"], state["tables"]["papers"], state["last_digest_date"]) == (
        1,
        54,
        "2025-04-30",
    )
    assert "generation 1" in paperhouse("status").stdout
    before = bench.hash_of(seeded)
    rebuilt = paperhouse("rebuild")
    assert "3 digests, 55 entries, 54 papers" in rebuilt.stdout
    assert bench.hash_of(seeded) == before
    (seed,) = seeds.glob("000*")
    shown = paperhouse("inspect", seed)
    assert "13 entries, 0 rejects" in shown.stdout
    (tmp_path / "LICENSE").write_text("Permission is hereby granted")
    assert "no digest; no known format" in paperhouse("inspect", tmp_path / "LICENSE").stdout


def test_a_second_load_is_refused_while_one_runs(paperhouse, tmp_path, seeds):
    with exclusive_lock(tmp_path / "data" / "paperhouse.lock"):
        done = paperhouse("ingest", seeds)
        assert done.returncode == 1
        assert f"process {os.getpid()} has been loading since" in done.stderr
        assert paperhouse("rebuild").returncode == 1


SLOW_STEP = """
import sys, time
import {module} as module
step = module.{name}
def slow(*args, **kwargs):
    print("reached", file=sys.stderr, flush=True)
    time.sleep(60)
    return step(*args, **kwargs)
module.{name} = slow
from paperhouse.flows.cli.main import main
main()
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("paperhouse.flows.load.pipeline", "read_batch"),
        ("paperhouse.warehouse.write.staging", "require_checks"),
        ("paperhouse.warehouse.write.publish", "swap_in"),
    ],
)
def test_ctrl_c_leaves_everything_as_it_was(seeded, tmp_path, module, name):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.md").write_text("see arXiv:2504.00001\n")
    live = seeded / "paperhouse.duckdb"
    before = live.read_bytes()
    kept = {key: text for key, text in os.environ.items() if not key.startswith(("PAPERHOUSE_", "PREFECT_"))}
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_STEP.format(module=module, name=name), "ingest", "in"],
        cwd=tmp_path,
        env={**kept},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr.readline() == "reached\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err == "paperhouse: interrupted; the warehouse is as it was\n"
    assert live.read_bytes() == before
    assert not (seeded / "work").exists()


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6])
def test_ctrl_c_at_any_time_leaves_the_old_or_the_new_warehouse(seeded, paperhouse, bench, tmp_path, delay):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.md").write_text("see arXiv:2504.00001\n")
    old = bench.hash_of(seeded)
    with subprocess.Popen(
        [sys.executable, "-m", "paperhouse.flows.cli.main", "ingest", "in"],
        cwd=tmp_path,
        env={**os.environ},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode in (0, 130, -signal.SIGINT)
    if process.returncode == 130:
        assert "Traceback" not in err
        assert (bench.hash_of(seeded) == old) != ("the next warehouse is live already" in err)
    assert not (seeded / "work").exists() or process.returncode != 130
    assert paperhouse("ingest", "in").returncode == 0
    assert bench.rows(seeded, "select count(*) from rejects") == [(1,)]


def test_ctrl_c_inside_a_query_of_the_engine_is_an_interrupt_too(monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise RuntimeError("Query interrupted") from KeyboardInterrupt()  # noqa: EM101, TRY003 - as DuckDB does

    monkeypatch.setattr("paperhouse.flows.load.pipeline.run_load", interrupted)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["ingest"])
    assert done.exit_code == 130
    assert done.stderr == "paperhouse: interrupted\n"


def test_a_home_whose_digests_are_of_today_is_healthy_and_status_ends_with_0(paperhouse, bench, tmp_path):
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=number) for number in range(60)]
    papers = [bench.entry(f"2504.{number:05}", str(day)) for number, day in enumerate(days, 1)]
    digests = [bench.digest([paper], day) for paper, day in zip(papers, days, strict=True)]
    bench.publish(tmp_path / "data", digests)
    done = paperhouse("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"healthy     the newest digest is of {today}")
    facts = json.loads(paperhouse("status", "--json").stdout)
    assert (facts["healthy"], facts["problems"], facts["is_fresh"]) == (True, [], True)
    gone = paperhouse("status", "--json", PAPERHOUSE_FOLDERS="nowhere")
    assert gone.returncode == 1
    assert json.loads(gone.stdout)["problems"][0].startswith(
        "nowhere: no such folder, but the settings name it"
    )
