"""`paperhouse` as a user runs it: in a process of its own, or in the test's where that shows the same and costs less."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main

OF_THEIR_OWN = {"sql", "export", "serve", "browse", "watch", "mcp", "open"}
"""Commands that fork before an engine runs, or that end by a signal: they get a process of their own."""
LOUD = {"--debug", "--verbose", "-v"}
"""Options that let errors pass, or set up logging for the whole process."""


def environment() -> dict[str, str]:
    """The environment without settings of ours, Prefect's or Polars'."""
    others = ("PAPERHOUSE_", "PREFECT_", "POLARS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(others)}


def run_command(
    arguments: Sequence[str], folder: Path, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, without settings from outside."""
    more = more or {}
    is_alone = OF_THEIR_OWN & set(arguments[:1]) or LOUD & set(arguments)
    if is_alone or any(name.startswith("PREFECT_") for name in more):
        return run_process(arguments, folder, more)
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        for name in os.environ.keys() - environment().keys():
            patch.delenv(name)
        for name, value in more.items():
            patch.setenv(name, value)
        done = CliRunner().invoke(main, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(list(arguments), done.exit_code, done.stdout, done.stderr)


def run_process(
    arguments: Sequence[str], folder: Path, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "paperhouse.flows.cli.main", *arguments],
        cwd=folder,
        env={**environment(), **(more or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def paperhouse(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a folder of the test's own, without settings from outside."""

    def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        return run_command([str(argument) for argument in arguments], tmp_path, more)

    return run


@pytest.fixture
def paperhouse_process(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The same, always in a process of its own: where memory, signals or imports are the claim."""

    def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        return run_process([str(argument) for argument in arguments], tmp_path, more)

    return run
