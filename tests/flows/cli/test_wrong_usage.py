"""What a slip of the shell hands over is wrong usage, said at once: empty values, and binary for a terminal."""

import os
import pty
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main


def parameters():
    for name, command in sorted(main.commands.items()):
        for parameter in command.params:
            if isinstance(parameter, click.Argument) or not parameter.is_flag:
                yield pytest.param(name, parameter, id=f"{name} {parameter.human_readable_name}")


@pytest.mark.parametrize(("name", "parameter"), list(parameters()))
def test_an_empty_value_is_wrong_usage_for_every_parameter_of_every_command(
    name, parameter, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    given = [] if isinstance(parameter, click.Argument) else [parameter.opts[0]]
    done = CliRunner().invoke(main, [name, *given, ""])
    assert done.exit_code == 2, done.output
    assert "empty" in done.stderr or "is not" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_empty_id_among_others_forgets_nothing(tmp_path):
    done = CliRunner().invoke(main, ["forget", "abc", "", "--home", str(tmp_path / "home")])
    assert done.exit_code == 2
    assert "is empty" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("output", [(), ("--output", "/dev/stdout"), ("--output", "/dev/tty")])
def test_parquet_is_not_written_to_a_terminal(output, seed_home):
    command = [
        sys.executable,
        "-m",
        "paperhouse.flows.cli.main",
        "sql",
        "select 1",
        "--format",
        "parquet",
        *output,
    ]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "--home", str(seed_home)], stdout=theirs, stderr=subprocess.PIPE, stdin=theirs, start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(theirs, __import__("termios").TIOCSCTTY, 0),  # noqa: PLW1509
    ) as process:  # fmt: skip
        _, stderr = process.communicate(timeout=120)
    os.close(theirs)
    os.set_blocking(ours, False)
    try:
        shown = os.read(ours, 4096)
    except OSError:  # nothing was written
        shown = b""
    os.close(ours)
    assert b"PAR1" not in shown
    assert process.returncode == 2
    assert b"use --output FILE" in stderr


def test_parquet_goes_to_a_file_and_a_pipe(seed_home, tmp_path):
    command = [sys.executable, "-m", "paperhouse.flows.cli.main", "sql", "select 1", "--format", "parquet"]
    command += ["--home", str(seed_home)]
    piped = subprocess.run(command, capture_output=True, check=True)
    assert piped.stdout.startswith(b"PAR1")
    subprocess.run([*command, "--output", str(tmp_path / "r.parquet")], check=True)
    assert (tmp_path / "r.parquet").read_bytes().startswith(b"PAR1")


@pytest.mark.parametrize(
    ("stated", "remedy"),
    [
        ("0", "greater than 0"),
        ("many", "dask://scheduler:8786"),
        ("dask://ann:secret@host", "neither user nor password"),
    ],
)
def test_workers_that_are_none_are_told_without_a_password(paperhouse, stated, remedy):
    done = paperhouse("ingest", "--workers", stated)
    assert done.returncode == 2
    assert remedy in " ".join(done.stderr.split())
    assert "secret" not in done.stderr
