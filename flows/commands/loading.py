"""Commands that bring digests in."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import home_option

if TYPE_CHECKING:  # nothing heavy is imported before a command needs it
    from flows.plan import Plan
    from flows.summary import Summary


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@home_option
@click.option(
    "--date", "digest_date", type=click.DateTime(["%Y-%m-%d"]), help="Date of digests that state none."
)
@click.option("--list", "list_name", help="List of digests whose place does not say it.")
@click.option("--source", help="Who publishes these digests.")
@click.option(
    "--git-history",
    type=click.Path(path_type=Path),
    metavar="REPO",
    help="Read every committed version of PATHS, which are relative to REPO, a local clone; "
    "without PATHS, of all its files with endings of digests.",
)
@click.option(
    "--strict", is_flag=True, help="Exit with 1 if there is any reject, or a file that had to be left out."
)
@click.option("--wait", type=click.FloatRange(min=0), help="Seconds to wait while another load runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def ingest(
    paths: tuple[Path, ...],
    home: Path | None,
    digest_date: datetime | None,
    list_name: str | None,
    source: str | None,
    git_history: Path | None,
    strict: bool,  # noqa: FBT001
    wait: float | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Load digest files and folders into the warehouse.

    Without PATHS the folders from the settings are read, and without those the seed digests that come along.
    Files that are known already are skipped. With PREFECT_API_URL set the load runs as a flow there; a git
    history is always read here. It is the history of what HEAD names, and a version that has no date in its path
    or heading has that of its commit.

    \b
    Example:
      paperhouse ingest seeds/digests
      paperhouse ingest ~/reports --source my-lab --strict
      paperhouse ingest --git-history ~/clones/cv-arxiv-daily README.md docs
    """
    from flows.plan import plan_history, plan_load
    from flows.settings import load_settings, prefect_api_url
    from transforms.digest_reader import Stated

    settings = load_settings(home)
    if wait is not None:
        settings = settings.model_copy(update={"wait_seconds": wait})
    stated = Stated(digest_date.date() if digest_date else None, list_name, source)
    plan = (
        plan_history(git_history, paths, settings, stated)
        if git_history
        else plan_load(paths, settings, stated)
    )
    is_flow = prefect_api_url() is not None and git_history is None
    summary = _run_as_flow(plan) if is_flow else _run_here(plan)

    from flows.report import load_lines, notice_lines

    for line in notice_lines(summary):
        click.echo(line, err=True)
    click.echo(
        json.dumps(summary.to_json(), ensure_ascii=False) if as_json else "\n".join(load_lines(summary))
    )
    if strict and (summary.n_rejects or summary.problems):
        found = f"{summary.n_rejects} rejects and {len(summary.problems)} files left out"
        click.echo(f"paperhouse: {found}, and --strict allows none; see `paperhouse rejects`", err=True)
        sys.exit(1)


def _run_here(plan: "Plan") -> "Summary":
    from flows.workers import workers_ahead

    with workers_ahead(plan) as workers:
        from flows.pipeline import run_load

        with _progress() as progress:
            return run_load(plan, progress, workers)


def _run_as_flow(plan: "Plan") -> "Summary":
    from flows.ingest import run_ingest_flow

    summary, url = run_ingest_flow(plan)
    click.echo(f"flow run  {url}", err=True)
    return summary


@contextmanager
def _progress() -> Iterator[Callable[[int, int, int], None] | None]:
    """A progress bar with files, MB, entries and rejects if stderr is a terminal, else None."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading")
        totals = [0, 0, 0, 0]

        def show(n_bytes: int, n_entries: int, n_rejects: int) -> None:
            for index, count in enumerate((1, n_bytes, n_entries, n_rejects)):
                totals[index] += count
            elapsed = bar.tasks[0].elapsed or 1e-9
            bar.update(
                task,
                description=f"{totals[0]:,} files, {totals[1] / 1e6 / elapsed:.0f} MB/s, "
                f"{totals[2]:,} entries, {totals[3]:,} rejects",
            )

        yield show
