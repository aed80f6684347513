"""Every command works in a folder whose modules have the names of ours and of our libraries."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAPERHOUSE = Path(sys.executable).with_name("paperhouse")
SECTION = "# Paper {n}\n\n**Authors**: A B\n\n**Link**: [PDF](https://arxiv.org/pdf/25{m:02}.{n:05})\n\n**Abstract**: {text}\n\n---\n"

# Commands that need no network, in an order that gives each what it needs; `serve` has a test of its own.
COMMANDS = (
    "init digests --force",
    "ingest digests",
    "sql 'select count(*) from papers'",
    "status",
    "rejects",
    "inspect digests/000_ec206e639e4c188f.txt",
    "formats",
    "dictionary",
    "replay",
    "enrich --dry-run",
    "verify",
    "snapshot copy",
    "rebuild",
    "feed cs.IR --dry-run",
    "forget --help",
    "restore --help",
    "completion bash",
    "--version",
)


def run(
    folder: Path, command: str, program: str = str(PAPERHOUSE), **environment: str
) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PAPERHOUSE_", "PREFECT_", "PYTHON"))
    }
    return subprocess.run(
        ["bash", "-c", f"'{program}' {command}"],
        cwd=folder, env={**kept, **environment}, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


ONE_BY_ONE = """
import shlex, sys
from paperhouse.flows.cli.main import main
for command in sys.argv[1:]:
    try:
        main(shlex.split(command), standalone_mode=False)
    except SystemExit as ended:
        assert not ended.code or command == "status", command
"""


def test_every_command_imports_its_own_modules(strange_folder, seeds, tmp_path_factory):
    """In one process, which has what the command has on its path: the folder of its script, and not where one is."""
    (strange_folder / "digests").symlink_to(seeds)
    script = tmp_path_factory.mktemp("bin") / "one_by_one.py"
    script.write_text(ONE_BY_ONE)
    first, *others = [command for command in COMMANDS if not command.startswith("sql")]
    for done in (
        run(strange_folder, first),
        run(strange_folder, "ingest digests"),
        run(strange_folder, "sql 'select count(*) from papers'"),
        run(strange_folder, " ".join(map(shlex.quote, others)), program=f"{sys.executable}' '{script}"),
    ):
        assert "was imported" not in done.stdout + done.stderr
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_every_command_imports_its_own_modules_in_a_process_of_its_own(strange_folder, seeds):
    (strange_folder / "digests").symlink_to(seeds)
    for command in COMMANDS:
        done = run(strange_folder, command)
        assert "was imported" not in done.stdout + done.stderr, command
        assert done.returncode == 0 or command == "status", (command, done.stderr)


def test_the_traps_are_traps(strange_folder):
    done = subprocess.run(
        [sys.executable, "-m", "paperhouse.flows.cli.main"],
        cwd=strange_folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "was imported" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", ["command", "python"])
def test_workers_import_their_own_modules(strange_folder, how):
    abstract = "words of an abstract " * 400
    for month in (1, 2):
        day = strange_folder / "digests" / f"{month}-Jan-2025" / "AI" / "README.md"
        day.parent.mkdir(parents=True)
        day.write_text("".join(SECTION.format(n=n, m=month, text=abstract) for n in range(560)))
    if how == "command":
        done = run(strange_folder, "ingest digests --json", PAPERHOUSE_WORKERS="2")
    else:
        script = "import paperhouse; print(paperhouse.ingest('digests').to_json())"
        done = subprocess.run(
            [sys.executable, "-P", "-c", script], cwd=strange_folder, capture_output=True, text=True, check=False,
            env={**os.environ, "PAPERHOUSE_WORKERS": "2"},
        )  # fmt: skip
    assert "was imported" not in done.stdout + done.stderr
    assert "1120" in done.stdout, done.stderr
