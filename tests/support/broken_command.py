"""The command in a process of its own, in which something happens before or after one function of the package.

As a program: `broken_command.py MODULE FUNCTION before|after EVENT ARGUMENT... `. The events: `kill` ends the process with
SIGKILL; `kill-within MS` does so at a random moment of the next milliseconds; `stop` stops it until somebody lets it go on;
`wait FILE` makes FILE and waits until it is gone.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path


def start(point: tuple[str, str, str], event: str, *arguments: object, **options) -> subprocess.Popen:
    """Start the command; `point` is a module, a function of it, and before or after."""
    command = [sys.executable, __file__, *point, event, *map(str, arguments)]
    given = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(command, **given)


def happen(event: str) -> None:
    kind, _, value = event.partition(" ")
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "kill-within":
        moment = random.uniform(0, float(value) / 1000)
        threading.Thread(target=_kill_after, args=(moment,), daemon=True).start()
    elif kind == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    else:
        Path(value).touch()
        while Path(value).exists():
            time.sleep(0.01)


def _kill_after(seconds: float) -> None:
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def break_at(module: str, function: str, when: str, event: str) -> None:
    """Put the event before or after a function, which may be a method."""
    owner = import_module(module)
    *path, name = function.split(".")
    for one in path:
        owner = getattr(owner, one)
    real = getattr(owner, name)

    def broken(*arguments, **facts):
        if when == "before":
            happen(event)
        result = real(*arguments, **facts)
        if when == "after":
            happen(event)
        return result

    setattr(owner, name, broken)


def main() -> None:
    from paperhouse.flows.cli.main import main as command

    break_at(*sys.argv[1:5])
    sys.argv = ["paperhouse", *sys.argv[5:]]
    command()


if __name__ == "__main__":
    main()
