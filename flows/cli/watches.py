"""The command that shows what watches find, and delivers it."""

import sys
from typing import TYPE_CHECKING, Final

import click

from paperhouse.flows.cli.options import place_options, say
from paperhouse.flows.reading_settings import StatedPlace

if TYPE_CHECKING:
    from paperhouse.flows.settings import Watch

_FORMATS: Final = ("text", "markdown", "html", "json", "atom")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@place_options
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="Days to look back.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="Form of the result; all but text are of one watch.",
)
@click.option("--deliver", is_flag=True, help="Deliver what is new now, as every load does at its end.")
def watches(names: tuple[str, ...], place: StatedPlace, days: int, format_name: str, deliver: bool) -> None:  # noqa: FBT001
    """Show what each watch of the settings found in the last days, up to the newest digest.

    \b
    Example:
      paperhouse watches
      paperhouse watches rag --format atom > rag.atom
      paperhouse watches --deliver
    """
    from datetime import UTC, datetime

    from paperhouse.flows.settings import load_settings

    settings = load_settings(*place)
    if not settings.watches:
        say(
            'no watches; write a [[watches]] block into paperhouse.toml, with name = "rag" and what it looks for'
        )
        return
    chosen = _chosen(names, settings.watches)
    now = datetime.now(UTC)
    if deliver:
        from paperhouse.flows.watches.deliver import deliver_watches

        deliveries = deliver_watches(settings.model_copy(update={"watches": chosen}), now)
        for delivery in deliveries:
            say(delivery.line, err=delivery.error is not None)
        if any(delivery.error for delivery in deliveries):
            sys.exit(1)
        return
    from paperhouse.flows.watches.pages import PAGE_WRITERS, recent_message

    if format_name == "text":
        from paperhouse.flows.output.watch_report import watch_lines

        for watch in chosen:
            click.echo("\n".join(watch_lines(recent_message(settings, watch, days, now), days)))
        return
    if len(chosen) != 1:
        msg = (
            f"--format {format_name} is of one watch; name one of {', '.join(watch.name for watch in chosen)}"
        )
        raise click.UsageError(msg)
    text = PAGE_WRITERS[format_name](recent_message(settings, chosen[0], days, now))
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))


def _chosen(names: tuple[str, ...], watches: "list[Watch]") -> "list[Watch]":
    known = {watch.name: watch for watch in watches}
    unknown = [name for name in names if name not in known]
    if unknown:
        msg = f"no watch is called {', '.join(unknown)}; there are: {', '.join(known)}"
        raise click.UsageError(msg)
    return [known[name] for name in names] if names else watches


def deliver_watches_of(place: StatedPlace) -> None:
    """Deliver after a load of this process, and tell on standard error what came of it; nothing without watches."""
    from paperhouse.flows.reading_settings import may_state_watches

    if not may_state_watches():
        return
    from paperhouse.flows.watches.after_load import deliver_after_load

    for delivery in deliver_after_load(place):
        say(delivery.line, err=True)
