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


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees of one depth, as arrays (tree, node): go right where the feature is above the threshold."""

    depth: int
    features: NDArray[np.intp]
    thresholds: Floats
    leaves: Floats

    def score(self, rows: Floats) -> Floats:
        """Log-odds of each row of features, rounded, so that machines agree on ties."""
        first_leaf = 2**self.depth - 1
        trees = np.arange(len(self.features))
        scores = np.empty(len(rows))
        for start in range(0, len(rows), 4096):
            part = rows[start : start + 4096]
            at = np.zeros((len(part), len(trees)), dtype=np.intp)
            line = np.arange(len(part))[:, None]
            for _ in range(self.depth):
                at = 2 * at + 1 + (part[line, self.features[trees, at]] > self.thresholds[trees, at])
            scores[start : start + 4096] = self.leaves[trees, at - first_leaf].sum(axis=1)
        return np.round(scores, 4)


@dataclass(frozen=True, slots=True)
class PersonModel:
    """Frozen tables of one version. `names`: kind (surname, given, initial), part, n over `n_keys` distinct keys.

    `words`: word, idf, index; `vectors` a row of topic weights per index; `threshold` is the least log-odds to merge,
    `caution` what is taken off them for each e-fold of pairs of mentions between two clusters.
    """

    version: str
    n_keys: int
    names: pl.DataFrame
    words: pl.DataFrame
    vectors: NDArray[np.float32]
    highest_idf: float
    trees: Trees
    threshold: float
    caution: float


def read_model(rarity: bytes, words: bytes, trees: bytes) -> PersonModel:
    """The model from the bytes of its three files."""
    stated = json.loads(trees)
    table = pl.read_ipc(BytesIO(words)).with_row_index("index")
    return PersonModel(
        version=stated["version"],
        n_keys=stated["n_keys"],
        names=pl.read_ipc(BytesIO(rarity)),
        words=table.select("word", pl.col("idf").cast(pl.Float64), pl.col("index").cast(pl.UInt64)),
        vectors=table["vector"].to_numpy().astype(np.float32) / np.float32(127),
        highest_idf=stated["highest_idf"],
        trees=Trees(
            depth=stated["depth"],
            features=np.array(stated["features"], dtype=np.intp),
            thresholds=np.array(
                [[np.inf if value is None else value for value in row] for row in stated["thresholds"]]
            ),
            leaves=np.array(stated["leaves"]),
        ),
        threshold=stated["threshold"],
        caution=stated["caution"],
    )
