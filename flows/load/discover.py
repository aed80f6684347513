"""What there is to read: files, members of archives, versions in git; in batches that memory can hold."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from paperhouse.flows.given_path import is_in_bucket
from paperhouse.flows.load.batches import in_batches
from paperhouse.flows.load.plan import History
from paperhouse.flows.load.session import LoadSession
from paperhouse.flows.sources.archives import ArchiveLimits, is_archive, unpack
from paperhouse.flows.sources.bucket import ObjectLimits, find_objects
from paperhouse.flows.sources.files import FoundFile, Problem, find_files, size_on_disk
from paperhouse.flows.sources.git_history import FoundVersion, GitHistory
from paperhouse.flows.sources.pieces import pieces_of
from paperhouse.transforms.read_digest import DigestDefaults

COPIES_OF_OBJECTS: Final = "objects"
"""Folder below the home, of copies of what is read on S3."""
Found = FoundFile | FoundVersion
"""What can be read as one digest."""


def find_inputs(load: LoadSession) -> list[tuple[Found, DigestDefaults]]:
    """Files under the planned inputs, archives unpacked, and versions, each with its defaults."""
    inputs: list[tuple[Found, DigestDefaults]] = []
    for path, stated in load.plan.inputs:
        found, problems = _found_at(load, path)
        load.summary.problems.extend(problems)
        inputs.extend((member, stated) for file in found for member in _opened(load, file))
    for history in load.plan.histories:
        inputs.extend(_versions_of(load, history))
    load.summary.n_files = len(inputs)
    return inputs


def _found_at(load: LoadSession, path: Path) -> tuple[list[FoundFile], list[Problem]]:
    if not is_in_bucket(path):
        return find_files([path])
    limits = ObjectLimits(load.plan.max_file_bytes, load.plan.max_archive_bytes)
    return find_objects(path, load.plan.home / COPIES_OF_OBJECTS, limits)


def _versions_of(load: LoadSession, history: History) -> Iterator[tuple[FoundVersion, DigestDefaults]]:
    """Committed versions, oldest first; each states the date of its commit."""
    repository = load.held_open.enter_context(GitHistory(history.repository))
    versions, problems = repository.versions(history.paths)
    load.summary.problems.extend(problems)
    for found in versions:
        yield found, replace(history.stated, commit_date=found.commit_date)


def _opened(load: LoadSession, file: FoundFile) -> list[FoundFile]:
    """The file itself or its pieces, or the members of an archive."""
    if not is_archive(file.place.parts[-1]):
        return pieces_of(file)
    load.summary.n_archives += 1
    limits = ArchiveLimits(load.plan.max_file_bytes, load.plan.max_archive_bytes)
    members, problems = unpack(file, load.target.work / f"unpacked-{load.summary.n_archives}", limits)
    load.summary.problems.extend(problems)
    return [piece for member in members for piece in pieces_of(member)]


def batches(
    inputs: Sequence[tuple[Found, DigestDefaults]], batch_bytes: int
) -> Iterator[list[tuple[Found, DigestDefaults]]]:
    """Split the inputs, in order, into runs of about `batch_bytes`; a larger file is a batch of its own."""
    return in_batches(inputs, batch_bytes, lambda one: size_of(one[0]))


def size_of(found: Found) -> int:
    """Bytes of a file, piece or version; 0 for a file that is gone."""
    if isinstance(found, FoundVersion):
        return found.n_bytes
    return size_on_disk(found.path) if found.span is None else found.span.n_bytes
