"""The reference tables that ship with Paperhouse."""

import polars as pl

from paperhouse.flows.sources.seeds import SEEDS
from paperhouse.transforms.tables import Categories


def read_categories() -> pl.DataFrame:
    """ArXiv's taxonomy as rows of `categories`."""
    schema = {name: column.dtype for name, column in Categories.columns().items()}
    return pl.read_csv(SEEDS / "reference" / "arxiv_categories.csv", schema=schema)
