"""Commands that show the warehouse as pages."""

from pathlib import Path

import click

from paperhouse.flows.cli.options import home_option, place_options, say
from paperhouse.flows.reading_settings import StatedPlace


@click.command()
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=4280, show_default=True, help="Port; 0 for any free one."
)
def browse(home: Path | None, host: str, port: int) -> None:
    """Show the warehouse as pages in a browser: today, papers, persons, lists, trends.

    The pages always show the newest state. Only this machine can reach them.

    \b
    Example:
      paperhouse browse
    """
    from paperhouse.flows.pages.server import browse_forever
    from paperhouse.flows.settings import load_file_settings
    from paperhouse.warehouse.storage.home import Home

    live = Home(load_file_settings(home).home).live
    browse_forever(live, host, port, on_ready=lambda address: say(f"pages      {address}", err=True))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@place_options
@click.option(
    "--days", type=click.IntRange(min=1), default=30, show_default=True, help="Days back from the newest."
)
@click.option("--all", "is_all", is_flag=True, help="All days, and papers of undated digests too.")
def site(folder: Path, place: StatedPlace, days: int, *, is_all: bool) -> None:
    """Write the pages as files that work anywhere: a web host, a share, a folder.

    A later run writes what changed and removes pages that are gone; files that no run wrote stay as they are.

    \b
    Example:
      paperhouse site public
    """
    from paperhouse.flows.pages.export import write_site
    from paperhouse.flows.pages.generation import Generation
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.storage.connections import open_read_only

    with open_read_only(load_settings(*place).live) as connection:
        written = write_site(Generation(connection), folder, None if is_all else days)
    say(
        f"site       {folder / 'index.html'}\n"
        f"files      {written.n_written:,} written, {written.n_same:,} unchanged, {written.n_removed:,} removed\n"
        f"size       {written.n_bytes / 1e6:.1f} MB",
    )
