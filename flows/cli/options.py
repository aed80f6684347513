"""Options that several commands share, and messages at the level of detail that the user chose."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from paperhouse.flows.cluster_address import Workers, parse_workers
from paperhouse.flows.reading_settings import ReadingSettings, StatedPlace

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the warehouse.  [default: PAPERHOUSE_HOME, else ./data]",
)


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name a warehouse, file or lake; the command takes them as one `StatedPlace`."""

    @wraps(command)
    def with_place(
        *arguments: Any, home: Path | None, warehouse: str | None, data: str | None, **named: Any
    ) -> Any:
        return command(*arguments, place=StatedPlace(home, warehouse, data), **named)

    data = click.option(
        "--data", metavar="PLACE", help="Folder or s3://bucket/prefix for the data of a new lake."
    )
    warehouse = click.option(
        "--warehouse",
        metavar="ADDRESS",
        help="A lake in the place of the home's file: ducklake:FILE or ducklake:postgres://user@host/database.",
    )
    return home_option(warehouse(data(with_place)))


class _Workers(click.ParamType[Workers]):
    """A number of processes, or the address of a Dask scheduler."""

    name = "workers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Workers:
        try:
            return parse_workers(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


workers_option = click.option(
    "--workers",
    type=_Workers(),
    metavar="N|ADDRESS",
    help="Processes that parse large batches, or the scheduler of a Dask cluster: dask://host:8786.  "
    "[default: PAPERHOUSE_WORKERS, else one a core]",
)


def parse_moment(ctx: click.Context, param: click.Parameter, value: str | None) -> int | datetime | None:
    """Take digits for a generation, the rest for ISO 8601; a time without a zone is UTC."""
    if value is None:
        return None
    if value.isdecimal() and len(value) < len("20250101"):
        return int(value)
    try:
        stated = datetime.fromisoformat(value)
    except ValueError:
        msg = (
            f"{value!r} is neither a generation such as 12 nor a time such as 2026-08-21 or 2026-08-21T06:30Z"
        )
        raise click.BadParameter(msg, ctx, param) from None
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)


RESULT_FORMATS = ("table", "markdown", "csv", "json", "ndjson", "parquet")
"""Forms of a result; `paperhouse.flows.output.results` writes them."""

_LOUDNESS = "paperhouse.loudness"
_OPTIONS = (
    (("-q", "--quiet"), "Say nothing but errors; the exit code tells the rest."),
    (("-v", "--verbose"), "Name each file and the time of each step, on standard error."),
    (("--debug",), "Show the traceback of an error."),
)


def add_loudness(command: click.Command) -> click.Command:
    """Give a command the options --quiet, --verbose and --debug, before or after its name."""
    for names, text in _OPTIONS:
        command.params.append(
            click.Option(names, is_flag=True, expose_value=False, callback=_remember, help=text)
        )
    for parameter in command.params:
        _refuse_empty(parameter)
    return command


def _refuse_empty(parameter: click.Parameter) -> None:
    """Take an empty value for wrong usage: a path of no letters would be the working folder, an id of none any id.

    That is what a shell gives for a variable that is not set.
    """
    convert = parameter.type_cast_value

    def convert_filled(context: click.Context, value: Any) -> Any:
        if "" in (value if isinstance(value, tuple | list) else [value]):
            msg = "is empty; leave it out, or give a value (is a variable of the shell not set?)"
            raise click.BadParameter(msg, ctx=context, param=parameter)
        return convert(context, value)

    parameter.type_cast_value = convert_filled  # type: ignore[method-assign,assignment] # click has no hook for it


def _remember(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        context.meta[f"{_LOUDNESS}.{parameter.name}"] = True


def _is(name: str) -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and f"{_LOUDNESS}.{name}" in context.meta


def is_quiet() -> bool:
    """Whether to print nothing but errors and the result."""
    return _is("quiet")


def is_verbose() -> bool:
    """Whether each file and step should be named."""
    return _is("verbose") and not is_quiet()


def is_debugging() -> bool:
    """Whether an error should show its traceback."""
    return _is("debug")


def say(text: str, *, err: bool = False) -> None:
    """Tell what was done, unless the user wants it quiet."""
    if not is_quiet():
        click.echo(text, err=err)


Completer = Callable[[click.Context, click.Parameter, str], list[Any]]


def completing(candidates: Callable[[ReadingSettings], list[tuple[str, str]]]) -> Completer:
    """Complete an argument from the home: `candidates` are values with what they mean; none where it cannot be read."""

    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from paperhouse.flows.reading_settings import load_reading_settings
        from paperhouse.transforms.errors import PaperhouseError

        try:
            given = (context.params.get(name) for name in StatedPlace._fields)
            found = candidates(load_reading_settings(*given))
        except (PaperhouseError, OSError):
            return []
        return [CompletionItem(value, help=text) for value, text in found if value.startswith(incomplete)]

    return complete
