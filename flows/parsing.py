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

from transforms.digest_reader import ReadDigest, Stated, read_digest
from transforms.places import Place

PARALLEL_BYTES = 8 * 1024**2
"""From here on the work is worth more than the start of workers, about a third of a second."""
_CHUNK_BYTES = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Unread:
    """The content of one file that is not known yet."""

    content: bytes
    sha256: str
    place: Place
    stated: Stated


def parse_files(files: Sequence[Unread], is_repairing: bool) -> list[ReadDigest | None]:  # noqa: FBT001 - a setting
    """Read each file, None where it is no digest; furniture is counted and then left out: no load needs it."""
    digests: list[ReadDigest | None] = []
    likely: tuple[str, ...] = ()
    for file in files:
        digest = read_digest(
            file.content,
            file.place,
            file.stated,
            sha256=file.sha256,
            likely=likely,
            is_repairing=is_repairing,
        )
        if digest is not None:
            likely = (digest.format, *(name for name in likely if name != digest.format))
            digest.furniture = []
        digests.append(digest)
    return digests


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


def parse_in_workers(
    workers: ProcessPoolExecutor,
    files: Sequence[Unread],
    is_repairing: bool,  # noqa: FBT001
) -> Iterator[ReadDigest | None]:
    """Read the files in worker processes; the digests come in the order of the files."""
    chunks = list(_chunks(files))
    for digests in workers.map(_parse_to_send, chunks, [is_repairing] * len(chunks)):
        yield from digests


def _parse_to_send(files: Sequence[Unread], is_repairing: bool) -> list[ReadDigest | None]:  # noqa: FBT001
    """Read each file; texts that several of a day's lists repeat are sent once."""
    digests = parse_files(files, is_repairing)
    texts: dict[str, str] = {}
    for digest in filter(None, digests):
        for entry in digest.entries:
            entry.title = texts.setdefault(entry.title, entry.title)
            if entry.abstract is not None:
                entry.abstract = texts.setdefault(entry.abstract, entry.abstract)
    return digests


def _chunks(files: Sequence[Unread]) -> Iterator[list[Unread]]:
    chunk: list[Unread] = []
    size = 0
    for file in files:
        chunk.append(file)
        size += len(file.content)
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


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
