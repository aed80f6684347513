"""Files' contents to digests: parsing is pure, so it may run in any process."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from paperhouse.flows.load.work_limit import OverLimitError, work_limit
from paperhouse.flows.sources.files import FoundFile, Problem, read_file
from paperhouse.transforms.errors import stop_at_fault_of_code
from paperhouse.transforms.formats.generic import FormatRule
from paperhouse.transforms.parsing.repairs import shown_text
from paperhouse.transforms.read_digest import (
    DigestDefaults,
    ReadDigest,
    read_as_reject,
    read_digest,
    sha256_of,
)
from paperhouse.transforms.text.path_metadata import Place


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read and parse: on disk, or its content where that came from elsewhere.

    `known` are hashes of contents that the ledger has at this place: those need no parsing.
    """

    source: FoundFile | bytes
    place: Place
    stated: DigestDefaults
    known: frozenset[str] = frozenset()
    first_line: int = 1
    """Number that the first line of what is read has in its file."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """The result of one file: a problem, known already, forgotten, or its digest; none of these is no digest.

    The counts are those of the digest, which may have been emptied since.
    """

    n_bytes: int = 0
    n_entries: int = 0
    n_rejects: int = 0
    n_repairs: int = 0
    problem: Problem | None = None
    is_known: bool = False
    is_forgotten: bool = False
    digest: ReadDigest | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings that reading depends on."""

    max_bytes: int
    is_repairing: bool
    max_seconds: float
    formats: tuple[FormatRule, ...] = ()
    likely: tuple[str, ...] = ()
    """Names of the formats that are asked first whether a file is theirs."""


def parse_files(
    jobs: Sequence[Job], rules: Rules, before_each: Callable[[], object] = lambda: None
) -> list[FileResult]:
    """Read each file; furniture is counted and then left out: no load needs it."""
    outcomes: list[FileResult] = []
    likely = rules.likely
    for job in jobs:
        before_each()
        outcome = _parse_file(job, rules, likely)
        if outcome.digest is not None:
            name = outcome.digest.format
            likely = (name, *(other for other in likely if other != name))
        outcomes.append(outcome)
    return outcomes


def _parse_file(job: Job, rules: Rules, likely: Sequence[str]) -> FileResult:
    """Read one file; whatever goes wrong with it is a problem of this file alone."""
    content = _content_of(job, rules)
    if isinstance(content, FileResult):
        return content
    try:
        with work_limit(rules.max_seconds):
            return _parse_content(content, job, rules, likely)
    except OverLimitError:
        return _rejected(content, job, "over_limit", over_limit_fault(rules.max_seconds), rules.max_seconds)
    except MemoryError as error:  # no reject: with more memory the next load reads it
        return FileResult(
            len(content), problem=problem_of(job.place, "takes more memory than there is", error)
        )
    except Exception as error:  # noqa: BLE001 - as above
        stop_at_fault_of_code(error)
        return _rejected(
            content, job, "parser_fault", f"reading failed ({in_short(error)})", rules.max_seconds
        )


def fetch(job: Job, rules: Rules) -> Job | FileResult:
    """The job with its content in the place of a file; its result, where the content is known or cannot be had."""
    content = _content_of(job, rules)
    if isinstance(content, FileResult):
        return content
    if job.known and sha256_of(content) in job.known:
        return FileResult(len(content), is_known=True)
    return replace(job, source=content, known=frozenset())


def _content_of(job: Job, rules: Rules) -> bytes | FileResult:
    try:
        content = job.source if isinstance(job.source, bytes) else read_file(job.source, rules.max_bytes)
    except Exception as error:  # noqa: BLE001 - whatever one file does must not stop the others
        stop_at_fault_of_code(error)
        return FileResult(problem=problem_of(job.place, "cannot be read", error))
    return FileResult(problem=content) if isinstance(content, Problem) else content


def _parse_content(content: bytes, job: Job, rules: Rules, likely: Sequence[str]) -> FileResult:
    sha256 = sha256_of(content)
    if sha256 in job.known:
        return FileResult(len(content), is_known=True)
    digest = read_digest(
        content,
        job.place,
        job.stated,
        sha256=sha256,
        likely=likely,
        is_repairing=rules.is_repairing,
        rules=rules.formats,
    )
    if digest is None:
        return FileResult(len(content))
    digest.furniture = []
    if job.first_line > 1:
        _count_lines_from(digest, job.first_line)
    counts = (len(digest.entries), len(digest.rejects), len(digest.repairs))
    return FileResult(len(content), *counts, digest=digest)


def _count_lines_from(digest: ReadDigest, first_line: int) -> None:
    """Make the lines of a piece's entries and rejects those of the whole file."""
    before = first_line - 1
    for entry in digest.entries:
        entry.line_start, entry.line_end = entry.line_start + before, entry.line_end + before
    digest.rejects = [
        replace(one, line_start=one.line_start + before, line_end=one.line_end + before)
        for one in digest.rejects
    ]
    digest.repairs = [replace(one, line_start=one.line_start + before) for one in digest.repairs]


def _rejected(content: bytes, job: Job, reason: str, fault: str, max_seconds: float) -> FileResult:
    """The file as one reject; where not even that can be made of it, it is left out and named."""
    try:
        with work_limit(max_seconds):
            digest = read_as_reject(content, job.place, job.stated, reason=reason, fault=fault)
    except OverLimitError:
        what = f"takes more than {max_seconds:g} s of computing to decode"
        problem = Problem(
            job.place.path, what, "raise PAPERHOUSE_MAX_FILE_SECONDS, or report it with the file"
        )
        return FileResult(len(content), problem=problem)
    except Exception as error:  # noqa: BLE001 - as above
        stop_at_fault_of_code(error)
        return FileResult(len(content), problem=problem_of(job.place, "cannot be read", error))
    return FileResult(len(content), 0, len(digest.rejects), 0, digest=digest)


def reject_over_limit(job: Job, rules: Rules) -> FileResult:
    """As one reject, a file at which another process was ended because it took too much work."""
    content = job.source if isinstance(job.source, bytes) else read_file(job.source, rules.max_bytes)
    if isinstance(content, Problem):
        return FileResult(problem=content)
    return _rejected(content, job, "over_limit", over_limit_fault(rules.max_seconds), rules.max_seconds)


def over_limit_fault(seconds: float) -> str:
    """What is wrong with a file whose reading took too much work."""
    return (
        f"reading took more than {seconds:g} s of computing and was ended; if the file is sound, raise "
        "PAPERHOUSE_MAX_FILE_SECONDS and add a blank line to its end, so that it is read anew"
    )


def problem_of(place: Place, what: str, error: BaseException) -> Problem:
    """A file that is left out because of an error that nobody foresaw."""
    remedy = (
        "free memory, or lower `batch_bytes` and `workers`, and run again"
        if isinstance(error, MemoryError)
        else "the other files are loaded; please report it with the file"
    )
    return Problem(place.path, f"{what} ({in_short(error)})", remedy)


def in_short(error: BaseException) -> str:
    """Kind and first line of an error, in characters that any stream takes."""
    first_line = (str(error).strip() or "no message").splitlines()[0][:200]
    return shown_text(f"{type(error).__name__}: {first_line}")


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
