"""What a first load of a folder would find: its files counted, and a sample of them read."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from paperhouse.flows.given_path import bucket_address, is_in_bucket
from paperhouse.flows.sources.archives import is_archive
from paperhouse.flows.sources.files import FoundFile, find_files, read_file
from paperhouse.transforms.errors import InputError
from paperhouse.transforms.read_digest import UNKNOWN_FORMAT, ReadDigest, read_digest

N_SAMPLED: Final = 24
"""Files of a folder that are read, evenly from the first to the last by name."""
_SAMPLE_BYTES: Final = 4 * 1024**2
"""Larger files are counted and not sampled."""


@dataclass(slots=True)
class FolderPreview:
    """What lies in a folder. `formats` counts the sampled files by format; `unread` are those that no format claims."""

    folder: Path
    n_files: int = 0
    n_bytes: int = 0
    n_archives: int = 0
    n_sampled: int = 0
    n_entries: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    dates: list[date] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def require_folder(folder: Path) -> Path:
    """The folder, absolute, if a load could read it.

    Raises:
        InputError: it does not exist, is no folder on a disk, or may not be read.
    """
    if is_in_bucket(folder):
        address = bucket_address(folder)
        msg = f"{address}: lies on S3, and this is for folders on a disk; load it with `paperhouse ingest {address}`"
        raise InputError(msg, path=address)
    try:
        is_folder = folder.resolve(strict=True).is_dir()
    except OSError as error:
        msg = f"{folder}: {(error.strerror or str(error)).lower()}; make it first, or correct the path"
        raise InputError(msg, path=str(folder)) from error
    if not is_folder:
        msg = f"{folder}: is no folder; name the folder that it lies in"
        raise InputError(msg, path=str(folder))
    if not os.access(folder, os.R_OK | os.X_OK):
        msg = f"{folder}: may not be read by this user; run `chmod -R u+rX` on it, or start Paperhouse as its owner"
        raise InputError(msg, path=str(folder))
    return Path(os.path.abspath(folder))  # noqa: PTH100 - `a/../b` as `b`, and links as they are named


def preview_folder(folder: Path, *, is_repairing: bool) -> FolderPreview:
    """Count the files of a folder and read a sample of them; nothing is written."""
    found, problems = find_files([folder])
    archives = [file for file in found if is_archive(file.path.name)]
    outlook = FolderPreview(
        folder=folder,
        n_files=len(found),
        n_bytes=sum(map(_size, found)),
        n_archives=len(archives),
        problems=[str(problem) for problem in problems],
    )
    plain = [file for file in found if not is_archive(file.path.name)]
    for file in sampled(plain):
        content = read_file(file, _SAMPLE_BYTES)
        if isinstance(content, bytes):
            _note(outlook, file, read_digest(content, file.place, is_repairing=is_repairing))
    return outlook


def sampled(files: Sequence[FoundFile]) -> list[FoundFile]:
    """At most N_SAMPLED of the files, evenly, the first and the last among them."""
    if len(files) <= N_SAMPLED:
        return list(files)
    step = (len(files) - 1) / (N_SAMPLED - 1)
    return [files[round(number * step)] for number in range(N_SAMPLED)]


def _note(outlook: FolderPreview, file: FoundFile, digest: ReadDigest | None) -> None:
    outlook.n_sampled += 1
    if digest is None:
        outlook.formats["no digest"] += 1
        return
    outlook.formats[digest.format] += 1
    outlook.n_entries += len(digest.entries)
    if digest.digest_date is not None:
        outlook.dates.append(digest.digest_date)
    if digest.format == UNKNOWN_FORMAT:
        outlook.unread.append(file.path)


def _size(file: FoundFile) -> int:
    try:
        return file.path.stat().st_size
    except OSError:
        return 0
