"""P2 on real digests: thirty days in any order, any batches, any loads and with repetitions are one warehouse."""

import os
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from paperhouse.flows.load.pipeline import rebuild, run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.lake.address import parse_lake
from paperhouse.warehouse.storage.lake.engine import open_lake
from paperhouse.warehouse.write.content_hash import content_hash

N_DAYS = 30
N_KEPT = 3
"""Entries that are kept of each file: those first that most other files have too."""

_SECTION_START = re.compile(r"(?<=\n---\n)(?=# )")
_IDENTIFIER = re.compile(r"arxiv\.org/(?:abs|pdf)/([\d.]+\d)")


def entries_in(path: Path, text: str) -> list[str]:
    """Sections or lines of a list; none of an index page, which is kept as it is."""
    if path.suffix == ".jsonl":
        return [f"{line}\n" for line in text.split("\n") if line]
    return _SECTION_START.split(text) if text.startswith("# ") and "**Authors**" in text else []


def identifiers(entry: str) -> set[str]:
    return set(_IDENTIFIER.findall(entry))


@pytest.fixture(scope="module")
def days(shared_corpus, tmp_path_factory) -> Path:
    """Folder of the first thirty days, each list cut down to a few papers that other lists have too."""
    reporter = shared_corpus / "reporter"
    folders = sorted(reporter.iterdir(), key=lambda day: datetime.strptime(day.name, "%d-%b-%Y").astimezone())
    files = [path for day in folders[:N_DAYS] for path in sorted(day.rglob("*")) if path.is_file()]
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    entries = {path: entries_in(path, text) for path, text in texts.items()}
    lists = Counter(found for parts in entries.values() for part in parts for found in identifiers(part))
    root = tmp_path_factory.mktemp("days")
    for path, parts in entries.items():
        kept = sorted(parts, key=lambda part: -max((lists[found] for found in identifiers(part)), default=0))
        target = root / path.relative_to(reporter)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(kept[:N_KEPT]) or texts[path], encoding="utf-8", newline="")
    return root


@pytest.fixture(scope="module")
def whole(bench, days, tmp_path_factory) -> tuple[str, list[tuple]]:
    """Content hash and counts of a warehouse that read everything in one load."""
    home = tmp_path_factory.mktemp("whole") / "home"
    bench.loaded(home, days)
    return bench.hash_of(home), bench.rows(home, COUNTS)


COUNTS = """
    select
        (select count(*) from papers),
        (select count(*) from papers where n_listings > 1),
        (select count(*) from digests),
        (select count(*) from repeats)
"""


def test_the_thirty_days_are_worth_the_test(whole):
    ((n_papers, n_listed_again, n_digests, n_repeats),) = whole[1]
    assert n_papers > 100
    assert n_listed_again > 10
    assert n_digests > 60
    assert n_repeats > 100


def plans_of_round(seed: int, days: Path, folder: Path) -> list[Plan]:
    """Loads of all files in some order, some of them again; each load of several folders, in any batches."""
    chance = Random(seed)
    files = [path.relative_to(days) for path in sorted(days.rglob("*")) if path.is_file()]
    order = files + chance.sample(files, len(files) // 10)
    chance.shuffle(order)
    cuts = sorted(chance.sample(range(1, len(order)), chance.randrange(4)))
    plans = []
    for load, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(order)], strict=True)):
        inputs = [(folder / f"load-{load}" / f"inbox-{n}", DigestDefaults()) for n in range(3)]
        for file in order[start:end]:
            target = chance.choice(inputs)[0] / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                os.link(days / file, target)
        given = tuple((inbox, stated) for inbox, stated in inputs if inbox.is_dir())
        batch_bytes = chance.choice([1, 1 << 14, 1 << 25])
        plans.append(Plan(folder / "home", given, batch_bytes=batch_bytes))
    return plans


def check_round(bench, days: Path, expected: str, folder: Path, seed: int) -> None:
    for plan in plans_of_round(seed, days, folder):
        run_load(plan)
    assert bench.hash_of(folder / "home") == expected
    rebuild(folder / "home")
    assert bench.hash_of(folder / "home") == expected


@pytest.mark.parametrize("seed", range(1))
def test_thirty_days_in_any_order_and_batches_are_one_warehouse(bench, days, whole, tmp_path, seed):
    check_round(bench, days, whole[0], tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 51))
def test_thirty_days_in_fifty_orders_and_batches_are_one_warehouse(bench, days, whole, tmp_path, seed):
    check_round(bench, days, whole[0], tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_lake_comes_to_the_same_in_ten_orders_and_batches(lake, days, whole, tmp_path, seed):
    for plan in plans_of_round(seed, days, tmp_path):
        run_load(replace(plan, lake=lake))
    with open_lake(lake) as (connection, _):
        assert content_hash(connection) == whole[0]
    assert list(verify(lake)) == []


@pytest.fixture
def lake(postgres, bucket):
    """An empty lake: catalog in PostgreSQL, data in a bucket."""
    pytest.importorskip(
        "duckdb_extension_ducklake", reason="the extension packages of lakes are not installed"
    )
    return parse_lake(postgres.new_lake(), bucket.new_place())
