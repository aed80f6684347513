"""The command that lists what loads changed."""

import sys
from datetime import datetime
from pathlib import Path

import click

from paperhouse.flows.cli.options import home_option, parse_moment


@click.command()
@click.option(
    "--since",
    callback=parse_moment,
    metavar="GENERATION|TIME",
    required=True,
    help="Number of loads, as `status` counts them, or a time (UTC).",
)
@home_option
@click.option(
    "--format",
    "format_name",
    type=click.Choice(("ndjson", "parquet")),
    default="ndjson",
    show_default=True,
    help="Form of the result.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
def changes(since: int | datetime, home: Path | None, format_name: str, output: Path | None) -> None:
    """List papers that were inserted, updated or deleted since a generation or time.

    Each comes with its record before and after, the columns that differ, and the loads that had a part in it.
    An earlier state that is not kept any more is made again from the load packages, which takes as long as a rebuild.

    \b
    Example:
      paperhouse changes --since 2026-08-21 | jq -r .arxiv_id
      paperhouse changes --since 12 --format parquet -o changes.parquet
    """
    from paperhouse.flows.output.results import render
    from paperhouse.flows.settings import load_file_settings
    from paperhouse.warehouse.maintain.changes import load_ids_until, reading_changes
    from paperhouse.warehouse.storage.home import Home

    place = Home(load_file_settings(home).home)
    with reading_changes(place, load_ids_until(place, since)) as result:
        render(result, format_name, output=output, stdout=sys.stdout)
