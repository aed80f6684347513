"""The systemd units and cron lines of the page about operations, taken from it word by word."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
PROGRAM = "/opt/paperhouse/bin/paperhouse"
FOLDER = "/srv/paperhouse"


def block(kind: str, words: str) -> str:
    """The page's only block of a kind that holds these words."""
    (found,) = [text for text in re.findall(rf"```{kind}\n(.*?)```", OPERATIONS, re.DOTALL) if words in text]
    return found


@pytest.fixture
def installed(tmp_path, seed_home):
    """A program of that name, and a folder with settings and a warehouse of the seeds."""
    program = tmp_path / "paperhouse"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m paperhouse.flows.cli.main "$@"\n')
    program.chmod(0o755)
    folder = tmp_path / "folder"
    shutil.copytree(seed_home, folder / "data")
    return program, folder


def test_the_units_are_what_systemd_takes(installed, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    program, folder = installed
    units = tmp_path / "units"
    units.mkdir()
    for name, words in (("paperhouse.service", "[Service]"), ("paperhouse.timer", "[Timer]")):
        text = block("ini", words).replace(PROGRAM, str(program)).replace(FOLDER, str(folder))
        (units / name).write_text(text)
    done = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            str(units / "paperhouse.timer"),
            str(units / "paperhouse.service"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "paperhouse" in line]
    assert (done.returncode, ours) == (0, [])
    when = re.search(r"OnCalendar=(.*)", block("ini", "[Timer]"))[1]
    next_time = subprocess.run(
        ["systemd-analyze", "calendar", when], capture_output=True, text=True, check=True
    )
    assert "06:30:00 UTC" in next_time.stdout


def test_the_cron_lines_are_silent_unless_something_is_wrong(installed):
    program, folder = installed
    lines = block("crontab", "ingest").splitlines()
    commands = []
    for line in lines:
        *times, command = line.split(maxsplit=5)
        assert all(re.fullmatch(r"\*|\d+", time) for time in times)
        commands.append(command.replace(PROGRAM, str(program)).replace(FOLDER, str(folder)))
    ingest, status = commands
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(("PAPERHOUSE_", "PREFECT_"))
    }

    def cron(command):
        done = subprocess.run(["sh", "-c", command], env=kept, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    assert cron(ingest) == ""
    assert cron(status).startswith("not healthy 1 problem")
    (folder / "data" / "paperhouse.duckdb").write_bytes(b"")
    assert "cannot be read" in cron(status)
