"""Commands that show the warehouse as pages."""

from pathlib import Path

import click

from paperhouse.flows.cli.options import home_option, say


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
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.storage.home import Home

    live = Home(load_settings(home).home).live
    browse_forever(live, host, port, on_ready=lambda address: say(f"pages      {address}", err=True))
