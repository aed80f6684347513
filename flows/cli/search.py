"""The command that finds papers by words."""

import sys
from datetime import datetime

import click

from paperhouse.flows.cli.options import RESULT_FORMATS, place_options
from paperhouse.flows.reading_settings import StatedPlace


@click.command()
@click.argument("query", nargs=-1, required=True, metavar="QUERY")
@place_options
@click.option("--list", "lists", multiple=True, metavar="LIST", help="Only papers of this list; repeatable.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only papers first listed since that day.",
)
@click.option(
    "--author", "authors", multiple=True, metavar="NAME", help="Only papers by this author; repeatable."
)
@click.option("--all-words", is_flag=True, help="Only papers that have every word.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Papers to show."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", *RESULT_FORMATS]),
    default="text",
    show_default=True,
    help="How to write them.",
)
def search(
    query: tuple[str, ...],
    place: StatedPlace,
    lists: tuple[str, ...],
    since: datetime | None,
    authors: tuple[str, ...],
    all_words: bool,  # noqa: FBT001 - click's signature
    limit: int,
    format_name: str,
) -> None:
    """Find papers by words of their titles, abstracts and authors, the best first.

    QUERY is words, "a phrase", -word (not that one), prefix* and identifiers. The more of the words a paper has, and
    the rarer they are, the better. Each paper is shown with why it was found, and the file and line that state it.

    \b
    Example:
      paperhouse search retrieval augmented generation
      paperhouse search '"chain of thought" -math' --list AI --since 2025-04-01
    """
    from paperhouse.flows.output.screen import show_text
    from paperhouse.flows.output.search_report import describe_search, search_rows
    from paperhouse.flows.reading_settings import load_reading_settings
    from paperhouse.transforms.search.query import parse_search
    from paperhouse.warehouse.read.search import SearchFilter, search_papers
    from paperhouse.warehouse.read.shown_hits import show_hits
    from paperhouse.warehouse.storage.connections import open_read_only

    text = " ".join(query)
    parse_search(text)  # what cannot be understood needs no warehouse
    only = SearchFilter(lists, since.date() if since else None, authors, all_words)
    with open_read_only(load_reading_settings(*place).live) as connection:
        answer = search_papers(connection, text, limit, only)
        shown = show_hits(connection, answer)
    if format_name == "text":
        show_text(describe_search(answer, shown))
        return
    from paperhouse.flows.output.results import render
    from paperhouse.flows.output.search_result import search_result

    render(search_result(search_rows(shown)), format_name, stdout=sys.stdout)
