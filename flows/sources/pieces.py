"""Large snapshots as pieces that memory can hold, each read as a digest of its own.

Pieces end where the month of the papers' identifiers changes, so that a snapshot of next month differs from this one
in the pieces of those months only whose records changed; a month that is too large is divided by size.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from paperhouse.flows.sources.files import FoundFile, Span, size_on_disk
from paperhouse.transforms.formats import format_named

LEAST_BYTES: Final = 2 * 1024**2
"""Bytes of a piece before a change of the month ends it ..."""
MOST_BYTES: Final = 16 * 1024**2
"""... and after which any line does."""
WORTH_BYTES: Final = 2 * MOST_BYTES
"""A smaller file is read whole."""
_HEAD_BYTES: Final = 65_536
_FORMAT: Final = "arxiv_kaggle"
_MONTH: Final = re.compile(rb'\s*\{\s*"id"\s*:\s*"(?P<month>[0-9]{4}|[a-z.-]{2,20}/[0-9]{4})', re.IGNORECASE)


def pieces_of(file: FoundFile) -> list[FoundFile]:
    """The file itself, or its pieces if it is a large snapshot of arXiv's; an unreadable one is left for the reader."""
    if size_on_disk(file.path) < WORTH_BYTES:
        return [file]
    try:
        with file.path.open("rb") as reader:
            head = reader.read(_HEAD_BYTES).decode("utf-8", "replace")
        if not format_named(_FORMAT).recognise(head):
            return [file]
        return [replace(file, span=span) for span in _spans(file)]
    except OSError:
        return [file]


def _spans(file: FoundFile) -> Iterator[Span]:
    """Pieces of whole lines; no more than one line is held, and of a line that never ends a piece."""
    start, size, first_line, number = 0, 0, 1, 1
    month: bytes | None = None
    with file.path.open("rb") as reader:
        while line := reader.readline(MOST_BYTES):
            found = _MONTH.match(line[:100])
            is_next_month = found is not None and month is not None and found["month"] != month
            if size and (size + len(line) > MOST_BYTES or (is_next_month and size >= LEAST_BYTES)):
                yield Span(start, size, first_line)
                start, size, first_line = start + size, 0, number
            month = found["month"] if found else month
            size += len(line)
            number += line.endswith(b"\n")
    if size:
        yield Span(start, size, first_line)
