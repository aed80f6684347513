"""Commands that stay and work on a schedule."""

from pathlib import Path

import click

from flows.commands.options import home_option


@click.command()
@home_option
def serve(home: Path | None) -> None:
    """Run the load on its schedule, with a Prefect server and UI of its own unless PREFECT_API_URL names one.

    \b
    Example:
      paperhouse serve
    """
    from flows.deployments import serve_forever
    from flows.settings import load_settings

    serve_forever(load_settings(home), on_ready=lambda line: click.echo(line, err=True))
