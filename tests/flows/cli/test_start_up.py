"""What a command imports decides how fast it starts: times differ from machine to machine, sys.modules does not."""

import json
import subprocess
import sys

import pytest

HEAVY = ("dataframely", "duckdb", "fastapi", "httpx", "numpy", "polars", "prefect", "pyarrow", "pydantic", "requests", "rich", "watchfiles")  # fmt: skip
SCRIPT = """
import sys
from click.testing import CliRunner
from paperhouse.flows.cli.main import main
done = CliRunner(env={environment!r}).invoke(main, {arguments!r}, prog_name="paperhouse")
print(done.exit_code, *sorted(set({heavy!r}) & set(sys.modules)))
"""


def imported(arguments, environment=None) -> tuple[str, set[str]]:
    """Exit code, and which heavy packages a command has imported when it ends."""
    script = SCRIPT.format(environment=environment or {}, arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    code, *heavy = done.stdout.split()
    return code, set(heavy)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["ingest", "--help"], ["completion", "bash"], ["nonsense"]],
    ids=" ".join,
)
def test_help_version_and_completion_scripts_import_nothing_heavy(arguments):
    assert imported(arguments) == ("2" if arguments == ["nonsense"] else "0", set())


def test_completing_a_command_or_option_imports_nothing_heavy():
    environment = {
        "_PAPERHOUSE_COMPLETE": "bash_complete",
        "COMP_WORDS": "paperhouse ingest --",
        "COMP_CWORD": "2",
    }
    assert imported([], environment) == ("0", set())


def test_status_imports_the_engine_and_the_settings_only(seed_home):
    assert imported(["status", "--home", str(seed_home)]) == ("1", {"duckdb"})


def test_a_query_imports_the_engine_and_what_hands_its_rows_over(seed_home):
    # In a process of its own: what is imported there shows in Python's own account only.
    command = [sys.executable, "-X", "importtime", "-m", "paperhouse.flows.cli.main"]
    done = subprocess.run(
        [*command, "sql", "select 1 as one", "--format", "json", "--home", str(seed_home)],
        capture_output=True,
        text=True,
        check=True,
    )
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert (json.loads(done.stdout), modules & set(HEAVY)) == ([{"one": 1}], {"duckdb", "pyarrow"})


def test_a_load_imports_neither_sqlalchemy_nor_prefect(tmp_path, seeds):
    script = (
        "import sys\nfrom paperhouse.flows.cli.main import main\n"
        f"main(['ingest', {str(seeds)!r}, '--home', {str(tmp_path / 'home')!r}], standalone_mode=False)\n"
        "print(*sorted({'sqlalchemy', 'prefect', 'pandas'} & set(sys.modules)), 'end')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "end"
