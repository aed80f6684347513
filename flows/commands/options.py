"""Options that several commands share."""

from pathlib import Path

import click

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the warehouse.  [default: PAPERHOUSE_HOME, else ./data]",
)

RESULT_FORMATS = ("table", "markdown", "csv", "json", "ndjson", "parquet")
