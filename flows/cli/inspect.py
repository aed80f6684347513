"""Commands that look and change nothing."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paperhouse.flows.cli.options import RESULT_FORMATS, is_debugging, is_quiet, parse_moment, place_options
from paperhouse.flows.reading_settings import StatedPlace

if TYPE_CHECKING:
    from paperhouse.flows.reading_settings import ReadingSettings
    from paperhouse.transforms.formats.generic import Structure


def _is_terminal(path: Path) -> bool:
    """Whether a file to write to is a terminal (`/dev/tty`, or `/dev/stdout` where that is one)."""
    if not path.is_char_device():
        return False
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOCTTY)
    except OSError:
        return False  # to write there fails with its own message
    try:
        return os.isatty(handle)
    finally:
        os.close(handle)


@click.command()
@click.argument("query", required=False)
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read the query from a file.",
)
@place_options
@click.option(
    "--format",
    "format_name",
    type=click.Choice(RESULT_FORMATS),
    default="table",
    show_default=True,
    help="Form of the result.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a file instead of standard output.",
)
@click.option(
    "--raw-csv", is_flag=True, help="Do not neutralise CSV cells that a spreadsheet would run as formulas."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    help="Seconds that the query may take; 0 for no limit.  [default: query_timeout_seconds, 300]",
)
@click.option(
    "--as-of",
    callback=parse_moment,
    metavar="GENERATION|TIME",
    help="Query an earlier state: a number of loads, as `status` counts them, or a time (UTC).",
)
def sql(
    query: str | None,
    file: Path | None,
    place: StatedPlace,
    format_name: str,
    output: Path | None,
    raw_csv: bool,  # noqa: FBT001
    timeout: float | None,
    as_of: int | datetime | None,
) -> None:
    """Query the warehouse in SQL, read-only: QUERY, a file, or standard input.

    It runs in a process of its own, which is ended when it takes too long; the time in which a pager or another
    reader of the output is slow does not count. An earlier state of a home that is not kept any more is made again from
    the load packages, which takes as long as a rebuild; a lake keeps its states for a week at least.

    \b
    Example:
      paperhouse sql "select list_name, count(*) as n from digests group by all"
      paperhouse sql -f report.sql --format csv --output report.csv
      paperhouse sql "select count(*) from papers" --as-of 2026-08-21
    """
    if query is not None and file is not None:
        msg = "give the query as an argument or with --file, not both"
        raise click.UsageError(msg)
    if query is None and file is None and sys.stdin.isatty():
        msg = 'give a query, for example: paperhouse sql "select count(*) from papers"'
        raise click.UsageError(msg)
    if format_name == "parquet" and (sys.stdout.isatty() if output is None else _is_terminal(output)):
        msg = "Parquet is not for a terminal; use --output FILE"
        raise click.UsageError(msg)
    text = query if query is not None else file.read_text("utf-8") if file else sys.stdin.read()
    if not text.strip():
        msg = "the query is empty"
        raise click.UsageError(msg)

    from paperhouse.flows.cli.query_process import BESIDE_DATA_BYTES, QueryClock, run_killable
    from paperhouse.flows.output.results import draft_of
    from paperhouse.flows.reading_settings import bytes_of, load_reading_settings

    settings = load_reading_settings(*place)

    def answer(clock: QueryClock) -> None:
        from dataclasses import replace

        from paperhouse.flows.cli.lean_imports import import_pyarrow_alone
        from paperhouse.flows.output.results import render
        from paperhouse.warehouse.read.query import run_query

        import_pyarrow_alone()
        with _open_for_query(settings, as_of) as connection:
            result = run_query(connection, text)
            result = replace(result, batches=clock.counting(result.batches))
            render(result, format_name, output=output, stdout=sys.stdout, neutralise_formulas=not raw_csv)

    def remove_scrap(pid: int) -> None:
        if output is not None:
            draft_of(output, pid).unlink(missing_ok=True)

    run_killable(
        answer,
        seconds=settings.query_timeout_seconds if timeout is None else timeout,
        memory_bytes=bytes_of(settings.query_memory) + BESIDE_DATA_BYTES,
        remove_scrap=remove_scrap,
        is_debugging=is_debugging(),
    )


@contextmanager
def _open_for_query(settings: "ReadingSettings", as_of: "int | datetime | None") -> Iterator[Any]:
    """The engine's connection, to the newest state or an earlier one."""
    limits: dict[str, Any] = {"memory_limit": settings.query_memory, "threads": settings.query_threads}
    if as_of is None:
        from paperhouse.warehouse.target.queries import open_for_queries

        with open_for_queries(settings.live, **limits) as connection:
            yield connection
    else:
        from paperhouse.warehouse.target.earlier_queries import open_earlier_for_queries

        with open_earlier_for_queries(settings.home, settings.lake, as_of, **limits) as connection:
            yield connection


@click.command()
@place_options
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
def status(place: StatedPlace, as_json: bool) -> None:  # noqa: FBT001
    """Show whether all is well: fresh, complete, sound; exit with 1 if not.

    Fresh is what has a digest of every day that arXiv's calendar and the habit of its list let expect.

    \b
    Example:
      paperhouse status
      paperhouse status --json | jq .problems
    """
    from datetime import UTC

    from paperhouse.flows.output.health import health_json
    from paperhouse.flows.output.health_screen import status_parts
    from paperhouse.flows.output.present_health import present_health
    from paperhouse.flows.output.screen import show
    from paperhouse.flows.reading_settings import load_reading_settings

    health = present_health(load_reading_settings(*place), datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(health_json(health), ensure_ascii=False))
    elif not is_quiet():
        show(status_parts(health))
    if health.problems:
        sys.exit(1)


@click.command()
@place_options
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Rejects to show.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(RESULT_FORMATS[:-1]),
    default="table",
    show_default=True,
    help="Form of the result.",
)
def rejects(place: StatedPlace, limit: int, format_name: str) -> None:
    """Show what could not be read: file, lines, reason, text; newest first.

    \b
    Example:
      paperhouse rejects --limit 5
    """
    from paperhouse.flows.output.results import render
    from paperhouse.flows.reading_settings import load_reading_settings
    from paperhouse.warehouse.read.query import run_query
    from paperhouse.warehouse.target.queries import open_for_queries

    query = f"""
        select
            digests.path,
            rejects.line_start,
            rejects.line_end,
            rejects.reason,
            rejects.text[:80] as text
        from rejects
        join digests using (digest_id)
        order by digests.load_id desc, digests.path, rejects.position
        limit {limit}
    """
    with open_for_queries(load_reading_settings(*place).live) as connection:
        render(run_query(connection, query), format_name, stdout=sys.stdout)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--suggest",
    is_flag=True,
    help="Write the [[formats]] block that reads the file as it is understood, to correct by hand.",
)
def inspect(file: Path, suggest: bool) -> None:  # noqa: FBT001 - an option
    """Show how each line of FILE is understood; nothing is written.

    FILE may be ARCHIVE/MEMBER, s3://BUCKET/OBJECT, or REPOSITORY/PATH@COMMIT, as a load names what it read.

    \b
    Example:
      paperhouse inspect seeds/digests/000_ec206e639e4c188f.txt
      paperhouse inspect --suggest my-list/2026-08-21.md >> paperhouse.toml
    """
    from paperhouse.flows.given_path import argument_of
    from paperhouse.flows.output.load_report import inspect_lines
    from paperhouse.flows.settings import load_settings
    from paperhouse.flows.sources.addresses import read_address
    from paperhouse.flows.sources.archives import ArchiveLimits
    from paperhouse.transforms.read_digest import found_structure, read_digest, understood_spans

    settings = load_settings()
    found = read_address(file, ArchiveLimits(settings.max_file_bytes, settings.max_archive_bytes))
    if found is None:
        msg = (
            f"File {argument_of(str(file))!r} does not exist; give a file, ARCHIVE/MEMBER, s3://BUCKET/OBJECT or "
            "REPOSITORY/PATH@COMMIT."
        )
        raise click.BadParameter(msg, param_hint="FILE")
    rules = settings.format_rules
    structure = found_structure(found.content, found.place, rules)
    if suggest:
        click.echo(_suggestion(file, structure), nl=False)
        return
    digest = read_digest(found.content, found.place, is_repairing=settings.repair_mojibake, rules=rules)
    if digest is None:
        click.echo(f"{argument_of(str(file))}: no digest; no known format, and no arXiv identifier in it")
        return
    click.echo("\n".join(inspect_lines(digest, understood_spans(digest), structure)))


def _suggestion(file: Path, structure: "Structure | None") -> str:
    """The block that reads the file, or one to fill in where nothing was found."""
    from paperhouse.flows.given_path import argument_of
    from paperhouse.transforms.formats.generic import suggested_block

    if structure is not None:
        return suggested_block(str(file), structure)
    glob = "/".join(part for part in file.parts[-2:] if part not in ("..", "/"))
    return (
        f"# {argument_of(str(file))}: nothing in it repeats with one paper each; say what the record is and what its "
        "fields are called.\n"
        f'# [[formats]]\n# files = ["{glob}"]\n# record = "list item"  # or section 2, table row, quote, page\n'
        '# fields = { title = "Name", authors = "Written by" }\n'
    )


@click.command()
def formats() -> None:
    """List the digest families that are read, and what each states at best.

    \b
    Example:
      paperhouse formats
    """
    from paperhouse.flows.output.screen import Grid, show
    from paperhouse.transforms.formats import known_formats

    head = ("format", "authors", "abstract", "what it is")
    show([Grid("", head, [(f.name, f.authors, f.abstract, f.description) for f in known_formats()])])


@click.command()
def dictionary() -> None:
    """Print the data dictionary: every table, model and check, in Markdown.

    \b
    Example:
      paperhouse dictionary > dictionary.md
    """
    from paperhouse.warehouse.schema.dictionary import dictionary_markdown

    click.echo(dictionary_markdown(), nl=False)
