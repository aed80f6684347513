"""How sure one may be of a join: log-odds that hold for names which the trees have not seen.

Joins are frames: set, fold, joined_by, score, share. `share` is the part of the pairs of mentions that a join put together
which are one person's, `score` what the trees gave.
"""

from math import log

import numpy as np
import polars as pl

from paperhouse.transforms.persons.model import Calibration
from paperhouse.transforms.persons.passes import log_odds

EDGES = (0.7, 0.8, 0.85, 0.9, 0.95, 0.99)
N_STEPS = 50


def calibrate(joins: pl.DataFrame) -> Calibration:
    """Log-odds by pass: of the model by Platt's method, of the others as often as they are right."""
    of_model = joins.filter(joined_by="model")
    slope, intercept = _platt(of_model["score"].to_numpy(), of_model["share"].to_numpy())
    return Calibration(
        coauthors=_odds(joins.filter(joined_by="coauthors")),
        rare_name=_odds(joins.filter(joined_by="rare_name")),
        slope=round(slope, 2),
        intercept=round(intercept, 2),
    )


def _odds(joins: pl.DataFrame) -> float:
    right = float(joins["share"].sum()) + 0.5
    return round(log(right / (joins.height + 1 - right)), 2)


def _platt(score: np.ndarray, share: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the logistic curve through shares, by Newton's method."""
    columns = np.stack([score, np.ones(len(score))], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(N_STEPS):
        told = 1 / (1 + np.exp(-columns @ weights))
        curvature = columns.T @ (columns * (told * (1 - told))[:, None])
        weights += np.linalg.solve(curvature, columns.T @ (share - told))
    return float(weights[0]), float(weights[1])


def reliability(joins: pl.DataFrame) -> pl.DataFrame:
    """By what is told of a join, how often it is right; told by the joins of the other folds alone."""
    told = pl.concat(
        joins.filter(fold=number).with_columns(log_odds(calibrate(joins.filter(pl.col("fold") != number))))
        for number in sorted(joins["fold"].unique())
    ).with_columns((1 / (1 + (-pl.col("score")).exp())).alias("told"))
    edge = sum(((pl.col("told") >= edge).cast(pl.Int64) for edge in EDGES), pl.lit(0, pl.Int64))
    return (
        told.with_columns(edge.alias("bin"))
        .group_by("set", "bin")
        .agg(pl.len().alias("joins"), pl.col("told").mean(), pl.col("share").mean().alias("right"))
        .sort("set", "bin")
        .drop("bin")
    )
