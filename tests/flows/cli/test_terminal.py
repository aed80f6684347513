"""What a person sees, under a real pseudo-terminal; and that a pipe gets the same text every time, without colour."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def on_terminal(tmp_path):
    """Run the command with all three streams on a terminal of `columns`; return its exit code and what was shown."""

    def run(*arguments, columns=100, until=None, **environment) -> tuple[int, str]:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        unwanted = ("PAPERHOUSE_", "PREFECT_", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(unwanted)}
        shown = b""
        with subprocess.Popen(
            [sys.executable, "-m", "paperhouse.flows.cli.main", *map(str, arguments)],
            cwd=tmp_path,
            env={**kept, "TERM": "xterm-256color", **environment},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        ) as process:
            os.close(slave)
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline:
                if select.select([master], [], [], 0.1)[0]:
                    try:
                        shown += os.read(master, 65536)
                    except OSError:  # the other side is closed: all was read
                        break
                    if until is not None and until in shown:
                        os.write(master, b"\x11")  # Ctrl-Q
                        until = None
            code = process.wait(60)
        os.close(master)
        return code, shown.decode()

    return run


@pytest.fixture
def seeded(seed_home, tmp_path):
    return shutil.copytree(seed_home, tmp_path / "data")


@pytest.mark.usefixtures("seeded")
def test_status_is_coloured_on_a_terminal_and_no_color_is_obeyed(on_terminal, paperhouse):
    code, shown = on_terminal("status")
    assert code == 1
    assert "\x1b[1;31m" in shown  # not healthy: bold red
    assert "stale since 2025-05-01" in COLOUR.sub("", shown)
    code, plain = on_terminal("status", NO_COLOR="1")
    assert (code, "\x1b[3" in plain) == (1, False)
    assert "stale since 2025-05-01" in COLOUR.sub("", plain)
    piped = paperhouse("status", COLUMNS="40")
    assert "\x1b" not in piped.stdout
    assert [line for line in piped.stdout.splitlines() if line.startswith("problems")] == [
        line for line in paperhouse("status").stdout.splitlines() if line.startswith("problems")
    ]


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("columns", [44, 100])
def test_no_line_is_wider_than_the_terminal(on_terminal, columns):
    _, shown = on_terminal("status", columns=columns)
    lines = [CONTROLS.sub("", line).rstrip() for line in shown.splitlines()]
    assert max(map(len, lines)) <= columns
    assert "2025-04-30" in shown
    _, shown = on_terminal("sql", "select title, first_author from paper_overview limit 3", columns=columns)
    assert max(len(CONTROLS.sub("", line).rstrip()) for line in shown.splitlines()) <= columns
    _, shown = on_terminal("formats", columns=columns)
    assert max(len(CONTROLS.sub("", line).rstrip()) for line in shown.splitlines()) <= columns


def test_an_error_is_red_on_a_terminal_and_its_file_names_move_no_cursor(on_terminal, paperhouse):
    code, shown = on_terminal("ingest", "nowhere\x1b[2J")
    assert (code, "\x1b[2J" in shown, "\x1b[31mpaperhouse: nowhere\\x1b" in shown) == (1, False, True)
    assert "\x1b" not in paperhouse("ingest", "nowhere\x1b[2J").stderr


def test_a_load_shows_its_steps_while_it_runs_and_leaves_only_the_summary(on_terminal, seeds, tmp_path):
    code, shown = on_terminal("ingest", seeds)
    assert code == 0
    text = CONTROLS.sub("", shown)
    assert "publishing: 3 files, 55 entries, 0 rejects" in text
    assert text.rindex("publishing") < text.index("loaded 3 digests")
    assert (tmp_path / "data" / "paperhouse.duckdb").is_file()


def test_quiet_says_nothing_and_the_code_tells(paperhouse, seeds, tmp_path):
    (tmp_path / "notes.md").write_text("see arXiv:2504.00001\n")
    for arguments in (("ingest", seeds, "-q"), ("--quiet", "ingest", "notes.md")):
        done = paperhouse(*arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    stale = paperhouse("status", "-q")
    assert (stale.returncode, stale.stdout) == (1, "")
    failed = paperhouse("ingest", "nowhere", "-q")
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)


def test_verbose_names_each_file_and_the_time_of_each_step(paperhouse, seeds, tmp_path):
    folder = shutil.copytree(seeds, tmp_path / "in")
    (folder / "todo.md").write_text("buy milk")
    first = paperhouse("ingest", "in", "--verbose")
    assert (first.returncode, first.stdout.splitlines()[0][:16]) == (0, "loaded 3 digests")
    assert re.search(
        r"^file      000_\w+\.txt: report_table, 13 entries, 0 rejects$", first.stderr, re.MULTILINE
    )
    assert "file      todo.md: no digest\n" in first.stderr
    steps = re.findall(r"^step      ([a-z ]+): \d+\.\d\d s$", first.stderr, re.MULTILINE)
    assert steps == ["opening", "finding files", "reading", "publishing"]
    again = paperhouse("-v", "ingest", "in")
    assert again.stderr.count(": known already") == 3


@pytest.mark.usefixtures("seeded")
def test_a_sql_shell_gets_the_warehouse_read_only_and_a_load_goes_on(paperhouse, tmp_path, bench):
    if shutil.which("duckdb", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("duckdb-cli is not installed")
    (tmp_path / "notes.md").write_text("see arXiv:2504.00001\n")
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(("PAPERHOUSE_", "PREFECT_"))
    }
    with subprocess.Popen(
        [sys.executable, "-m", "paperhouse.flows.cli.main", "open", "--shell", "duckdb"],
        cwd=tmp_path,
        env={**kept, "HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as shell:
        shell.stdin.write(".mode csv\nselect count(*) as n from papers;\n")
        shell.stdin.flush()
        assert [shell.stdout.readline().strip() for _ in range(2)] == ["n", "54"]
        assert paperhouse("ingest", "notes.md").returncode == 0
        out, err = shell.communicate("select count(*) as n from rejects;\ndelete from papers;\n", timeout=60)
    assert out.split() == ["n", "0"]  # the state that it opened
    assert "read-only" in err
    assert bench.rows(tmp_path / "data", "select count(*) from rejects") == [(1,)]


@pytest.mark.slow
@pytest.mark.usefixtures("seeded")
def test_harlequin_opens_the_warehouse_and_leaves(on_terminal, tmp_path):
    pytest.importorskip("harlequin")
    code, shown = on_terminal(
        "open", "--shell", "harlequin", columns=140, until=b"Query Editor", HOME=str(tmp_path)
    )
    assert code == 0
    assert "Data Catalog" in shown


def test_without_a_shell_the_message_says_how_to_get_one(monkeypatch, tmp_path):
    from paperhouse.flows.cli.sql_clients import shell_command
    from paperhouse.transforms.errors import InputError

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setattr("os.defpath", str(tmp_path))
    with pytest.raises(
        InputError, match=r"no SQL shell is installed .*; run `pip install 'paperhouse\[shell\]'`"
    ):
        shell_command(("harlequin", "duckdb"), tmp_path / "paperhouse.duckdb")
