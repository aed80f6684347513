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
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from person_calibration import calibrate, reliability

from paperhouse.transforms.papers.authors import name_keys
from paperhouse.transforms.persons.blocks import Blocks, read_blocks, some_mentions
from paperhouse.transforms.persons.clusters import FEATURES, Clusters
from paperhouse.transforms.persons.model import (
    RARITY_FILE,
    TREES_FILE,
    WORDS_FILE,
    Calibration,
    PersonModel,
    Trees,
    read_model,
)
from paperhouse.transforms.persons.passes import (
    Groups,
    join_by_score,
    join_coauthors,
    join_everybody,
    pairs_of_one_list,
)
from paperhouse.transforms.persons.rarity import RARE, count_name_parts, with_rarity
from paperhouse.transforms.persons.similarities import MentionPairs, Texts, compare_mentions, read_texts
from paperhouse.transforms.persons.words import count_words, text_words

HOME = Path(__file__).parents[2] / "seeds/reference/persons"
VERSION = "2026-11.3"
N_TOPICS = 48
SETS = ("aminer", "openreview")
N_FOLDS = 4
THRESHOLDS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
THRESHOLD = 0.75
RISING = {
    *(
        "title_mean",
        "title_max",
        "text_mean",
        "text_max",
        "topic_mean",
        "topic_max",
        "topic_centre",
        "rare_mean",
        "rare_max",
    ),
    *("shared_mean", "shared_max", "n_shared_max", "shared_rarest", "text_over_block", "topic_over_block"),
}
FALLING = {"rarity", "year_gap", "year_distance"}
SETTINGS = {
    "objective": "cross_entropy",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "max_depth": 4,
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
N_TREES = 300
N_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Labelled:
    """Mentions of labelled names: the true person of each mention, and of each name the set, and the part that it
    is in of `N_FOLDS`."""

    blocks: Blocks
    texts: Texts
    pairs: MentionPairs
    persons: np.ndarray
    sets: np.ndarray
    fold: np.ndarray

    def some(self, is_chosen: np.ndarray) -> "Labelled":
        """The chosen names."""
        numbers = np.flatnonzero(is_chosen[self.blocks.block])
        blocks = some_mentions(self.blocks, numbers)
        return Labelled(
            blocks,
            self.texts,
            compare_mentions(blocks, self.texts),
            self.persons[numbers],
            self.sets[is_chosen],
            self.fold[is_chosen],
        )


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
    found = text_words(pl.Series([texts[key] for key in sorted(texts)]))
    paper, word, n = count_words(found)
    words = pl.DataFrame({"paper": paper, "word": found.vocabulary[word], "n": n})
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
    write_trees(
        constant_trees(),
        Calibration(0.0, 0.0, 1.0, 0.0),
        n_keys=len(keys),
        highest_idf=float(counts["idf"].max()),
    )
    print(f"{len(keys):,} keys, {counts.height:,} words of {len(texts):,} texts")


def scaled(vectors: np.ndarray) -> np.ndarray:
    """Whole numbers from -127 to 127; the few largest weights are cut, so that the small ones keep their shape."""
    limit = np.quantile(np.abs(vectors), 0.9995)
    return np.round(127 * np.clip(vectors / limit, -1, 1)).astype(np.int8)


def constant_trees() -> Trees:
    """Trees that know nothing."""
    return as_arrays([{"tree_structure": {"leaf_value": -9.0}}])


def write_trees(trees: Trees, calibration: Calibration, n_keys: int, highest_idf: float) -> None:
    """Write the last of the model's files."""
    stated = {
        "version": VERSION,
        "n_keys": n_keys,
        "highest_idf": highest_idf,
        "threshold": THRESHOLD,
        "calibration": asdict(calibration),
        "features": trees.features.tolist(),
        "thresholds": [[round(value, 6) for value in row] for row in trees.thresholds.tolist()],
        "ruled_out": trees.ruled_out.tolist(),
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


def read_labelled(authors: Path, model: PersonModel) -> Labelled:
    """All labelled names, with all that the passes look at."""
    papers = pl.concat(
        pl.DataFrame(read_papers(authors, name), infer_schema_length=None).select(
            (f"{name} " + pl.col("paper").cast(pl.String)).alias("arxiv_id"),
            "title",
            pl.col("abstract").replace("", None),
            "authors",
            pl.col("year").cast(pl.Int64),
            pl.col("authors").list.len().alias("n_authors"),
        )
        for name in SETS
    ).with_columns(pl.col("abstract").is_not_null().alias("has_abstract"))
    stated = pl.concat(
        pl.DataFrame(read_lines(authors / f"{name}-mentions.jsonl.gz")).select(
            (f"{name} " + pl.col("paper").cast(pl.String)).alias("arxiv_id"),
            pl.col("position").cast(pl.UInt32),
            (f"{name} " + pl.col("person").cast(pl.String)).alias("person"),
            pl.col("name_key").alias("block"),
        )
        for name in SETS
    )
    lists = (
        papers.select("arxiv_id", "authors")
        .explode("authors")
        .with_columns((pl.int_range(pl.len()).over("arxiv_id") + 1).cast(pl.UInt32).alias("position"))
    )
    # A few labelled blocks hold several spellings (r cole, richard cole): the label's block is the name.
    lists = (
        lists.with_columns(name_keys(lists["authors"]).alias("name_key"))
        .join(stated.drop("person"), on=["arxiv_id", "position"], how="left")
        .with_columns(
            pl.coalesce("block", "name_key").alias("name_key"), pl.col("arxiv_id").str.head(6).alias("set")
        )
    )
    ids = (
        lists.select("set", "name_key")
        .unique()
        .sort("set", "name_key")
        .with_row_index("author_id")
        .with_columns(pl.col("author_id").cast(pl.Int64))
    )
    lists = lists.join(ids, on=["set", "name_key"]).select("arxiv_id", "position", "author_id", "name_key")
    mentions = stated.drop("block").join(lists, on=["arxiv_id", "position"], how="inner")
    assert mentions.height == stated.height
    mentions = with_rarity(mentions, model)
    everybody = lists.select("author_id", "name_key").unique()
    blocks = read_blocks(mentions, lists, everybody, papers, model)
    persons = blocks.mentions.join(stated, on=["arxiv_id", "position"], how="left", maintain_order="left")[
        "person"
    ]
    first = blocks.mentions["arxiv_id"][blocks.starts[:-1]]
    sets = np.array([next(name for name in SETS if one.startswith(name)) for one in first])
    texts = read_texts(papers, model)
    return Labelled(
        blocks,
        texts,
        compare_mentions(blocks, texts),
        persons.rank("dense").to_numpy(),
        sets,
        folds(sets),
    )


def folds(sets: np.ndarray) -> np.ndarray:
    """A part per name, of each set alike."""
    random = np.random.RandomState(7)
    given = np.zeros(len(sets), dtype=int)
    for of_set in SETS:
        rows = np.flatnonzero(sets == of_set)
        given[random.permutation(rows)] = np.arange(len(rows)) % N_FOLDS
    return given


# --- training ---------------------------------------------------------------------------------------------------


def first_groups(names: Labelled, *, with_coauthors: bool = True, with_rare: bool = True) -> Groups:
    """The clusters that the model starts from."""
    blocks = names.blocks
    groups = Groups(blocks.mentions.height)
    groups.keep_apart(pairs_of_one_list(blocks))
    is_rare = (blocks.rarity < RARE) & with_rare
    for block in np.flatnonzero(is_rare):
        numbers = range(int(blocks.starts[block]), int(blocks.starts[block + 1]))
        join_everybody(groups, numbers, "rare_name")
    if with_coauthors:
        join_coauthors(groups, blocks, ~is_rare)
    return groups


@dataclass(slots=True)
class Rows:
    """What the model sees of pairs of clusters: features, the share of their mentions that are one person's, and
    how many pairs of mentions there are."""

    features: list[np.ndarray]
    shares: list[np.ndarray]
    sizes: list[np.ndarray]
    blocks: list[np.ndarray]

    def weights(self, n_mentions: np.ndarray) -> np.ndarray:
        """Weights that add up to the mentions of a name, so that no large name drowns the others."""
        roots, block = np.sqrt(np.concatenate(self.sizes)), np.concatenate(self.blocks)
        return (
            roots
            * (n_mentions / np.maximum(1e-9, np.bincount(block, roots, minlength=len(n_mentions))))[block]
        )


def seen_pairs(names: Labelled, model: PersonModel | None) -> tuple[Rows, np.ndarray]:
    """All pairs of the first clusters; with a model, the pairs that it meets as the clusters grow under it."""
    groups = first_groups(names)
    oldest, cluster = np.unique(groups.all_oldest(), return_inverse=True)
    clusters = Clusters(names.blocks, names.pairs, cluster)
    left, right = cluster[names.pairs.left], cluster[names.pairs.right]
    is_same = (names.persons[names.pairs.left] == names.persons[names.pairs.right]).astype(float)
    clusters.sums.append(
        sum(
            np.bincount(at, is_same, minlength=clusters.n_cells)
            for at in (clusters.at(left, right), clusters.at(right, left))
        )
    )
    rows = Rows([], [], [], [])

    def score(clusters: Clusters, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        features = clusters.features(one, other)
        sizes = clusters.size[one] * clusters.size[other]
        rows.features.append(features)
        rows.shares.append(clusters.sums[-1][clusters.at(one, other)] / sizes)
        rows.sizes.append(sizes)
        rows.blocks.append(clusters.block[one])
        return np.full(len(one), -9.0) if model is None else model.trees.score(features)

    join_by_score(groups, clusters, oldest, score, 0.0)
    if model is not None:
        rows = Rows(rows.features[1:], rows.shares[1:], rows.sizes[1:], rows.blocks[1:])
    return rows, rows.weights(names.blocks.sizes)


def fit_trees(parts: Sequence[tuple[Rows, np.ndarray]]) -> Trees:
    """Boosted trees for these pairs, as arrays."""
    import lightgbm

    features = np.concatenate([one for rows, _ in parts for one in rows.features])
    shares = np.concatenate([one for rows, _ in parts for one in rows.shares])
    weights = np.concatenate([one for _, one in parts])
    fit = lightgbm.train(SETTINGS, lightgbm.Dataset(features, shares, weight=weights), N_TREES)
    return as_arrays(fit.dump_model()["tree_info"])


def as_arrays(dumped: list[dict[str, Any]]) -> Trees:
    """LightGBM's trees: the leaves of each counted from the left, and what each node rules out of them."""
    n_leaves = SETTINGS["num_leaves"]
    trees = Trees(
        np.zeros((n_leaves - 1, len(dumped)), dtype=np.intp),
        np.zeros((n_leaves - 1, len(dumped)), dtype=np.float32),
        np.zeros((n_leaves - 1, len(dumped)), dtype=np.uint16),
        np.zeros((len(dumped), n_leaves)),
    )

    def fill(tree: int, node: dict[str, Any], n_nodes: int, n_leaves: int) -> tuple[int, int]:
        if "split_feature" not in node:
            trees.leaves[tree, n_leaves] = node["leaf_value"]
            return n_nodes, n_leaves + 1
        trees.features[n_nodes, tree] = node["split_feature"]
        trees.thresholds[n_nodes, tree] = node["threshold"]
        after, middle = fill(tree, node["left_child"], n_nodes + 1, n_leaves)
        trees.ruled_out[n_nodes, tree] = (1 << middle) - (1 << n_leaves)
        return fill(tree, node["right_child"], after, middle)

    for number, tree in enumerate(dumped):
        fill(number, tree["tree_structure"], 0, 0)
    return trees


def train(names: Labelled, model: PersonModel) -> PersonModel:
    """Fit to the first clusters, then to those on the way under that fit, too, and so on."""
    seen = [seen_pairs(names, None)]
    fit = replace(model, trees=fit_trees(seen))
    for _ in range(N_ROUNDS):
        seen.append(seen_pairs(names, fit))
        fit = replace(model, trees=fit_trees(seen))
    return replace(fit, threshold=THRESHOLD)


# --- evaluation -------------------------------------------------------------------------------------------------


def figures(names: Labelled, found: np.ndarray, of_set: str) -> str:
    """B3 precision, recall and F over all mentions, and pairwise precision of the names of several persons."""
    precision = recall = n = right = joined = 0.0
    for block in np.flatnonzero(names.sets == of_set):
        at = slice(names.blocks.starts[block], names.blocks.starts[block + 1])
        groups, persons = found[at], names.persons[at]
        together = groups[:, None] == groups[None]
        one_person = persons[:, None] == persons[None]
        both = (together & one_person).sum(axis=1)
        precision += (both / together.sum(axis=1)).sum()
        recall += (both / one_person.sum(axis=1)).sum()
        n += len(groups)
        if len(set(persons)) > 1:
            right += np.triu(together & one_person, 1).sum()
            joined += np.triu(together, 1).sum()
    precision, recall = precision / n, recall / n
    f = 2 * precision * recall / (precision + recall)
    return f"P {precision:.4f}  R {recall:.4f}  F {f:.4f}  pairwise {right / max(joined, 1):.3f}"


def find_persons(names: Labelled, model: PersonModel, **passes: bool) -> Groups:
    """The clusters of all passes."""
    groups = first_groups(names, **passes)
    oldest, cluster = np.unique(groups.all_oldest(), return_inverse=True)
    clusters = Clusters(names.blocks, names.pairs, cluster)

    def score(clusters: Clusters, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return model.trees.score(clusters.features(one, other))

    join_by_score(groups, clusters, oldest, score, model.threshold)
    return groups


def cross_validated(
    names: Labelled, model: PersonModel, change: "Change | None" = None
) -> tuple[list[Labelled], list[PersonModel]]:
    """The names of each part, and a model that was trained on the others."""
    parts, models = [], []
    for number in range(N_FOLDS):
        rest, part = names.some(names.fold != number), names.some(names.fold == number)
        parts.append(change(part) if change else part)
        models.append(train(change(rest) if change else rest, model))
    return parts, models


def judged_joins(parts: Sequence[Labelled], models: Sequence[PersonModel]) -> pl.DataFrame:
    """The joins of each part by its own model: how much of what each puts together is one person's."""
    rows = []
    for fold, (part, model) in enumerate(zip(parts, models, strict=True)):
        groups = find_persons(part, model)
        members = {number: [number] for number in range(len(part.persons))}
        for absorbed, kept, by, score in zip(
            groups.absorbed, groups.kept, groups.by, groups.score, strict=True
        ):
            gone, grown = members.pop(absorbed), members[kept]
            share = float((part.persons[gone][:, None] == part.persons[grown][None]).mean())
            rows.append((str(part.sets[part.blocks.block[kept]]), fold, by, score, share))
            grown.extend(gone)
    return pl.DataFrame(rows, schema=["set", "fold", "joined_by", "score", "share"], orient="row")


def show(label: str, names: Labelled, found: np.ndarray) -> None:
    """Print the figures of each set."""
    for of_set in SETS:
        print(f"{of_set:11} {label:32} {figures(names, found, of_set)}", flush=True)


def together(
    names: Labelled, parts: Sequence[Labelled], models: Sequence[PersonModel], **passes: bool
) -> np.ndarray:
    """The oldest mention of each mention's cluster, each part by its own model."""
    found = np.zeros(len(names.persons), dtype=np.int64)
    for number, (part, model) in enumerate(zip(parts, models, strict=True)):
        found[names.fold[names.blocks.block] == number] = find_persons(part, model, **passes).all_oldest()
    return found


Change = Callable[[Labelled], Labelled]


def without(*statistics: str) -> Change:
    """What takes statistics of pairs of mentions away."""
    return lambda names: replace(
        names,
        pairs=replace(
            names.pairs, **{name: np.zeros_like(getattr(names.pairs, name)) for name in statistics}
        ),
    )


ABLATIONS: dict[str, Change] = {
    "without titles alone": without("title"),
    "without words": without("text"),
    "without topics": without("topic"),
    "without any text": without("title", "text", "topic"),
    "without years": lambda names: replace(
        names, blocks=replace(names.blocks, years=np.zeros_like(names.blocks.years))
    ),
    "without rarity": lambda names: replace(
        names, blocks=replace(names.blocks, rarity=np.zeros_like(names.blocks.rarity))
    ),
}


def evaluate(names: Labelled, model: PersonModel, *, ablations: bool) -> None:
    """Print the figures of each set by ablation."""
    show("name key", names, np.zeros(len(names.persons)))
    show("shared co-authors", names, first_groups(names, with_rare=False).all_oldest())
    show("and rare names", names, first_groups(names).all_oldest())
    parts, models = cross_validated(names, model)
    for threshold in THRESHOLDS:
        found = together(names, parts, [replace(one, threshold=threshold) for one in models])
        show(
            f"and the model, from {threshold:.2f}" + (" (shipped)" if threshold == THRESHOLD else ""),
            names,
            found,
        )
    joins = judged_joins(parts, models)
    print(calibrate(joins))
    for of_set, n, told, right in reliability(joins).iter_rows():
        print(f"{of_set:11} {n:5} joins told {told:.3f}, right {right:.3f}", flush=True)
    for label, change in ABLATIONS.items() if ablations else ():
        parts, models = cross_validated(names, model, change)
        show(label, names, together(names, parts, models))


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
    names = read_labelled(given.authors, model)
    if given.what == "evaluate":
        evaluate(names, model, ablations=given.ablations)
        return
    trained = train(names, model)
    calibration = calibrate(judged_joins(*cross_validated(names, model)))
    write_trees(trained.trees, calibration, model.n_keys, model.highest_idf)
    print(f"{len(names.sets):,} names, {len(names.persons):,} mentions")


if __name__ == "__main__":
    main()
