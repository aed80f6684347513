"""Files that ship with Paperhouse: the seed digests and the reference tables."""

from pathlib import Path

import polars as pl

import seeds
from transforms.tables import Categories

_SEEDS = Path(seeds.__file__).parent


def seed_digests() -> Path:
    """Folder of the three real digests that are read when neither paths nor settings name any."""
    return _SEEDS / "digests"


def read_categories() -> pl.DataFrame:
    """ArXiv's taxonomy as rows of `categories`."""
    schema = {name: column.dtype for name, column in Categories.columns().items()}
    return pl.read_csv(_SEEDS / "reference" / "arxiv_categories.csv", schema=schema)
