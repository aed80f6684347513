"""What was learned once and is frozen: where terms point among all topics, and the cells of like papers."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Bytes = NDArray[np.int8]
Floats = NDArray[np.float32]

VERSION: Final = "2026-11"
TERMS_FILE: Final = "terms.arrow"
CELLS_FILE: Final = "cells.arrow"
N_TOPICS: Final = 64
N_CELLS: Final = 256
MAX_DEPTH: Final = 16
"""How often a cell may be divided."""


@dataclass(frozen=True, slots=True)
class TopicModel:
    """Frozen tables of one version.

    Of each term, by `terms`, its keys in ascending order: `words` is how it is most often written, `rarity` a hundred
    times the logarithm of how rarely papers have it, and `reach` times `directions` where it points. Of each cell
    the centre of its papers, by which topics it is divided, and at which component.
    """

    terms: NDArray[np.uint64]
    words: pl.Series
    rarity: Numbers
    reach: Numbers
    directions: Bytes
    centres: Floats
    divided_by: NDArray[np.uint8]
    divided_at: Bytes


def read_topic_model(terms: bytes, cells: bytes) -> TopicModel:
    """The model from the bytes of its two files."""
    by_term, by_cell = pl.read_ipc(BytesIO(terms)), pl.read_ipc(BytesIO(cells))
    return TopicModel(
        terms=by_term["term"].to_numpy(),
        words=by_term["word"],
        rarity=by_term["rarity"].to_numpy().astype(np.int64),
        reach=by_term["reach"].to_numpy().astype(np.int64),
        directions=by_term["direction"].to_numpy(),
        centres=by_cell["centre"].to_numpy().astype(np.float32),
        divided_by=by_cell["divided_by"].to_numpy(),
        divided_at=by_cell["divided_at"].to_numpy(),
    )


def rows_of(lists: pl.Series, dtype: Any, length: int) -> NDArray[Any]:
    """Lists of one length as rows of a matrix."""
    rows: NDArray[Any] = (
        lists.explode(empty_as_null=False).to_numpy().astype(dtype, copy=False).reshape(-1, length)
    )
    return rows
