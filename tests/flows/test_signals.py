import os
import resource
import signal

import pytest
from click.testing import CliRunner
from polars.exceptions import PanicException

from paperhouse.flows.cli.errors import failure_of
from paperhouse.flows.cli.main import main
from paperhouse.flows.load import memory_limit as memory
from paperhouse.flows.signals import TerminatedError, unwinding_on_sigterm
from paperhouse.transforms.errors import SettingsError
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.write.live_state import noting_live_state


@pytest.fixture
def end_with(monkeypatch, tmp_path):
    """Run `paperhouse ingest` with a load that ends with an error; what the command did then."""

    def run(error, *options):
        def fail(*_, **__):
            raise error

        monkeypatch.setattr("paperhouse.flows.load.pipeline.run_load", fail)
        monkeypatch.chdir(tmp_path)
        return CliRunner().invoke(main, [*options, "ingest"])

    return run


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "paperhouse: out of memory; lower `batch_bytes` and `workers`, or free some\n"),
        (
            OSError(28, "No space left on device", "/x"),
            "paperhouse: /x: no space left on device; make room and run it again\n",
        ),
        (
            OSError("Input/output error: .../X"),
            "paperhouse: Input/output error: .../X; look at it, then run it again\n",
        ),
        (
            PanicException("no threads\nat ..."),
            "paperhouse: Polars could not go on (no threads); it may have been out of memory\n",
        ),
    ],
)
def test_what_a_machine_lacks_is_one_line_and_1(end_with, error, message):
    done = end_with(error)
    assert (done.exit_code, done.stderr) == (1, message)


def test_an_error_that_nobody_foresaw_says_so_and_debug_shows_it(end_with):
    done = end_with(RuntimeError("odd"))
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (1, True)
    assert done.stderr.startswith(
        "paperhouse: an error that should not be: RuntimeError: odd; run it again with"
    )
    assert isinstance(end_with(RuntimeError("odd"), "--debug").exception, RuntimeError)
    assert isinstance(end_with(MemoryError(), "--debug").exception, MemoryError)


def test_sigterm_inside_a_query_of_the_engine_is_143(end_with):
    error = RuntimeError("Query interrupted")
    error.__cause__ = TerminatedError()
    done = end_with(error)
    assert (done.exit_code, done.stderr) == (143, "paperhouse: ended by SIGTERM\n")


def test_the_first_sigterm_unwinds_and_the_second_one_kills():
    with pytest.raises(TerminatedError), unwinding_on_sigterm():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_who_handles_sigterm_already_keeps_the_handler():
    def own(*_):
        """Stand for Prefect's."""

    before = signal.signal(signal.SIGTERM, own)
    try:
        with unwinding_on_sigterm():
            assert signal.getsignal(signal.SIGTERM) is own
        assert signal.getsignal(signal.SIGTERM) is own
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_error_tells_whether_the_live_file_is_another_one(tmp_path):
    home = Home(tmp_path)
    with pytest.raises(MemoryError) as caught, noting_live_state(home):
        raise MemoryError
    assert failure_of(caught.value)[0].endswith("; the warehouse is as it was")

    def publish_and_fail():
        home.live.write_bytes(b"new")
        raise MemoryError

    with pytest.raises(MemoryError) as caught, noting_live_state(home):
        publish_and_fail()
    assert failure_of(caught.value)[0].endswith("; the next warehouse is live already")


def test_a_limit_that_a_load_cannot_end_under_is_refused(monkeypatch):
    limit = memory.LEAST_BYTES - 1
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    with pytest.raises(SettingsError, match=r"limited to 1535 MB .*needs 1536 MB") as caught:
        memory.require_memory()
    assert caught.value.facts == {"limit": limit, "needed": memory.LEAST_BYTES}
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit + 1, limit + 1))
    memory.require_memory()
