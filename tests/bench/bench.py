"""The speed and size of Paperhouse, as tables that anyone can make again.

    python tests/bench/bench.py seeds
    python tests/bench/bench.py reading
    python tests/bench/bench.py load DIGESTS [--peer COMMAND]
    python tests/bench/bench.py day DIGESTS [--base DIR]
    python tests/bench/bench.py again DIGESTS
    python tests/bench/bench.py growth SMALLER LARGER
    python tests/bench/bench.py size DIGESTS
    python tests/bench/bench.py queries DIGESTS [--base DIR]

DIGESTS is a folder of day folders, or a .tar.gz of them; `synthetic.py` makes large ones. Whole processes are measured from start to exit.
Those that are compared run in turn, and the ratio is taken pair by pair. `--base DIR` keeps the warehouse that `day` and `queries`
start from, all days but the last, and uses it again: a million papers need not be loaded twice.
"""

import argparse
import os
import shlex
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from time import perf_counter

from measure import ROOT, Run, cpu_ratio, median, paperhouse, print_head, print_row, ratio, run

sys.path.insert(0, str(ROOT))
HERE = Path(__file__).parent
COUNTED = ("papers", "authors", "paper_authors", "listings", "variants", "digests")
"""Tables of which the floor must hold as many rows as Paperhouse."""
N_DAILY = 100
N_UNCHANGED = 1000


def main() -> None:
    """Measure what is asked for."""
    given = parse_arguments()
    with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
        given.scratch = Path(scratch)
        given.folders = [
            unpacked(path, given.scratch / f"digests-{n}") for n, path in enumerate(given.digests)
        ]
        given.measure(given)


def parse_arguments() -> argparse.Namespace:
    """Arguments of the command line."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--scratch", type=Path, help="where to put what is measured; by default the system's place"
    )
    rows = parser.add_subparsers(required=True)
    measures: tuple[tuple[Callable[[argparse.Namespace], None], int | None], ...]
    measures = (
        (seeds, 0),
        (reading, 0),
        (load, 1),
        (day, 1),
        (again, 1),
        (growth, 2),
        (size, 1),
        (queries, 1),
    )
    for measure, n_folders in measures:
        row = rows.add_parser(measure.__name__, help=measure.__doc__, description=measure.__doc__)
        row.add_argument("digests", type=Path, nargs=n_folders or "*", default=[])
        row.set_defaults(measure=measure)
        if measure is load:
            row.add_argument("--peer", help="called as COMMAND FOLDER OUT.duckdb, such as 'python peer.py'")
        if measure in {day, queries}:
            row.add_argument(
                "--base", type=Path, help="folder for the warehouse to start from; made if absent"
            )
    return parser.parse_args()


def unpacked(given: Path, folder: Path) -> Path:
    """The folder itself, or what an archive holds."""
    if given.is_dir():
        return given
    with tarfile.open(given) as archive:
        archive.extractall(folder, filter="data")
    return folder


def seeds(given: argparse.Namespace) -> None:
    """The digests that come along, into an empty home."""
    print_head(given.runs)
    print_row("seeds into an empty home", [load_into_empty(given, None) for _ in range(given.runs)])


def reading(given: argparse.Namespace) -> None:
    """Commands that only look at the warehouse of the seeds."""
    load_into_empty(given, None)
    home = given.scratch / "home"
    print_head(given.runs)
    for words in (("status",), ("sql", "select 1")):
        # `status` ends with 1 where something is wrong, and the seeds are old news.
        runs = [paperhouse(home, *words, accepted=(0, 1)) for _ in range(given.runs)]
        print_row(" ".join(words), runs)


def load(given: argparse.Namespace) -> None:
    """Digests into an empty home, beside a floor and, if one is given, a peer."""
    (folder,) = given.folders
    print_head(given.runs)
    ours, floors, peers = [], [], []
    for number in range(given.runs):
        ours.append(load_into_empty(given, folder))
        out = given.scratch / "floor"
        shutil.rmtree(out, ignore_errors=True)
        floors.append(run([sys.executable, HERE / "floor.py", folder, out]))
        if number == 0:
            require_same_counts(given.scratch / "home", floors[0].output)
        if given.peer:
            peer = given.scratch / "peer.duckdb"
            peers.append(run([*shlex.split(given.peer), folder, peer]))
    print_row(f"{megabytes(folder):,.1f} MB of digests into an empty home", ours)
    print_row("floor", floors)
    if peers:
        print_row("peer", peers)
    print(
        f"\nPaperhouse takes {ratio(ours, floors)} times as long as the floor, {cpu_ratio(ours, floors)} times its processor "
        f"seconds, with the same rows in {', '.join(COUNTED)}."
    )
    if peers:
        print(
            f"The peer takes {ratio(peers, ours)} times as long as Paperhouse, {cpu_ratio(peers, ours)} times its processor seconds."
        )


def day(given: argparse.Namespace) -> None:
    """One more day to a warehouse that holds all days before, and the copy of its file apart."""
    from paperhouse.warehouse.storage.atomic_files import copy_file

    *_, last = days_of(given.folders[0])
    base = base_home(given)
    home = given.scratch / "home"
    days, copies = [], []
    for _ in range(given.runs):
        shutil.rmtree(home, ignore_errors=True)
        copy_linked(base, home)
        target = given.scratch / "copy.duckdb"
        copies.append(clocked(lambda: copy_file(home / "paperhouse.duckdb", target)))  # noqa: B023 - called at once
        target.unlink()
        days.append(paperhouse(home, "ingest", given.scratch / "last"))
    print_head(given.runs)
    print_row(f"one more day ({megabytes(last):.2f} MB) to {count(base, 'papers'):,} papers", days)
    print_row(f"of that, copying the file of {file_mb(base):,.1f} MB", copies)
    print(f"\nWithout the copy: {median(days).seconds - median(copies).seconds:.2f} s.")


def again(given: argparse.Namespace) -> None:
    """Digests that are known already, all and a thousand of them."""
    (folder,) = given.folders
    print_head(given.runs)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    some = given.scratch / "some"
    for path in files[:N_UNCHANGED]:
        target = some / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    for n_files, known in ((min(N_UNCHANGED, len(files)), some), (len(files), folder)):
        load_into_empty(given, known)
        runs = [paperhouse(given.scratch / "home", "ingest", known) for _ in range(given.runs)]
        print_row(f"{n_files:,} unchanged files ({megabytes(known):,.1f} MB) again", runs)


def growth(given: argparse.Namespace) -> None:
    """Two amounts of digests, each into an empty home."""
    print_head(given.runs)
    taken = []
    for folder in given.folders:
        runs = [load_into_empty(given, folder) for _ in range(given.runs)]
        home = given.scratch / "home"
        counts = f"{count(home, 'papers'):,} papers, {count(home, 'paper_authors'):,} author links"
        print_row(
            f"{counts} ({megabytes(folder):,.0f} MB) into an empty home; file {file_mb(home):,.0f} MB", runs
        )
        taken.append(median(runs).seconds)
    print(f"\nThe larger takes {taken[1] / taken[0]:.1f} times as long.")


def size(given: argparse.Namespace) -> None:
    """The published file beside its papers table alone, and after a hundred daily loads beside a rebuild."""
    (folder,) = given.folders
    load_into_empty(given, folder)
    home = given.scratch / "home"
    whole = file_mb(home)
    print("| what | MB | ratio |\n| --- | ---: | ---: |")
    print(f"| published file | {whole:.1f} | |")
    for how, keeps in (("as in the file", True), ("by the engine's choice", False)):
        alone = papers_alone_mb(given, keeps_compression=keeps)
        print(f"| its papers alone, compressed {how} | {alone:.1f} | {whole / alone:.2f} |", flush=True)
    days = days_of(folder)
    n_first = max(1, len(days) - N_DAILY)
    first, daily = days[:n_first], days[n_first:]
    shutil.rmtree(home)
    for number, some in enumerate((first, *([path] for path in daily))):
        paperhouse(home, "ingest", linked(some, given.scratch / f"part-{number}"))
    grown = file_mb(home)
    paperhouse(home, "rebuild")
    print(f"| after {len(first)} days at once and {len(daily)} daily loads | {grown:.1f} | |")
    print(f"| rebuilt from the same packages | {file_mb(home):.1f} | {grown / file_mb(home):.2f} |")


def queries(given: argparse.Namespace) -> None:
    """Typical queries, each in a process of its own and inside one that has the file open."""
    from questions import QUESTIONS, busiest_author

    from paperhouse.warehouse.read.query import open_locked, run_query

    home = base_home(given)
    print_head(given.runs)
    live = home / "paperhouse.duckdb"
    with open_locked(live) as connection:
        author = busiest_author(connection)
        asked = {name: text.format(author=author.replace("'", "''")) for name, text in QUESTIONS.items()}
        for name, text in asked.items():
            n_rows = sum(batch.num_rows for batch in run_query(connection, text).batches)
            print_row(f"{name}, whole command", [paperhouse(home, "sql", text) for _ in range(given.runs)])
            print_row(
                f"{name}, inside a process ({n_rows:,} rows)",
                [clocked(lambda: list(run_query(connection, text).batches)) for _ in range(given.runs)],  # noqa: B023 - called at once
            )


def load_into_empty(given: argparse.Namespace, folder: Path | None) -> Run:
    """One load into an empty home."""
    home = given.scratch / "home"
    shutil.rmtree(home, ignore_errors=True)
    return paperhouse(home, "ingest", *([folder] if folder else []))


def base_home(given: argparse.Namespace) -> Path:
    """A warehouse of all days but the last, and that day in a folder of its own."""
    (folder,) = given.folders
    *before, last = days_of(folder)
    linked([last], given.scratch / "last")
    base = given.base or given.scratch / "base"
    if not (base / "paperhouse.duckdb").exists():
        rest = linked(before, given.scratch / "rest")
        paperhouse(base, "ingest", rest)
    return Path(base)


def linked(days: Sequence[Path], folder: Path) -> Path:
    """A folder that holds these day folders, without a copy of their files where the system can link them."""
    for path in days:
        copy_linked(path, folder / path.name)
    return folder


def copy_linked(source: Path, target: Path) -> None:
    """A second name for every file: nothing that is measured writes into a file that is there, but for the lock."""
    ignored = shutil.ignore_patterns("*.lock")
    try:
        shutil.copytree(source, target, copy_function=os.link, ignore=ignored)
    except (OSError, shutil.Error):
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)


def days_of(folder: Path) -> list[Path]:
    """Day folders, oldest first."""

    def day_of(path: Path) -> datetime:
        return datetime.strptime(path.name, "%d-%b-%Y")  # noqa: DTZ007 - a date

    return sorted((path for path in folder.iterdir() if path.is_dir()), key=day_of)


def require_same_counts(home: Path, said: str) -> None:
    """Stop unless the floor holds as much as Paperhouse."""
    words = said.split()
    floor = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    ours = {table: count(home, table) for table in COUNTED}
    if ours != {table: floor[table] for table in COUNTED}:
        sys.exit(f"the floor is not the same work: Paperhouse holds {ours}, the floor {floor}")


def papers_alone_mb(given: argparse.Namespace, *, keeps_compression: bool) -> float:
    """Size of a file that holds nothing but the papers table."""
    import duckdb

    from paperhouse.transforms.tables import WAREHOUSE_TABLES
    from paperhouse.warehouse.schema.ddl import create_table_statement

    alone, live = given.scratch / "papers.duckdb", given.scratch / "home" / "paperhouse.duckdb"
    alone.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{live}' as live (read_only); attach '{alone}' as alone (storage_version 'v1.5.0')"
        )
        connection.execute("use alone")
        if keeps_compression:
            connection.execute(create_table_statement("papers", WAREHOUSE_TABLES["papers"]))
            connection.execute("insert into papers from live.papers")
        else:
            connection.execute("create table papers as from live.papers")
        connection.execute("checkpoint")
    return alone.stat().st_size / 1e6


def count(home: Path, table: str) -> int:
    """Rows of a table of the published file."""
    from paperhouse.warehouse.storage.connections import open_read_only

    with open_read_only(home / "paperhouse.duckdb") as connection:
        ((number,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return int(number)


def file_mb(home: Path) -> float:
    """Size of the published file."""
    return (home / "paperhouse.duckdb").stat().st_size / 1e6


def megabytes(folder: Path) -> float:
    """Size of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def clocked(work: Callable[[], object]) -> Run:
    """Seconds of work inside this process."""
    started = perf_counter()
    work()
    return Run(perf_counter() - started)


if __name__ == "__main__":
    main()
