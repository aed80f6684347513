"""Build the frozen tables by which persons of one name are told apart, train the trees, and say how good they are.

    pip install -e '.[train]'
    python tests/bench/train_persons.py tables --authors ../shared/authors --warehouse data/paperhouse.duckdb ...
    python tests/bench/train_persons.py trees --authors ../shared/authors
    python tests/bench/train_persons.py evaluate --authors ../shared/authors [--ablations]

`tables` counts name parts and finds the topics of words in published warehouses; `trees` fits the trees to the labelled
names; both write to seeds/reference/persons. `evaluate` trains on three quarters of the names and judges the rest, four
times over: its figures are of names that the trees have not seen. B3 is the mean over mentions; `pairwise` is over the
names of several persons.
"""

import argparse
import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from paperhouse.transforms.papers.authors import name_keys
from paperhouse.transforms.persons.blocks import NameMentions, mentions_by_name, read_texts, with_texts
from paperhouse.transforms.persons.clusters import FEATURES, Block, Clusters
from paperhouse.transforms.persons.model import (
    RARITY_FILE,
    TREES_FILE,
    WORDS_FILE,
    PersonModel,
    Trees,
    read_model,
)
from paperhouse.transforms.persons.passes import (
    Groups,
    join_by_model,
    join_coauthors,
    join_everybody,
)
from paperhouse.transforms.persons.rarity import RARE, count_name_parts, with_rarity
from paperhouse.transforms.persons.words import text_words

HOME = Path(__file__).parents[2] / "seeds/reference/persons"
VERSION = "2026-11"
N_TOPICS = 48
SETS = ("aminer", "openreview")
N_FOLDS = 4
THRESHOLDS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
THRESHOLD = 0.75
CAUTION = 0.0
DEPTH = 5
RISING = {
    *("shared_weight", "n_shared", "shared_share", "shared_rarest", "title_mean", "title_max", "text_mean"),
    *("text_max", "topic_mean", "topic_max", "topic_centre", "text_over_block", "topic_over_block"),
}
FALLING = {"rarity", "year_gap", "year_distance"}
SETTINGS = {
    "objective": "cross_entropy",
    "learning_rate": 0.1,
    "num_leaves": 12,
    "max_depth": DEPTH,
    "min_data_in_leaf": 30,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "verbose": -1,
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
    "monotone_constraints": [1 if name in RISING else -1 if name in FALLING else 0 for name in FEATURES],
}
N_TREES = 100
SEEDS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class LabelledName:
    """The mentions of one name, and the true person of each."""

    of_set: str
    mentions: NameMentions
    persons: np.ndarray


# --- tables -----------------------------------------------------------------------------------------------------


def build_tables(warehouses: Sequence[Path], authors: Path) -> None:
    """Write the table of name parts and that of words; the rest of the model waits for the trees."""
    import duckdb
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import TruncatedSVD

    keys: set[str] = set()
    texts: dict[str, str] = {}
    for path in warehouses:
        with duckdb.connect(str(path), read_only=True) as connection:
            keys |= {
                key
                for (key,) in connection.execute(
                    "select name_key from authors where length(name_key) < 60"
                ).fetchall()
            }
            for arxiv_id, text in connection.execute(
                "select arxiv_id, title || '. ' || title || '. ' || abstract from papers where abstract is not null"
            ).fetchall():
                texts.setdefault(arxiv_id, text)
    for name in SETS:
        texts |= {
            f"{name} {paper['paper']}": f"{paper['title']}. {paper['title']}. {paper['abstract']}"
            for paper in read_papers(authors, name)
        }
    HOME.mkdir(parents=True, exist_ok=True)
    count_name_parts(pl.Series(sorted(keys))).write_ipc(HOME / RARITY_FILE, compression="zstd")
    words = text_words(pl.Series([texts[key] for key in sorted(texts)]))
    counts = (
        words.group_by("word")
        .agg(pl.len().alias("df"))
        .filter(pl.col("df").is_between(6, 0.2 * len(texts)))
        .sort("word")
    )
    counts = counts.with_columns(
        (((1 + len(texts)) / (1 + pl.col("df"))).log() + 1).round(3).alias("idf")
    ).with_row_index("column")
    cells = words.join(counts, on="word", how="inner").sort("paper", "column")
    weights = ((1 + cells["n"].log()) * cells["idf"]).to_numpy()
    matrix = csr_matrix(
        (weights, (cells["paper"].to_numpy(), cells["column"].to_numpy())), shape=(len(texts), counts.height)
    )
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    matrix = csr_matrix(matrix.multiply(1 / np.maximum(norms, 1e-9)[:, None]))
    vectors = TruncatedSVD(N_TOPICS, random_state=0, n_iter=4).fit(matrix).components_.T
    vectors = scaled(vectors)
    table = counts.select("word", pl.col("idf").cast(pl.Float32)).with_columns(
        pl.Series("vector", vectors, dtype=pl.Array(pl.Int8, N_TOPICS))
    )
    table.write_ipc(HOME / WORDS_FILE, compression="zstd")
    write_trees(constant_trees(), n_keys=len(keys), highest_idf=float(counts["idf"].max()))
    print(f"{len(keys):,} keys, {counts.height:,} words of {len(texts):,} texts")


def scaled(vectors: np.ndarray) -> np.ndarray:
    """Whole numbers from -127 to 127; the few largest weights are cut, so that the small ones keep their shape."""
    limit = np.quantile(np.abs(vectors), 0.9995)
    return np.round(127 * np.clip(vectors / limit, -1, 1)).astype(np.int8)


def constant_trees() -> Trees:
    """Trees that know nothing."""
    return Trees(1, np.zeros((1, 1), dtype=np.intp), np.full((1, 1), inf), np.full((1, 2), -9.0))


def write_trees(trees: Trees, n_keys: int, highest_idf: float) -> None:
    """Write the last of the model's files."""
    stated = {
        "version": VERSION,
        "n_keys": n_keys,
        "highest_idf": highest_idf,
        "threshold": THRESHOLD,
        "caution": CAUTION,
        "depth": trees.depth,
        "features": trees.features.tolist(),
        "thresholds": [
            [None if value == inf else round(value, 6) for value in row] for row in trees.thresholds.tolist()
        ],
        "leaves": [[round(value, 6) for value in row] for row in trees.leaves.tolist()],
    }
    (HOME / TREES_FILE).write_text(json.dumps(stated, separators=(",", ":")) + "\n")


def shipped_model() -> PersonModel:
    """The model as its files say."""
    return read_model(*((HOME / name).read_bytes() for name in (RARITY_FILE, WORDS_FILE, TREES_FILE)))


# --- labelled names ---------------------------------------------------------------------------------------------


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Records of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_papers(authors: Path, name: str) -> list[dict[str, Any]]:
    """Papers of a labelled set."""
    return read_lines(authors / f"{name}-papers.jsonl.gz")


def read_names(authors: Path, name: str, model: PersonModel) -> list[LabelledName]:
    """The names of a labelled set, with all that the passes look at."""
    papers = (
        pl.DataFrame(read_papers(authors, name), infer_schema_length=None)
        .select(
            pl.col("paper").alias("arxiv_id"),
            "title",
            pl.col("abstract").replace("", None),
            "authors",
            "year",
        )
        .with_columns(pl.col("abstract").is_not_null().alias("has_abstract"))
    )
    lists = (
        papers.select("arxiv_id", "authors")
        .explode("authors")
        .with_columns((pl.int_range(pl.len()).over("arxiv_id") + 1).cast(pl.UInt32).alias("position"))
    )
    stated = pl.DataFrame(read_lines(authors / f"{name}-mentions.jsonl.gz")).select(
        pl.col("paper").alias("arxiv_id"),
        pl.col("position").cast(pl.UInt32),
        "person",
        pl.col("name_key").alias("block"),
    )
    # A few labelled blocks hold several spellings (r cole, richard cole): the label's block is the name.
    lists = (
        lists.with_columns(pl.Series("name_key", name_keys(lists["authors"])))
        .join(stated.drop("person"), on=["arxiv_id", "position"], how="left")
        .with_columns(pl.coalesce("block", "name_key").alias("name_key"))
    )
    ids = (
        pl.DataFrame({"name_key": lists["name_key"].unique().sort()})
        .with_row_index("author_id")
        .with_columns(pl.col("author_id").cast(pl.Int64))
    )
    lists = lists.join(ids, on="name_key").select("arxiv_id", "position", "author_id", "name_key")
    mentions = stated.drop("block").join(lists, on=["arxiv_id", "position"], how="inner")
    assert mentions.height == stated.height
    mentions = with_rarity(mentions, model)
    persons = dict(
        zip(stated.select("arxiv_id", "position").iter_rows(), stated["person"].to_list(), strict=True)
    )
    texts = read_texts(papers, model)
    return [
        LabelledName(name, with_texts(one, texts), np.array([persons[key] for key in one.keys]))
        for one in mentions_by_name(mentions, lists, papers, model)
    ]


# --- training ---------------------------------------------------------------------------------------------------


def first_groups(name: LabelledName, *, with_coauthors: bool = True, with_rare: bool = True) -> Groups:
    """The clusters that the model starts from."""
    groups = Groups(len(name.persons))
    if with_rare and name.mentions.block.rarity < RARE:
        join_everybody(groups, 5.0)
    elif with_coauthors:
        join_coauthors(groups, name.mentions.block)
    return groups


def compared_pairs(name: LabelledName, groups: Groups) -> list[tuple[np.ndarray, float, float]]:
    """All pairs of the clusters: features, share of their mentions that are one person's, number of mention pairs."""
    roots = sorted(groups.members)
    if len(roots) < 2:
        return []
    clusters = Clusters(name.mentions.block, [sorted(groups.members[root]) for root in roots])
    rows = []
    for one in range(len(roots) - 1):
        others = np.arange(one + 1, len(roots))
        rows += labelled(name, clusters, one, others)
    return rows


def labelled(
    name: LabelledName, clusters: Clusters, one: int, others: np.ndarray
) -> list[tuple[np.ndarray, float, float]]:
    """What the model sees of these pairs, and what is true of them."""
    mine = name.persons[clusters.groups[one]]
    shares = [float((mine[:, None] == name.persons[clusters.groups[other]][None]).mean()) for other in others]
    sizes = clusters.size[one] * clusters.size[others]
    return list(zip(clusters.features(one, others), shares, sizes, strict=True))


def pairs_on_the_way(name: LabelledName, model: PersonModel) -> list[tuple[np.ndarray, float, float]]:
    """Pairs as the clusters grow under a model: it must judge those too."""
    groups = first_groups(name)
    start = {root: list(members) for root, members in groups.members.items()}
    if len(start) < 2:
        return []
    n_before = len(groups.joins)
    join_by_model(groups, name.mentions.block, model)
    roots = sorted(start)
    row = {root: number for number, root in enumerate(roots)}
    clusters = Clusters(name.mentions.block, [sorted(start[root]) for root in roots])
    rows = []
    for join in groups.joins[n_before:]:
        clusters.merge(row[join.kept], row[join.absorbed])
        others = np.nonzero(clusters.alive)[0]
        others = others[others != row[join.kept]]
        if len(others):
            rows += labelled(name, clusters, row[join.kept], others)
    return rows


def weighed(
    rows: list[tuple[np.ndarray, float, float]], n_mentions: int
) -> list[tuple[np.ndarray, float, float]]:
    """Rows whose weights add up to the name's mentions, so that no large name drowns the others."""
    roots = np.sqrt([size for _, _, size in rows])
    return [
        (features, share, weight)
        for (features, share, _), weight in zip(
            rows, roots / max(roots.sum(), 1e-9) * n_mentions, strict=True
        )
    ]


def fit_trees(rows: Iterable[tuple[np.ndarray, float, float]]) -> Trees:
    """Boosted trees for these pairs, as arrays."""
    import lightgbm

    features, shares, weights = (np.array(column) for column in zip(*rows, strict=True))
    parts = [
        as_arrays(
            lightgbm.train(
                {**SETTINGS, "seed": seed}, lightgbm.Dataset(features, shares, weight=weights), N_TREES
            ).dump_model()["tree_info"]
        )
        for seed in SEEDS
    ]
    # The mean of several fits depends less on which rows each tree drew.
    return Trees(
        DEPTH,
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.thresholds for part in parts]),
        np.concatenate([part.leaves for part in parts]) / len(SEEDS),
    )


def as_arrays(dumped: list[dict[str, Any]]) -> Trees:
    """LightGBM's trees, filled up to one depth: what lies below a leaf goes left and right to its value."""
    n_inner = 2**DEPTH - 1
    trees = Trees(
        DEPTH,
        np.zeros((len(dumped), n_inner), dtype=np.intp),
        np.full((len(dumped), n_inner), inf),
        np.zeros((len(dumped), n_inner + 1)),
    )

    def fill(tree: int, node: dict[str, Any], at: int) -> None:
        if at >= n_inner:
            trees.leaves[tree, at - n_inner] = node["leaf_value"]
            return
        if "split_feature" in node:
            trees.features[tree, at] = node["split_feature"]
            trees.thresholds[tree, at] = node["threshold"]
        fill(tree, node.get("left_child", node), 2 * at + 1)
        fill(tree, node.get("right_child", node), 2 * at + 2)

    for number, tree in enumerate(dumped):
        fill(number, tree["tree_structure"], 0)
    return trees


def train(names: Sequence[LabelledName], model: PersonModel) -> PersonModel:
    """Fit to the first clusters, then to those on the way under that fit, too."""
    rows = [weighed(compared_pairs(name, first_groups(name)), len(name.persons)) for name in names]
    first = replace(model, trees=fit_trees(row for part in rows for row in part), threshold=0.0)
    later = [weighed(pairs_on_the_way(name, first), len(name.persons)) for name in names]
    return replace(model, trees=fit_trees(row for part in rows + later for row in part), threshold=THRESHOLD)


# --- evaluation -------------------------------------------------------------------------------------------------


def figures(names: Sequence[LabelledName], found: Sequence[np.ndarray]) -> str:
    """B3 precision, recall and F over all mentions, and pairwise precision of the names of several persons."""
    precision = recall = n = right = joined = 0.0
    for name, groups in zip(names, found, strict=True):
        together = groups[:, None] == groups[None]
        one_person = name.persons[:, None] == name.persons[None]
        both = (together & one_person).sum(axis=1)
        precision += (both / together.sum(axis=1)).sum()
        recall += (both / one_person.sum(axis=1)).sum()
        n += len(groups)
        if len(set(name.persons)) > 1:
            right += np.triu(together & one_person, 1).sum()
            joined += np.triu(together, 1).sum()
    precision, recall = precision / n, recall / n
    f = 2 * precision * recall / (precision + recall)
    return f"P {precision:.4f}  R {recall:.4f}  F {f:.4f}  pairwise {right / max(joined, 1):.3f}"


def of_name(name: LabelledName, model: PersonModel | None, **passes: bool) -> np.ndarray:
    """The oldest mention of each mention's cluster."""
    groups = first_groups(name, **passes)
    if model is not None and not (passes.get("with_rare", True) and name.mentions.block.rarity < RARE):
        join_by_model(groups, name.mentions.block, model)
    return np.array(groups.oldest)


def folds(names: Sequence[LabelledName]) -> np.ndarray:
    """A fold per name, of each set alike."""
    random = np.random.RandomState(7)
    given = np.zeros(len(names), dtype=int)
    for of_set in SETS:
        rows = np.array([number for number, name in enumerate(names) if name.of_set == of_set])
        given[random.permutation(rows)] = np.arange(len(rows)) % N_FOLDS
    return given


def cross_validated(
    names: Sequence[LabelledName], model: PersonModel, change: Callable[[Block], Block] | None = None
) -> dict[int, PersonModel]:
    """A model per fold, trained on the others."""
    changed = [
        replace(name, mentions=replace(name.mentions, block=change(name.mentions.block))) if change else name
        for name in names
    ]
    fold = folds(names)
    return {
        number: train([name for name, at in zip(changed, fold, strict=True) if at != number], model)
        for number in range(N_FOLDS)
    }


def without(block: Block, *parts: str) -> Block:
    """A block that does not know these parts."""
    return replace(block, **{part: np.zeros_like(getattr(block, part)) for part in parts})


ABLATIONS: dict[str, Callable[[Block], Block]] = {
    "without titles alone": lambda block: without(block, "title"),
    "without words": lambda block: without(block, "text"),
    "without topics": lambda block: without(block, "topic"),
    "without any text": lambda block: without(block, "title", "text", "topic"),
    "without years": lambda block: without(block, "years"),
    "without rarity in the trees": lambda block: replace(block, rarity=0.0),
}


def evaluate(names: Sequence[LabelledName], model: PersonModel, *, ablations: bool) -> None:
    """Print the figures of each set by ablation."""
    fold = folds(names)

    def show(label: str, found: Sequence[np.ndarray]) -> None:
        for of_set in SETS:
            rows = [number for number, name in enumerate(names) if name.of_set == of_set]
            print(
                f"{of_set:11} {label:32} {figures([names[n] for n in rows], [found[n] for n in rows])}",
                flush=True,
            )

    show("name key", [np.zeros(len(name.persons)) for name in names])
    show("shared co-authors", [of_name(name, None, with_rare=False) for name in names])
    show("and rare names", [of_name(name, None) for name in names])
    models = cross_validated(names, model)
    for threshold in THRESHOLDS:
        found = [
            of_name(name, replace(models[at], threshold=threshold))
            for name, at in zip(names, fold, strict=True)
        ]
        show(f"and the model, from {threshold:.2f}" + (" (shipped)" if threshold == THRESHOLD else ""), found)
    for label, change in ABLATIONS.items() if ablations else ():
        models = cross_validated(names, model, change)
        changed = [
            replace(name, mentions=replace(name.mentions, block=change(name.mentions.block)))
            for name in names
        ]
        by_rarity = "rarity" not in label
        found = [
            of_name(name, models[at], with_rare=by_rarity) for name, at in zip(changed, fold, strict=True)
        ]
        show(label, found)


def main() -> None:
    """Do one of the three."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("tables", "trees", "evaluate"))
    parser.add_argument("--authors", type=Path, required=True, help="the folder of the labelled sets")
    parser.add_argument("--warehouse", type=Path, nargs="*", default=[], help="published warehouses")
    parser.add_argument("--ablations", action="store_true")
    given = parser.parse_args()
    if given.what == "tables":
        build_tables(given.warehouse, given.authors)
        return
    model = shipped_model()
    names = [name for of_set in SETS for name in read_names(given.authors, of_set, model)]
    if given.what == "evaluate":
        evaluate(names, model, ablations=given.ablations)
        return
    trained = train(names, model)
    write_trees(trained.trees, model.n_keys, model.highest_idf)
    print(f"{len(names):,} names, {sum(len(name.persons) for name in names):,} mentions")


if __name__ == "__main__":
    main()
