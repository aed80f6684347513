"""The command that shows papers like one."""

import json
from dataclasses import asdict

import click

from paperhouse.flows.cli.options import place_options
from paperhouse.flows.reading_settings import StatedPlace


@click.command()
@click.argument("paper", metavar="ID")
@place_options
@click.option(
    "--limit", type=click.IntRange(min=1, max=10), default=10, show_default=True, help="Papers to show."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def similar(paper: str, place: StatedPlace, limit: int, as_json: bool) -> None:  # noqa: FBT001 - click's signature
    """Show the papers most like one, and why: the terms, authors and lists that both have.

    How like two papers are is told by their titles and abstracts alone. ID is an identifier, with or without version,
    or an address of arXiv.

    \b
    Example:
      paperhouse similar 2504.04178
    """
    from paperhouse.flows.output.similar_report import describe_similar
    from paperhouse.flows.reading_settings import load_reading_settings
    from paperhouse.transforms.arxiv.identifiers import split_version
    from paperhouse.warehouse.read.paper_record import title_of
    from paperhouse.warehouse.read.similar import similar_papers
    from paperhouse.warehouse.storage.connections import open_read_only

    arxiv_id, _ = split_version(paper)
    with open_read_only(load_reading_settings(*place).live) as connection:
        title = title_of(connection, arxiv_id)
        found = similar_papers(connection, [arxiv_id], limit).get(arxiv_id, [])
    if as_json:
        click.echo(
            json.dumps([{**asdict(one), "why": one.why} for one in found], ensure_ascii=False, indent=2)
        )
    else:
        click.echo(describe_similar(arxiv_id, title, found))
