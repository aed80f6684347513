"""Commands that hand papers on: citations for papers."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from paperhouse.flows.cli.options import is_debugging, place_options, say
from paperhouse.flows.reading_settings import StatedPlace

if TYPE_CHECKING:
    from paperhouse.flows.cli.query_process import QueryClock

_FORMATS: Final = ("bibtex", "ris", "csl-json", "markdown", "zotero-rdf")
_SQL: Final = re.compile(r"\s*(?:select|from|with)\s", re.IGNORECASE)


@click.command()
@click.argument("papers", nargs=-1, metavar="[QUERY | ID...]")
@place_options
@click.option(
    "--search", "words", metavar="WORDS", help="The papers that `paperhouse search` finds, the best first."
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Papers of a search."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default="bibtex",
    show_default=True,
    help="What to write.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@click.option(
    "--key",
    "key_pattern",
    help="Keys, of {author}, {year}, {word} (of the title) and {id}.  [default: {author}{year}_{id}]",
)
def export(
    papers: tuple[str, ...],
    place: StatedPlace,
    words: str | None,
    limit: int,
    format_name: str,
    output: Path | None,
    key_pattern: str | None,
) -> None:
    """Write citations of papers, named by identifiers, by a QUERY in SQL or by a search.

    The query gives a column arxiv_id. A paper is a preprint unless a journal reference is known. Keys stay the same
    from export to export.

    \b
    Example:
      paperhouse export 2504.04178 --format ris
      paperhouse export --search "dense retrieval" --limit 5
      paperhouse export "select arxiv_id from listed_papers where list_name = 'RAG'" -o rag.bib
    """
    if bool(papers) == (words is not None):
        msg = "give identifiers, a query or --search, one of them; for example: paperhouse export 2504.04178"
        raise click.UsageError(msg)
    query = papers[0] if len(papers) == 1 and _SQL.match(papers[0]) else None

    from paperhouse.flows.cli.query_process import BESIDE_DATA_BYTES, run_killable
    from paperhouse.flows.output.results import draft_of
    from paperhouse.flows.reading_settings import bytes_of, load_reading_settings
    from paperhouse.transforms.citations.citation_keys import DEFAULT_KEY, require_key_pattern

    keys = key_pattern or DEFAULT_KEY
    require_key_pattern(keys)
    settings = load_reading_settings(*place)

    def answer(_: "QueryClock") -> None:
        from paperhouse.transforms.citations.citation import citations
        from paperhouse.warehouse.read.citations import identifiers_of_query, read_cited_papers
        from paperhouse.warehouse.read.search import search_papers
        from paperhouse.warehouse.target.queries import open_for_queries

        with open_for_queries(
            settings.live, memory_limit=settings.query_memory, threads=settings.query_threads
        ) as connection:
            if words is not None:
                found = [hit.arxiv_id for hit in search_papers(connection, words, limit).hits]
            else:
                found = identifiers_of_query(connection, query) if query else list(papers)
            cited = read_cited_papers(connection, found)
        if not cited:
            say("no papers", err=True)
        _write("".join(citations(cited, format_name, keys)), output)

    def remove_scrap(pid: int) -> None:
        if output is not None:
            draft_of(output, pid).unlink(missing_ok=True)

    run_killable(
        answer,
        seconds=settings.query_timeout_seconds,
        memory_bytes=bytes_of(settings.query_memory) + BESIDE_DATA_BYTES,
        remove_scrap=remove_scrap,
        is_debugging=is_debugging(),
    )


def _write(text: str, output: Path | None) -> None:
    from paperhouse.flows.output.results import replacing

    if output is not None:
        with replacing(output) as file:
            file.write(text.encode())
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())  # UTF-8 whatever the shell's locale is
