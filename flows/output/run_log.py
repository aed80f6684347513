"""A foreseen error in the log of a Prefect run: its message alone, without the traceback that Prefect adds."""

import logging
import os
from typing import Final

from paperhouse.flows.settings import TRACEBACKS_VARIABLE
from paperhouse.transforms.errors import PaperhouseError

_LOGGERS: Final = ("prefect.flow_runs", "prefect.engine")
"""Who logs the exception that ends a run: into the run's log, and on the screen of its process."""


def show_message_alone(record: logging.LogRecord) -> bool:
    """Turn a record with a foreseen error into the error's message, unless tracebacks or details are wanted."""
    error = record.exc_info[1] if record.exc_info else None
    is_detailed = TRACEBACKS_VARIABLE in os.environ or logging.getLogger(record.name).isEnabledFor(
        logging.DEBUG
    )
    if isinstance(error, PaperhouseError) and not is_detailed:
        record.msg, record.args = str(error), ()
        record.exc_info = record.exc_text = None
    return True


def keep_tracebacks_out() -> None:
    """Make foreseen errors that end a flow run of this process one message; safe to call again."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(show_message_alone)
