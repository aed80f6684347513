"""Which SQL shell is here, and how it opens a warehouse read-only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.storage.connections import Live
from paperhouse.warehouse.storage.lake.address import LakeAddress

_ARGUMENTS = {
    "harlequin": ("--adapter", "duckdb", "--read-only"),
    "duckdb": ("-readonly",),
}


def shell_command(shells: Sequence[str], live: Live) -> list[str]:
    """Command of the first of these shells that is installed: beside this Python, else on the PATH.

    Raises:
        InputError: none is, or none that opens lakes.
    """
    if not isinstance(live, Path):
        shells = [shell for shell in shells if shell == "duckdb"]
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    for shell in shells:
        program = shutil.which(shell) or shutil.which(shell, path=beside)
        if program is not None:
            if isinstance(live, Path):
                return [program, *_ARGUMENTS[shell], str(live.absolute())]
            return [program, *_opening_lake(live, program)]
    if not shells:
        msg = "only the DuckDB client opens lakes; leave --shell out, or give --shell duckdb"
        raise InputError(msg)
    msg = f"no SQL shell is installed ({', '.join(shells)}); run `pip install 'paperhouse[shell]'`"
    raise InputError(msg, shells=list(shells))


def _opening_lake(address: LakeAddress, program: str) -> list[str]:
    """Arguments that make the DuckDB client attach a lake, read-only, before its first prompt.

    Raises:
        SettingsError: the client is of another version than the extensions.
    """
    from paperhouse.warehouse.storage.lake.engine import client_statements, require_client

    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - found above
    require_client(version)
    statements, environment = client_statements(address)
    os.environ.update(environment)  # this process becomes the client
    return [word for one in statements for word in ("-cmd", one)]


def hand_over(command: Sequence[str]) -> None:
    """Become this command: the terminal, signals and the exit code are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], list(command))  # noqa: S606 - no shell in between, and a program that was just found
