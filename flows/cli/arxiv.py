"""Commands that ask arXiv itself, or replay what it answered."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from paperhouse.flows.cli.options import place_options
from paperhouse.flows.cli.watches import deliver_watches_of
from paperhouse.flows.reading_settings import StatedPlace

if TYPE_CHECKING:  # nothing heavy is imported before a command needs it
    from paperhouse.flows.arxiv.door_order import DoorCost
    from paperhouse.flows.arxiv.harvests import HarvestPlan
    from paperhouse.flows.arxiv.lookups import Chosen
    from paperhouse.flows.arxiv.summary import ArxivSummary, RequestProgress
    from paperhouse.flows.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])
_SECONDS_BETWEEN_LINES = 30.0
_N_SHOWN = 5

dry_run_option = click.option(
    "--dry-run",
    is_flag=True,
    help="Show which requests would be made and how long they would take; make none.",
)
wait_option = click.option(
    "--wait", type=click.FloatRange(min=0), help="Seconds to wait while another load runs."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")


@click.command()
@place_options
@click.option("--limit", type=click.IntRange(min=1), help="Ask for this many papers at most.")
@click.option("--since", type=_DAY, help="Only papers listed since that day.")
@click.option("--ids", multiple=True, help="Ask for these identifiers, with commas between; may be repeated.")
@dry_run_option
@wait_option
@json_option
def enrich(
    place: StatedPlace,
    limit: int | None,
    since: datetime | None,
    ids: tuple[str, ...],
    dry_run: bool,  # noqa: FBT001
    wait: float | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Look up in arXiv what digests leave out.

    Categories, versions, dates, whole author lists and abstracts.

    Papers that lack any of these are looked up, newest first, unless they were in the last 30 days. Where the query API
    refuses, arXiv's OAI-PMH service is queried, and then DataCite. It can be stopped at any time: what was answered is
    published.

    \b
    Example:
      paperhouse enrich --limit 1000
      paperhouse enrich --ids 2504.04178,2504.18961 --dry-run
    """
    from paperhouse.flows.arxiv.door_order import door_costs
    from paperhouse.flows.arxiv.lookups import LookupRequest, choose_papers, run_lookups, today

    settings = command_settings(place, wait)
    now = datetime.now(UTC)
    named = tuple(one for part in ids for one in part.replace(",", " ").split())
    request = LookupRequest(named, limit, since.date() if since else None)
    chosen = choose_papers(settings, request, now)
    if dry_run:
        print_facts(
            *planned_lookups(chosen, door_costs(settings, chosen.ids, now, today()), settings),
            as_json=as_json,
        )
        return
    with progress_line(settings) as progress:
        summary = run_lookups(settings, chosen, command_client(settings), progress)
    print_summary(summary, as_json=as_json)


@click.command()
@place_options
@click.option("--set", "set_spec", help="Set to harvest, such as cs:cs:IR; without it, everything.")
@click.option(
    "--from", "from_date", type=_DAY, help="First day of change; by default where the last one ended."
)
@click.option("--until", "until_date", type=_DAY, help="Last day of change; by default today.")
@click.option(
    "--prefix",
    type=click.Choice(["arXivRaw", "arXiv"]),
    default="arXivRaw",
    show_default=True,
    help="arXivRaw has versions and affiliations, arXiv has author names in parts.",
)
@dry_run_option
@wait_option
@json_option
def harvest(
    place: StatedPlace,
    set_spec: str | None,
    from_date: datetime | None,
    until_date: datetime | None,
    prefix: Any,
    dry_run: bool,  # noqa: FBT001
    wait: float | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Load what arXiv changed in a set within a window of days, by OAI-PMH.

    Without --from it goes on from the last harvest of that set, with an overlap of two days. All of it is
    published, or nothing; pages that came before it was stopped are kept and not requested again.

    \b
    Example:
      paperhouse harvest --set cs:cs:IR --from 2026-08-01
      paperhouse harvest --set cs:cs:IR
    """
    from paperhouse.flows.arxiv.harvests import plan_harvest, run_harvest

    settings = command_settings(place, wait)
    days = [day.date() if day else None for day in (from_date, until_date)]
    plan = plan_harvest(settings, set_spec, prefix, *days)
    if dry_run:
        print_facts(*planned_harvest(plan, settings), as_json=as_json)
        return
    with progress_line(settings) as progress:
        summary = run_harvest(settings, plan, command_client(settings), progress)
    print_summary(summary, as_json=as_json)


@click.command()
@click.argument("categories", nargs=-1, metavar="[CATEGORY]...")
@place_options
@dry_run_option
@wait_option
@json_option
def feed(
    categories: tuple[str, ...],
    place: StatedPlace,
    dry_run: bool,  # noqa: FBT001
    wait: float | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Load what arXiv announces today in these categories, as a digest.

    Without CATEGORY those of the settings are read, one request each: a stale feed would hide behind the others of
    one request. An empty weekend or holiday is as it should be; an empty or stale feed on another day is a warning.

    \b
    Example:
      paperhouse feed cs.IR cs.CL
    """
    from paperhouse.flows.arxiv.announcements import run_feed
    from paperhouse.flows.output.arxiv_report import duration

    settings = command_settings(place, wait)
    wanted = categories or tuple(settings.feed_categories.split())
    if not wanted:
        msg = "name categories, such as: paperhouse feed cs.IR cs.CL; or set feed_categories"
        raise click.UsageError(msg)
    if dry_run:
        n_requests = len(dict.fromkeys(wanted))
        seconds = _seconds(n_requests, settings)
        facts = {"categories": list(wanted), "n_requests": n_requests, "seconds": seconds}
        requests = "1 request" if n_requests == 1 else f"{n_requests} requests"
        print_facts(
            facts,
            [f"would read {', '.join(wanted)} in {requests}: about {duration(seconds)}"],
            as_json=as_json,
        )
        return
    print_summary(run_feed(settings, wanted, command_client(settings)), as_json=as_json)


@click.command()
@place_options
@wait_option
@json_option
def replay(place: StatedPlace, wait: float | None, as_json: bool) -> None:  # noqa: FBT001
    """Load stored replies of arXiv again, without the network.

    What is in the warehouse already adds nothing. Replies are kept as long as the settings say.

    \b
    Example:
      paperhouse replay
    """
    from paperhouse.flows.arxiv.replay import run_replay

    print_summary(run_replay(command_settings(place, wait)), as_json=as_json)


def command_settings(place: StatedPlace, wait: float | None) -> "Settings":
    """Settings of a command with these options."""
    from paperhouse.flows.settings import load_settings

    settings = load_settings(*place)
    return settings if wait is None else settings.model_copy(update={"wait_seconds": wait})


def command_client(settings: "Settings") -> Any:
    """The client of a command; what the user should know goes to standard error."""
    from paperhouse.flows.arxiv.client.polite_client import open_client

    return open_client(settings, lambda line: click.echo(f"paperhouse: {line}", err=True))


def _seconds(n_requests: int, settings: "Settings") -> float:
    """Time that so many requests take at the pace that arXiv allows."""
    return n_requests * settings.arxiv_interval_seconds


def planned_lookups(
    chosen: "Chosen", costs: "list[DoorCost]", settings: "Settings"
) -> tuple[dict[str, Any], list[str]]:
    """What `enrich` would ask, for programs and for people: of the first door that is open, and of each."""
    from paperhouse.flows.output.arxiv_report import duration

    first = chosen.ids[:_N_SHOWN]
    n_requests = next((one.cost.n_requests for one in costs if one.rests_until is None), 0)
    seconds = _seconds(n_requests, settings)
    facts = {
        "n_papers": len(chosen.ids),
        "n_requests": n_requests,
        "seconds": seconds,
        "doors": [
            {
                "door": one.door,
                "n_requests": one.cost.n_requests,
                "seconds": _seconds(one.cost.n_requests, settings),
                "remark": one.cost.remark or None,
                "rests_until": one.rests_until.isoformat(timespec="seconds") if one.rests_until else None,
            }
            for one in costs
        ],
        "n_left": chosen.n_left,
        "n_asked_lately": chosen.n_asked_lately,
        "first": first,
    }
    return facts, [
        f"would ask for {len(chosen.ids):,} papers in {_requests(n_requests)}: about {duration(seconds)}",
        *_door_lines(costs, settings),
        *([f"first      {', '.join(first)}"] if first else []),
        f"left       {chosen.n_left:,} beyond the limit, {chosen.n_asked_lately:,} asked for in the last 30 days",
    ]


def _door_lines(costs: "list[DoorCost]", settings: "Settings") -> Iterator[str]:
    from paperhouse.flows.output.arxiv_report import duration

    for number, one in enumerate(costs):
        seconds = _seconds(one.cost.n_requests, settings)
        remark = f"; {one.cost.remark}" if one.cost.remark else ""
        rest = f"; left alone until {one.rests_until:%Y-%m-%d %H:%M} UTC" if one.rests_until else ""
        label = "doors" if number == 0 else "then"
        yield f"{label:<10} {one.door:<9} {_requests(one.cost.n_requests)}, {duration(seconds)}{remark}{rest}"


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number:,} requests"


def planned_harvest(plan: "HarvestPlan", settings: "Settings") -> tuple[dict[str, Any], list[str]]:
    """What `harvest` would ask, for programs and for people; the length by the last harvest, as arXiv tells none."""
    from paperhouse.flows.output.arxiv_report import duration

    window = plan.window
    n_requests = plan.estimated_requests(datetime.now(UTC).date())
    seconds = None if n_requests is None else _seconds(n_requests, settings)
    facts = {
        "set": window.set_spec,
        "prefix": window.prefix,
        "from": window.from_date.isoformat(),
        "until": window.until_date.isoformat() if window.until_date else None,
        "n_requests": n_requests,
        "seconds": seconds,
    }
    changed = f"changed from {window.from_date} to {window.until_date or 'today'}"
    length = (
        "arXiv does not say how many requests that is: one in 3 s, at least 1"
        if seconds is None
        else f"by the last harvest about {n_requests:,} requests: {duration(seconds)}"
    )
    what = f"would harvest {window.set_spec or 'all sets'} as {window.prefix}, {changed}"
    return facts, [what, length, *plan.notices]


def print_facts(facts: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """Print facts for programs, or lines for people."""
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines))


def print_summary(summary: "ArxivSummary", *, as_json: bool) -> None:
    """Print what a run did; where it was stopped say why, and end with the exit code of that."""
    from paperhouse.flows.output.arxiv_report import arxiv_summary_lines
    from paperhouse.flows.output.load_report import notice_lines

    for line in (*notice_lines(summary.load), *(f"warning: {one}" for one in summary.warnings)):
        click.echo(line, err=True)
    print_facts(summary.to_json(), arxiv_summary_lines(summary), as_json=as_json)
    deliver_watches_of(summary.load.place)
    if isinstance(summary.stopped_by, KeyboardInterrupt):
        click.echo("paperhouse: interrupted; what arXiv had answered is published", err=True)
        sys.exit(130)
    if summary.stopped_by is not None:
        click.echo(f"paperhouse: {summary.stopped_by}", err=True)
        sys.exit(1)


@contextmanager
def progress_line(settings: "Settings") -> Iterator["RequestProgress"]:
    """Requests done, what they brought, and the time left: a line that changes on a terminal, else one in 30 s."""
    from paperhouse.flows.output.arxiv_report import duration

    is_terminal = sys.stderr.isatty()
    last_at = monotonic()

    def show(n_done: int, n_all: int | None, what: str) -> None:
        nonlocal last_at
        if not is_terminal and monotonic() - last_at < _SECONDS_BETWEEN_LINES:
            return
        last_at = monotonic()
        of_all = "" if n_all is None else f" of {n_all:,}"
        left = (
            "" if n_all is None else f", {duration((n_all - n_done) * settings.arxiv_interval_seconds)} left"
        )
        line = f"request {n_done:,}{of_all}, {what}{left}"
        click.echo(f"\r\x1b[K{line}" if is_terminal else line, err=True, nl=not is_terminal)

    try:
        yield show
    finally:
        if is_terminal:
            click.echo("\r\x1b[K", err=True, nl=False)
