"""Bytes to entries to package files, skipping what is known."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures.process import BrokenProcessPool

from flows.inputs import Found
from flows.load import Load
from flows.parsing import (
    PARALLEL_BYTES,
    Unread,
    collector_paused,
    parse_files,
    parse_in_workers,
    start_workers,
)
from flows.sources.files import Problem, read_file
from flows.sources.git_history import FoundVersion
from transforms.digest_reader import ReadDigest, Stated, sha256_of
from transforms.statements import statement_frames
from warehouse.ledger import KnownDigest, Ledger

Progress = Callable[[int, int, int], None]
"""Told bytes, entries and rejects of each file when it is done."""


def read_batch(load: Load, batch: Sequence[tuple[Found, Stated]], progress: Progress | None = None) -> int:
    """Read one batch into the load's package; return the number of new digests."""
    with collector_paused():
        unread = [
            file for found, stated in batch if (file := _unread(load, found, stated, progress)) is not None
        ]
        digests: list[ReadDigest] = []
        for file, parsed in zip(unread, _parse(load, unread), strict=True):
            digest = _wanted(load, file, parsed)
            if digest is not None:
                digests.append(digest)
                _note_digest(load, digest)
            if progress is not None:
                counts = (len(digest.entries), len(digest.rejects)) if digest else (0, 0)
                progress(len(file.content), *counts)
        if digests:
            load.writer.add(statement_frames(digests, load.row["load_id"]))
    return len(digests)


def _unread(load: Load, found: Found, stated: Stated, progress: Progress | None) -> Unread | None:
    """Content of a file that must be parsed; None if it is known or cannot be had, which is counted or named."""
    summary = load.summary
    if isinstance(found, FoundVersion):
        content = (
            None
            if _is_known_version(load, found, stated)
            else found.history.read(found, load.plan.max_file_bytes)
        )
    else:
        content = read_file(found, load.plan.max_file_bytes)
    n_bytes = 0
    if isinstance(content, Problem):
        summary.problems.append(content)
    elif content is not None:
        n_bytes = len(content)
        summary.n_bytes += n_bytes
        sha256 = sha256_of(content)
        if not _is_known(load.ledger, sha256, found.place.path, stated):
            return Unread(content, sha256, found.place, stated)
        summary.n_known += 1
    if progress is not None:
        progress(n_bytes, 0, 0)
    return None


def _parse(load: Load, files: Sequence[Unread]) -> Iterable[ReadDigest | None]:
    is_repairing = load.plan.is_repairing
    is_worth_workers = len(files) > 1 and sum(len(file.content) for file in files) >= PARALLEL_BYTES
    if load.plan.workers < 2 or load.has_lost_workers or not is_worth_workers:  # noqa: PLR2004 - one worker is this process
        return parse_files(files, is_repairing)
    if load.workers is None:
        load.workers = load.held_open.enter_context(start_workers(load.plan.workers))
    try:
        return list(parse_in_workers(load.workers, files, is_repairing))
    except BrokenProcessPool:
        # A worker was killed, or cannot start where the main program came from standard input.
        load.has_lost_workers = True
        return parse_files(files, is_repairing)


def _wanted(load: Load, file: Unread, digest: ReadDigest | None) -> ReadDigest | None:
    """The digest, if the load should bring it in; what else became of the file is counted or named."""
    summary = load.summary
    if digest is None:
        summary.n_no_digest += 1
        summary.no_digests.append(file.place.path)
    elif digest.digest_id in load.ledger.forgotten_ids:
        summary.n_forgotten_files += 1
    elif load.ledger.tells_nothing_new(digest):
        summary.n_known += 1
    else:
        return digest
    return None


def _is_known_version(load: Load, found: FoundVersion, stated: Stated) -> bool:
    """Whether a version was read or forgotten before, told and counted by its place: a commit never changes."""
    path = found.place.path
    if not found.is_named_exactly:
        return False
    if any(not _may_add(stated, known) for known in load.known_places.get(path, ())):
        load.summary.n_known += 1
        return True
    if path in load.forgotten_places:
        load.summary.n_forgotten_files += 1
        return True
    return False


def _is_known(ledger: Ledger, sha256: str, path: str, stated: Stated) -> bool:
    """Whether this very file was read before and the user says nothing about it that may be new."""
    return any(not _may_add(stated, known) for known in ledger.files.get((sha256, path), ()))


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
