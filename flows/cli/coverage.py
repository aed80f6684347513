"""Commands about what digests miss of arXiv's announcements: name it, and fetch it."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from paperhouse.flows.cli.options import RESULT_FORMATS, home_option, say

_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@home_option
@click.option("--list", "is_list", is_flag=True, help="Show the papers themselves, not the days.")
@click.option("--habits", is_flag=True, help="Show what each list shows of each category by its habit.")
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
    home: Path | None,
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
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.read.coverage import (
        DAYS_QUERY,
        HABITS_QUERY,
        PAPERS_QUERY,
        compute_models,
        first_day_shown,
        read_coverage,
    )
    from paperhouse.warehouse.read.query import open_locked, run_query
    from paperhouse.warehouse.storage.home import Home

    if is_list and habits:
        msg = "--list and --habits are two different tables; give one of them"
        raise click.UsageError(msg)
    settings = load_settings(home)
    with open_locked(
        Home(settings.home).live, memory_limit=settings.query_memory, threads=settings.query_threads
    ) as connection:
        begin = since.date() if since else first_day_shown(connection)
        compute_models(connection, begin)
        say(sum_up(read_coverage(connection, begin)), err=True)
        query = PAPERS_QUERY if is_list else HABITS_QUERY if habits else DAYS_QUERY
        query = query.replace("$since", f"date '{begin or date.min}'")
        query = query.replace("$gaps_only", str(not is_all).lower())
        render(run_query(connection, query), format_name, stdout=sys.stdout)
