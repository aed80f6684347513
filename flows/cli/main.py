"""`paperhouse`: parse arguments, call, print. Results go to stdout, everything else to stderr.

Exit codes: 0 done; 1 the job could not be done, a check refused to publish, or `status` found a problem; 2 wrong usage;
130 interrupted; 141 the reader of a pipe went away; 143 ended by SIGTERM.
"""

import sys
from contextlib import suppress
from typing import Any, Final

import click

from paperhouse.flows.cli import (
    arxiv,
    changes,
    coverage,
    export,
    init,
    inspect,
    load,
    maintain,
    mcp,
    persons,
    search,
    serve,
    shell,
    similar,
    site,
    watches,
)
from paperhouse.flows.cli.errors import end_output, failure_of, open_closed_streams
from paperhouse.flows.cli.options import add_loudness, is_debugging
from paperhouse.flows.signals import unwinding_on_sigterm

_WIDTH: Final = 110


class _Commands(click.Group):
    """Commands in the order of a day's work, and errors as one message instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order they were added."""
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with its whole first line, under the headings of `SECTIONS`."""
        del ctx
        for heading, commands in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [(command.name or "", command.get_short_help_str(_WIDTH)) for command in commands]
                )

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, also where a stream is closed or full while help or a usage error is written."""
        open_closed_streams()
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            message, code = failure_of(error)
            _say_failure(message)
            sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn every error into a message and an exit code."""
        try:
            with unwinding_on_sigterm():
                value = super().invoke(ctx)
                end_output()
        except (click.exceptions.Exit, click.ClickException, click.Abort, SystemExit):
            _end_quietly(ctx)
            raise
        except BaseException as error:
            if is_debugging():
                raise
            _tell(ctx, error)
        else:
            return value


def _end_quietly(ctx: click.Context) -> None:
    """Write out what is left where a command chose its own exit code."""
    try:
        end_output()
    except OSError as error:
        _tell(ctx, error)


def _tell(ctx: click.Context, error: BaseException) -> None:
    message, code = failure_of(error)
    _say_failure(message)
    ctx.exit(code)


def _say_failure(message: str | None) -> None:
    from paperhouse.flows.output.screen import show_text

    with suppress(
        OSError
    ):  # what the failure left in the buffer is not tried again when the interpreter ends
        end_output()
    if message is not None:
        show_text([(line, "red") for line in f"paperhouse: {message}".splitlines()], sys.stderr)


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"paperhouse {version('paperhouse')}")
        ctx.exit()


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def main() -> None:
    """ArXiv digests in, one SQL warehouse of papers and authors out.

    \b
    Example:
      paperhouse init ~/digests
      paperhouse ingest
      paperhouse sql "select * from daily_counts limit 5"
    """


add_loudness(main)
SECTIONS: Final = {
    "Load": (init.init, load.ingest, load.watch),
    "Query": (inspect.sql, shell.open_shell, inspect.dictionary),
    "Look": (inspect.status, coverage.coverage, inspect.rejects, inspect.inspect, inspect.formats),
    "Find": (search.search, similar.similar),
    "Show": (site.browse, site.site),
    "Export": (export.export, changes.changes, watches.watches),
    "Persons": (persons.who, persons.same, persons.different, persons.curate),
    "arXiv": (arxiv.enrich, arxiv.harvest, arxiv.feed, coverage.fill, arxiv.replay),
    "Maintain": (
        maintain.forget,
        maintain.rebuild,
        maintain.verify,
        maintain.restore,
        maintain.snapshot,
        maintain.move,
        maintain.maintain,
    ),
    "Run": (serve.serve, mcp.mcp, shell.completion),
}
"""Commands by what they are for, in the order of a day's work: the order of the help screen."""
for _command in (command for commands in SECTIONS.values() for command in commands):
    main.add_command(add_loudness(_command))


if __name__ == "__main__":
    main()
