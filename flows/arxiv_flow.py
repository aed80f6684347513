"""What the arXiv flows share: log progress, keep a summary artifact, end in a state.

Nothing is persisted or pickled. A foreseen error leaves a flow as a returned Failed state, as in `flows/ingest.py`.
There are no tasks inside: what a retry would repeat, the client has repeated already, as politely as arXiv asks.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

# Set before Prefect is imported: its client reports to its makers from then on, whatever the server's setting is.
os.environ.setdefault("DO_NOT_TRACK", "1")

import httpx
from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException
from prefect.states import Completed, Failed

from paperhouse.flows.arxiv.client.polite_client import PoliteClient, open_client
from paperhouse.flows.arxiv.summary import ArxivSummary, RequestProgress
from paperhouse.flows.output.arxiv_report import arxiv_summary_lines
from paperhouse.flows.output.load_report import notice_lines
from paperhouse.flows.output.markup import escape_markdown, fence_lines
from paperhouse.flows.output.run_log import keep_tracebacks_out
from paperhouse.flows.output.watch_artifacts import deliver_in_run
from paperhouse.flows.settings import Settings, load_settings
from paperhouse.transforms.errors import PaperhouseError

keep_tracebacks_out()

NOTHING_TO_ASK: Final = "nothing to ask arXiv for"
"""How a run ends that had no gap to fill."""
BUSY_WAIT_SECONDS = 600.0
"""How long a run that has replies of arXiv waits for another load to end, unless the settings say longer."""


def settings_of(home: str | None, warehouse: str | None, wait_seconds: float | None) -> Settings:
    """Settings for a run; what is None is as they say.

    Raises:
        SettingsError: they cannot be read.
    """
    settings = load_settings(None if home is None else Path(home), warehouse)
    wait = max(settings.wait_seconds, BUSY_WAIT_SECONDS) if wait_seconds is None else wait_seconds
    return settings.model_copy(update={"wait_seconds": wait})


def client_of(settings: Settings) -> PoliteClient:
    """The client of a run; what the user should know goes to the run's log."""
    return open_client(settings, _tell)


def progress_of() -> RequestProgress | None:
    """Progress into the log of the run; None outside of one."""
    if FlowRunContext.get() is None:
        return None
    logger = get_run_logger()

    def log(n_done: int, n_all: int | None, what: str) -> None:
        logger.info("request %s%s, %s", n_done, "" if n_all is None else f" of {n_all}", what)

    return log


def _tell(line: str) -> None:
    if FlowRunContext.get() is not None:
        get_run_logger().info(line)


def warn(line: str) -> None:
    """Put what the user should see into the run's log."""
    if FlowRunContext.get() is not None:
        get_run_logger().warning(line)


def state_of(name: str, run: Callable[[], ArxivSummary]) -> Any:
    """Run, and give the state in which the flow ends; outside of a flow run what `run` gives or raises.

    Where arXiv failed on the way, what it had answered is published, and the run is Failed all the same.
    """
    if FlowRunContext.get() is None:
        return run()
    try:
        summary = run()
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    _report(name, summary)
    if isinstance(summary.stopped_by, KeyboardInterrupt):
        raise summary.stopped_by
    if summary.stopped_by is not None:
        return Failed(message=str(summary.stopped_by), data=summary.stopped_by)
    return Completed(message="; ".join(arxiv_summary_lines(summary)[:2]), data=summary)


def state_of_all(name: str, run: Callable[[], Iterable[ArxivSummary]]) -> Any:
    """`state_of` for what is published piece by piece: a list outside of a flow run.

    Where a piece failed those before it stay published, and are in the artifact.
    """
    if FlowRunContext.get() is None:
        return list(run())
    done: list[ArxivSummary] = []
    try:
        done.extend(run())
    except PaperhouseError as error:
        if done:
            _report(name, *done)
        return Failed(message=str(error), data=error)
    if not done:
        return Completed(message=NOTHING_TO_ASK, data=done)
    _report(name, *done)
    stopped_by = done[-1].stopped_by
    if isinstance(stopped_by, KeyboardInterrupt):
        raise stopped_by
    if stopped_by is not None:
        return Failed(message=str(stopped_by), data=stopped_by)
    return Completed(message="; ".join(arxiv_summary_lines(done[-1])[:2]), data=done)


def _report(name: str, *summaries: ArxivSummary) -> None:
    """Log what was done, and keep it as an artifact of the run; without a server there is none, and the load stays."""
    logger = get_run_logger()
    parts = [f"# {name}", ""]
    for summary in summaries:
        lines = arxiv_summary_lines(summary)
        warnings = [*notice_lines(summary.load), *(f"warning: {one}" for one in summary.warnings)]
        for line in lines:
            logger.info(line)
        for line in warnings:
            logger.warning(line)
        parts += [*fence_lines(lines), *(f"* {escape_markdown(one)}" for one in warnings), ""]
    description = arxiv_summary_lines(summaries[-1])[0]
    try:
        create_markdown_artifact(key=f"{name}-summary", markdown="\n".join(parts), description=description)
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("no artifact for this run: %s", error)
    deliver_in_run(summaries[-1].load.place)
