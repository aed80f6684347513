"""How fast a Dask cluster of two one-core workers reads, beside two processes of the same machine; and what a killed worker costs.

    python tests/bench/cluster_speed.py DIGESTS [--runs 3]

DIGESTS is a folder, or a .tar.gz of one. Scheduler and workers are processes of this machine, over TCP on loopback, and stay
for all runs, as they would. Each load is a process of its own; what is compared is its reading, from the first file to the
last part in the package, which includes the start of local processes and the way to the cluster. The three kinds run in turn, and the ratio is taken pair by pair. In the third a worker is killed with -9 when the first
part is back, and another one joins for the next run: chunks that were given to a worker a second time are counted.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import megabytes, unpacked
from measure import ROOT, Run, print_head, print_row, ratio

sys.path.insert(0, str(ROOT / "tests" / "support"))
LOAD = """
import sys
from pathlib import Path
from time import perf_counter
from paperhouse.flows.cluster_address import parse_workers
from paperhouse.flows.load.discover import batches, find_inputs
from paperhouse.flows.load.plan import Plan
from paperhouse.flows.load.read import read_batch
from paperhouse.flows.load.session import open_load
from paperhouse.transforms.read_digest import DigestDefaults

if __name__ == "__main__":
    workers, folder, home = sys.argv[1:]
    plan = Plan(Path(home), ((Path(folder), DigestDefaults()),), workers=parse_workers(workers))
    with open_load(plan) as load:
        inputs = find_inputs(load)
        begun = perf_counter()
        for batch in batches(inputs, plan.batch_bytes):
            read_batch(load, batch)
        print(perf_counter() - begun)
"""
"""The steps of a load up to the last part in the package, nothing published; it prints the seconds of reading."""


def main() -> None:
    """Print the table and the ratios."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("digests", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        compare(unpacked(given.digests, Path(scratch, "digests")), Path(scratch), given.runs)


def compare(folder: Path, scratch: Path, n_runs: int) -> None:
    """Two local processes, two workers, and two of which one is killed, in turn."""
    from dask_cluster import DaskCluster

    (scratch / "load.py").write_text(LOAD)
    local, remote, bereft, again = [], [], [], []
    cluster = DaskCluster(scratch)
    cluster.start(2)
    try:
        read_by(cluster.address, folder, scratch / "warm")  # workers start their processes once
        print_head(n_runs)
        for number in range(n_runs):
            local.append(read_by("2", folder, scratch / f"local-{number}"))
            remote.append(read_by(cluster.address, folder, scratch / f"remote-{number}"))
            before = n_given_again(cluster.endpoint)
            bereft.append(
                read_by(cluster.address, folder, scratch / f"bereft-{number}", cluster.workers.pop(0))
            )
            again.append(n_given_again(cluster.endpoint) - before)
            cluster.add_worker()
            time.sleep(5)
            read_by(cluster.address, folder, scratch / f"warm-{number}")
    finally:
        cluster.stop()
    print_row(f"reading {megabytes(folder):,.1f} MB with two processes", local)
    print_row("with two workers of one core", remote)
    print_row("with two, of which one is killed", bereft)
    print(f"\nThe cluster takes {ratio(remote, local)} times as long as the processes.")
    print(f"Chunks given to a worker a second time where one was killed: {', '.join(map(str, again))}.")


def read_by(workers: str, folder: Path, home: Path, victim: "subprocess.Popen[bytes] | None" = None) -> Run:
    """Read the folder into an empty home; where there is a victim, it is killed when the first part is back."""
    command = [sys.executable, home.parent / "load.py", workers, folder, home]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:
        while victim is not None and not any(home.rglob("work/*/*.parquet")):
            time.sleep(0.01)
        if victim is not None:
            victim.kill()
            victim.wait()
        assert load.stdout is not None
        seconds = float(load.stdout.read())
    return Run(seconds)


def n_given_again(endpoint: str) -> int:
    """How often, up to now, the scheduler gave a worker what another one had been given before."""
    from distributed import Client

    def count(dask_scheduler) -> int:
        given = [entry[0] for entry in dask_scheduler.transition_log if entry[2] == "processing"]
        return len(given) - len(set(given))

    with Client(endpoint, set_as_default=False) as client:
        counted: int = client.run_on_scheduler(count)
    return counted


if __name__ == "__main__":
    main()
