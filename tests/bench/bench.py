"""How fast Paperhouse is on a folder of digests, beside a plain read and, if given, a peer: a table anyone can repeat.

    python tests/bench/bench.py FOLDER [--peer SCRIPT] [--runs 5]

FOLDER holds digests, or is a .tar.gz of them. Each figure is the median over the runs; whole processes are timed from start to exit,
Paperhouse and the peer (called as `python SCRIPT FOLDER OUT.duckdb`) in turn.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Run everything and print the table."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = unpacked(arguments.folder, Path(scratch))
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        print(
            f"{len(paths):,} files, {megabytes:.1f} MB, median of {arguments.runs}, {os.cpu_count()} cores\n"
        )
        print("| what | seconds | MB/s | peak MB |\n| --- | ---: | ---: | ---: |")
        in_process(paths, megabytes, arguments.runs)
        whole_processes(folder, megabytes, arguments, Path(scratch))


def parse_arguments() -> argparse.Namespace:
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


def unpacked(given: Path, scratch: Path) -> Path:
    """The folder itself, or what an archive holds."""
    if given.is_dir():
        return given
    with tarfile.open(given) as archive:
        archive.extractall(scratch / "digests", filter="data")
    return scratch / "digests"


def in_process(paths: list[Path], megabytes: float, runs: int) -> None:
    """Plain read, then files to entries in one process and in workers."""
    from flows.parsing import Job, Rules, collector_paused, parse_files, parse_in_workers, start_workers
    from flows.sources.files import FoundFile
    from transforms.digest_reader import Stated
    from transforms.places import Place

    rules = Rules(max_bytes=10**12, is_repairing=True)
    places = [Place(path.as_posix(), path.parts[1:]) for path in paths]
    on_disk = [
        Job(FoundFile(path, place), place, Stated()) for path, place in zip(paths, places, strict=True)
    ]
    in_memory = [Job(path.read_bytes(), place, Stated()) for path, place in zip(paths, places, strict=True)]
    row("plain read", median(runs, lambda: [path.read_bytes() for path in paths]), megabytes)
    with collector_paused():
        row("hash and parse, one process", median(runs, lambda: parse_files(in_memory, rules)), megabytes)
        row("files to entries, one process", median(runs, lambda: parse_files(on_disk, rules)), megabytes)
    with collector_paused(), start_workers(2) as workers:
        list(parse_in_workers(workers, on_disk[:100], rules))
        seconds = median(runs, lambda: list(parse_in_workers(workers, on_disk, rules)))
        row("files to entries, two workers", seconds, megabytes)


def whole_processes(folder: Path, megabytes: float, arguments: argparse.Namespace, scratch: Path) -> None:
    """Paperhouse into an empty home, again, and one more day; beside it the peer."""
    home = scratch / "home"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PAPERHOUSE_HOME": str(home)}
    ingest = [sys.executable, "-m", "flows.cli", "ingest", str(folder)]
    first, peer, again = [], [], []
    for _ in range(arguments.runs):
        shutil.rmtree(home, ignore_errors=True)
        first.append(run(ingest, environment))
        again.append(run(ingest, environment))
        if arguments.peer:
            out = scratch / "peer.duckdb"
            out.unlink(missing_ok=True)
            peer.append(run([sys.executable, str(arguments.peer), str(folder), str(out)], environment))
    row("load into an empty home", statistics.median(first), megabytes, peak_megabytes())
    row("load again, nothing new", statistics.median(again), megabytes)
    if peer:
        row("peer", statistics.median(peer), megabytes)
        ratios = sorted(theirs / ours for theirs, ours in zip(peer, first, strict=True))
        print(
            f"\nThe peer takes {statistics.median(ratios):.2f} times as long (pair by pair {ratios[0]:.2f} to {ratios[-1]:.2f})."
        )
    live, papers = home / "paperhouse.duckdb", table_megabytes(home / "paperhouse.duckdb", scratch)
    print(
        f"The published file has {live.stat().st_size / 1e6:.1f} MB, its papers table alone {papers:.1f} MB."
    )


def table_megabytes(live: Path, scratch: Path) -> float:
    """Size of a file that holds nothing but the papers table, compressed as the engine chooses."""
    import duckdb

    alone = scratch / "papers.duckdb"
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{live}' as live (read_only); attach '{alone}' as alone (storage_version 'v1.5.0')"
        )
        connection.execute("create table alone.papers as from live.papers; checkpoint alone")
    return alone.stat().st_size / 1e6


def median(runs: int, work: Callable[[], object]) -> float:
    """Median seconds of the work after one run that does not count."""
    seconds = []
    for _ in range(runs + 1):
        started = perf_counter()
        work()
        seconds.append(perf_counter() - started)
    return statistics.median(seconds[1:])


def run(command: list[str], environment: dict[str, str]) -> float:
    """Seconds of a whole process, from start to exit."""
    started = perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - started


def peak_megabytes() -> float:
    """Peak memory of the largest child so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def row(what: str, seconds: float, megabytes: float, peak: float | None = None) -> None:
    """Print one line of the table."""
    print(
        f"| {what} | {seconds:.2f} | {megabytes / seconds:,.0f} | {'' if peak is None else f'{peak:,.0f}'} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
