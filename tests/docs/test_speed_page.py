"""The commands of the benchmark that the page about speed shows name scripts that are there and that explain themselves."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(
    r"python (tests/bench/\w+\.py)(?: --runs \d+)?(?: ([a-z]+)(?= ))?",
    (ROOT / "docs" / "speed.md").read_text("utf-8"),
)


def test_the_readme_shows_a_command_for_every_row():
    rows = {row for script, row in COMMANDS if script.endswith("bench.py")}
    assert rows >= {"load", "day", "again", "growth", "size", "queries"}


@pytest.mark.parametrize("script", sorted({script for script, _ in COMMANDS}))
def test_the_script_explains_itself(script):
    done = subprocess.run(
        [sys.executable, ROOT / script, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usage: ")


@pytest.mark.parametrize(
    "row", sorted({row for script, row in COMMANDS if script.endswith("bench.py") and row})
)
def test_the_row_explains_itself(row):
    command = [sys.executable, ROOT / "tests" / "bench" / "bench.py", row, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"bench.py {row}" in done.stdout
