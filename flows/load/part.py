"""A chunk of files to one part of a load package: read, parsed and put into frames, in any process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from polars.exceptions import PanicException

from paperhouse.flows.load.parse import FileResult, Job, Rules, collector_paused, parse_files, problem_of
from paperhouse.flows.load.work_limit import end_process_after
from paperhouse.transforms.digests.statements import Frames, select_digests, statement_frames
from paperhouse.transforms.errors import stop_at_fault_of_code
from paperhouse.transforms.text.path_metadata import Place
from paperhouse.warehouse.storage.packages import PartFiles, encode_part, try_part, write_part


@dataclass(frozen=True, slots=True)
class ParsedPart:
    """The result of each file, and what its digest states: as frames, or as files that a worker wrote.

    The digests themselves are emptied.
    """

    outcomes: list[FileResult]
    frames: Frames = field(default_factory=dict)
    files: PartFiles = field(default_factory=dict)


def read_part(
    jobs: Sequence[Job], rules: Rules, load_id: str, before_each: Callable[[], object] = lambda: None
) -> ParsedPart:
    """Read, parse and frame these files; one that cannot be framed is left out and named."""
    with collector_paused():
        outcomes = parse_files(jobs, rules, before_each)
        before_each()
        try:
            frames = _frames_of(outcomes, load_id)
        except (Exception, PanicException):  # noqa: BLE001 - it is found out below which file causes it
            outcomes = [_framed_alone(outcome, load_id) for outcome in outcomes]
            frames = _frames_of(outcomes, load_id)
        for outcome in outcomes:
            if outcome.digest is not None:
                outcome.digest.entries, outcome.digest.rejects, outcome.digest.repairs = [], [], []
    return ParsedPart(outcomes, frames)


def _frames_of(outcomes: Sequence[FileResult], load_id: str) -> Frames:
    digests = [outcome.digest for outcome in outcomes if outcome.digest is not None]
    return statement_frames(digests, load_id) if digests else {}


def _framed_alone(outcome: FileResult, load_id: str) -> FileResult:
    """The outcome, if its digest can be framed; else the problem that it is."""
    if outcome.digest is None:
        return outcome
    try:
        statement_frames([outcome.digest], load_id)
    except (Exception, PanicException) as error:  # noqa: BLE001 - whatever one file does must not stop the others
        stop_at_fault_of_code(error)
        return _left_out(outcome, "cannot be put into tables", error)
    return outcome


def _left_out(outcome: FileResult, what: str, error: BaseException) -> FileResult:
    """The problem that a file is whose digest cannot be kept."""
    digest = outcome.digest
    if digest is None:
        return outcome
    place = Place(digest.path, tuple(digest.path.split("/")))
    return FileResult(outcome.n_bytes, problem=problem_of(place, what, error))


def write_part_read(
    jobs: Sequence[Job], number: int, *, rules: Rules, load_id: str, folder: Path
) -> ParsedPart:
    """As `read_part`, with the frames as files of the package in `folder`: what a worker does."""
    part = read_part(jobs, rules, load_id, partial(end_process_after, 2 * rules.max_seconds))
    try:
        return ParsedPart(part.outcomes, files=write_part(folder, number, part.frames))
    except (OSError, MemoryError):
        raise
    except (Exception, PanicException):  # noqa: BLE001 - as above
        part = without_unwritable(part)
        return ParsedPart(part.outcomes, files=write_part(folder, number, part.frames))


def encode_part_read(
    jobs: Sequence[Job], *, rules: Rules, load_id: str
) -> tuple[ParsedPart, dict[str, bytes]]:
    """As `write_part_read`, with the contents of the files in the place of a folder."""
    part = read_part(jobs, rules, load_id, partial(end_process_after, 2 * rules.max_seconds))
    try:
        files, contents = encode_part(1, part.frames)
    except (OSError, MemoryError):
        raise
    except (Exception, PanicException):  # noqa: BLE001 - as above
        part = without_unwritable(part)
        files, contents = encode_part(1, part.frames)
    return ParsedPart(part.outcomes, files=files), contents


def without_unwritable(part: ParsedPart) -> ParsedPart:
    """The part without the digests that cannot be written as Parquet; their files are named."""
    outcomes = [_written_alone(outcome, part.frames) for outcome in part.outcomes]
    kept = {outcome.digest.digest_id for outcome in outcomes if outcome.digest is not None}
    return ParsedPart(outcomes, select_digests(part.frames, kept) if kept else {})


def _written_alone(outcome: FileResult, frames: Frames) -> FileResult:
    if outcome.digest is None:
        return outcome
    try:
        try_part(select_digests(frames, {outcome.digest.digest_id}))
    except (Exception, PanicException) as error:  # noqa: BLE001 - as above
        stop_at_fault_of_code(error)
        return _left_out(outcome, "cannot be packaged", error)
    return outcome
