"""Every error that a user can provoke is read as the user reads it: exit code, few lines, a remedy, no traceback."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.errors import PIPE_CLOSED
from paperhouse.flows.cli.main import main

N_LINES = 5
"""No message is longer."""


@dataclass(frozen=True)
class Provoked:
    arguments: str
    message: str
    """What is said, as a pattern: what is wrong, and the remedy."""
    code: int = 1
    environment: dict[str, str] = field(default_factory=dict)


ERRORS = {
    "no such command": Provoked("inject", "No such command 'inject'", 2),
    "no such option": Provoked("status --jsn", "No such option.*--jsn.*(Did you mean|Possible options).*--json", 2),
    "no date": Provoked("ingest --date yesterday in", "'yesterday' does not match the format '%Y-%m-%d'", 2),
    "no number": Provoked("rejects --limit many", "'many' is not a valid integer", 2),
    "no such form": Provoked('sql --format xml "select 1"', "'xml' is not one of 'table', 'markdown'", 2),
    "no query": Provoked('sql ""', "is empty; leave it out, or give a value", 2),
    "two queries": Provoked('sql -f in/q.sql "select 1"', "as an argument or with --file, not both", 2),
    "no such shell": Provoked("completion tcsh", "'tcsh' is not one of 'bash', 'zsh', 'fish'", 2),
    "nothing to watch": Provoked("watch", "name a folder to watch", 2),
    "home is a file": Provoked("status --home afile", "Directory 'afile' is a file", 2),
    "home below a file": Provoked("ingest in --home afile/h", "cannot be made a folder .*; give another --home"),
    "no warehouse for status": Provoked("status", "no warehouse yet; run `paperhouse ingest` first"),
    "no warehouse for sql": Provoked('sql "select 1"', "no warehouse here; load digests first"),
    "no warehouse for open": Provoked("open --shell duckdb", "no warehouse yet; run|no SQL shell is installed"),
    "no warehouse to copy": Provoked("snapshot out", "no warehouse yet; run"),
    "nothing to go back to": Provoked("restore", "holds no previous file"),
    "nothing to rebuild from": Provoked("rebuild", "holds no load packages.*run `paperhouse ingest`"),
    "no such input": Provoked("ingest nowhere", "nowhere: no such file or directory; give an existing file or folder"),
    "no such repository": Provoked("ingest --git-history nowhere", "nowhere"),
    "no such folder to begin with": Provoked("init nowhere", "nowhere: no such file or directory; make it first"),
    "a file to begin with": Provoked("init afile", "afile: is no folder; name the folder that it lies in"),
    "no such folder to watch": Provoked("watch nowhere", "nowhere: no such file or directory; make it first"),
    "empty file": Provoked("status --home zero", "not a valid DuckDB database.*run `paperhouse rebuild`"),
    "empty file to ask": Provoked('sql --home zero "select 1"', "an empty file, so no warehouse;.*rebuild"),
    "no database": Provoked("status --home junk", "not a valid DuckDB database.*run `paperhouse rebuild`"),
    "no database to load into": Provoked("ingest in --home junk", "no load packages under .*Restore"),
    "another database": Provoked("status --home other", "does not exist.*run `paperhouse rebuild`"),
    "unknown variable": Provoked("status", "PAPERHOUSE_HOEM is no setting; .*did you mean PAPERHOUSE_HOME?", 1, {"PAPERHOUSE_HOEM": "x"}),
    "value that does not fit": Provoked("status", "setting 'batch_bytes'.*not 'many'", 1, {"PAPERHOUSE_BATCH_BYTES": "many"}),
    "memory that is none": Provoked('sql "select 1"', "write an amount of memory such as 2GB, not 'lots'", 1, {"PAPERHOUSE_QUERY_MEMORY": "lots"}),
    "no such settings file": Provoked("status", "nofile.toml: no such file, but PAPERHOUSE_CONFIG names it", 1, {"PAPERHOUSE_CONFIG": "nofile.toml"}),
    "settings that are no TOML": Provoked("status", "broken.toml: cannot be read as TOML .*; correct the file", 1, {"PAPERHOUSE_CONFIG": "broken.toml"}),
    "settings that are no text": Provoked("status", "bytes.toml: cannot be read as TOML .*; correct the file", 1, {"PAPERHOUSE_CONFIG": "bytes.toml"}),
    "unknown setting": Provoked("status", "wrong.toml: 'hoem' is no setting; known are .*did you mean home?", 1, {"PAPERHOUSE_CONFIG": "wrong.toml"}),
    "unknown key of a folder": Provoked("status", r"wrong.toml: number 2 of \[\[folders\]\]: 'pth' is no setting; known are path, source, list", 1, {"PAPERHOUSE_CONFIG": "wrong.toml"}),
    "settings that are there": Provoked("init in", "wrong.toml: is there already; edit it, or give --force", 1, {"PAPERHOUSE_CONFIG": "wrong.toml"}),
}  # fmt: skip

ERRORS_OF_A_WAREHOUSE = {
    "syntax error": Provoked('sql --home seeded "select * frm papers"', 'syntax error at or near "papers"'),
    "unknown table": Provoked('sql --home seeded "select * from paperz"', 'paperz does not exist.*Did you mean "papers"'),
    "unknown column": Provoked('sql --home seeded "select titel from papers"', 'titel.*not found.*"title"'),
    "write attempt": Provoked('sql --home seeded "delete from papers"', "DELETE is refused here: queries only read"),
    "new table": Provoked('sql --home seeded "create table t as select 1"', "Queries only read; write to"),
    "file access": Provoked("sql --home seeded \"from read_csv('/etc/passwd')\"", r"read_csv\(\) is refused here"),
    "output in no folder": Provoked('sql --home seeded "select 1" -o no/where', "no/where: cannot be written .*choose another --output"),
    "no such digest": Provoked("forget zzz --home seeded", "no digest starts with it; find ids with"),
    "copy that is there": Provoked("snapshot seeded --home seeded", "exists already; name a new folder"),
    "no such previous file": Provoked("restore nosuch --home seeded", "holds no nosuch; there are"),
    "packages missing": Provoked("rebuild --home unpacked", "holds no load packages, so there is nothing to rebuild from"),
    "packages missing for forget": Provoked("forget 1 --home unpacked", "load packages are missing: .*Restore them from a copy"),
    "damaged block": Provoked("status --home damaged", "cannot be read.*run `paperhouse rebuild`"),
    "cut short": Provoked('sql --home cut "select count(*) from papers"', "cut short.*restore it from previous/"),
    "too little memory": Provoked('sql --home seeded "select 1"', "too little memory to open it; give queries more", 1, {"PAPERHOUSE_QUERY_MEMORY": "1KB"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory, seed_home):
    """A working folder with everything that the errors need."""
    root = tmp_path_factory.mktemp("errors")
    (root / "afile").write_text("x")
    (root / "in").mkdir()
    (root / "in" / "q.sql").write_text("select 1")
    for name, content in (("zero", b""), ("junk", os.urandom(5000))):
        (root / name).mkdir()
        (root / name / "paperhouse.duckdb").write_bytes(content)
    (root / "other").mkdir()
    with duckdb.connect(str(root / "other" / "paperhouse.duckdb")) as connection:
        connection.execute("create table mine as select 1")
    for name in ("seeded", "unpacked", "damaged", "cut"):
        shutil.copytree(seed_home, root / name)
    for folder in (root / "unpacked" / "loads").iterdir():
        shutil.rmtree(folder)
    with (root / "damaged" / "paperhouse.duckdb").open("r+b") as file:
        damage = os.urandom(file.seek(0, os.SEEK_END) - 20_000)
        file.seek(20_000)
        file.write(damage)
    os.truncate(root / "cut" / "paperhouse.duckdb", 1_500_000)
    (root / "broken.toml").write_text("home = \n")
    (root / "bytes.toml").write_bytes(b"\xff\xfe")
    (root / "wrong.toml").write_text(
        'hoem = "x"\n[[folders]]\npath = "in"\n[[folders]]\npath = "in"\npth = "x"\n'
    )
    return root


@pytest.mark.parametrize("name", [*ERRORS, *ERRORS_OF_A_WAREHOUSE])
def test_an_error_says_what_is_wrong_and_what_to_do(name, place, monkeypatch):
    error = {**ERRORS, **ERRORS_OF_A_WAREHOUSE}[name]
    monkeypatch.chdir(place)
    for variable in [variable for variable in os.environ if variable.startswith(("PAPERHOUSE_", "PREFECT_"))]:
        monkeypatch.delenv(variable)
    done = CliRunner(env=error.environment).invoke(main, error.arguments)
    assert done.exit_code == error.code, done.stderr
    assert re.search(error.message, done.stderr, re.DOTALL), done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "should not be" not in done.stderr
    assert len(done.stderr.splitlines()) <= N_LINES
    assert not [path for path in place.glob("*/work") if list(path.iterdir())]


def test_a_panic_of_polars_is_one_line_and_debug_shows_it(monkeypatch, tmp_path):
    import polars as pl

    panicked = pl.exceptions.PanicException("index out of bounds\nat line 7")

    def panic(*_, **__):
        raise panicked

    assert not issubclass(pl.exceptions.PanicException, Exception)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("paperhouse.flows.load.pipeline.run_load", panic)
    done = CliRunner().invoke(main, ["ingest"])
    assert done.exit_code == 1
    assert done.stderr == (
        "paperhouse: Polars could not go on (index out of bounds); it may have been out of memory\n"
    )
    with pytest.raises(pl.exceptions.PanicException):
        CliRunner().invoke(main, ["ingest", "--debug"])


SHELL = 'paperhouse() {{ "{python}" -m paperhouse.flows.cli.main "$@"; }}; set -o pipefail; {command}'


@pytest.fixture
def shell(place):
    def run(command: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PAPERHOUSE_", "PREFECT_"))
        }
        script = SHELL.format(python=sys.executable, command=command)
        return subprocess.run(
            ["bash", "-c", script], cwd=place, env={**kept }, capture_output=True,
            text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("paperhouse dictionary | true", PIPE_CLOSED),
        ('paperhouse sql --home seeded "select * from papers, range(9999)" --format csv | head -1', 0),
    ],
)
def test_a_reader_that_goes_away_is_no_error_to_talk_about(shell, command, code):
    done = shell(command)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize(
    "command",
    ["paperhouse --version", "paperhouse dictionary", 'paperhouse sql --home seeded "select * from papers"'],
)
def test_a_full_disk_is_told_and_ends_with_1(shell, command):
    done = shell(f"{command} > /dev/full")
    assert done.returncode == 1
    assert re.fullmatch(r"paperhouse: no space left on device; make room and run it again\n", done.stderr)


def test_a_closed_output_is_no_error(shell):
    assert (
        shell("paperhouse status --home seeded --json >&-").stderr,
        shell("paperhouse formats >&-").returncode,
    ) == ("", 0)


@pytest.fixture
def as_nobody():
    """Run the command as a user who may nothing; root ignores modes."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv to become another user")
    root = Path("/tmp") / f"paperhouse-forbidden-{os.getpid()}"
    root.mkdir()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-m", "paperhouse.flows.cli.main", *arguments],
            cwd=root,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )  # fmt: skip
        if "No module named" in done.stderr or "can't open file" in done.stderr:
            pytest.skip("nobody may not read this checkout")
        return done

    yield root, run
    shutil.rmtree(root)


def test_what_this_user_may_not_do_is_told_with_the_remedy(as_nobody, seed_home):
    root, run = as_nobody
    (root / "closed").mkdir(mode=0o700)
    shutil.copytree(seed_home, root / "home")
    (root / "home").chmod(0o755)
    for path in (root / "home").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    expected = {
        ("ingest", "--home", "new"): "new: cannot be made a folder .permission denied.; give another --home",
        ("ingest", "--home", "home"): "permission denied; give this user the right to",
        ("init", "closed"): "closed: .*may not be read by this user",
        ("init",): "permission denied; give this user the right to",
        ("watch", "closed"): "closed: .*may not be read by this user",
        ("snapshot", "out", "--home", "home"): "permission denied; give this user the right to",
        ("sql", "select 1", "--home", "home", "-o", "out"): "out: cannot be written .permission denied.",
    }
    for arguments, message in expected.items():
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (1, ""), arguments
        assert re.search(message, done.stderr, re.IGNORECASE), (arguments, done.stderr)
        assert len(done.stderr.splitlines()) == 1, done.stderr
    assert run("sql", "select count(*) from papers", "--home", "home").returncode == 0
    (root / "home" / "paperhouse.duckdb").chmod(0)
    assert "cannot be read" in run("status", "--home", "home").stderr
