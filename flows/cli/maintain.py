"""Commands that look after what is kept: take back, rebuild, check, restore, copy."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paperhouse.flows.cli.options import completing, place_options, say
from paperhouse.flows.reading_settings import StatedPlace

if TYPE_CHECKING:
    from paperhouse.flows.reading_settings import ReadingSettings


def _digest_ids(settings: "ReadingSettings") -> list[tuple[str, str]]:
    from paperhouse.warehouse.read.arrivals import newest_digests

    return newest_digests(settings.live)


def _previous_names(settings: "ReadingSettings") -> list[tuple[str, str]]:
    from paperhouse.warehouse.storage.home import Home

    return [(path.name, "") for path in sorted(Home(settings.home).previous.iterdir(), reverse=True)]


@click.command()
@click.argument(
    "digests", nargs=-1, required=True, metavar="DIGEST...", shell_complete=completing(_digest_ids)
)
@place_options
@click.option("--wait", type=click.FloatRange(min=0), help="Seconds to wait while another load runs.")
def forget(digests: tuple[str, ...], place: StatedPlace, wait: float | None) -> None:
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

    settings = load_settings(*place)
    if wait is not None:
        settings = settings.model_copy(update={"wait_seconds": wait})
    plan = plan_load((), settings, DigestDefaults(), trigger="forget")
    say("\n".join(load_lines(forget_digests(plan, digests))))


@click.command()
@place_options
@click.option(
    "--wait", type=click.FloatRange(min=0), default=0, help="Seconds to wait while another load runs."
)
def rebuild(place: StatedPlace, wait: float) -> None:
    """Rebuild the warehouse from its load packages alone.

    \b
    Example:
      paperhouse rebuild
    """
    from paperhouse.flows.load.pipeline import rebuild as rebuild_home
    from paperhouse.flows.settings import load_settings

    settings = load_settings(*place)
    changes = rebuild_home(settings.home, wait, settings.lake)
    counts = f"{changes.n_digests:,} digests, {changes.n_entries:,} entries, {changes.n_papers_new:,} papers"
    say(f"rebuilt {settings.warehouse or f'{settings.home}/paperhouse.duckdb'}: {counts}")


@click.command()
@place_options
def verify(place: StatedPlace) -> None:
    """Verify every byte, table, package and count; exit with 1 on any fault.

    \b
    Example:
      paperhouse verify
    """
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.storage.home import Home
    from paperhouse.warehouse.target.choice import target_of

    settings = load_settings(*place)
    faults = list(target_of(Home(settings.home), settings.lake).verify())
    for fault in faults:
        click.echo(f"paperhouse: {fault}", err=True)
    if faults:
        sys.exit(1)
    say(f"{settings.warehouse or settings.home}: everything is as it was written")


@click.command()
@place_options
@click.option(
    "--keep-days",
    type=click.IntRange(min=7),
    default=7,
    show_default=True,
    help="Days for which earlier states, and the files that only they need, are kept.",
)
@click.option(
    "--wait", type=click.FloatRange(min=0), default=0, help="Seconds to wait while another load runs."
)
def maintain(place: StatedPlace, keep_days: int, wait: float) -> None:
    """Keep a lake small: rewrite and merge its files, let old states go.

    It holds the lake as a load does, and reads everything back when it is done. Files that nothing needs any more stay
    for another day, because somebody may be reading them. A home's file needs no upkeep.

    \b
    Example:
      paperhouse maintain --warehouse ducklake:postgres://me@db/lake
    """
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.lake.maintain import maintain_lake
    from paperhouse.warehouse.storage.lake.lock import lake_lock

    settings = load_settings(*place)
    lake = settings.lake
    if lake is None:
        msg = "name a lake with --warehouse; the file of a home needs no upkeep, loads see to it"
        raise click.UsageError(msg)
    with lake_lock(lake, wait_seconds=wait):
        done = maintain_lake(lake, keep_days=keep_days)
    for fault in done.faults:
        click.echo(f"paperhouse: {fault}", err=True)
    say(
        f"{lake.name}: {done.n_files_before:,} files of {done.n_bytes_before:,} bytes are {done.n_files:,} of "
        f"{done.n_bytes:,}; {done.n_states_gone:,} earlier states and {done.n_files_deleted:,} files are gone"
    )
    if done.faults:
        sys.exit(1)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option(
    "--data", metavar="PLACE", help="Folder or s3://bucket/prefix for the data of the lake TO, if it is new."
)
@click.option(
    "--wait", type=click.FloatRange(min=0), default=0, help="Seconds to wait while another load runs."
)
def move(source: str, target: str, data: str | None, wait: float) -> None:
    """Copy a warehouse with its packages FROM a home or a lake TO an empty one.

    Both are folders, or addresses as --warehouse takes them. The copy is published if its content hash is that of
    FROM, which stays as it is.

    \b
    Example:
      paperhouse move data ducklake:postgres://me@db/lake --data /srv/lake
      paperhouse move ducklake:postgres://me@db/lake /tmp/copy
    """
    from contextlib import ExitStack

    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.lake.move import copy_to_file, copy_to_lake, file_source, lake_source
    from paperhouse.warehouse.storage.home import Home
    from paperhouse.warehouse.storage.lake.address import is_lake, parse_lake
    from paperhouse.warehouse.target.choice import target_of
    from paperhouse.warehouse.target.lake_target import LakeTarget

    if data is not None and not is_lake(target):
        msg = "--data is for a lake TO which is copied; a home has its data in its own folder"
        raise click.UsageError(msg)
    home = Home(load_settings().home)
    from_lake = parse_lake(source) if is_lake(source) else None
    to_lake = parse_lake(target, data) if is_lake(target) else None
    from_home = home if from_lake else Home(Path(source))
    to_home = home if to_lake else Home(Path(target))
    if not from_lake and not from_home.live.exists():
        msg = f"{from_home.live}: there is no warehouse; name the folder of one, or a lake"
        raise click.UsageError(msg)
    with ExitStack() as held:
        held.enter_context(target_of(from_home, from_lake).holding(wait))
        held.enter_context(target_of(to_home, to_lake).holding(wait))
        copied_from = lake_source(from_lake) if from_lake else file_source(from_home)
        copied = (
            copy_to_lake(copied_from, to_lake, LakeTarget(to_home, to_lake).local)
            if to_lake
            else copy_to_file(copied_from, to_home)
        )
    say(
        f"{target}: {copied.n_loads:,} loads, {copied.n_rows:,} rows, content hash {copied.content}, as in {source}"
    )


@click.command()
@click.argument("name", required=False, shell_complete=completing(_previous_names))
@place_options
def restore(name: str | None, place: StatedPlace) -> None:
    """Make a previous warehouse live again: NAME under previous/, or the newest.

    On a lake NAME is a generation, the number of loads as `status` counts them. The packages of the loads that are
    taken back go to set-aside/. Take the files that they came from away, or the next load reads them again.

    \b
    Example:
      paperhouse restore
    """
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.storage.home import Home
    from paperhouse.warehouse.target.choice import target_of

    settings = load_settings(*place)
    target = target_of(Home(settings.home), settings.lake)
    with target.holding(0):
        restored, taken_back = target.restore(name)
    say(f"restored {restored}; loads taken back: {', '.join(taken_back) or 'none'}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@place_options
def snapshot(folder: Path, place: StatedPlace) -> None:
    """Write a consistent Parquet copy, with the dictionary, to the new FOLDER.

    \b
    Example:
      paperhouse snapshot export-2025-06
    """
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.maintain.snapshot import write_snapshot

    rows = write_snapshot(load_settings(*place).live, folder)
    say(f"{folder}: {len(rows)} tables, {sum(rows.values()):,} rows")
