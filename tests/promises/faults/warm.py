"""A process that has imported everything: each round is a fork of it that runs the real command, not a start of Python.

It is started by `conftest.Warm` and spoken to in lines of JSON. What goes wrong in a round is made here, in the
child and by attribute: the product has no hooks. A point that names no attribute stops the round with an error.
"""

import atexit
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import reduce
from itertools import count
from pathlib import Path

import paperhouse.flows.cli.main
import paperhouse.flows.load.session

EXTRA_MODULES = (
    "paperhouse.flows.load.pipeline",
    "paperhouse.flows.output.load_report",
    "paperhouse.flows.settings",
    "paperhouse.warehouse.maintain.verify",
    "polars._utils.parquet",
)


class OwnError(BaseException):
    """A base exception that nobody foresees."""


ERRORS = {kind.__name__: kind for kind in (RuntimeError, OSError, MemoryError, OwnError)}


def strike(fault, told):
    """End this process, or this step, as `fault` says; `told` is a file that tells that it came to that."""
    os.close(os.open(told, os.O_CREAT | os.O_WRONLY))
    if fault in ERRORS:
        raise ERRORS[fault](*((5, "Input/output error") if fault == "OSError" else ("a fault",)))
    os.kill(os.getpid(), signal.Signals[fault])


def plant(module, name, when, nth, fault, told):  # noqa: PLR0913, PLR0917 - a row of the table of points
    """Let the `nth` call of a function strike before or after its work."""
    *path, last = name.split(".")
    owner = reduce(getattr, path, importlib.import_module(module))
    step, calls = getattr(owner, last), count(1)

    def faulty(*args, **kwargs):
        is_due = next(calls) == nth
        if is_due and when == "before":
            strike(fault, told)
        result = step(*args, **kwargs)
        if is_due and when == "after":
            strike(fault, told)
        return result

    setattr(owner, last, faulty)


def lead_group(pid):
    """Give a child its process group; done by parent and child, for either may come first."""
    with suppress(OSError):
        os.setpgid(pid, pid)


def listen():
    """Fork a child for each request and go on; return the request in the child."""
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        if "import" in request:
            answer = len([importlib.import_module(name) for name in request["import"]])
        elif "wait" in request:
            pid, status = os.waitpid(request["wait"], os.WUNTRACED)
            answer = [pid, None if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)]
        elif "mount" in request:
            subprocess.run(["mount", "-t", "tmpfs", *request["mount"]], check=True)
            answer = True
        else:
            answer = os.fork()
            if not answer:
                return request
            lead_group(answer)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    sys.exit()


def prepare(request):
    """Make this child a process of its own, with its limits and the faults that were asked for."""
    lead_group(0)
    os.chdir(request["cwd"])
    for number, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["out"], os.O_WRONLY | os.O_CREAT),
        (2, request["err"], os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(name, flags), number)
    for name, limit in request["limits"].items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    if request["point"]:
        plant(*request["point"])
    if request["load_id"]:
        paperhouse.flows.load.session._new_load_id = lambda *_: request["load_id"]
    if request["stopped"]:
        os.kill(os.getpid(), signal.SIGSTOP)


def end(code):
    """Leave as Python does, but for destructors of threads that a fork does not have."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(argv):
    """Run the command; return its exit code."""
    sys.argv = ["paperhouse", *argv]
    try:
        paperhouse.flows.cli.main.main()
    except SystemExit as ending:
        return ending.code or 0
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


if __name__ == "__main__":
    for name in EXTRA_MODULES:
        importlib.import_module(name)
    request = listen()
    prepare(request)
    code = run(request["argv"])
    if "modules" in request:
        Path(request["modules"]).write_text("\n".join(sys.modules))
    end(code)
