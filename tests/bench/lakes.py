"""A lake on PostgreSQL and S3 beside the file of a home: loads, upkeep and queries, in one run on one machine.

    python tests/bench/lakes.py FOLDER [--last NAME] [--days 64]

FOLDER has a folder a day; NAME, the last of them unless given, is the one more day. Servers are started for the run: PostgreSQL of
Debian's packages, and the S3 server of the tests, so bytes and requests are real and the network is loopback. Prints the table of
docs/lake.md.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from bucket import BucketServer
from measure import Run, run
from ports import free_port
from postgres import PostgresServer, running_server
from questions import QUESTIONS, busiest_author

from paperhouse.warehouse.lake.maintain import file_sizes, maintain_lake
from paperhouse.warehouse.lake.queries import open_lake_locked
from paperhouse.warehouse.read.query import open_locked
from paperhouse.warehouse.storage.lake.address import LakeAddress, parse_lake
from paperhouse.warehouse.storage.lake.engine import open_lake
from paperhouse.warehouse.storage.lake.lock import lake_lock

MORE_QUESTIONS = {
    "pairs of co-authors": "select * from coauthor_pairs order by n_shared_papers desc, name_1, name_2 limit 20",
    "count": "select count(*) from papers",
    "persons": "select name, n_papers, n_coauthors from persons order by n_papers desc, name limit 3",
    "sources of a paper": "select path, line_start from paper_sources where arxiv_id = (select max(arxiv_id) from papers)",
}


class Place:
    """Where a load publishes: the file of a home, or a lake with a home for its scrap."""

    def __init__(
        self, home: Path, lake: LakeAddress | None, bucket: BucketServer, postgres: PostgresServer
    ) -> None:
        self.home, self.lake, self.bucket, self.postgres = home, lake, bucket, postgres

    def load(self, *paths: Path) -> Run:
        where = [] if self.lake is None else ["--warehouse", self.lake.name, "--data", str(self.lake.data)]
        command = [sys.executable, "-m", "paperhouse.flows.cli.main", "ingest", *map(str, paths)]
        return run([*command, "--home", str(self.home), *where])

    def size(self) -> tuple[int, int]:
        """Objects in the bucket, and bytes of them and of the catalog."""
        if self.lake is None:
            return 0, 0
        below = self.bucket.folder / str(self.lake.data).removeprefix("s3://")
        files = [path.stat().st_size for path in below.rglob("*") if path.is_file()]
        database = self.lake.catalog.partition("?")[0].rpartition("/")[2]
        return len(files), sum(files) + int(
            self.postgres.execute("select pg_database_size(current_database())", database)
        )


def relisted(folder: Path, scratch: Path, number: int) -> Path:
    """A digest of one more day that lists 200 papers of a folder again."""
    path = scratch / f"again-{number}" / f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}" / "papers.md"
    path.parent.mkdir(parents=True)
    source = next(file for file in sorted(folder.rglob("*.md")) if file.stat().st_size > 100_000)
    path.write_text(source.read_text("utf-8")[:200_000] + f"\n\n<!-- {number} -->\n", "utf-8")
    return path.parents[1]


def query_times(connect: Callable[[], object]) -> dict[str, float]:
    """Milliseconds of each question on a reader that has answered it once."""
    connection = connect()
    author = busiest_author(connection)
    times = {}
    for name, query in {**QUESTIONS, **MORE_QUESTIONS}.items():
        sql = query.replace("{author}", author.replace("'", "''"))
        each = []
        for _ in range(6):
            begun = perf_counter()
            connection.execute(sql).fetchall()
            each.append(1000 * (perf_counter() - begun))
        times[name] = median(each[1:])
    connection.close()
    return times


@contextmanager
def servers(scratch: Path) -> Iterator[tuple[PostgresServer, BucketServer]]:
    with ExitStack() as held:
        bucket = BucketServer(scratch / "bucket", free_port())
        bucket.folder.mkdir()
        bucket.start()
        held.callback(bucket.kill)
        os.environ.update(bucket.environment)
        yield held.enter_context(running_server()), bucket


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--last")
    arguments.add_argument("--days", type=int, default=64)
    given = arguments.parse_args()
    days = sorted(path for path in given.folder.iterdir() if path.is_dir())
    last = given.folder / (given.last or days[-1].name)
    most = [day for day in days if day != last]
    scratch = Path(tempfile.mkdtemp(prefix="paperhouse-lakes-"))
    try:
        with servers(scratch) as (postgres, bucket):
            lake = parse_lake(postgres.new_lake(), bucket.new_place())
            places = {
                "file": Place(scratch / "file", None, bucket, postgres),
                "lake": Place(scratch / "lake", lake, bucket, postgres),
            }
            compare("days, empty to published", places, lambda place: place.load(*most))
            before = places["lake"].size()
            compare("one more day", places, lambda place: place.load(last))
            grown(places["lake"], before)
            queries("before upkeep", places, lake)
            relist(given.folder, places["lake"], lake, scratch, given.days)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def compare(what: str, places: dict[str, Place], work: Callable[[Place], Run]) -> None:
    file, lake = (work(places[name]) for name in ("file", "lake"))
    ratios = f"ratio {lake.seconds / file.seconds:.2f}, of processor seconds {lake.cpu_seconds / file.cpu_seconds:.2f}"
    print(f"{what}: file {_shown(file)}, lake {_shown(lake)}, {ratios}", flush=True)


def _shown(load: Run) -> str:
    return f"{load.seconds:.2f} s ({load.cpu_seconds:.2f} of processors)"


def grown(place: Place, before: tuple[int, int]) -> None:
    after = place.size()
    print(
        f"  it added {after[0] - before[0]} objects, {after[1] - before[1]:,} bytes with the catalog",
        flush=True,
    )


def queries(when: str, places: dict[str, Place], lake: LakeAddress) -> None:
    file = query_times(lambda: open_locked(places["file"].home / "paperhouse.duckdb"))
    on_lake = query_times(lambda: open_lake_locked(lake))
    for name, milliseconds in file.items():
        print(f"  {when}: {name}: file {milliseconds:.0f} ms, lake {on_lake[name]:.0f} ms", flush=True)


def relist(folder: Path, place: Place, lake: LakeAddress, scratch: Path, n_days: int) -> None:
    seconds = [place.load(relisted(folder, scratch, number)).seconds for number in range(n_days)]
    print(
        f"{n_days} days that list papers again: median {median(seconds):.2f} s, last {seconds[-1]:.2f} s; {place.size()}"
    )
    with lake_lock(lake):
        begun = perf_counter()
        maintain_lake(lake, grace="interval 0 second")
    with open_lake(lake) as (connection, _):
        n_files, n_bytes = file_sizes(connection)
        most = connection.execute("select max(file_count) from ducklake_table_info('lake')").fetchall()[0][0]
    print(
        f"  upkeep {perf_counter() - begun:.1f} s; then {n_files} files, {n_bytes:,} bytes, at most {most} a table"
    )


if __name__ == "__main__":
    main()
