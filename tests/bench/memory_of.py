"""Run a command and print its seconds and the most memory that it and its children held at once.

`python memory_of.py paperhouse ingest FILE ...`; memory is the sum of what each process holds alone (PSS), sampled ten
times a second.
"""

import subprocess
import sys
import time
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        found += [below for child in children for below in descendants(int(child))]
    return found


def proportional_bytes(pid: int) -> int:
    """Memory of a process, pages shared with others divided among them; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def main() -> int:
    """Run the command; return its exit code."""
    start, most = time.monotonic(), 0
    with subprocess.Popen(sys.argv[1:]) as process:
        while process.poll() is None:
            most = max(most, sum(map(proportional_bytes, descendants(process.pid))))
            time.sleep(0.1)
    print(f"{time.monotonic() - start:.1f} s, at most {most / 1e6:,.0f} MB", file=sys.stderr)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
