"""Commands that stay and work on a schedule."""

import os

import click

from paperhouse.flows.cli.options import is_debugging, place_options
from paperhouse.flows.reading_settings import StatedPlace


@click.command()
@place_options
@click.option("--host", help="Address for the server to listen on; beyond loopback only with serve_auth.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port for the server to listen on.")
def serve(place: StatedPlace, host: str | None, port: int | None) -> None:
    """Run the loads on their schedules, with a Prefect server and UI.

    PREFECT_API_URL names another server to use instead of its own. With --debug, the logs of failed runs show
    tracebacks.

    \b
    Example:
      paperhouse serve
    """
    from paperhouse.flows.server.serve import serve_forever
    from paperhouse.flows.settings import TRACEBACKS_VARIABLE, load_settings

    if is_debugging():
        os.environ[TRACEBACKS_VARIABLE] = "1"  # runs inherit it
    given = {"serve_host": host, "serve_port": port}
    settings = load_settings(*place).model_copy(update={k: v for k, v in given.items() if v is not None})
    serve_forever(settings, on_ready=lambda line: click.echo(line, err=True))
