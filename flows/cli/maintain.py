"""Commands that look after what is kept: take back, rebuild, check, restore, copy."""

import sys
from pathlib import Path

import click

from paperhouse.flows.cli.options import completing, home_option, say


def _digest_ids(home: Path) -> list[tuple[str, str]]:
    from paperhouse.warehouse.read.arrivals import newest_digests
    from paperhouse.warehouse.storage.home import Home

    return newest_digests(Home(home).live)


def _previous_names(home: Path) -> list[tuple[str, str]]:
    from paperhouse.warehouse.storage.home import Home

    return [(path.name, "") for path in sorted(Home(home).previous.iterdir(), reverse=True)]


@click.command()
@click.argument(
    "digests", nargs=-1, required=True, metavar="DIGEST...", shell_complete=completing(_digest_ids)
)
@home_option
@click.option("--wait", type=click.FloatRange(min=0), help="Seconds to wait while another load runs.")
def forget(digests: tuple[str, ...], home: Path | None, wait: float | None) -> None:
    """Remove digests, named by the start of their id, and what only they state.

    What other digests said stays. Later loads pass the same files over.

    \b
    Example:
      paperhouse forget 1b0bcb64991df07f
    """
    from paperhouse.flows.load.pipeline import forget_digests
    from paperhouse.flows.load.plan import plan_load
    from paperhouse.flows.output.load_report import load_lines
    from paperhouse.flows.settings import load_settings
    from paperhouse.transforms.read_digest import DigestDefaults

    settings = load_settings(home)
    if wait is not None:
        settings = settings.model_copy(update={"wait_seconds": wait})
    plan = plan_load((), settings, DigestDefaults(), trigger="forget")
    say("\n".join(load_lines(forget_digests(plan, digests))))


@click.command()
@home_option
@click.option(
    "--wait", type=click.FloatRange(min=0), default=0, help="Seconds to wait while another load runs."
)
def rebuild(home: Path | None, wait: float) -> None:
    """Rebuild the warehouse from its load packages alone.

    \b
    Example:
      paperhouse rebuild
    """
    from paperhouse.flows.load.pipeline import rebuild as rebuild_home
    from paperhouse.flows.settings import load_settings

    root = load_settings(home).home
    changes = rebuild_home(root, wait)
    counts = f"{changes.n_digests:,} digests, {changes.n_entries:,} entries, {changes.n_papers_new:,} papers"
    say(f"rebuilt {root}/paperhouse.duckdb: {counts}")


@click.command()
@home_option
def verify(home: Path | None) -> None:
    """Verify every byte, table, package and count; exit with 1 on any fault.

    \b
    Example:
      paperhouse verify
    """
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.maintain.verify import verify as verify_home
    from paperhouse.warehouse.storage.home import Home

    root = load_settings(home).home
    faults = list(verify_home(Home(root)))
    for fault in faults:
        click.echo(f"paperhouse: {fault}", err=True)
    if faults:
        sys.exit(1)
    say(f"{root}: everything is as it was written")


@click.command()
@click.argument("name", required=False, shell_complete=completing(_previous_names))
@home_option
def restore(name: str | None, home: Path | None) -> None:
    """Make a previous warehouse live again: NAME under previous/, or the newest.

    The packages of the loads that are taken back go to set-aside/. Take the files that they came from away, or
    the next load reads them again.

    \b
    Example:
      paperhouse restore
    """
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.maintain.recovery import restore as restore_home
    from paperhouse.warehouse.storage.home import Home
    from paperhouse.warehouse.storage.lock import exclusive_lock

    place = Home(load_settings(home).home)
    with exclusive_lock(place.lock):
        restored, taken_back = restore_home(place, name)
    say(f"restored {restored}; loads taken back: {', '.join(taken_back) or 'none'}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@home_option
def snapshot(folder: Path, home: Path | None) -> None:
    """Write a consistent Parquet copy, with the dictionary, to the new FOLDER.

    \b
    Example:
      paperhouse snapshot export-2025-06
    """
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.maintain.snapshot import write_snapshot
    from paperhouse.warehouse.storage.home import Home

    rows = write_snapshot(Home(load_settings(home).home), folder)
    say(f"{folder}: {len(rows)} tables, {sum(rows.values()):,} rows")
