"""How fast each family of digests is read: bytes to entries, in one process, by the files of a folder.

    python tests/bench/family_speed.py FOLDER [FOLDER ...] [--runs 5] [--least-mb 0.05]

Files are grouped by the format that they are read as. All groups are read in turn, `runs` times; each figure is the best
run's, in megabytes a second of processor time, and the last column is its part of `reporter`'s. A group of less than a
megabyte is read again and again until it is one, as a short reading cannot be timed; groups below `--least-mb` are left out.
"""

import argparse
import gc
from collections import defaultdict
from pathlib import Path
from time import process_time

from paperhouse.flows.sources.files import find_files
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

Texts = list[tuple[bytes, Place]]
_LEAST_BYTES = 1_000_000
_MOST_BYTES = 8_000_000
_QUICKEST = "reporter"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--least-mb", type=float, default=0.05)
    given = parser.parse_args()
    groups = {
        name: texts
        for name, texts in texts_by_format(given.folders).items()
        if size_of(texts) >= given.least_mb * 1e6
    }
    best: dict[str, float] = {}
    for _ in range(given.runs):
        for name, texts in groups.items():
            speed = speed_of(name, texts)
            best[name] = max(speed, best.get(name, speed))
    print("| format | files | MB | MB/s | of reporter's |\n| --- | ---: | ---: | ---: | ---: |")
    for name, speed in sorted(best.items(), key=lambda item: -item[1]):
        texts = groups[name]
        share = speed / best[_QUICKEST] if _QUICKEST in best else float("nan")
        print(f"| {name} | {len(texts)} | {size_of(texts) / 1e6:.2f} | {speed:.1f} | {share:.2f} |")


def texts_by_format(folders: list[Path]) -> dict[str, Texts]:
    """Contents by the format they are read as; of each as many as is enough, in the order of their names."""
    groups: dict[str, Texts] = defaultdict(list)
    for found in find_files(folders)[0]:
        content = found.path.read_bytes()
        digest = read_digest(content, found.place) if content else None
        if digest is not None and size_of(groups[digest.format]) < _MOST_BYTES:
            groups[digest.format].append((content, found.place))
    return groups


def size_of(texts: Texts) -> int:
    """Bytes of the contents."""
    return sum(len(content) for content, _ in texts)


def speed_of(name: str, texts: Texts) -> float:
    """Megabytes a second of reading these texts, in a row, as a load of such a folder does."""
    n_times = max(1, -(-_LEAST_BYTES // size_of(texts)))
    gc.disable()
    started = process_time()
    for _ in range(n_times):
        for content, place in texts:
            read_digest(content, place, likely=(name,))
    seconds = process_time() - started
    gc.enable()
    gc.collect()
    return n_times * size_of(texts) / 1e6 / seconds


if __name__ == "__main__":
    main()
