"""What was learned once and is frozen: how rare names are, what words tell, and the trees that score two clusters."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RARITY_FILE: Final = "rarity.arrow"
WORDS_FILE: Final = "words.arrow"
TREES_FILE: Final = "trees.json"
_ROWS_AT_A_TIME: Final = 256


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees of up to 16 leaves (the shipped ones have 8), as arrays (node, tree), and of leaves (tree, leaf).

    A row goes right at a node where its feature is above the threshold, which rules out the leaves at the left, the
    bits of `ruled_out`: what it reaches is the first leaf that no node rules out. A missing node rules out nothing.
    """

    features: NDArray[np.intp]
    thresholds: NDArray[np.float32]
    ruled_out: NDArray[np.uint16]
    leaves: Floats

    def score(self, rows: Floats) -> Floats:
        """Log-odds of each row of features, rounded, so that machines agree on ties."""
        n_nodes, n_trees = self.features.shape
        scores = np.empty(len(rows))
        features, thresholds = self.features.ravel(), self.thresholds.ravel()
        single = rows.astype(np.float32)
        for start in range(0, len(rows), _ROWS_AT_A_TIME):
            goes_right = single[start : start + _ROWS_AT_A_TIME].take(features, axis=1) > thresholds
            ruled_out = goes_right * self.ruled_out.ravel()
            left_over = ~np.bitwise_or.reduce(ruled_out.reshape(-1, n_nodes, n_trees), axis=1)
            leaf = np.bitwise_count((left_over & -left_over) - np.uint16(1))
            scores[start : start + _ROWS_AT_A_TIME] = self.leaves[np.arange(n_trees), leaf].sum(axis=1)
        return np.round(scores, 4)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log-odds that a join is right, as joins of labelled names were that the trees had not seen.

    Those of the model are `slope` times the score of the trees, and `intercept`: of joins that were the best of
    many, the trees think too well.
    """

    coauthors: float
    rare_name: float
    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class PersonModel:
    """Frozen tables of one version. `names`: kind (surname, given, initial), part, n over `n_keys` distinct keys.

    `words`: word, idf, index; `vectors` a row of topic weights per index, whole numbers; `threshold` is the
    least score of the trees to merge.
    """

    version: str
    n_keys: int
    names: pl.DataFrame
    words: pl.DataFrame
    vectors: NDArray[np.float32]
    highest_idf: float
    trees: Trees
    threshold: float
    calibration: Calibration


def read_model(rarity: bytes, words: bytes, trees: bytes) -> PersonModel:
    """The model from the bytes of its three files."""
    stated = json.loads(trees)
    table = pl.read_ipc(BytesIO(words)).with_row_index("index")
    return PersonModel(
        version=stated["version"],
        n_keys=stated["n_keys"],
        names=pl.read_ipc(BytesIO(rarity)),
        words=table.select("word", pl.col("idf").cast(pl.Float64), pl.col("index").cast(pl.UInt64)),
        vectors=table["vector"].to_numpy().astype(np.float32),
        highest_idf=stated["highest_idf"],
        trees=Trees(
            features=np.array(stated["features"], dtype=np.intp),
            thresholds=np.array(stated["thresholds"], dtype=np.float32),
            ruled_out=np.array(stated["ruled_out"], dtype=np.uint16),
            leaves=np.array(stated["leaves"]),
        ),
        threshold=stated["threshold"],
        calibration=Calibration(**stated["calibration"]),
    )
