"""Files' contents to digests, in this process or in several: parsing is pure, so it may run anywhere.

This module is all that a worker process imports: no Polars, no DuckDB, nothing that minds being forked.
"""

import gc
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait

from flows.sources.files import FoundFile, Problem, read_file
from transforms.digest_reader import ReadDigest, Stated, read_digest, sha256_of
from transforms.places import Place

PARALLEL_BYTES = 8 * 1024**2
"""From here on the work is worth more than the start of workers, about a third of a second."""
_CHUNK_FILES = 32


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read and parse: on disk, or its content where that came from elsewhere.

    `known` are hashes of contents that the ledger has at this place: those need no parsing.
    """

    source: FoundFile | bytes
    place: Place
    stated: Stated
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: a problem, known already, forgotten, or its digest; none of these is no digest."""

    n_bytes: int = 0
    problem: Problem | None = None
    is_known: bool = False
    is_forgotten: bool = False
    digest: ReadDigest | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings that reading depends on."""

    max_bytes: int
    is_repairing: bool


def parse_files(jobs: Sequence[Job], rules: Rules) -> list[Outcome]:
    """Read each file; furniture is counted and then left out: no load needs it."""
    outcomes: list[Outcome] = []
    likely: tuple[str, ...] = ()
    for job in jobs:
        outcome = _parse_file(job, rules, likely)
        if outcome.digest is not None:
            name = outcome.digest.format
            likely = (name, *(other for other in likely if other != name))
        outcomes.append(outcome)
    return outcomes


def _parse_file(job: Job, rules: Rules, likely: Sequence[str]) -> Outcome:
    content = job.source if isinstance(job.source, bytes) else read_file(job.source, rules.max_bytes)
    if isinstance(content, Problem):
        return Outcome(problem=content)
    sha256 = sha256_of(content)
    if sha256 in job.known:
        return Outcome(len(content), is_known=True)
    digest = read_digest(
        content, job.place, job.stated, sha256=sha256, likely=likely, is_repairing=rules.is_repairing
    )
    if digest is not None:
        digest.furniture = []
    return Outcome(len(content), digest=digest)


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cycles are made while parsing, but a million small values: looking for cycles among them costs a quarter."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def parse_in_workers(workers: ProcessPoolExecutor, jobs: Sequence[Job], rules: Rules) -> Iterator[Outcome]:
    """Read the files in worker processes; the outcomes come in the order of the jobs."""
    chunks = [jobs[start : start + _CHUNK_FILES] for start in range(0, len(jobs), _CHUNK_FILES)]
    for outcomes in workers.map(_parse_to_send, chunks, [rules] * len(chunks)):
        yield from outcomes


def _parse_to_send(jobs: Sequence[Job], rules: Rules) -> list[Outcome]:
    """Read each file; texts that several of a day's lists repeat are sent once."""
    outcomes = parse_files(jobs, rules)
    texts: dict[str, str] = {}
    for outcome in outcomes:
        for entry in outcome.digest.entries if outcome.digest else ():
            entry.title = texts.setdefault(entry.title, entry.title)
            if entry.abstract is not None:
                entry.abstract = texts.setdefault(entry.abstract, entry.abstract)
    return outcomes


def start_workers(number: int) -> ProcessPoolExecutor:
    """Workers that leave Ctrl-C to this process and end when it ends, however that is."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return ProcessPoolExecutor(number, mp_context=context, initializer=_begin_work)


def _begin_work() -> None:
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
