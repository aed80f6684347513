"""The log of a run that a foreseen error ended."""

import logging

import pytest

from paperhouse.flows.output.run_log import keep_tracebacks_out
from paperhouse.flows.settings import TRACEBACKS_VARIABLE
from paperhouse.transforms.errors import CheckFailedError

MESSAGE = "check x refused to publish 2 rows; see y"


@pytest.fixture(params=["prefect.flow_runs", "prefect.engine"])
def logger(request):
    """A logger of Prefect's without what Prefect may have configured in this process: its handlers want a run."""
    found = logging.getLogger(request.param)
    kept = found.level, found.handlers, found.propagate, found.disabled, found.filters
    found.handlers, found.propagate, found.disabled, found.filters = [], False, False, []
    yield found
    level, found.handlers, found.propagate, found.disabled, found.filters = kept
    found.setLevel(level)


def _log(logger: logging.Logger, caplog: pytest.LogCaptureFixture, error: Exception) -> tuple[int, str]:
    """Log as Prefect's engine does; give the level and all that a handler writes."""
    logger.addHandler(caplog.handler)
    try:
        raise error
    except type(error):
        logger.error("Engine execution exited with unexpected exception", exc_info=True)  # noqa: G201 - as the engine does it
    finally:
        logger.removeHandler(caplog.handler)
    record = caplog.records[-1]
    return record.levelno, logging.Formatter("%(message)s").format(record)


def test_a_foreseen_error_is_its_message_alone(logger, caplog):
    logger.setLevel(logging.INFO)
    keep_tracebacks_out()
    assert _log(logger, caplog, CheckFailedError(MESSAGE)) == (logging.ERROR, MESSAGE)


def test_details_bring_the_traceback_back(logger, caplog):
    keep_tracebacks_out()
    logger.setLevel(logging.DEBUG)
    assert "Traceback" in _log(logger, caplog, CheckFailedError(MESSAGE))[1]


def test_so_does_the_variable_that_serve_sets_for_its_runs(logger, caplog, monkeypatch):
    monkeypatch.setenv(TRACEBACKS_VARIABLE, "1")
    logger.setLevel(logging.INFO)
    keep_tracebacks_out()
    assert "Traceback" in _log(logger, caplog, CheckFailedError(MESSAGE))[1]


def test_an_unforeseen_error_keeps_its_traceback(logger, caplog):
    logger.setLevel(logging.INFO)
    keep_tracebacks_out()
    assert "Traceback" in _log(logger, caplog, ValueError("odd"))[1]
