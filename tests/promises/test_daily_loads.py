"""One small load a day, and after each of them every command that reads must answer.

A file that grew by many loads is laid out otherwise than one that was loaded once: the engine frees blocks, trims the
file's end, and now and then the file is written anew. What only ever reads fresh files does not see that.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main
from paperhouse.warehouse.read.arrivals import newest_digests
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.receipts import receipt_of

FIRST_DAY = date(2025, 4, 1)
N_LOADS = 12
"""In the default tier: a file written anew lies among them, and trimmed ones before and after it."""
SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""


@dataclass
class Daily:
    """A home, the folder that it is loaded from, and what it must hold."""

    root: Path
    seeds: Path
    command: Callable[..., subprocess.CompletedProcess[str]]
    random: Random = field(default_factory=lambda: Random(15))
    digests: dict[Path, set[str]] = field(default_factory=dict)
    n_versions: int = 0

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def inbox(self) -> Path:
        return self.root / "digests"

    def rows(self, query: str) -> list[dict]:
        """What a query gives."""
        with open_read_only(Home(self.home).live) as connection:
            return connection.execute(query).to_arrow_table().to_pylist()

    @property
    def is_written_anew(self) -> bool:
        home = Home(self.home)
        return receipt_of(home.receipts, home.live).n_loads_since_whole == 0

    def run(self, *arguments: str | Path, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command in this process; its standard output."""
        done = CliRunner().invoke(main, [*map(str, arguments), "--home", str(self.home)])
        assert done.exit_code in codes, f"{arguments}: {done.exit_code}\n{done.output}"
        return done.stdout

    def write_digest(self, path: Path) -> None:
        """A digest of a few papers, some of which were listed before."""
        self.n_versions += 1
        ids = sorted(
            {f"2504.{self.random.randrange(1, 400):05d}" for _ in range(self.random.randrange(1, 5))}
        )
        sections = [
            SECTION.format(
                title=f"Paper {arxiv_id}, as worded in {self.n_versions}",
                authors=", ".join(self.random.sample(["Ann Lee", "Bob Ray", "Cid Cox", "Dan Poe"], 2)),
                arxiv_id=arxiv_id,
                abstract=f"On {arxiv_id}. " + "Words that fill a line. " * self.random.randrange(30),
            )
            for arxiv_id in ids
        ]
        if self.n_versions % 11 == 0:
            sections.append("# A section without a link\n\n**Authors**: Nobody\n\n---\n")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(sections))
        self.digests[path] = set(ids)

    def live_a_day(self, number: int) -> None:
        """Load what the day brings: a digest; at times a corrected one, a seed, or digests that are taken back."""
        folder = self.inbox / f"{FIRST_DAY + timedelta(days=number):%-d-%b-%Y}"
        newest = folder / "AI" / "README.md"
        self.write_digest(newest)
        if number % 7 == 3:
            self.write_digest(self.random.choice(list(self.digests)))
        if number in (5, 15, 25):
            seed = sorted(self.seeds.iterdir())[number // 10]
            shutil.copy(seed, folder / seed.name)
        self.run("ingest", self.inbox)
        if number % 9 == 4:
            self.forget_one()

    def forget_one(self) -> None:
        listed = self.rows("select digest_id from digests order by digest_date, digest_id limit 3")
        self.run("forget", self.random.choice(listed)["digest_id"])

    def read_in_every_way(self, readers: Iterable[str]) -> None:
        """These commands answer, and what they count agrees with what a query counts."""
        (counted,) = self.rows(COUNTS)
        assert counted["n_digests"] > 0
        for name in readers:
            READERS[name](self, counted)
        assert len(newest_digests(self.home / "paperhouse.duckdb", 1000)) == counted["n_digests"]

    def read_sql(self, counted: dict) -> None:
        """In a process of its own: `sql` forks, which this one must not."""
        done = self.command("sql", "--format", "json", COUNTS, "--home", self.home)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [counted]

    def read_rejects(self, counted: dict) -> None:
        rejects = json.loads(self.run("rejects", "--format", "json", "--limit", "1000"))
        assert len(rejects) == counted["n_rejects"]

    def read_status(self, counted: dict) -> None:
        tables = json.loads(self.run("status", "--json", codes=(0, 1)))["tables"]
        assert {name: tables[name] for name in ("papers", "digests", "rejects")} == {
            "papers": counted["n_papers"],
            "digests": counted["n_digests"],
            "rejects": counted["n_rejects"],
        }

    def read_snapshot(self, counted: dict) -> None:
        shutil.rmtree(self.root / "copy", ignore_errors=True)
        self.run("snapshot", self.root / "copy")
        copied = json.loads((self.root / "copy" / "manifest.json").read_text())["rows"]
        assert (copied["papers"], copied["digests"]) == (counted["n_papers"], counted["n_digests"])

    def read_coverage(self, counted: dict) -> None:
        days = json.loads(self.run("coverage", "--all", "--format", "json"))
        assert 0 < len(days) <= counted["n_digests"]

    def read_export(self, counted: dict) -> None:
        done = self.command(
            "export", "select arxiv_id from papers", "--format", "csl-json", "--home", self.home
        )
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)) == counted["n_papers"]

    def read_changes(self, counted: dict) -> None:
        lines = self.run("changes", "--since", counted["n_loads"] - 1).splitlines()
        assert all("arxiv_id" in json.loads(line) for line in lines)

    def read_persons(self, _: dict) -> None:
        assert "Ann Lee" in self.run("who", "Ann Lee")

    def read_search(self, counted: dict) -> None:
        found = json.loads(self.run("search", "cox", "--limit", "1000", "--format", "json"))
        with_name = self.rows(
            r"select count(distinct arxiv_id) as n from paper_authors where regexp_matches(name_as_written, '\bCox\b')"
        )
        assert len(found) == with_name[0]["n"] <= counted["n_papers"]
        assert all(row["path"] for row in found)

    def read_similar(self, _: dict) -> None:
        (paper,) = self.rows("select arxiv_id from paper_neighbours order by all limit 1")
        found = json.loads(self.run("similar", paper["arxiv_id"], "--json"))
        assert all(one["why"] for one in found)
        assert found

    def plan_fill(self, _: dict) -> None:
        assert "harvests" in json.loads(self.run("fill", "--dry-run", "--json"))

    def plan_lookups(self, _: dict) -> None:
        self.run("enrich", "--dry-run", "--json")


COUNTS = """
    select
        (select count(*) from digests) as n_digests,
        (select count(*) from papers) as n_papers,
        (select count(*) from rejects) as n_rejects,
        (select count(*) from loads) as n_loads
"""
READERS: dict[str, Callable[[Daily, dict], object]] = {
    "sql": Daily.read_sql,
    "rejects": Daily.read_rejects,
    "status": Daily.read_status,
    "verify": lambda daily, _: daily.run("verify"),
    "snapshot": Daily.read_snapshot,
    "coverage": Daily.read_coverage,
    "export": Daily.read_export,
    "changes": Daily.read_changes,
    "who": Daily.read_persons,
    "search": Daily.read_search,
    "similar": Daily.read_similar,
    "fill": Daily.plan_fill,
    "enrich": Daily.plan_lookups,
}
"""Every command that reads a warehouse, and what must be true of its answer."""
READS_NONE = {
    "init": "writes settings",
    "ingest": "writes: it is what makes the warehouse here",
    "watch": "writes, by the steps of ingest",
    "forget": "writes: it takes digests back here",
    "rebuild": "writes, from packages alone",
    "restore": "writes",
    "same": "writes: notes a decision and applies it",
    "different": "writes: notes a decision and applies it",
    "curate": "writes: applies decisions",
    "harvest": "writes what arXiv answers",
    "feed": "writes what arXiv answers",
    "replay": "writes what arXiv answered",
    "inspect": "reads a file of digests",
    "formats": "reads no file",
    "dictionary": "prints the schema",
    "completion": "prints a script",
    "serve": "runs other commands' steps",
    "move": "writes: copies a file to a lake or back: tests/warehouse/lake",
    "maintain": "of lakes alone, refuses a file",
    "open": "hands the file to another program",
    "watches": "reads as sql does, where the settings have any: tests/flows/watches",
    "mcp": "reads as sql does, in a process of its own: tests/flows/mcp",
    "site": "reads as browse does, and writes files: tests/flows/pages",
    "browse": "serves pages until it is stopped, always of the newest file: tests/flows/pages",
}
"""Commands that are not in `READERS`, and why."""
EVERY_TIME = ("rejects", "status", "verify")
"""In the default tier the others take turns, one after each load: all together would take another minute."""


def turn(number: int) -> list[str]:
    others = [name for name in READERS if name not in EVERY_TIME]
    return [*EVERY_TIME, others[number % len(others)]]


def test_every_command_is_known_as_one_that_reads_the_warehouse_or_as_none():
    """A new command that reads belongs into READERS, so that it is tried on files that grew by many loads."""
    assert not READERS.keys() & READS_NONE.keys()
    assert READERS.keys() | READS_NONE.keys() == set(main.commands)


def test_readers_that_take_turns_all_come_up():
    assert {name for number in range(N_LOADS) for name in turn(number)} == READERS.keys()


@pytest.fixture
def daily(tmp_path, seeds, paperhouse):
    return Daily(tmp_path, seeds, paperhouse)


def test_after_each_of_many_small_loads_every_command_that_reads_answers(daily):
    n_written_anew = 0
    for number in range(N_LOADS):
        daily.live_a_day(number)
        daily.read_in_every_way(turn(number))
        n_written_anew += number > 0 and daily.is_written_anew
    assert n_written_anew == 1


@pytest.mark.slow
def test_after_each_of_a_hundred_loads_every_command_that_reads_answers(daily):
    for number in range(100):
        daily.live_a_day(number)
        daily.read_in_every_way(READERS)
