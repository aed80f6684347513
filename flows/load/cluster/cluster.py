"""The workers of a cluster in the place of processes of this machine: chunks of files go, parts of a package come."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Self

from paperhouse.flows.cluster_address import ClusterAddress
from paperhouse.flows.load.cluster.connection import Connection
from paperhouse.flows.load.cluster.messages import Chunk, packed_of, unpack_part
from paperhouse.flows.load.parse import FileResult, Job, Rules, fetch
from paperhouse.flows.load.part import ParsedPart
from paperhouse.warehouse.storage.packages import PackageWriter

AHEAD: Final = 3
"""Chunks that are on their way for each thread of the workers: one is read, the next is there, one comes back."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A chunk that was sent: what is settled here already, and the answer about the others; None if all are."""

    settled: list[FileResult | None]
    answer: "Future[bytes] | None"


class Cluster:
    """The cluster of one load: asked for when the first large batch comes, left with the load or before."""

    def __init__(self, address: ClusterAddress) -> None:
        self._address = address
        self._connected: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Leave the cluster."""
        if self._connected is not None:
            self._connected.close()
            self._connected = None

    def parts(
        self, chunks: Sequence[Sequence[Job]], rules: Rules, writer: PackageWriter
    ) -> Iterator[ParsedPart | None]:
        """The part of each chunk, in order, as files of the package; None where workers ended over it.

        Contents are read here, and only a few chunks ahead: no worker sees this machine's files, and memory holds a
        few chunks whatever there is to read. Files that were not adopted are deleted when the next part is asked for.

        Raises:
            ClusterError: the cluster cannot be reached, does not fit, or was lost.
        """
        connection = self._connected = self._connected or Connection(self._address)
        coming = iter(chunks)
        asked: deque[_Asked] = deque()
        try:
            for chunk in coming:
                asked.append(_ask(connection, chunk, rules, writer.package.load_id))
                if len(asked) >= AHEAD * connection.n_threads:
                    yield from _take_first(connection, asked, writer)
            while asked:
                yield from _take_first(connection, asked, writer)
        finally:
            for one in asked:
                if one.answer is not None:
                    one.answer.cancel()


def _ask(connection: Connection, chunk: Sequence[Job], rules: Rules, load_id: str) -> _Asked:
    fetched = [fetch(job, rules) for job in chunk]
    jobs = [one for one in fetched if isinstance(one, Job)]
    settled = [one if isinstance(one, FileResult) else None for one in fetched]
    if not jobs:
        return _Asked(settled, None)
    return _Asked(settled, connection.submit(packed_of(Chunk(jobs, rules, load_id))))


def _take_first(
    connection: Connection, asked: deque[_Asked], writer: PackageWriter
) -> Iterator[ParsedPart | None]:
    n_awaited = sum(one.answer is not None for one in asked)
    first = asked[0]
    if first.answer is None:
        asked.popleft()
        yield ParsedPart(_whole(first.settled, ()))
        return
    packed = connection.result(first.answer, n_awaited)
    asked.popleft()
    if packed is None:
        yield None
        return
    part, numbers = unpack_part(packed, writer)
    del packed
    try:
        yield ParsedPart(_whole(first.settled, part.outcomes), files=part.files)
    finally:
        for number in numbers:
            writer.discard(number)


def _whole(settled: Sequence[FileResult | None], answered: Sequence[FileResult]) -> list[FileResult]:
    """The result of each file: what was settled here, and in the gaps what a worker answered."""
    answers = iter(answered)
    return [next(answers) if one is None else one for one in settled]
