"""The command that serves the warehouse to language models."""

import click

from paperhouse.flows.cli.options import place_options
from paperhouse.flows.reading_settings import StatedPlace


@click.command()
@place_options
def mcp(place: StatedPlace) -> None:
    """Serve the warehouse to a language model, over MCP on standard input and output.

    Needs the extra: pip install 'paperhouse[mcp]'. The tools read only, each call the newest state.

    \b
    Example:
      paperhouse mcp --home ~/digests/data
    """
    from importlib.util import find_spec

    from paperhouse.flows.mcp.server import make_server
    from paperhouse.flows.settings import load_settings

    if find_spec("mcp") is None:
        msg = "the package mcp is not installed; install it with: pip install 'paperhouse[mcp]'"
        raise click.ClickException(msg)
    settings = load_settings(*place)
    make_server(settings.model_copy(update={"home": settings.home.resolve()})).run("stdio")
