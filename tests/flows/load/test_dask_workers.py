"""Parsing by a Dask cluster: a scheduler and workers of the tests' own, over TCP; some of them are killed."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from paperhouse.flows.cluster_address import ClusterAddress, parse_workers
from paperhouse.flows.load.cluster import connection
from paperhouse.flows.load.cluster.cluster import Cluster
from paperhouse.flows.load.parse import Job, Rules, parse_files
from paperhouse.flows.load.part import read_part
from paperhouse.flows.sources.files import find_files
from paperhouse.flows.sources.pieces import pieces_of
from paperhouse.transforms.errors import ClusterError
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import PackageWriter

SECTION = """# {title}

**Authors**: Ann Lee, Bo Chen

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: Words of {arxiv_id}.

---
"""
POISON = "POISON"
RULES = Rules(max_bytes=1_000_000, is_repairing=True, max_seconds=30)


def write_day(folder: Path, day: int, n_papers: int = 20, title: str = "A title") -> None:
    path = folder / f"{day}-Apr-2025" / "AI" / "README.md"
    path.parent.mkdir(parents=True)
    sections = (SECTION.format(arxiv_id=f"2504.{day:02}{n:03}", title=title) for n in range(n_papers))
    path.write_text("\n".join(sections))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Twelve digests, a file that is none, and one that is too large for the rules."""
    root = tmp_path / "digests"
    for day in range(1, 13):
        write_day(root, day)
    (root / "LICENSE").write_text("no digest")
    (root / "large.md").write_bytes(b"x" * (RULES.max_bytes + 1))
    return root


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Every batch is worth a cluster, and a chunk is a file."""
    monkeypatch.setattr("paperhouse.flows.load.read.PARALLEL_BYTES", 1)
    monkeypatch.setattr("paperhouse.flows.load.read.CHUNK_BYTES", 4000)


def jobs_of(folder: Path) -> list[Job]:
    found, _ = find_files([folder])
    pieces = [piece for file in found for piece in pieces_of(file)]
    return [
        Job(piece, piece.place, DigestDefaults(date(2025, 4, 1)), first_line=piece.first_line)
        for piece in pieces
    ]


def ingest(bench, home: Path, folder: Path, cluster, **facts) -> object:
    workers = parse_workers(cluster.address)
    return bench.ingest(home, folder, workers=workers, max_file_bytes=RULES.max_bytes, **facts)


def sequential_hash(bench, tmp_path: Path, folder: Path) -> str:
    bench.ingest(tmp_path / "sequential", folder, workers=1, max_file_bytes=RULES.max_bytes)
    return bench.hash_of(tmp_path / "sequential")


def test_parts_of_two_workers_are_those_of_one_process(bench, dask_cluster, folder, tmp_path):
    dask_cluster.start(2)
    # A file of several digests: its pieces count their lines from the beginning of the file.
    (folder / "many.md").write_text(
        "\n".join(
            f"# 2025-04-{day:02}\n\n" + SECTION.format(arxiv_id=f"2504.77{day:03}", title="T")
            for day in range(1, 9)
        )
    )
    known = next(job for job in jobs_of(folder) if job.place.path.startswith("3-Apr"))
    sha256 = parse_files([known], RULES)[0].digest.sha256
    jobs = [
        Job(job.source, job.place, job.stated, frozenset({sha256}), job.first_line) for job in jobs_of(folder)
    ]
    chunks = [jobs[number : number + 3] for number in range(0, len(jobs), 3)]
    writer = PackageWriter(tmp_path / "package", "L1")
    with Cluster(ClusterAddress("127.0.0.1", parse_workers(dask_cluster.address).port)) as cluster:
        n_parts = 0
        for chunk, part in zip(chunks, cluster.parts(chunks, RULES, writer), strict=True):
            expected = read_part(chunk, RULES, "L1")
            assert part.outcomes == expected.outcomes
            frames = writer.read(part.files)
            assert frames.keys() == {name for name, frame in expected.frames.items() if frame.height}
            for name, frame in frames.items():
                assert frame.sort(pl.all()).equals(expected.frames[name].sort(pl.all()))
            n_parts += 1
        assert n_parts == len(chunks) > 4
    assert [outcome.is_known for outcome in parse_files(jobs, RULES)].count(True) == 1

    summary = ingest(bench, tmp_path / "home", folder, dask_cluster)
    assert bench.hash_of(tmp_path / "home") == sequential_hash(bench, tmp_path, folder)
    assert [problem.path for problem in summary.problems] == [str(folder / "large.md")]
    assert list(verify(Home(tmp_path / "home"))) == []
    assert ingest(bench, tmp_path / "home", folder, dask_cluster).n_known == summary.n_digests
    assert list((tmp_path / "home").rglob("work/*")) == []


def slowing(tmp_path: Path, seconds: float = 0.3, act: str = "") -> dict[str, str]:
    """The environment of workers in which reading a digest takes a while, and something happens at one of them."""
    site = tmp_path / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(
        "import sys, os, time\n"
        "if 'paperhouse.flows.load.cluster.child' in sys.orig_argv or 'worker' in sys.orig_argv:\n"
        "    from paperhouse.transforms import read_digest\n"
        "    original = read_digest.recognise\n"
        "    def recognise(text, *more):\n"
        f"        time.sleep({seconds})\n"
        f"        if {POISON!r} in text:\n"
        f"            {act or 'pass'}\n"
        "        return original(text, *more)\n"
        "    read_digest.recognise = recognise\n"
    )
    return {"PYTHONPATH": str(site)}


def wait_until(condition, what: str) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def has_part_of(home: Path) -> bool:
    return any(home.rglob("work/*/*.parquet"))


@pytest.mark.slow
@pytest.mark.parametrize("nanny", [False, True], ids=["worker", "worker_of_a_nanny"])
def test_a_worker_that_is_killed_changes_nothing(bench, dask_cluster, folder, tmp_path, nanny):
    dask_cluster.start(1, **slowing(tmp_path))
    victim = dask_cluster.add_worker("--nanny" if nanny else "--no-nanny", **slowing(tmp_path))
    home = tmp_path / "home"
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(ingest, bench, home, folder, dask_cluster)
        wait_until(lambda: has_part_of(home), "no part came back")
        children = subprocess.run(
            ["pgrep", "-P", str(victim.pid)], capture_output=True, text=True, check=False
        )
        victim.send_signal(signal.SIGKILL)
        load.result()
    assert children.stdout
    assert bench.hash_of(home) == sequential_hash(bench, tmp_path, folder)
    assert list(verify(Home(home))) == []
    wait_until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in children.stdout.split()),
        "a child is left over",
    )


@pytest.mark.slow
def test_without_its_scheduler_a_load_publishes_nothing_and_the_rerun_completes(
    bench, dask_cluster, folder, tmp_path
):
    home = tmp_path / "home"
    bench.ingest(home, folder / "1-Apr-2025")
    before = bench.hash_of(home)
    dask_cluster.start(2, **slowing(tmp_path))
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(ingest, bench, home, folder, dask_cluster)
        wait_until(lambda: has_part_of(home), "no part came back")
        dask_cluster.scheduler.send_signal(signal.SIGKILL)
        with pytest.raises(
            ClusterError,
            match=r"^dask://127\.0\.0\.1:\d+: the connection .* was lost and nothing was published",
        ):
            load.result()
    assert bench.hash_of(home) == before
    dask_cluster.stop()
    dask_cluster.start(2)
    ingest(bench, home, folder, dask_cluster)
    bench.ingest(tmp_path / "other", folder / "1-Apr-2025")
    bench.ingest(tmp_path / "other", folder, max_file_bytes=RULES.max_bytes)
    assert bench.hash_of(home) == bench.hash_of(tmp_path / "other")
    assert list(verify(Home(home))) == []


@pytest.fixture
def ingest_poison(bench, dask_cluster, folder, tmp_path):
    """Load the folder and a file more, over which this happens in whatever process of a worker reads it."""

    def ingest_poison(act: str, n_workers: int = 2, **facts):
        write_day(folder, 20, 1, POISON)
        dask_cluster.start(n_workers, **slowing(tmp_path, 0, act))
        return ingest(bench, tmp_path / "home", folder, dask_cluster, **facts)

    return ingest_poison


@pytest.mark.slow
def test_a_file_over_which_processes_end_is_named_and_the_others_load(ingest_poison, folder):
    summary = ingest_poison("os.kill(os.getpid(), 9)")
    assert summary.n_digests == 12
    (problem,) = [str(one) for one in summary.problems if "large.md" not in str(one)]
    assert problem.startswith(
        f"{folder}/20-Apr-2025/AI/README.md: ended the process that read it (by signal 9)"
    )


@pytest.mark.slow
def test_a_file_that_takes_too_much_work_is_a_reject_as_on_this_machine(ingest_poison, bench, tmp_path):
    summary = ingest_poison("import re; re.match(r'(a+)+b', 'a' * 100)", max_file_seconds=0.5)
    assert summary.n_digests == 13
    rows = bench.rows(tmp_path / "home", "select path, reason from rejects join digests using (digest_id)")
    assert rows == [("20-Apr-2025/AI/README.md", "over_limit")]


@pytest.mark.slow
def test_a_chunk_that_ends_worker_after_worker_is_read_on_this_machine(ingest_poison, dask_cluster):
    # Dask gives a task up when it was lost with four workers.
    summary = ingest_poison("os.kill(os.getppid(), 9); time.sleep(60)", n_workers=5)
    assert summary.n_digests == 13
    assert sum(worker.poll() is not None for worker in dask_cluster.workers) >= 4


def test_where_nothing_answers_it_is_said_in_a_line(bench, folder, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.5)
    with pytest.raises(
        ClusterError, match=r"^dask://127\.0\.0\.1:1: no Dask scheduler answers there \(.*\); start it"
    ) as caught:
        bench.ingest(tmp_path / "home", folder, workers=ClusterAddress("127.0.0.1", 1))
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "home" / "paperhouse.duckdb").exists()


def test_no_worker_and_a_worker_of_another_release_are_told(
    bench, dask_cluster, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(connection, "WORKER_SECONDS", 0.5)
    dask_cluster.start(0)
    with pytest.raises(ClusterError, match=r"no worker joined within 0.5 s, .*`dask worker 127"):
        ingest(bench, tmp_path / "home", folder, dask_cluster)
    monkeypatch.setattr(connection, "WORKER_SECONDS", 60)
    dask_cluster.add_worker()
    monkeypatch.setattr(
        connection,
        "own_versions",
        lambda: {"python": "3.11", "paperhouse": "9", "polars": "9", "distributed": "2026.8.0"},
    )
    with pytest.raises(
        ClusterError, match=r"the scheduler has .*paperhouse \S+ where the load has 9, polars \S+ where"
    ) as caught:
        ingest(bench, tmp_path / "home", folder, dask_cluster)
    assert len(str(caught.value).splitlines()) == 1
    monkeypatch.undo()
    assert not (tmp_path / "home" / "paperhouse.duckdb").exists()


def test_a_load_without_a_cluster_imports_no_dask(folder, tmp_path):
    code = (
        "import sys, paperhouse\n"
        f"paperhouse.ingest({str(folder)!r}, home={str(tmp_path / 'home')!r})\n"
        "assert not {'distributed', 'dask', 'tornado'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=tmp_path)
