"""What persons cost: processor seconds of a first load, of one more day, and of one name of many mentions.

    python tests/bench/person_costs.py DIGESTS [--mentions 3000]

DIGESTS holds day folders (`30-Jun-2025`). All but the last are loaded into an empty home, then the last one; of each load the seconds of the
whole and those that persons took are told, user and system, of all threads.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.papers.author_names import author_id
from paperhouse.transforms.papers.authors import mention_ids
from paperhouse.transforms.persons.corrections import NO_CORRECTIONS
from paperhouse.transforms.persons.persons import PersonFacts, find_persons, mark_compared
from paperhouse.transforms.persons.rarity import with_rarity
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.write import apply
from paperhouse.warehouse.write.persons import shipped_model

NAME = "wei zhang"
N_COAUTHORS = 4_000
N_WORDS = 90
_SCHEMA = {"arxiv_id": pl.String, "position": pl.UInt32, "name_key": pl.String, "author_id": pl.Int64}


def seconds_of(work: Callable[[], Any]) -> float:
    """Processor seconds of this process, all its threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


def load(home: Path, folders: list[Path]) -> tuple[float, float]:
    """Load folders; the processor seconds of the whole, and those of persons."""
    inner, taken = apply.recompute_persons, []
    apply.recompute_persons = lambda *given: taken.append(seconds_of(lambda: inner(*given)))
    try:
        plan = Plan(home=home, inputs=tuple((folder, DigestDefaults(None, None, None)) for folder in folders))
        return seconds_of(lambda: run_load(plan)), sum(taken)
    finally:
        apply.recompute_persons = inner


def name_of_many(n_mentions: int, seed: int = 1) -> PersonFacts:
    """Facts of one common name with so many papers, each with up to five of some co-authors, and words of the model's."""
    random = Random(seed)
    words = shipped_model().words["word"].to_list()
    lists, papers = [], []
    for number in range(n_mentions):
        arxiv_id = f"25{1 + number % 12:02}.{number:05}"
        names = [NAME, *(f"coauthor c{random.randrange(N_COAUTHORS)}" for _ in range(random.randint(0, 5)))]
        lists += [(arxiv_id, place, key, author_id(key)) for place, key in enumerate(names, 1)]
        text = random.choices(words, k=N_WORDS)
        papers.append((arxiv_id, " ".join(text[:9]), " ".join(text), 2025, len(names)))
    mentions = pl.DataFrame(lists, schema=_SCHEMA, orient="row")
    own = with_rarity(mentions.filter(name_key=NAME), shipped_model()).drop("name_key")
    return PersonFacts(
        own.with_columns(mention_ids(own["arxiv_id"], own["position"]).alias("mention_id")),
        mentions.select("arxiv_id", "author_id"),
        mentions.select("author_id", "name_key").unique(),
        pl.DataFrame(papers, schema=["arxiv_id", "title", "abstract", "year", "n_authors"], orient="row"),
        pl.DataFrame(schema={"arxiv_id": pl.String, "position": pl.UInt32, "affiliation": pl.String}),
    )


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("digests", type=Path, help="a folder of day folders")
    parser.add_argument("--mentions", type=int, default=3000, help="mentions of the worst name")
    given = parser.parse_args()
    facts = name_of_many(given.mentions)
    marked = mark_compared(facts.mentions, facts.affiliations, NO_CORRECTIONS)
    facts = PersonFacts(marked, facts.lists, facts.names, facts.papers, facts.affiliations)
    taken = seconds_of(lambda: find_persons(facts, NO_CORRECTIONS, shipped_model()))
    print(f"one name of {given.mentions:,} mentions: {taken:.1f} s", flush=True)
    days = sorted(
        (path for path in given.digests.iterdir() if path.is_dir()),
        key=lambda path: datetime.strptime(path.name, "%d-%b-%Y").replace(tzinfo=UTC),
    )
    with tempfile.TemporaryDirectory() as folder:
        for what, folders in ((f"{len(days) - 1} days", days[:-1]), ("one more", days[-1:])):
            whole, persons = load(Path(folder) / "home", folders)
            print(f"{what}: {whole:.1f} s, of which persons {persons:.2f} s", flush=True)


if __name__ == "__main__":
    main()
