"""`paperhouse`: parse arguments, call, print. Results go to stdout, everything else to stderr.

Exit codes: 0 done; 1 the job could not be done, or a check refused to publish; 2 wrong usage; 130 interrupted.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # nothing heavy is imported before a command needs it
    from flows.plan import Plan
    from flows.summary import Summary

INTERRUPTED = 130
_FORMATS = ("table", "markdown", "csv", "json", "ndjson", "parquet")


class _Commands(click.Group):
    """Commands in the order of a day's work, and errors as one message instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order they were defined."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn every foreseen error into a message and an exit code."""
        from transforms.errors import PaperhouseError

        try:
            return super().invoke(ctx)
        except PaperhouseError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"paperhouse: {error}", err=True)
            ctx.exit(1)
        except OSError as error:
            if ctx.params.get("debug"):
                raise
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"paperhouse: {where}{(error.strerror or str(error)).lower()}", err=True)
            ctx.exit(1)
        except (KeyboardInterrupt, RuntimeError) as error:
            # DuckDB reports Ctrl-C in a query as a RuntimeError, with the interrupt as its cause.
            if not isinstance(error, KeyboardInterrupt) and not isinstance(
                error.__cause__, KeyboardInterrupt
            ):
                raise
            click.echo("paperhouse: interrupted; the warehouse is as it was", err=True)
            ctx.exit(INTERRUPTED)


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"paperhouse {version('paperhouse')}")
        ctx.exit()


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:  # noqa: FBT001 - click's signature
    """ArXiv digests in, one SQL warehouse of papers and authors out.

    \b
    Example:
      paperhouse ingest ~/digests
      paperhouse sql "select * from daily_counts limit 5"
    """
    del debug


_home = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the warehouse.  [default: PAPERHOUSE_HOME, else ./data]",
)


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_home
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
    from flows.report import load_lines, notice_lines
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
    from flows.pipeline import run_load

    with _progress() as progress:
        return run_load(plan, progress)


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


@main.command()
@click.argument("query", required=False)
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read the query from a file.",
)
@_home
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="Form of the result.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a file instead of standard output.",
)
@click.option(
    "--raw-csv", is_flag=True, help="Do not neutralise CSV cells that a spreadsheet would run as formulas."
)
def sql(
    query: str | None,
    file: Path | None,
    home: Path | None,
    format_name: str,
    output: Path | None,
    raw_csv: bool,  # noqa: FBT001
) -> None:
    """Ask the warehouse in SQL, read-only; QUERY, a file, or standard input.

    \b
    Example:
      paperhouse sql "select list_name, count(*) as n from digests group by all"
      paperhouse sql -f report.sql --format csv --output report.csv
    """
    if query is not None and file is not None:
        msg = "give the query as an argument or with --file, not both"
        raise click.UsageError(msg)
    if query is None and file is None and sys.stdin.isatty():
        msg = 'give a query, for example: paperhouse sql "select count(*) from papers"'
        raise click.UsageError(msg)
    if format_name == "parquet" and output is None and sys.stdout.isatty():
        msg = "Parquet is not for a terminal; add --output FILE"
        raise click.UsageError(msg)
    text = query if query is not None else file.read_text("utf-8") if file else sys.stdin.read()

    from flows.render import render
    from flows.settings import load_settings
    from warehouse.home import Home
    from warehouse.query import open_locked, run_query

    settings = load_settings(home)
    with open_locked(
        Home(settings.home).live, memory_limit=settings.query_memory, threads=settings.query_threads
    ) as connection:
        result = run_query(connection, text)
        render(result, format_name, output=output, stdout=sys.stdout, neutralise_formulas=not raw_csv)


@main.command()
@_home
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
def status(home: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Show tables and counts, last load, freshness, rejects, file size and generation.

    \b
    Example:
      paperhouse status
    """
    from flows.report import overview_json, overview_lines
    from flows.settings import load_settings
    from warehouse.home import Home
    from warehouse.overview import read_overview

    overview = read_overview(Home(load_settings(home).home))
    click.echo(json.dumps(overview_json(overview)) if as_json else "\n".join(overview_lines(overview)))


@main.command()
@_home
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Rejects to show.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS[:-1]),
    default="table",
    show_default=True,
    help="Form of the result.",
)
def rejects(home: Path | None, limit: int, format_name: str) -> None:
    """Show what could not be read: file, lines, reason and text; newest digests first.

    \b
    Example:
      paperhouse rejects --limit 5
    """
    from flows.render import render
    from flows.settings import load_settings
    from warehouse.home import Home
    from warehouse.query import open_locked, run_query

    query = f"""
        select
            digests.path,
            rejects.line_start,
            rejects.line_end,
            rejects.reason,
            rejects.text[:80] as text
        from rejects
        join digests using (digest_id)
        order by digests.load_id desc, digests.path, rejects.position
        limit {limit}
    """
    with open_locked(Home(load_settings(home).home).live) as connection:
        render(run_query(connection, query), format_name, stdout=sys.stdout)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def inspect(file: Path) -> None:
    """Show how each line of FILE is understood; nothing is written.

    \b
    Example:
      paperhouse inspect seeds/digests/000_ec206e639e4c188f.txt
    """
    from flows.report import inspect_lines
    from flows.settings import load_settings
    from flows.sources.files import Problem, find_files, read_file
    from transforms.digest_reader import read_digest, understood_spans
    from transforms.errors import InputError

    settings = load_settings()
    (found,), _ = find_files([file])
    content = read_file(found, settings.max_file_bytes)
    if isinstance(content, Problem):
        raise InputError(str(content), path=str(file))
    digest = read_digest(content, found.place, is_repairing=settings.repair_mojibake)
    if digest is None:
        click.echo(f"{file}: no digest; no known format, and no arXiv identifier in it")
        return
    click.echo("\n".join(inspect_lines(digest, understood_spans(digest))))


@main.command()
def formats() -> None:
    """List the digest families that are read, and what each states at best.

    \b
    Example:
      paperhouse formats
    """
    from transforms.formats import known_formats

    click.echo(f"{'format':<22} {'authors':<11} {'abstract':<11} what it is")
    for known in known_formats():
        click.echo(f"{known.name:<22} {known.authors:<11} {known.abstract:<11} {known.description}")


@main.command()
def dictionary() -> None:
    """Print the data dictionary: every table, model and check, as Markdown.

    \b
    Example:
      paperhouse dictionary > dictionary.md
    """
    from warehouse.dictionary import dictionary_markdown

    click.echo(dictionary_markdown(), nl=False)


@main.command()
@click.argument("digests", nargs=-1, required=True, metavar="DIGEST...")
@_home
@click.option("--wait", type=click.FloatRange(min=0), help="Seconds to wait while another load runs.")
def forget(digests: tuple[str, ...], home: Path | None, wait: float | None) -> None:
    """Remove digests, named by the start of their id, and everything that only they said.

    What other digests said stays. Later loads pass the same files over.

    \b
    Example:
      paperhouse forget 1b0bcb64991df07f
    """
    from flows.pipeline import forget_digests
    from flows.plan import plan_load
    from flows.report import load_lines
    from flows.settings import load_settings
    from transforms.digest_reader import Stated

    settings = load_settings(home)
    if wait is not None:
        settings = settings.model_copy(update={"wait_seconds": wait})
    plan = plan_load((), settings, Stated(), trigger="forget")
    click.echo("\n".join(load_lines(forget_digests(plan, digests))))


@main.command()
@_home
@click.option(
    "--wait", type=click.FloatRange(min=0), default=0, help="Seconds to wait while another load runs."
)
def rebuild(home: Path | None, wait: float) -> None:
    """Make the warehouse again from its load packages alone.

    \b
    Example:
      paperhouse rebuild
    """
    from flows.pipeline import rebuild as rebuild_home
    from flows.settings import load_settings

    root = load_settings(home).home
    changes = rebuild_home(root, wait)
    counts = f"{changes.n_digests:,} digests, {changes.n_entries:,} entries, {changes.n_papers_new:,} papers"
    click.echo(f"rebuilt {root}/paperhouse.duckdb: {counts}")


@main.command()
@_home
def verify(home: Path | None) -> None:
    """Inspect every byte, table, package and count; exit with 1 if anything is wrong.

    \b
    Example:
      paperhouse verify
    """
    from flows.settings import load_settings
    from warehouse.home import Home
    from warehouse.verify import verify as verify_home

    root = load_settings(home).home
    faults = list(verify_home(Home(root)))
    for fault in faults:
        click.echo(f"paperhouse: {fault}", err=True)
    if faults:
        sys.exit(1)
    click.echo(f"{root}: everything is as it was written")


@main.command()
@click.argument("name", required=False)
@_home
def restore(name: str | None, home: Path | None) -> None:
    """Make a previous warehouse file live again: NAME under previous/, or the newest there.

    The packages of the loads that are taken back go to set-aside/. Take the files that they came from away, or
    the next load reads them again.

    \b
    Example:
      paperhouse restore
    """
    from flows.settings import load_settings
    from warehouse.home import Home
    from warehouse.lock import exclusive_lock
    from warehouse.recovery import restore as restore_home

    place = Home(load_settings(home).home)
    with exclusive_lock(place.lock):
        restored, taken_back = restore_home(place, name)
    click.echo(f"restored {restored}; loads taken back: {', '.join(taken_back) or 'none'}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@_home
def snapshot(folder: Path, home: Path | None) -> None:
    """Write a consistent copy as Parquet, with the dictionary, into the new FOLDER.

    \b
    Example:
      paperhouse snapshot export-2025-06
    """
    from flows.settings import load_settings
    from warehouse.home import Home
    from warehouse.snapshot import write_snapshot

    rows = write_snapshot(Home(load_settings(home).home), folder)
    click.echo(f"{folder}: {len(rows)} tables, {sum(rows.values()):,} rows")


@main.command()
@_home
def serve(home: Path | None) -> None:
    """Run the load on its schedule, with a Prefect server and UI of its own unless PREFECT_API_URL names one.

    \b
    Example:
      paperhouse serve
    """
    from flows.deployments import serve_forever
    from flows.settings import load_settings

    serve_forever(load_settings(home), on_ready=lambda line: click.echo(line, err=True))


if __name__ == "__main__":
    main()
