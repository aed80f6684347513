"""One small load a day, and after each of them every command that reads must answer.

A file that grew by many loads is laid out otherwise than one that was loaded once: the engine frees blocks, trims the
file's end, and now and then the file is written anew. What only ever reads fresh files does not see that.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main
from paperhouse.warehouse.read.arrivals import newest_digests

FIRST_DAY = date(2025, 4, 1)
N_LOADS = 36
"""In the default tier: three files written anew lie among them, and every size that a trimmed file comes to."""
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
        """What a query gives, by the command in a process of its own: `sql` forks, which this one must not."""
        done = self.command("sql", "--format", "json", query, "--home", self.home)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

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

    def read_in_every_way(self) -> None:
        """Every reading command answers, and their counts agree."""
        (counted,) = self.rows(COUNTS)
        assert counted["n_digests"] > 0
        rejects = json.loads(self.run("rejects", "--format", "json", "--limit", "1000"))
        assert len(rejects) == counted["n_rejects"]
        tables = json.loads(self.run("status", "--json", codes=(0, 1)))["tables"]
        assert tables["papers"] == counted["n_papers"]
        self.run("verify")
        shutil.rmtree(self.root / "copy", ignore_errors=True)
        self.run("snapshot", self.root / "copy")
        copied = json.loads((self.root / "copy" / "manifest.json").read_text())["rows"]
        assert {"papers": copied["papers"], "digests": copied["digests"]}.items() <= tables.items()
        assert len(newest_digests(self.home / "paperhouse.duckdb", 1000)) == counted["n_digests"]


COUNTS = """
    select
        (select count(*) from digests) as n_digests,
        (select count(*) from papers) as n_papers,
        (select count(*) from rejects) as n_rejects
"""


@pytest.fixture
def daily(tmp_path, seeds, paperhouse):
    return Daily(tmp_path, seeds, paperhouse)


def test_after_each_of_many_small_loads_every_command_that_reads_answers(daily):
    for number in range(N_LOADS):
        daily.live_a_day(number)
        daily.read_in_every_way()


@pytest.mark.slow
def test_after_each_of_a_hundred_loads_every_command_that_reads_answers(daily):
    for number in range(100):
        daily.live_a_day(number)
        daily.read_in_every_way()
