"""What a page of `paperhouse browse` costs: processor time of the serving process, as a table.

    python tests/bench/pages.py HOME [--runs 5]

HOME is a warehouse; `synthetic.py OUT --papers 50000` and `paperhouse ingest OUT --home HOME` make a large one. A copy is served.
Before each row the file is replaced by a copy of itself, as a load does; `at once` is the first page of its kind asked within that
second, `first` the first after the facts of the whole were read ahead, `then` the median of the other addresses of the kind and `most`
the largest of them. The least of the runs counts: others who use the machine only add. Linux only: the figures are those of
`/proc/PID/task/*/schedstat`, in which all threads of the server have their part; `at once`, during which threads end, is read from
`/proc/PID/stat`, which counts hundredths of a second.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

import duckdb
from measure import ROOT

_OPENER = build_opener(ProxyHandler({}))
_SETTLED = 0.003
_QUERIES = ("graph", "language models", "retrieval augmented generation")


class Server:
    """A running `paperhouse browse` on a home."""

    def __init__(self, process: "subprocess.Popen[str]", address: str, live: Path) -> None:
        self._process = process
        self._address = address
        self._live = live

    def cost_of(self, page: str) -> tuple[float, int]:
        """Milliseconds of processor time that a page takes, and its bytes."""
        before = self._spent()
        with _OPENER.open(f"{self._address}/{page}", timeout=600) as answer:
            n_bytes = len(answer.read())
        return self._spent() - before, n_bytes

    def cost_at_once(self, page: str) -> float:
        """Milliseconds that a page takes with all that is read for it, threads that end meanwhile among them."""
        self.replace_file()
        before = self._ticks()
        self.cost_of(page)
        return (self._ticks() - before) * 1000 / os.sysconf("SC_CLK_TCK")

    def replace_file(self) -> None:
        """Put a copy in the place of the warehouse."""
        copy = self._live.with_suffix(".copy")
        shutil.copyfile(self._live, copy)
        copy.replace(self._live)

    def wait_until_read(self) -> None:
        """Wait until the server has looked at the new file and rests again."""
        started = self._spent()
        while self._spent() - started < 10 * _SETTLED:
            time.sleep(0.2)
        still = 0
        while still < 4:  # longer than it rests between looks
            before = self._spent()
            time.sleep(0.5)
            still = still + 1 if self._spent() - before < 1000 * _SETTLED else 0

    def _ticks(self) -> int:
        user, system = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return int(user) + int(system)

    def _spent(self) -> float:
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def main() -> None:
    """Measure every kind of page and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        live = Path(scratch) / "paperhouse.duckdb"
        shutil.copyfile(given.home / live.name, live)
        kinds = addresses(live)
        with served(Path(scratch)) as server:
            rows = {kind: [row_of(server, pages) for _ in range(given.runs)] for kind, pages in kinds.items()}
    with duckdb.connect(str(given.home / live.name), read_only=True) as connection:
        ((n_papers,),) = connection.execute("select count(*) from papers").fetchall()
    print(
        f"{n_papers:,} papers; milliseconds of processor time, least of {given.runs}; load average {os.getloadavg()[0]:.1f}\n"
    )
    print("| page | at once | first | then | most | kB |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for kind, runs in rows.items():
        least = [min(run[at] for run in runs) for at in range(5)]
        print(f"| {kind} | " + " | ".join(f"{value:.0f}" for value in least) + " |")


def row_of(server: Server, pages: Sequence[str]) -> tuple[float, float, float, float, float]:
    """One run of a row: at once, first, then, most, and kilobytes."""
    at_once = server.cost_at_once(pages[0])
    server.replace_file()
    server.wait_until_read()
    first, n_bytes = server.cost_of(pages[0])
    others = [server.cost_of(page)[0] for page in pages]
    return at_once, first, statistics.median(others), max(others), n_bytes / 1000


@contextmanager
def served(home: Path) -> Iterator[Server]:
    """A server on a free port, until the end of the block."""
    command = [
        sys.executable,
        "-m",
        "paperhouse.flows.cli.main",
        "browse",
        "--home",
        str(home),
        "--port",
        "0",
    ]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = process.stderr.readline().split()[-1].rstrip("/")
            server = Server(process, address, home / "paperhouse.duckdb")
            server.cost_of("static/style.css")
            yield server
        finally:
            process.terminate()


def addresses(live: Path) -> Mapping[str, Sequence[str]]:
    """Some addresses of each kind of page, the same for the same warehouse."""
    with duckdb.connect(str(live), read_only=True) as connection:

        def values(query: str) -> list[str]:
            return [str(value) for (value,) in connection.execute(query).fetchall()]

        days = values(
            "select distinct digest_date from digests where digest_date is not null order by 1 desc limit 5"
        )
        names = values(
            "select list_name from digests where list_name is not null group by 1 order by count(*) desc, 1 limit 5"
        )
        categories = values(
            "select category from paper_categories group by 1 order by count(*) desc, 1 limit 5"
        )
        papers = values("select arxiv_id from papers order by hash(arxiv_id) limit 5")
        persons = values("select person_id from persons order by n_papers desc, person_id limit 5")
        authors = values("select author_id from authors order by n_papers desc, author_id limit 5")
    kinds = {
        "today": [""],
        "a day": [f"day/{day}" for day in days],
        "a list's day": [f"day/{day}/{quote(name)}" for day in days[:2] for name in names[:2]],
        "calendar": ["calendar"],
        "lists": ["lists"],
        "a list": [f"list/{quote(name)}" for name in names],
        "categories": ["categories"],
        "a category": [f"category/{category}" for category in categories],
        "a paper": [f"paper/{paper.replace('/', '_')}" for paper in papers],
        "a person": [f"person/{person}" for person in persons],
        "a name": [f"name/{author}" for author in authors],
        "trends": ["trends"],
        "health": ["health"],
        "search": [f"search?q={quote(query)}" for query in _QUERIES],
    }
    return {kind: pages for kind, pages in kinds.items() if pages}


if __name__ == "__main__":
    main()
