"""Bytes to entries to package files, skipping what is known."""

import logging
import shlex
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial

from polars.exceptions import PanicException

from paperhouse.flows.load.batches import in_batches
from paperhouse.flows.load.cluster.cluster import Cluster
from paperhouse.flows.load.discover import Found, size_of
from paperhouse.flows.load.lone_worker import LoneReader, LoneWorker
from paperhouse.flows.load.parse import FileResult, Job, Rules, problem_of
from paperhouse.flows.load.part import ParsedPart, read_part, without_unwritable, write_part_read
from paperhouse.flows.load.session import LoadSession
from paperhouse.flows.load.work_limit import can_limit
from paperhouse.flows.load.workers import CHUNK_BYTES, PARALLEL_BYTES, start_workers
from paperhouse.flows.sources.files import FoundFile, Problem
from paperhouse.flows.sources.git_history import FoundVersion
from paperhouse.transforms.digests.statements import select_digests
from paperhouse.transforms.errors import PaperhouseError, stop_at_fault_of_code
from paperhouse.transforms.read_digest import GENERIC_PREFIX, UNKNOWN_FORMAT, DigestDefaults, ReadDigest
from paperhouse.warehouse.read.ledger import KnownDigest

FileProgress = Callable[[int, int, int], None]
"""Called with the bytes, entries and rejects of each file when it is done."""
Jobs = Sequence[tuple[Found, Job]]
LOG = logging.getLogger("paperhouse.files")
"""Logs each file by name, at level INFO."""


def read_batch(
    load: LoadSession, batch: Sequence[tuple[Found, DigestDefaults]], progress: FileProgress | None = None
) -> int:
    """Read one batch into the load's package; return the number of new digests."""
    jobs: list[tuple[Found, Job]] = []
    for found, stated in batch:
        job = _job(load, found, stated)
        if isinstance(job, Job):
            jobs.append((found, job))
        else:
            _wanted(load, found, job, progress)
    return sum(_take_part(load, chunk, part, progress) for chunk, part in _read_parts(load, jobs))


def _describe_file(outcome: FileResult, digest: ReadDigest | None) -> str:
    """What the load did with a file, in words."""
    if digest is not None:
        return f"{digest.format}, {outcome.n_entries:,} entries, {outcome.n_rejects:,} rejects"
    if outcome.problem is not None:
        return f"left out: {outcome.problem.what}"
    if outcome.is_forgotten:
        return "forgotten before"
    return "known already, or forgotten" if outcome.is_known or outcome.digest is not None else "no digest"


def _job(load: LoadSession, found: Found, stated: DigestDefaults) -> Job | FileResult:
    """The work that a file needs; for a version in git that is known or cannot be read, its result at once."""
    if isinstance(found, FoundVersion):
        met = _known_version(load, found, stated)
        if met is not None:
            return met
        try:
            content = found.history.read(found, load.plan.max_file_bytes)
        except PaperhouseError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one version does must not stop the others
            stop_at_fault_of_code(error)
            return FileResult(problem=problem_of(found.place, "cannot be had from git", error))
        if isinstance(content, Problem):
            return FileResult(problem=content)
        return _new_job(load, content, found, stated)
    return _new_job(load, found, found, stated)


def _new_job(load: LoadSession, source: FoundFile | bytes, found: Found, stated: DigestDefaults) -> Job:
    known = frozenset(
        sha256
        for sha256, digests in load.known_files.get(found.place.path, ())
        if any(_is_settled(load, stated, digest) for digest in digests)
    )
    first_line = source.first_line if isinstance(source, FoundFile) else 1
    return Job(source, found.place, stated, known, first_line)


def _read_parts(load: LoadSession, jobs: Jobs) -> Iterator[tuple[Jobs, ParsedPart]]:
    """Chunks of the jobs, in order, and what was read; by workers where there is enough that was never seen."""
    chunks = list(in_batches(jobs, CHUNK_BYTES, lambda one: size_of(one[0])))
    if load.cluster is not None and _hold_much_unseen(jobs):
        yield from zip(chunks, _parts_from_cluster(load, load.cluster, chunks), strict=True)
        return
    n_done = 0
    if chunks and _is_worth_workers(load, jobs):
        try:
            for part in _parts_from_workers(load, chunks):
                yield chunks[n_done], part
                n_done += 1
        except BrokenProcessPool:
            load.workers.end()
            for part in _parts_from_lone_worker(load, chunks[n_done:]):
                yield chunks[n_done], part
                n_done += 1
    for chunk in chunks[n_done:]:
        yield chunk, read_part([job for _, job in chunk], _rules(load), load.row["load_id"])


def _parts_from_lone_worker(load: LoadSession, chunks: Sequence[Jobs]) -> Iterator[ParsedPart]:
    """Parts of the chunks after a worker died, perhaps over one of their files; none where no worker can be started."""
    try:
        worker = LoneWorker(start_workers)
    except BrokenProcessPool:
        load.workers.is_lost = True
        return
    reader = LoneReader(worker, load.writer, _rules(load))
    with worker:
        try:
            for chunk in chunks:
                yield reader.read([job for _, job in chunk])
        finally:
            reader.discard_unwanted()


def _is_worth_workers(load: LoadSession, jobs: Jobs) -> bool:
    if not can_limit() and not load.workers.is_lost:
        return True  # in this thread no file could be ended that takes too much work
    if load.workers.number < 2 or load.workers.is_lost:  # noqa: PLR2004 - one worker is this process
        return False
    return _hold_much_unseen(jobs)


def _hold_much_unseen(jobs: Jobs) -> bool:
    return sum(size_of(found) for found, job in jobs if not job.known) >= PARALLEL_BYTES


def _parts_from_cluster(load: LoadSession, cluster: Cluster, chunks: Sequence[Jobs]) -> Iterator[ParsedPart]:
    """Parts of the chunks; one over which workers of the cluster ended is read by a worker of this machine."""
    jobs = [[job for _, job in chunk] for chunk in chunks]
    parts = cluster.parts(jobs, _rules(load), load.writer)
    for chunk, part in zip(chunks, parts, strict=True):
        if part is not None:
            yield part
        else:
            yield from _parts_read_alone(load, chunk)


def _parts_read_alone(load: LoadSession, chunk: Jobs) -> Iterator[ParsedPart]:
    n_read = 0
    for part in _parts_from_lone_worker(load, [chunk]):
        n_read += 1
        yield part
    if not n_read:  # no worker can be started
        yield read_part([job for _, job in chunk], _rules(load), load.row["load_id"])


def _parts_from_workers(load: LoadSession, chunks: Sequence[Jobs]) -> Iterator[ParsedPart]:
    package = load.writer.package
    numbers = [load.writer.next_part() for _ in chunks]
    read = partial(write_part_read, rules=_rules(load), load_id=package.load_id, folder=package.folder)
    jobs = [[job for _, job in chunk] for chunk in chunks]
    parts = [load.workers.submit(read, chunk, number) for chunk, number in zip(jobs, numbers, strict=True)]
    try:
        for part in parts:
            yield part.result()
    finally:
        for part, number in zip(parts, numbers, strict=True):
            part.cancel()
            load.writer.discard(number)


def _rules(load: LoadSession) -> Rules:
    plan = load.plan
    return Rules(
        plan.max_file_bytes, plan.is_repairing, plan.max_file_seconds, plan.formats, load.ledger.formats
    )


def _take_part(load: LoadSession, chunk: Jobs, part: ParsedPart, progress: FileProgress | None) -> int:
    """Bring what is wanted of a part into the package; return the number of digests."""
    outcomes = _packaged(load, part)
    digests = [
        _wanted(load, found, outcome, progress) for (found, _), outcome in zip(chunk, outcomes, strict=True)
    ]
    return len([digest for digest in digests if digest is not None])


def _packaged(load: LoadSession, part: ParsedPart) -> list[FileResult]:
    """Write what is wanted of a part; the outcomes, in which a digest that cannot be written is a problem."""
    digests = [outcome.digest for outcome in part.outcomes if outcome.digest is not None]
    read = {digest.digest_id for digest in digests}
    wanted = {digest.digest_id for digest in digests if _tells_something(load, digest)}
    if not wanted:
        return part.outcomes
    if wanted == read and part.files:
        load.writer.adopt(part.files)
        return part.outcomes
    frames = part.frames or load.writer.read(part.files)
    chosen = ParsedPart(part.outcomes, frames if wanted == read else select_digests(frames, wanted))
    try:
        load.writer.add(chosen.frames)
    except (OSError, MemoryError):
        raise
    except (Exception, PanicException):  # noqa: BLE001 - it is found out here which file causes it
        chosen = without_unwritable(chosen)
        load.writer.add(chosen.frames)
    return chosen.outcomes


def _tells_something(load: LoadSession, digest: ReadDigest) -> bool:
    """Whether a digest is neither known nor forgotten."""
    return not load.ledger.adds_nothing(digest) and digest.digest_id not in load.ledger.forgotten_ids


def _wanted(
    load: LoadSession, found: Found, outcome: FileResult, progress: FileProgress | None
) -> ReadDigest | None:
    """The digest, if the load should bring it in; what else became of the file is counted or named."""
    digest = _new_digest(load, found, outcome)
    if digest is not None:
        _note_digest(load, found, digest, outcome)
        earlier = load.ledger.files.get((digest.sha256, digest.path), ())
        load.read_at_last.update(known.digest_id for known in earlier if known.unread_by is not None)
    if LOG.isEnabledFor(logging.INFO):
        LOG.info("%s: %s", found.place.path, _describe_file(outcome, digest))
    if progress is not None:
        counts = (outcome.n_entries, outcome.n_rejects) if digest else (0, 0)
        progress(outcome.n_bytes, *counts)
    return digest


def _new_digest(load: LoadSession, found: Found, outcome: FileResult) -> ReadDigest | None:
    summary = load.summary
    summary.n_bytes += outcome.n_bytes
    digest = outcome.digest
    if outcome.problem is not None:
        summary.problems.append(replace(outcome.problem, path=found.address))
    elif outcome.is_known or (digest is not None and load.ledger.adds_nothing(digest)):
        summary.n_known += 1
    elif outcome.is_forgotten or (digest is not None and digest.digest_id in load.ledger.forgotten_ids):
        summary.n_forgotten_files += 1
    elif digest is None:
        summary.n_no_digest += 1
        summary.no_digests.append(found.place.path)
    else:
        return digest
    return None


def _known_version(load: LoadSession, found: FoundVersion, stated: DigestDefaults) -> FileResult | None:
    """The result of a version that was met before, known by its place: a commit never changes."""
    path = found.place.path
    if not found.is_named_exactly:
        return None
    known = [digest for _, digests in load.known_files.get(path, ()) for digest in digests]
    if any(_is_settled(load, stated, digest) for digest in known):
        return FileResult(is_known=True)
    return FileResult(is_forgotten=True) if path in load.forgotten_places else None


def _is_settled(load: LoadSession, stated: DigestDefaults, known: KnownDigest) -> bool:
    """Whether a known digest needs no second look: what another version failed to read may be read by this one."""
    return known.unread_by in (None, load.row["code_version"]) and not _may_add(stated, known)


def _may_add(stated: DigestDefaults, known: KnownDigest) -> bool:
    has_own_date = known.date_source in ("path", "heading")
    return (
        (stated.commit_date is not None and known.digest_date is None)
        or (stated.digest_date not in (None, known.digest_date) and not has_own_date)
        or stated.list_name not in (None, known.list_name)
        or stated.source not in (None, known.source)
    )


def _note_digest(load: LoadSession, found: Found, digest: ReadDigest, outcome: FileResult) -> None:
    """Count repairs and doubts of a digest, once however many places it lies in."""
    if digest.digest_id in load.digest_ids or digest.digest_id in load.ledger.digests:
        return
    load.digest_ids.add(digest.digest_id)
    summary = load.summary
    summary.n_repairs += outcome.n_repairs
    n_digests, n_entries = summary.formats.get(digest.format, (0, 0))
    summary.formats[digest.format] = (n_digests + 1, n_entries + outcome.n_entries)
    if digest.format.startswith(GENERIC_PREFIX) and n_digests == 0:
        summary.found.append(found.address)
    if digest.format == UNKNOWN_FORMAT and not digest.fault:
        summary.unread.append(found.address)
    if digest.fault:
        summary.warnings.append(
            f"{digest.path}: {digest.fault}; it is one reject; please report it with the file"
        )
    if digest.n_ids_unaccounted:
        summary.warnings.append(
            f"{digest.path}: {digest.n_ids_unaccounted} of {digest.n_ids_seen} linked arXiv identifiers are in no "
            f"entry and no reject; look with `paperhouse inspect {shlex.quote(found.address)}`"
        )
