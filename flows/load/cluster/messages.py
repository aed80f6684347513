"""What travels between a load and the workers of a cluster: one large object each way for a chunk of files."""

import pickle
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import cast

from paperhouse.flows.load.parse import FileResult, Job, Rules
from paperhouse.flows.load.part import ParsedPart, encode_part_read
from paperhouse.warehouse.storage.packages import PackageWriter, PartFiles, place_part

Versions = Mapping[str, str | None]
"""Versions of what decides how a digest is read, a part is written, and both travel."""
PACKAGES = ("paperhouse", "polars", "distributed")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Files to read, with their contents, and what reading depends on."""

    jobs: Sequence[Job]
    rules: Rules
    load_id: str


@dataclass(frozen=True, slots=True)
class SentPart:
    """The result of each file, and the files of a package's part with their contents."""

    outcomes: list[FileResult]
    files: PartFiles = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)


@cache
def own_versions() -> Versions:
    """Versions here; of Python the first two numbers."""
    return {"python": python_of(platform.python_version()), **{name: version(name) for name in PACKAGES}}


def python_of(full: str) -> str:
    """The part of a version of Python that must be the same on both sides."""
    return ".".join(full.split(".")[:2])


def differences(ours: Versions, theirs: Versions) -> str:
    """What differs between two sides, in words; empty if nothing does."""
    return ", ".join(
        f"{name} {theirs.get(name) or 'not installed'} where the load has {number}"
        for name, number in ours.items()
        if theirs.get(name) != number
    )


def pack_part_read(packed: bytes) -> bytes:
    """Read a packed `Chunk` in this process; the part comes back packed."""
    chunk = cast("Chunk", value_of(packed))
    part, contents = encode_part_read(chunk.jobs, rules=chunk.rules, load_id=chunk.load_id)
    return packed_of(SentPart(part.outcomes, part.files, contents))


def pack_part(part: ParsedPart, folder: Path) -> bytes:
    """A part with the contents of its files, which lie in `folder`."""
    contents = {name: (folder / name).read_bytes() for name in part.files}
    return packed_of(SentPart(part.outcomes, part.files, contents))


def unpack_part(packed: bytes, writer: PackageWriter) -> tuple[ParsedPart, list[int]]:
    """The part, its files in the folder of the package under numbers that are free there, and these numbers.

    Raises:
        PackageError: a file arrived otherwise than it was sent.
    """
    sent = cast("SentPart", value_of(packed))
    theirs = sorted({_number_of(name) for name in sent.files})
    numbers = {number: writer.next_part() for number in theirs}
    names = {name: _renumbered(name, numbers[_number_of(name)]) for name in sent.files}
    files = {names[name]: facts for name, facts in sent.files.items()}
    place_part(
        writer.package.folder, files, {names[name]: content for name, content in sent.contents.items()}
    )
    return ParsedPart(sent.outcomes, files=files), list(numbers.values())


def packed_of(value: object) -> bytes:
    """A value as one object of bytes, which Dask passes on without looking into it."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def value_of(packed: bytes) -> object:
    """The value again."""
    return pickle.loads(packed)  # noqa: S301 - who may speak to the scheduler may run anything on it: see docs/cluster.md


def _number_of(name: str) -> int:
    return int(name.split(".")[1])


def _renumbered(name: str, number: int) -> str:
    table, _, ending = name.split(".")
    return f"{table}.{number:05d}.{ending}"
