"""A chunk of files to one part of a load package: read, parsed and put into frames, in any process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.parsing import Job, Outcome, Rules, collector_paused, parse_files
from transforms.statements import Frames, statement_frames
from warehouse.packages import PartFiles, write_part


@dataclass(frozen=True, slots=True)
class Part:
    """What became of each file, and what the digests say: as frames, or as files that a worker wrote.

    The digests themselves are emptied.
    """

    outcomes: list[Outcome]
    frames: Frames = field(default_factory=dict)
    files: PartFiles = field(default_factory=dict)


def read_part(jobs: Sequence[Job], rules: Rules, load_id: str) -> Part:
    """Read, parse and frame these files."""
    with collector_paused():
        outcomes = parse_files(jobs, rules)
        digests = [outcome.digest for outcome in outcomes if outcome.digest is not None]
        frames = statement_frames(digests, load_id) if digests else {}
        for digest in digests:
            digest.entries, digest.rejects, digest.repairs = [], [], []
    return Part(outcomes, frames)


def write_part_read(jobs: Sequence[Job], number: int, *, rules: Rules, load_id: str, folder: Path) -> Part:
    """As `read_part`, with the frames as files of the package in `folder`: what a worker does."""
    part = read_part(jobs, rules, load_id)
    return Part(part.outcomes, files=write_part(folder, number, part.frames))
