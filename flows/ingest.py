"""The load as a Prefect flow: the steps of `flows/load` as a few named tasks, with run names, counts and artifacts.

A task is a batch or a whole step, never a file: a task costs 5 to 18 ms, a file much less. Nothing is persisted
and nothing pickled: what a load leaves behind is the warehouse. Therefore foreseen errors leave a task or the flow as
a returned Failed state: Prefect pickles an exception that is raised, whatever `persist_result` says.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date as Date  # noqa: N812 - `date` is a parameter of the flow
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any, Final, ParamSpec, TypeVar, cast
from uuid import UUID

# Set before Prefect is imported: its client reports to its makers from then on, whatever the server's setting is.
os.environ.setdefault("DO_NOT_TRACK", "1")
# As often as the automation of `run_recovery` expects, also where a load is run by hand or by a worker.
os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")

import httpx
from prefect import flow, get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed
from prefect.utilities.annotations import quote
from prefect.utilities.urls import url_for
from pydantic import BaseModel, ConfigDict, Field

from paperhouse.flows import prefect_api as lost_server
from paperhouse.flows.cluster_address import Workers, parse_workers
from paperhouse.flows.given_path import absolute_input
from paperhouse.flows.load.discover import Found, batches, find_inputs
from paperhouse.flows.load.pipeline import publish_load, run_load
from paperhouse.flows.load.plan import Plan, plan_load
from paperhouse.flows.load.read import read_batch
from paperhouse.flows.load.session import LoadSession, open_load
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.output.artifacts import ProgressBar, create_load_artifacts
from paperhouse.flows.output.lineage import record_lineage
from paperhouse.flows.output.load_report import load_headline, load_lines, notice_lines
from paperhouse.flows.output.run_log import keep_tracebacks_out
from paperhouse.flows.output.terminal_text import escape_controls
from paperhouse.flows.output.watch_artifacts import deliver_in_run
from paperhouse.flows.reading_settings import live_at, prefect_api_url
from paperhouse.flows.settings import load_settings
from paperhouse.flows.watches.after_load import deliver_after_load
from paperhouse.transforms.errors import PaperhouseError, SettingsError
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.read.load_report import LoadArrivals, load_arrivals, standing
from paperhouse.warehouse.storage.lake.address import LakeAddress

keep_tracebacks_out()

P = ParamSpec("P")
R = TypeVar("R")

WITH_REJECTS: Final = "CompletedWithRejects"
"""Name of the last state of a load whose share of rejects is above the setting `reject_warning_share`."""
RESTART_SECONDS: Final = 60.0
"""How long the run of a deployment waits for a server that is gone: `paperhouse serve` starts its own again."""
N_NAMED: Final = 3
"""Sources or lists in the name of a run; the rest is counted."""
_ANSWER_SECONDS: Final = 5.0

Inputs = Sequence[tuple[Found, DigestDefaults]]


class StatedPath(BaseModel):
    """A path to read, with what its files do not say themselves."""

    model_config = ConfigDict(extra="forbid")

    path: str
    date: Date | None = None
    list_name: str | None = None
    source: str | None = None


def parameters_of(plan: Plan) -> dict[str, Any]:
    """Parameters that make the flow follow this plan; paths are absolute, so that a rerun elsewhere reads the same.

    `plan_from(**parameters_of(plan))` is the plan again.
    """
    says = {stated for _, stated in plan.inputs}
    parameters: dict[str, Any] = {
        "home": str(plan.home.absolute()),
        **_lake_parameters(plan.lake),
        "wait_seconds": plan.wait_seconds,
        "repair_mojibake": plan.is_repairing,
        "max_file_bytes": plan.max_file_bytes,
        "batch_bytes": plan.batch_bytes,
        "workers": plan.workers if isinstance(plan.workers, int) else str(plan.workers),
    }
    if len(says) == 1:
        (stated,) = says
        paths = [absolute_input(path) for path, _ in plan.inputs]
        return {**parameters, "paths": paths, **_stated_parameters(stated)}
    inputs = [
        StatedPath(path=absolute_input(path), **_stated_parameters(stated)) for path, stated in plan.inputs
    ]
    return {**parameters, "inputs": inputs}


def _lake_parameters(lake: LakeAddress | None) -> dict[str, Any]:
    """Address and folder, neither of which ever holds a secret."""
    if lake is None:
        return {}
    return {"warehouse": lake.name, **({} if lake.data is None else {"data": str(lake.data)})}


def _stated_parameters(stated: DigestDefaults) -> dict[str, Any]:
    return {"date": stated.digest_date, "list_name": stated.list_name, "source": stated.source}


def plan_from(  # noqa: PLR0913 - the flow's parameters
    *,
    paths: Sequence[str] | None = None,
    home: str | None = None,
    warehouse: str | None = None,
    data: str | None = None,
    date: Date | None = None,
    list_name: str | None = None,
    source: str | None = None,
    inputs: Sequence[StatedPath] | None = None,
    wait_seconds: float | None = None,
    repair_mojibake: bool | None = None,
    max_file_bytes: int | None = None,
    batch_bytes: int | None = None,
    workers: int | str | None = None,
) -> Plan:
    """Plan of a load with these parameters; what is None is as the settings say.

    Raises:
        SettingsError: the settings cannot be read.
    """
    given = {
        "wait_seconds": wait_seconds,
        "repair_mojibake": repair_mojibake,
        "max_file_bytes": max_file_bytes,
        "batch_bytes": batch_bytes,
        "workers": None if workers is None else _workers_of(workers),
    }
    update = {name: value for name, value in given.items() if value is not None}
    settings = load_settings(None if home is None else Path(home), warehouse, data).model_copy(update=update)
    plan = plan_load([Path(path) for path in paths or ()], settings, DigestDefaults(date, list_name, source))
    if not inputs:
        return plan
    stated_inputs = tuple(
        (Path(one.path), DigestDefaults(one.date or date, one.list_name or list_name, one.source or source))
        for one in inputs
    )
    return replace(plan, inputs=(*(plan.inputs if paths else ()), *stated_inputs))


def _workers_of(stated: int | str) -> Workers:
    try:
        return parse_workers(stated)
    except ValueError as error:
        msg = f"parameter 'workers': {error}"
        raise SettingsError(msg) from error


def run_name(
    parameters: Mapping[str, Any], day: Date, configured: Sequence[str] = ("configured folders",)
) -> str:
    """Name of a run: source and list if they were given, else the folders; and the date given, else `day`.

    `configured` names what is read where the parameters name no path.
    """
    words = [parameters.get("source"), parameters.get("list_name")]
    subject = " ".join(word for word in words if word) or _folder_words(parameters, configured)
    return f"ingest {subject} {parameters.get('date') or day}"


def result_name(arrivals: LoadArrivals, day: Date) -> str:
    """Name of a run that has ended: the sources or lists that brought something, and how many papers."""
    labels = dict.fromkeys(
        row.list_name or row.source or "no list" for row in arrivals.lists if row.n_papers or row.n_rejects
    )
    if not labels:
        return f"ingest nothing new {day}"
    n_more = len(labels) - N_NAMED
    shown = ", ".join(list(labels)[:N_NAMED]) + (f" and {n_more} more" if n_more > 0 else "")
    papers = "1 paper" if arrivals.n_papers == 1 else f"{arrivals.n_papers:,} papers"
    return escape_controls(f"ingest {shown}: {papers} {day}")


def _folder_words(parameters: Mapping[str, Any], configured: Sequence[str]) -> str:
    paths = [*(parameters.get("paths") or ()), *(one.path for one in parameters.get("inputs") or ())]
    first, *more = [Path(path).name or path for path in paths] or configured
    return f"{first} and {len(more)} more" if more else first


def _configured() -> list[str]:
    """Sources of the configured folders, or their names."""
    try:
        folders = load_settings().folders
    except PaperhouseError:
        return ["configured folders"]  # the run itself says what is wrong with the settings
    return list(dict.fromkeys(folder.source or folder.path.name for folder in folders)) or ["seeds"]


def _current_run_name() -> str:
    day = runtime.flow_run.scheduled_start_time.date()
    return run_name(runtime.flow_run.parameters, day, _configured())


def _name_by_result(summary: Summary) -> None:
    """Name this run by what it brought; it keeps its name where the server does not take the new one."""
    live = live_at(*summary.place)
    arrivals = LoadArrivals() if summary.load_id is None else load_arrivals(live, summary.load_id)
    parameters = runtime.flow_run.parameters
    name = result_name(arrivals, parameters.get("date") or runtime.flow_run.scheduled_start_time.date())
    try:
        with get_client(sync_client=True) as client:
            client.update_flow_run(UUID(runtime.flow_run.id), name=name)
    except httpx.HTTPError as error:
        get_run_logger().warning("the run keeps its first name: %s", error)


def _failing_plainly(step: Callable[P, R]) -> Callable[P, R | State[R]]:
    """Make a foreseen error a Failed state with its message: no pickle, and no traceback in the log."""

    @wraps(step)
    def run_step(*args: P.args, **kwargs: P.kwargs) -> R | State[R]:
        try:
            return step(*args, **kwargs)
        except PaperhouseError as error:
            return Failed(message=str(error), data=error)

    return run_step


def _as_it_is(value: R) -> R:
    """Hand `value` to a task without Prefect walking through all of it."""
    return cast("R", quote(value))


def _value_of(state: State[Any]) -> Any:
    """What a task returned; the error that it failed with is raised."""
    return state.result()


@task(name="find digests", task_run_name="find digests", persist_result=False, cache_policy=NO_CACHE)
@_failing_plainly
def find_digests(load: LoadSession) -> Inputs:
    """Find the files under the planned inputs."""
    found = find_inputs(load)
    get_run_logger().info("%s files found, %s paths left out", len(found), len(load.summary.problems))
    return found


@task(
    name="read digests",
    task_run_name="read digests, batch {number} of {n_batches}",
    persist_result=False,
    cache_policy=NO_CACHE,
)
@_failing_plainly
def read_digests(load: LoadSession, batch: Inputs, number: int, n_batches: int) -> int:
    """Read one batch of files into the load's package; return the number of digests that are new."""
    summary = load.summary
    before = (summary.n_known, summary.n_no_digest, len(summary.problems))
    counted = [0, 0, 0]

    def count(n_bytes: int, n_entries: int, n_rejects: int) -> None:
        counted[:] = (counted[0] + n_bytes, counted[1] + n_entries, counted[2] + n_rejects)

    n_new = read_batch(load, batch, count)
    after = (summary.n_known, summary.n_no_digest, len(summary.problems))
    n_known, n_no_digest, n_left_out = (b - a for a, b in zip(before, after, strict=True))
    get_run_logger().info(
        "batch %s of %s: %s files = %s new digests + %s known + %s no digest + %s left out; "
        "%s bytes, %s entries, %s rejects",
        *(number, n_batches, len(batch), n_new, n_known, n_no_digest, n_left_out),
        *counted,
    )
    return n_new


@task(name="publish", task_run_name="publish", persist_result=False, cache_policy=NO_CACHE)
@_failing_plainly
def publish(load: LoadSession) -> Summary:
    """Make the next warehouse file, check it and swap it in."""
    summary = publish_load(load)
    logger = get_run_logger()
    for line in load_lines(summary):
        logger.info(line)
    for line in notice_lines(summary):
        logger.warning(line)
    return summary


# The one step that talks to something outside: the Prefect API. The lock is waited for inside `open_load`, which
# sees it become free within 0.1 s; files that cannot be read are named, and the next load reads them.
@task(
    name="report",
    task_run_name="report",
    retries=2,
    retry_delay_seconds=2,
    persist_result=False,
    cache_policy=NO_CACHE,
)
@_failing_plainly
def report(summary: Summary) -> None:
    """Keep what the load did and what stands now as artifacts of the run, and where it came from as assets."""
    create_load_artifacts(summary, runtime.flow_run.id)
    if summary.is_changed:
        record_lineage(summary, standing(live_at(*summary.place)).tables)


@task(name="deliver watches", task_run_name="deliver watches", persist_result=False, cache_policy=NO_CACHE)
@_failing_plainly
def deliver(summary: Summary) -> None:
    """Deliver what is new for the watches of the settings."""
    deliver_in_run(summary.place)


@flow(name="ingest", flow_run_name=_current_run_name, persist_result=False)
def ingest(  # noqa: PLR0913 - what the form in the UI asks for
    *,
    paths: list[str] | None = None,
    home: str | None = None,
    warehouse: str | None = None,
    data: str | None = None,
    date: Date | None = None,
    list_name: str | None = None,
    source: str | None = None,
    inputs: list[StatedPath] | None = None,
    wait_seconds: Annotated[float, Field(ge=0)] | None = None,
    repair_mojibake: bool | None = None,
    max_file_bytes: Annotated[int, Field(gt=0)] | None = None,
    batch_bytes: Annotated[int, Field(gt=0)] | None = None,
    workers: int | str | None = None,
) -> Summary | State[Summary]:
    """Load digest files and folders into the warehouse; what is left empty is as the settings say.

    Called as `ingest.fn(...)` it runs the same steps without Prefect and raises what goes wrong.

    Args:
        paths: Files and folders to read; the configured folders if there are none, else the seeds.
        home: Folder of the warehouse.
        warehouse: Address of a lake in the place of the home's file.
        data: Folder for the data of a new lake, or `s3://bucket/prefix`.
        date: Date of digests that state none.
        list_name: List of digests whose place does not say it.
        source: Who publishes these digests.
        inputs: More paths, each with its own date, list and source.
        wait_seconds: How long to wait for another load to end.
        repair_mojibake: Repair double-encoded text on the way in.
        max_file_bytes: Larger files are left out and named.
        batch_bytes: Bytes of digests that one task reads.
        workers: Processes that parse large batches, or a Dask cluster such as `dask://scheduler:8786`.
    """
    make_plan = partial(
        plan_from,
        paths=paths,
        home=home,
        warehouse=warehouse,
        data=data,
        date=date,
        list_name=list_name,
        source=source,
        inputs=inputs,
        wait_seconds=wait_seconds,
        repair_mojibake=repair_mojibake,
        max_file_bytes=max_file_bytes,
        batch_bytes=batch_bytes,
        workers=workers,
    )
    if FlowRunContext.get() is None:
        return run_load(make_plan())
    try:
        summary = _run_tasks(make_plan())
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    return _last_state(summary)


def _last_state(summary: Summary) -> State[Summary]:
    """Completed; under a name of its own where more was rejected than the settings take for normal."""
    n_stretches = summary.n_entries + summary.n_rejects
    limit = load_settings().reject_warning_share
    if summary.n_rejects <= limit * n_stretches:
        return Completed(message=load_headline(summary), data=summary)
    share = f"{summary.n_rejects / n_stretches:.0%} rejected, more than {limit:.0%}"
    return Completed(name=WITH_REJECTS, message=f"{share}: {load_headline(summary)}", data=summary)


def _run_tasks(plan: Plan) -> Summary:
    """All steps of a load, each a task; the load is held open here, so that the lock covers them all."""
    with open_load(plan) as load:
        inputs = _value_of(find_digests(_as_it_is(load), return_state=True))
        runs = list(batches(inputs, plan.batch_bytes))
        bar = ProgressBar(len(runs))
        for number, batch in enumerate(runs, start=1):
            _value_of(read_digests(_as_it_is(load), _as_it_is(batch), number, len(runs), return_state=True))
            bar.advance()
        summary: Summary = _value_of(publish(_as_it_is(load), return_state=True))
    if not lost_server.answers(RESTART_SECONDS if runtime.deployment.id else 0):
        get_run_logger().warning("the Prefect server is gone; what was loaded is published all the same")
        lost_server.forget_events()
        deliver_after_load(summary.place)
        return summary
    _name_by_result(summary)
    reported = report(_as_it_is(summary), return_state=True)
    if not reported.is_completed():
        get_run_logger().warning("no artifacts for this load: %s", reported.message)
    if load_settings(*summary.place).watches:
        deliver(_as_it_is(summary), return_state=True)
    return summary


def run_ingest_flow(plan: Plan) -> tuple[Summary, str]:
    """Run the flow in this process against the server that PREFECT_API_URL names; return its summary and address.

    Raises:
        SettingsError: no Prefect server answers there.
        PaperhouseError: what went wrong in the load, or the server was lost on the way.
    """
    require_server()
    try:
        state = ingest(**parameters_of(plan), return_state=True)
    except httpx.HTTPError as error:
        lost_server.forget_events()
        msg = (
            f"{prefect_api_url()}: the Prefect server was lost during the load ({error}); see `paperhouse status` "
            "for what was published, and run it again: nothing is loaded twice"
        )
        raise PaperhouseError(msg, url=prefect_api_url()) from error
    summary: Summary = _value_of(state)
    summary.home = str(plan.home)  # as the user wrote it; the parameters have it absolute
    run_id = state.state_details.flow_run_id
    return summary, url_for("flow-run", obj_id=run_id) or f"{prefect_api_url()}/flow_runs/{run_id}"


def require_server() -> None:
    """Make sure that a Prefect API answers before anything else is tried.

    Raises:
        SettingsError: nothing answers, or something that is no Prefect API.
    """
    try:
        with get_client(httpx_settings={"timeout": _ANSWER_SECONDS}, sync_client=True) as client:
            client.api_version()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RuntimeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        msg = (
            f"PREFECT_API_URL={prefect_api_url()}: no Prefect server answers there ({reason}); start it, correct the "
            "variable (like http://127.0.0.1:4200/api), or unset it to load without Prefect"
        )
        raise SettingsError(msg, url=prefect_api_url()) from error
