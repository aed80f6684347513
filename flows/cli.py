"""`paperhouse`: parse arguments, call, print. Results go to stdout, everything else to stderr.

Exit codes: 0 done; 1 the job could not be done, or a check refused to publish; 2 wrong usage; 130 interrupted.
"""

from typing import Any

import click

from flows.commands import arxiv, asking, keeping, loading, serving

INTERRUPTED = 130


class _Commands(click.Group):
    """Commands in the order of a day's work, and errors as one message instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order they were added."""
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


for _command in (
    loading.ingest,
    arxiv.enrich,
    arxiv.harvest,
    arxiv.feed,
    arxiv.replay,
    asking.sql,
    asking.status,
    asking.rejects,
    asking.inspect,
    asking.formats,
    asking.dictionary,
    keeping.forget,
    keeping.rebuild,
    keeping.verify,
    keeping.restore,
    keeping.snapshot,
    serving.serve,
):
    main.add_command(_command)


if __name__ == "__main__":
    main()
