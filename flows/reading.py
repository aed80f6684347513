"""Bytes to entries to package files, skipping what is known."""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures.process import BrokenProcessPool

from flows.inputs import Found, size_of
from flows.load import Load
from flows.parsing import (
    PARALLEL_BYTES,
    Job,
    Outcome,
    Rules,
    collector_paused,
    parse_files,
    parse_in_workers,
    start_workers,
)
from flows.sources.files import FoundFile, Problem
from flows.sources.git_history import FoundVersion
from transforms.digest_reader import ReadDigest, Stated
from transforms.statements import statement_frames
from warehouse.ledger import KnownDigest

Progress = Callable[[int, int, int], None]
"""Told bytes, entries and rejects of each file when it is done."""
LOG = logging.getLogger("paperhouse.files")
"""Told of each file by name, at level INFO."""


def read_batch(load: Load, batch: Sequence[tuple[Found, Stated]], progress: Progress | None = None) -> int:
    """Read one batch into the load's package; return the number of new digests."""
    with collector_paused():
        jobs = [_job(load, found, stated) for found, stated in batch]
        tried = [(found, job) for (found, _), job in zip(batch, jobs, strict=True) if isinstance(job, Job)]
        n_unseen_bytes = sum(size_of(found) for found, job in tried if not job.known)
        outcomes = iter(_parse(load, [job for _, job in tried], n_unseen_bytes))
        digests: list[ReadDigest] = []
        for (found, _), job in zip(batch, jobs, strict=True):
            outcome = next(outcomes) if isinstance(job, Job) else job
            digest = _wanted(load, found, outcome)
            if digest is not None:
                digests.append(digest)
                _note_digest(load, digest)
            if LOG.isEnabledFor(logging.INFO):
                LOG.info("%s: %s", found.place.path, _what_became(outcome, digest))
            if progress is not None:
                counts = (len(digest.entries), len(digest.rejects)) if digest else (0, 0)
                progress(outcome.n_bytes, *counts)
        if digests:
            load.writer.add(statement_frames(digests, load.row["load_id"]))
    return len(digests)


def _what_became(outcome: Outcome, digest: ReadDigest | None) -> str:
    """What the load did with a file, in words."""
    if digest is not None:
        return f"{digest.format}, {len(digest.entries):,} entries, {len(digest.rejects):,} rejects"
    if outcome.problem is not None:
        return f"left out: {outcome.problem.what}"
    if outcome.is_forgotten:
        return "forgotten before"
    return "known already, or forgotten" if outcome.is_known or outcome.digest is not None else "no digest"


def _job(load: Load, found: Found, stated: Stated) -> Job | Outcome:
    """What there is to do for a file; for a version in git that is known or cannot be had, what became of it."""
    if isinstance(found, FoundVersion):
        met = _met_version(load, found, stated)
        if met is not None:
            return met
        content = found.history.read(found, load.plan.max_file_bytes)
        return (
            Outcome(problem=content)
            if isinstance(content, Problem)
            else _new_job(load, content, found, stated)
        )
    return _new_job(load, found, found, stated)


def _new_job(load: Load, source: FoundFile | bytes, found: Found, stated: Stated) -> Job:
    known = frozenset(
        sha256
        for sha256, digests in load.known_files.get(found.place.path, ())
        if any(not _may_add(stated, digest) for digest in digests)
    )
    return Job(source, found.place, stated, known)


def _parse(load: Load, jobs: Sequence[Job], n_unseen_bytes: int) -> Iterable[Outcome]:
    """Outcomes in the order of the jobs; from workers where there is enough that was never seen."""
    rules = Rules(load.plan.max_file_bytes, load.plan.is_repairing)
    is_worth_workers = len(jobs) > 1 and n_unseen_bytes >= PARALLEL_BYTES
    if load.plan.workers < 2 or load.has_lost_workers or not is_worth_workers:  # noqa: PLR2004 - one worker is this process
        return parse_files(jobs, rules)
    if load.workers is None:
        load.workers = load.held_open.enter_context(start_workers(load.plan.workers))
    try:
        return list(parse_in_workers(load.workers, jobs, rules))
    except BrokenProcessPool:
        # A worker was killed, or cannot start where the main program came from standard input.
        load.has_lost_workers = True
        return parse_files(jobs, rules)


def _wanted(load: Load, found: Found, outcome: Outcome) -> ReadDigest | None:
    """The digest, if the load should bring it in; what else became of the file is counted or named."""
    summary = load.summary
    summary.n_bytes += outcome.n_bytes
    digest = outcome.digest
    if outcome.problem is not None:
        summary.problems.append(outcome.problem)
    elif outcome.is_known or (digest is not None and load.ledger.tells_nothing_new(digest)):
        summary.n_known += 1
    elif outcome.is_forgotten or (digest is not None and digest.digest_id in load.ledger.forgotten_ids):
        summary.n_forgotten_files += 1
    elif digest is None:
        summary.n_no_digest += 1
        summary.no_digests.append(found.place.path)
    else:
        return digest
    return None


def _met_version(load: Load, found: FoundVersion, stated: Stated) -> Outcome | None:
    """What became of a version when it was met before, told by its place: a commit never changes."""
    path = found.place.path
    if not found.is_named_exactly:
        return None
    known = [digest for _, digests in load.known_files.get(path, ()) for digest in digests]
    if any(not _may_add(stated, digest) for digest in known):
        return Outcome(is_known=True)
    return Outcome(is_forgotten=True) if path in load.forgotten_places else None


def _may_add(stated: Stated, known: KnownDigest) -> bool:
    has_own_date = known.date_source in ("path", "heading")
    return (
        (stated.commit_date is not None and known.digest_date is None)
        or (stated.digest_date not in (None, known.digest_date) and not has_own_date)
        or stated.list_name not in (None, known.list_name)
        or stated.source not in (None, known.source)
    )


def _note_digest(load: Load, digest: ReadDigest) -> None:
    """Count repairs and doubts of a digest, once however many places it lies in."""
    if digest.digest_id in load.digest_ids or digest.digest_id in load.ledger.digests:
        return
    load.digest_ids.add(digest.digest_id)
    summary = load.summary
    summary.n_repairs += len(digest.repairs)
    if digest.fault:
        summary.warnings.append(
            f"{digest.path}: {digest.fault}; it is one reject; please report it with the file"
        )
    if digest.n_ids_unaccounted:
        summary.warnings.append(
            f"{digest.path}: {digest.n_ids_unaccounted} of {digest.n_ids_seen} linked arXiv identifiers are in no "
            "entry and no reject; look with `paperhouse inspect`"
        )
