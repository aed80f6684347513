"""What `paperhouse serve` runs and when: a deployment is a row here, and a cron line in the settings."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from paperhouse.flows.settings import Settings
from paperhouse.transforms.errors import SettingsError

if (
    TYPE_CHECKING
):  # Prefect reads its environment once, when it is imported: `serve_forever` prepares it first
    from prefect import Flow
    from prefect.deployments.runner import RunnerDeployment

TAG: Final = "paperhouse"
"""Tag of all our deployments, and so of their runs: what heals runs looks for it."""
BUSY_WAIT_SECONDS: Final = 600.0
"""How long a scheduled load waits for another to end, unless the settings say longer."""


@dataclass(frozen=True, slots=True)
class Row:
    """A deployment: the flow `module.flow`, served as `name` at the times that the setting `cron` says.

    Where that setting is empty, the deployment is switched off. Runs of one flow wait for each other.
    """

    module: str
    flow: str
    name: str
    cron: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What the flow is given besides `home` and `wait_seconds`."""
    each: tuple[str, str] | None = None
    """A setting of several words and the parameter that takes one: there is a deployment for each word."""

    @property
    def full_name(self) -> str:
        """Flow and name, as Prefect writes them."""
        return f"{self.flow}/{self.name}"


DEPLOYMENTS: Final = (
    Row("paperhouse.flows.ingest", "ingest", "daily", "schedule", "Load the configured folders, once a day."),
    Row(
        "paperhouse.flows.ingest",
        "ingest",
        "changed",
        "schedule_changed",
        "Load what changed in the configured folders.",
    ),
    Row(
        "paperhouse.flows.feed",
        "feed",
        "daily",
        "feed_schedule",
        "Read what arXiv announced in the configured categories.",
    ),
    Row(
        "paperhouse.flows.harvest",
        "harvest",
        "daily",
        "harvest_schedule",
        "Harvest what arXiv changed in a configured set.",
        each=("harvest_sets", "set_spec"),
    ),
    Row(
        "paperhouse.flows.enrich",
        "enrich",
        "daily",
        "enrich_schedule",
        "Look up in arXiv what digests leave out.",
    ),
    Row(
        "paperhouse.flows.fill",
        "fill",
        "daily",
        "fill_schedule",
        "Fetch from arXiv what digests missed.",
    ),
)
"""In the order of importance: after a time off, the first row of a flow catches up for all of its rows."""


def switched_on(settings: Settings) -> list[Row]:
    """Rows that the settings give a schedule, one for each word where a row wants that.

    Raises:
        SettingsError: a row with a schedule has no word.
    """
    rows = [row for row in DEPLOYMENTS if getattr(settings, row.cron)]
    return [one for row in rows for one in _one_for_each(row, settings)]


def _one_for_each(row: Row, settings: Settings) -> list[Row]:
    if row.each is None:
        return [row]
    setting, parameter = row.each
    words: list[str] = getattr(settings, setting).split()
    if not words:
        msg = f"setting {row.cron!r} is given, but {setting!r} names nothing to {row.flow}; give both or none"
        raise SettingsError(msg, setting=setting)
    return [
        replace(row, name=f"{row.name} {word}", parameters={**row.parameters, parameter: word}, each=None)
        for word in words
    ]


def next_runs(rows: Sequence[Row], settings: Settings, now: datetime) -> dict[Row, datetime]:
    """When each row runs next, in UTC; the soonest first.

    Raises:
        SettingsError: a schedule is no cron line.
    """
    times = {row: next_run(getattr(settings, row.cron), now, row.cron) for row in rows}
    return dict(sorted(times.items(), key=lambda item: (item[1], item[0].full_name)))


def next_run(schedule: str, now: datetime, setting: str = "schedule") -> datetime:
    """First time after `now` that the cron line `schedule` names, in UTC.

    Raises:
        SettingsError: it is no cron line.
    """
    from prefect.server.schemas.schedules import CronSchedule  # noqa: PLC0415 - see TYPE_CHECKING above

    try:
        dates = asyncio.run(CronSchedule(cron=schedule, timezone="UTC").get_dates(n=1, start=now))
    except ValueError as error:
        msg = (
            f"setting {setting!r} (paperhouse.toml or PAPERHOUSE_{setting.upper()}): {schedule!r} is no cron line; "
            "write five fields, for example '30 6 * * *' for every day at 06:30 UTC"
        )
        raise SettingsError(msg, schedule=schedule) from error
    return dates[0].astimezone(UTC)


def _lake_of(row: Row, settings: Settings) -> dict[str, str]:
    """The lake in the place of the home's file; an address holds no secret, or it is refused."""
    if settings.lake is None:
        return {}
    is_making = row.flow == "ingest" and settings.data is not None
    return {"warehouse": settings.lake.name, **({"data": str(settings.lake.data)} if is_making else {})}


def deployment(row: Row, settings: Settings) -> "RunnerDeployment":
    """One row as a deployment of Prefect's, into this home."""
    from prefect.schedules import Cron  # noqa: PLC0415 - see TYPE_CHECKING above
    from prefect.types.entrypoint import EntrypointType  # noqa: PLC0415

    flow: Flow[..., Any] = getattr(import_module(row.module), row.flow)
    made = flow.to_deployment(
        row.name,
        schedule=Cron(getattr(settings, row.cron), timezone="UTC"),
        parameters={
            "home": str(settings.home.absolute()),
            **_lake_of(row, settings),
            "wait_seconds": max(settings.wait_seconds, BUSY_WAIT_SECONDS),
            **row.parameters,
        },
        description=row.description,
        tags=[TAG],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", made)  # a coroutine only where an event loop runs
