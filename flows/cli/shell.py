"""Commands that hand over to a shell: SQL shells for the warehouse, completion for the command line."""

import click

from paperhouse.flows.cli.options import place_options
from paperhouse.flows.reading_settings import StatedPlace

SHELLS = ("harlequin", "duckdb")


@click.command("open")
@place_options
@click.option(
    "--shell", type=click.Choice(SHELLS), help="Which SQL shell.  [default: the first that is installed]"
)
def open_shell(place: StatedPlace, shell: str | None) -> None:
    """Open the warehouse, read-only, in a SQL shell: harlequin, or the DuckDB client.

    Both come with `pip install 'paperhouse[shell]'`. Loads go on while it is open; it keeps showing the state that it
    opened.

    \b
    Example:
      paperhouse open
      paperhouse open --shell duckdb
    """
    from paperhouse.flows.cli.sql_clients import hand_over, shell_command
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.storage.connections import open_read_only

    live = load_settings(*place).live
    command = shell_command(SHELLS if shell is None else (shell,), live)
    with open_read_only(live):
        pass  # a damaged or missing warehouse is reported here, with its remedy
    hand_over(command)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for bash, zsh or fish.

    \b
    Example:
      paperhouse completion bash > ~/.local/share/bash-completion/completions/paperhouse
      paperhouse completion zsh > ~/.zfunc/_paperhouse
      paperhouse completion fish > ~/.config/fish/completions/paperhouse.fish
    """
    from click.shell_completion import get_completion_class

    command = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    if kind is None:  # the choices are click's own
        msg = f"no completion for {shell}"
        raise click.UsageError(msg)
    # The template alone: source() would run bash to see how old it is, which may be on another machine.
    script = kind(command, {}, "paperhouse", "_PAPERHOUSE_COMPLETE")
    click.echo(script.source_template % script.source_vars())
