"""Commands that bring digests in."""

import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paperhouse.flows.cli.options import is_quiet, is_verbose, place_options, say, workers_option
from paperhouse.flows.cli.watches import deliver_watches_of
from paperhouse.flows.cluster_address import Workers
from paperhouse.flows.reading_settings import StatedPlace

if TYPE_CHECKING:  # nothing heavy is imported before a command needs it
    from paperhouse.flows.load.plan import Plan
    from paperhouse.flows.load.summary import Summary


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@place_options
@click.option(
    "--date", "digest_date", type=click.DateTime(["%Y-%m-%d"]), help="Date of digests that state none."
)
@click.option("--list", "list_name", help="List of digests whose place does not say it.")
@click.option("--source", help="Who publishes these digests.")
@click.option(
    "--git-history",
    type=click.Path(path_type=Path),
    metavar="REPO",
    help="Read every version of PATHS that HEAD of REPO, a local clone, leads to; PATHS are relative to REPO, "
    "and without them all files with endings of digests are read.",
)
@click.option(
    "--strict", is_flag=True, help="Exit with 1 if there is any reject, or a file that had to be left out."
)
@workers_option
@click.option("--wait", type=click.FloatRange(min=0), help="Seconds to wait while another load runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def ingest(
    paths: tuple[Path, ...],
    place: StatedPlace,
    digest_date: datetime | None,
    list_name: str | None,
    source: str | None,
    git_history: Path | None,
    strict: bool,  # noqa: FBT001
    workers: Workers | None,
    wait: float | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Load digest files and folders into the warehouse.

    PATHS are files, folders and archives, on a disk or such as s3://bucket/digests. Without them the folders of the
    settings are read, and without those the seed digests that come along. Files that are known already are skipped.

    With PREFECT_API_URL set the load runs as a flow on that server, unless it reads a git history. A version in a
    history that states no date in its path or heading has the day of its commit.

    \b
    Example:
      paperhouse ingest seeds/digests
      paperhouse ingest ~/reports --source my-lab --strict
      paperhouse ingest s3://bucket/digests
      paperhouse ingest --git-history ~/clones/cv-arxiv-daily README.md docs
    """
    from paperhouse.flows.load.plan import plan_history, plan_load
    from paperhouse.flows.reading_settings import load_settings_of_load, prefect_api_url
    from paperhouse.transforms.read_digest import DigestDefaults

    settings = load_settings_of_load(*place)
    if wait is not None:
        settings = replace(settings, wait_seconds=wait)
    if workers is not None:
        settings = replace(settings, workers=workers)
    stated = DigestDefaults(digest_date.date() if digest_date else None, list_name, source)
    plan = (
        plan_history(git_history, paths, settings, stated)
        if git_history
        else plan_load(paths, settings, stated)
    )
    is_flow = prefect_api_url() is not None and git_history is None
    summary = _run_as_flow(plan) if is_flow else _run_here(plan)

    from paperhouse.flows.output.load_report import load_lines

    _tell_notices(summary)
    if as_json:
        click.echo(json.dumps(summary.to_json(), ensure_ascii=False))
    else:
        _tell_load(load_lines(summary), summary)
    if not is_flow:
        deliver_watches_of(summary.place)
    if strict and (summary.n_rejects or summary.problems):
        found = f"{summary.n_rejects} rejects and {len(summary.problems)} files left out"
        click.echo(f"paperhouse: {found}, and --strict allows none; see `paperhouse rejects`", err=True)
        sys.exit(1)


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, readable=False), metavar="[FOLDER]...")
@place_options
@click.option("--list", "list_name", help="List of digests whose place does not say it.")
@click.option("--source", help="Who publishes these digests.")
@workers_option
def watch(
    folders: tuple[Path, ...],
    place: StatedPlace,
    list_name: str | None,
    source: str | None,
    workers: Workers | None,
) -> None:
    """Load new files as they appear in FOLDERS, or in those of the settings.

    It runs until Ctrl-C or SIGTERM.

    What is there already is loaded first. Files that still grow are waited for; a burst of files is one load. A load
    that fails is reported and tried again.

    \b
    Example:
      paperhouse watch ~/digests
    """
    import threading

    from paperhouse.flows.cli.errors import failure_of
    from paperhouse.flows.cli.preview import require_folder
    from paperhouse.flows.load.plan import plan_load
    from paperhouse.flows.load.watch import stopping_at_sigterm, watch_folders
    from paperhouse.flows.output.load_report import load_lines
    from paperhouse.flows.settings import load_settings
    from paperhouse.transforms.read_digest import DigestDefaults

    settings = load_settings(*place)
    watched = folders or tuple(folder.path for folder in settings.folders)
    if not watched:
        msg = "name a folder to watch, or name some in the settings (`paperhouse init FOLDER`)"
        raise click.UsageError(msg)
    watched = tuple(require_folder(folder) for folder in watched)
    # Another load is waited for in short turns: SIGTERM must not wait with it.
    chosen = {} if workers is None else {"workers": workers}
    settings = settings.model_copy(update={"wait_seconds": 0, **chosen})
    plan = plan_load(folders, settings, DigestDefaults(list_name=list_name, source=source))

    def load() -> None:
        summary = _run_here(plan)
        _tell_notices(summary)
        lines = load_lines(summary)
        _tell_load(lines if is_verbose() else lines[: 5 if summary.is_changed else 1], summary)
        deliver_watches_of(summary.place)
        sys.stdout.flush()

    def tell(error: Exception) -> None:
        click.echo(f"paperhouse: {failure_of(error)[0]}; the watch goes on", err=True)

    stop = threading.Event()
    with stopping_at_sigterm(stop):
        say(f"watching {', '.join(map(str, watched))}; Ctrl-C ends it", err=True)
        watch_folders(watched, settings.home.absolute(), load, tell, stop)
    say("stopped; the warehouse is as the last load left it", err=True)


def _tell_load(lines: list[str], summary: "Summary") -> None:
    """What a load did, on standard output: the headline stands out, and rejects do."""
    from paperhouse.flows.output.screen import show_text

    styles = ["bold green" if summary.is_changed else "bold"] + [""] * (len(lines) - 1)
    styles = [
        "yellow" if line.startswith("rejects") and summary.n_rejects else style
        for line, style in zip(lines, styles, strict=True)
    ]
    if not is_quiet():
        show_text(list(zip(lines, styles, strict=True)))


def _tell_notices(summary: "Summary") -> None:
    """What was left out or looks wrong, on standard error."""
    from paperhouse.flows.output.load_report import notice_lines
    from paperhouse.flows.output.screen import show_text

    if not is_quiet():
        show_text([(line, "yellow") for line in notice_lines(summary)], sys.stderr)


def _run_here(plan: "Plan") -> "Summary":
    from paperhouse.flows.load.workers import workers_ahead

    with workers_ahead(plan) as workers:
        from paperhouse.flows.load.pipeline import run_load
        from paperhouse.flows.output.progress import in_words, on_terminal

        if is_verbose():
            with in_words(lambda line: say(line, err=True)) as (progress, on_step):
                return run_load(plan, progress, on_step, workers)
        if sys.stderr.isatty() and not is_quiet():
            with on_terminal() as (progress, on_step):
                return run_load(plan, progress, on_step, workers)
        return run_load(plan, workers=workers)


def _run_as_flow(plan: "Plan") -> "Summary":
    from paperhouse.flows.ingest import run_ingest_flow

    summary, url = run_ingest_flow(plan)
    say(f"flow run  {url}", err=True)
    return summary
