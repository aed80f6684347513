"""Commands about who is who: show the persons of a name, and correct them."""

from datetime import date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import click

from paperhouse.flows.cli.options import home_option, place_options, say
from paperhouse.flows.reading_settings import StatedPlace

_reason_option = click.option("--reason", help="Why; kept in the file.")
_date_option = click.option(
    "--date",
    "stated",
    type=click.DateTime(["%Y-%m-%d"]),
    help="When that was found out.  [default: today]",
)
_wait_option = click.option(
    "--wait", type=click.FloatRange(min=0), default=0, help="Seconds to wait while a load runs."
)


@click.command()
@click.argument("name_or_id")
@place_options
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="Persons to show.")
def who(name_or_id: str, place: StatedPlace, limit: int) -> None:
    """Show the persons of a name, or the papers of one person and why they are theirs.

    \b
    Example:
      paperhouse who "Wei Zhang"
      paperhouse who 2248638992811735344
    """
    from paperhouse.flows.output.person_report import describe_name, describe_person
    from paperhouse.flows.settings import load_settings
    from paperhouse.warehouse.read.persons import (
        count_persons,
        find_person,
        mentions_of_person,
        persons_of_name,
    )
    from paperhouse.warehouse.storage.connections import open_read_only

    with open_read_only(load_settings(*place).live) as connection:
        if name_or_id.isdecimal():
            person = find_person(connection, int(name_or_id))
            if person is None:
                msg = f"no person has or had the id {name_or_id}; give a name to see its persons"
                raise click.ClickException(msg)
            say(describe_person(person, mentions_of_person(connection, person["person_id"]), int(name_or_id)))
            return
        n_persons = count_persons(connection, name_or_id)
        if not n_persons:
            msg = f"nobody is called {name_or_id!r}; names are compared whole, but for case, accents and dots"
            raise click.ClickException(msg)
        say(describe_name(persons_of_name(connection, name_or_id, limit), n_persons))


@click.command()
@click.argument("person_ids", nargs=-1, required=True, type=int, metavar="PERSON PERSON...")
@home_option
@_reason_option
@_date_option
@_wait_option
def same(
    person_ids: tuple[int, ...], home: Path | None, reason: str | None, stated: datetime | None, wait: float
) -> None:
    """Correct that persons of one name are one and the same; kept in curation.csv.

    It is applied at once, and in every load and rebuild from now on.

    \b
    Example:
      paperhouse same 2248638992811735344 1432071880094218057 --reason "same home page"
    """
    from paperhouse.transforms.persons.corrections import Correction
    from paperhouse.warehouse.read.persons import find_person, mentions_of_person
    from paperhouse.warehouse.storage.connections import open_read_only
    from paperhouse.warehouse.storage.home import Home

    root = _home(home)
    oldest = []
    with open_read_only(Home(root).live) as connection:
        for person_id in person_ids:
            person = find_person(connection, person_id)
            if person is None:
                msg = (
                    f"no person has or had the id {person_id}; `paperhouse who NAME` shows the ids of a name"
                )
                raise click.ClickException(msg)
            oldest.append(mentions_of_person(connection, person["person_id"])[0])
    _require_two_of_one_name(oldest)
    first, *others = sorted((row["arxiv_id"], row["position"]) for row in oldest)
    on = stated.date() if stated else date.today()  # noqa: DTZ011 - the user's day
    _note(root, [Correction("same", first, other, reason or "", on) for other in others], wait)


@click.command()
@click.argument("mentions", nargs=-1, required=True, metavar="PAPER:POSITION PAPER:POSITION...")
@home_option
@_reason_option
@_date_option
@_wait_option
def different(
    mentions: tuple[str, ...], home: Path | None, reason: str | None, stated: datetime | None, wait: float
) -> None:
    """Correct that places in author lists are of different persons; kept in curation.csv.

    It is applied at once, and in every load and rebuild from now on.

    \b
    Example:
      paperhouse different 2504.04178:3 2505.01234:1 --reason "one is a physicist"
    """
    from paperhouse.transforms.persons.corrections import Correction, read_mention
    from paperhouse.warehouse.read.persons import mention_of
    from paperhouse.warehouse.storage.connections import open_read_only
    from paperhouse.warehouse.storage.home import Home

    root = _home(home)
    keys = sorted({read_mention(text) for text in mentions})
    rows = []
    with open_read_only(Home(root).live) as connection:
        for arxiv_id, position in keys:
            row = mention_of(connection, arxiv_id, position)
            if row is None:
                msg = f"{arxiv_id}:{position}: the warehouse holds no such place in an author list"
                raise click.ClickException(msg)
            rows.append(row)
    _require_two_of_one_name(rows)
    on = stated.date() if stated else date.today()  # noqa: DTZ011 - the user's day
    _note(
        root,
        [Correction("different", one, other, reason or "", on) for one, other in combinations(keys, 2)],
        wait,
    )


@click.command()
@home_option
@_wait_option
def curate(home: Path | None, wait: float) -> None:
    """Apply curation.csv, as it was edited by hand, to the warehouse now.

    Every load and rebuild applies it too.

    \b
    Example:
      paperhouse curate
    """
    _apply(_home(home), wait)


def _home(home: Path | None) -> Path:
    from paperhouse.flows.settings import load_file_settings

    return load_file_settings(home).home


def _require_two_of_one_name(rows: list[Any]) -> None:
    if len({(row["arxiv_id"], row["position"]) for row in rows}) < 2:  # noqa: PLR2004 - a pair
        msg = "give two or more, and not the same one twice"
        raise click.UsageError(msg)
    if len({row["author_id"] for row in rows}) > 1:
        names = ", ".join(sorted({str(row["name_as_written"]) for row in rows}))
        msg = f"these are different names ({names}); persons are told apart within one name only"
        raise click.ClickException(msg)


def _note(root: Path, corrections: list[Any], wait: float) -> None:
    from paperhouse.warehouse.storage.curation import add_corrections
    from paperhouse.warehouse.storage.home import Home

    path = add_corrections(Home(root), corrections)
    say(f"{path}: {len(corrections)} noted")
    _apply(root, wait)


def _apply(root: Path, wait: float) -> None:
    from paperhouse.flows.load.pipeline import apply_corrections
    from paperhouse.warehouse.read.persons import count_corrections
    from paperhouse.warehouse.storage.connections import open_read_only
    from paperhouse.warehouse.storage.home import Home

    apply_corrections(root, wait)
    with open_read_only(Home(root).live) as connection:
        n_same, n_different = count_corrections(connection)
    say(f"in force: {n_same:,} same, {n_different:,} different")
