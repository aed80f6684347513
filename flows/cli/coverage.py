"""Commands about what digests miss of arXiv's announcements: name it, and fetch it."""

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from paperhouse.flows.cli import arxiv
from paperhouse.flows.cli.options import RESULT_FORMATS, place_options, say
from paperhouse.flows.reading_settings import StatedPlace

if TYPE_CHECKING:
    from paperhouse.flows.arxiv.fill import FillPlan
    from paperhouse.flows.arxiv.summary import ArxivSummary
    from paperhouse.flows.settings import Settings

_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@place_options
@click.option("--list", "is_list", is_flag=True, help="Show the papers themselves, not the days.")
@click.option("--habits", is_flag=True, help="Show how much of each category each list usually has.")
@click.option("--all", "is_all", is_flag=True, help="Show every day, those without a gap too.")
@click.option("--since", type=_DAY, help="First day.  [default: twelve weeks before the newest digest]")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(RESULT_FORMATS),
    default="table",
    show_default=True,
    help="Form of the result.",
)
def coverage(
    place: StatedPlace,
    is_list: bool,  # noqa: FBT001
    habits: bool,  # noqa: FBT001
    is_all: bool,  # noqa: FBT001
    since: datetime | None,
    format_name: str,
) -> None:
    """Show what digests missed of what arXiv announced, by day or by paper.

    What arXiv announced is known from its daily feeds and from harvests, and then the numbers are exact. Days of which
    neither is held are judged by the habit of the lists.

    \b
    Example:
      paperhouse coverage
      paperhouse coverage --list --since 2026-08-01 --format csv
    """
    from paperhouse.flows.output.coverage_report import sum_up
    from paperhouse.flows.output.results import render
    from paperhouse.flows.reading_settings import load_reading_settings
    from paperhouse.warehouse.read.coverage import (
        DAYS_QUERY,
        HABITS_QUERY,
        PAPERS_QUERY,
        compute_models,
        first_day_shown,
        read_coverage,
    )
    from paperhouse.warehouse.read.query import run_query
    from paperhouse.warehouse.target.queries import open_for_queries

    if is_list and habits:
        msg = "--list and --habits are two different tables; give one of them"
        raise click.UsageError(msg)
    settings = load_reading_settings(*place)
    with open_for_queries(
        settings.live, memory_limit=settings.query_memory, threads=settings.query_threads
    ) as connection:
        begin = since.date() if since else first_day_shown(connection)
        compute_models(connection, begin)
        say(sum_up(read_coverage(connection, begin)), err=True)
        query = PAPERS_QUERY if is_list else HABITS_QUERY if habits else DAYS_QUERY
        query = query.replace("$since", f"date '{begin or date.min}'")
        query = query.replace("$gaps_only", str(not is_all).lower())
        render(run_query(connection, query), format_name, stdout=sys.stdout)


@click.command()
@place_options
@click.option("--since", type=_DAY, help="First day.  [default: twelve weeks before the newest digest]")
@click.option(
    "--category",
    "categories",
    multiple=True,
    help="Category to harvest where lists alone tell of a gap; repeatable.  [default: those of the lists' papers]",
)
@click.option("--limit", type=click.IntRange(min=1), help="Look up this many papers at most.")
@arxiv.dry_run_option
@arxiv.wait_option
@arxiv.json_option
def fill(
    place: StatedPlace,
    since: datetime | None,
    categories: tuple[str, ...],
    limit: int | None,
    dry_run: bool,  # noqa: FBT001
    wait: float | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Fetch from arXiv what your digests missed, as answers: no listing is made up.

    Missing papers whose identifiers are known are looked up. A day whose gap is known from lists alone is harvested,
    category by category; then it is known exactly what arXiv announced on it.

    \b
    Example:
      paperhouse fill --dry-run
      paperhouse fill --since 2026-08-01 --category cs.IR
    """
    from paperhouse.flows.arxiv.fill import FillRequest, plan_fill, run_fill

    settings = arxiv.command_settings(place, wait)
    now = datetime.now(UTC)
    request = FillRequest(since.date() if since else None, categories, limit)
    plan = plan_fill(settings, request, now)
    for notice in plan.notices:
        click.echo(f"warning: {notice}", err=True)
    if dry_run or not (plan.harvests or plan.chosen.ids):
        facts, lines = _planned(plan, settings)
        arxiv.print_facts(facts, lines, as_json=as_json)
        return
    summaries: list[ArxivSummary] = []
    try:
        with arxiv.progress_line(settings) as progress:
            summaries.extend(run_fill(settings, plan, arxiv.command_client(settings), now, progress))
    finally:  # also what was published before arXiv failed is told
        for summary in summaries:
            arxiv.print_summary(summary, as_json=as_json)


def _planned(plan: "FillPlan", settings: "Settings") -> tuple[dict[str, Any], list[str]]:
    """What `fill` would ask, for programs and for people."""
    from paperhouse.flows.arxiv.door_order import door_costs
    from paperhouse.flows.arxiv.lookups import today
    from paperhouse.flows.output.coverage_report import sum_up

    costs = door_costs(settings, plan.chosen.ids, datetime.now(UTC), today())
    lookups, lookup_lines = arxiv.planned_lookups(plan.chosen, costs, settings)
    harvests = [arxiv.planned_harvest(harvest, settings) for harvest in plan.harvests]
    facts = {
        "n_papers_missing": plan.coverage.n_missing,
        "n_days_with_gaps": len(plan.coverage.gap_dates),
        "harvests": [harvest for harvest, _ in harvests],
        "lookups": lookups,
        "notices": list(plan.notices),
    }
    lines = [sum_up(plan.coverage), *(line for _, part in harvests for line in part)]
    if plan.chosen.ids:
        lines += lookup_lines
    if not (plan.harvests or plan.chosen.ids):
        lines.append("nothing to ask arXiv for")
    return facts, lines
