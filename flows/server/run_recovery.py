"""Recover flow runs after processes died, from Prefect's own records and without a person's help.

* An automation of the server's: a run that has sent no heartbeat for 90 s is Crashed.
* `sweep`, at the start of `paperhouse serve` and every half minute: what the automation cannot see. A run that
  was claimed but never began (PENDING) goes back into the queue; one that runs in silence is Crashed.
* `drop_missed`: of the runs that a schedule planned and nobody began, the newest of each flow stands for all.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed, Scheduled

from paperhouse.flows.server.deployments import TAG

SILENT: Final = timedelta(seconds=90)
"""Three heartbeats: a run that is silent for longer is dead."""
CLAIMED: Final = timedelta(seconds=120)
"""A process starts in seconds: a run that was claimed longer ago and has not begun never will."""
AUTOMATION_NAME: Final = "paperhouse: no heartbeat for 90 s, so the run is dead"
_PAGE: Final = 200


def heartbeat_automation() -> AutomationCore:
    """Automation that makes silent runs of ours Crashed."""
    heartbeat = "prefect.flow-run.heartbeat"
    return AutomationCore(
        name=AUTOMATION_NAME,
        description="Installed by `paperhouse serve`. A run whose process was killed would be Running for ever.",
        trigger=EventTrigger(
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            match_related=ResourceSpecification(
                {"prefect.resource.id": f"prefect.tag.{TAG}", "prefect.resource.role": "tag"}
            ),
            after={heartbeat},
            # All of a run's events, not a list of its last ones: they are called as their states are, and ours
            # have names of their own.
            expect={"prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENT,
        ),
        actions=[
            ChangeFlowRunState(
                name="Crashed",
                state=StateType.CRASHED,
                force=False,  # a run that has ended meanwhile stays as it ended
                message=f"No heartbeat for {SILENT.seconds} s: its process is dead. The next run does its work.",
            )
        ],
    )


async def install_automation(client: PrefectClient) -> None:
    """Make sure that the server has our automation once, as it is here."""
    found = await client.read_automations_by_name(AUTOMATION_NAME)
    if not found:
        await client.create_automation(heartbeat_automation())
        return
    kept, *repeated = found
    await client.update_automation(kept.id, heartbeat_automation())
    for automation in repeated:
        await client.delete_automation(automation.id)


async def pause_switched_off(client: PrefectClient, names: Iterable[str]) -> None:
    """Pause those of these deployments (`flow/name`) that the server still has: nobody would run what they plan."""
    for name in names:
        with suppress(ObjectNotFound):
            deployment = await client.read_deployment_by_name(name)
            if not deployment.paused:
                await client.pause_deployment(deployment.id)


async def sweep(client: PrefectClient, now: datetime, listening_since: datetime) -> list[str]:
    """Bring dead runs of ours to an end or back into the queue; say what was done, a line for each.

    `listening_since` is when the server began to hear without a break: before that, silence proves nothing.
    """
    done = []
    for run in await _runs(client, StateType.PENDING):
        if run.deployment_id is not None and run.state and now - run.state.timestamp > CLAIMED:
            message = "Claimed by a process that died before it began; back in the queue."
            await client.set_flow_run_state(run.id, Scheduled(message=message), force=True)
            done.append(f"{run.name}: claimed but never begun, back in the queue")
    if now - listening_since <= SILENT:
        return done
    for run in await _runs(client, StateType.RUNNING):
        began = run.start_time or now
        if now - began > SILENT and not await _is_heard(client, run, now):
            message = f"No heartbeat for {SILENT.seconds} s: its process is dead. The next run does its work."
            await client.set_flow_run_state(run.id, Crashed(message=message))
            done.append(f"{run.name}: silent for {SILENT.seconds} s, so it crashed")
    return done


async def drop_missed(client: PrefectClient, deployment_ids: Sequence[UUID], now: datetime) -> list[str]:
    """Cancel the planned runs whose time has come and for which a newer one of their flow stands; say how many."""
    missed = [
        run
        for run in await _runs(client, StateType.SCHEDULED)
        if run.auto_scheduled and run.deployment_id in set(deployment_ids) and _planned(run) <= now
    ]
    stale = superseded(missed, deployment_ids)
    for run in stale:
        message = "Its time passed while nobody could run it; one newer run catches up for all of them."
        await client.set_flow_run_state(run.id, Cancelled(message=message))
    return [f"{len(stale)} missed runs are left out: one catches up for all"] if stale else []


def superseded(missed: Iterable[FlowRun], deployment_ids: Sequence[UUID]) -> list[FlowRun]:
    """Runs that do again what another does: the newest of the deployment that comes first in `deployment_ids` stands.

    Runs of one flow with the same parameters do the same.
    """
    rank = {deployment_id: number for number, deployment_id in enumerate(deployment_ids)}
    first_best = sorted(
        missed, key=lambda run: (rank[_deployed(run)], -_planned(run).timestamp(), str(run.id))
    )
    standing: set[tuple[UUID, str]] = set()
    stale = []
    for run in first_best:
        work = (run.flow_id, json.dumps(run.parameters, sort_keys=True, default=str))
        if work in standing:
            stale.append(run)
        standing.add(work)
    return stale


def _deployed(run: FlowRun) -> UUID:
    if run.deployment_id is None:
        msg = f"{run.name}: a planned run has a deployment"
        raise AssertionError(msg)
    return run.deployment_id


def _planned(run: FlowRun) -> datetime:
    return run.next_scheduled_start_time or run.expected_start_time or datetime.max.replace(tzinfo=UTC)


async def _runs(client: PrefectClient, state: StateType) -> list[FlowRun]:
    """All runs of ours in a state."""
    ours = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[TAG]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[state])),
    )
    runs: list[FlowRun] = []
    while page := await client.read_flow_runs(flow_run_filter=ours, limit=_PAGE, offset=len(runs)):
        runs += page
    return runs


async def _is_heard(client: PrefectClient, run: FlowRun, now: datetime) -> bool:
    """Whether a run has sent a heartbeat, or anything else, lately."""
    lately = EventFilter(
        occurred=EventOccurredFilter.model_validate({"since": now - SILENT, "until": now + SILENT}),
        event=EventNameFilter(prefix=["prefect.flow-run."]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
    )
    page = await client.read_events(filter=lately, limit=1)
    return bool(page.events)
