"""Which SQL shell is here, and how it opens a warehouse read-only."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from paperhouse.transforms.errors import InputError

_ARGUMENTS = {
    "harlequin": ("--adapter", "duckdb", "--read-only"),
    "duckdb": ("-readonly",),
}


def shell_command(shells: Sequence[str], live: Path) -> list[str]:
    """Command of the first of these shells that is installed: beside this Python, else on the PATH.

    Raises:
        InputError: none is.
    """
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    for shell in shells:
        program = shutil.which(shell) or shutil.which(shell, path=beside)
        if program is not None:
            return [program, *_ARGUMENTS[shell], str(live.absolute())]
    msg = f"no SQL shell is installed ({', '.join(shells)}); run `pip install 'paperhouse[shell]'`"
    raise InputError(msg, shells=list(shells))


def hand_over(command: Sequence[str]) -> None:
    """Become this command: the terminal, signals and the exit code are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], list(command))  # noqa: S606 - no shell in between, and a program that was just found
