"""Rows that were read before: a page that a bot rewrites every day holds yesterday's rows again, word for word.

What a row says depends on its text and its table's head alone, so it need not be read twice. What it is copied
to has its own lines, topic and lists: nobody can change what is remembered.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Final, Generic, TypeVar

from paperhouse.transforms.digest import Entry, Reject

MAX_CHARACTERS: Final = 4_000_000
"""Characters of rows that a memo remembers before it begins anew; it holds twice as many at most."""
_LONGEST_ROW: Final = 50_000
_LISTS = ("authors", "categories", "links", "translations", "notes")
_FACTS = attrgetter(*list(Entry.__dataclass_fields__)[2:])

Head = TypeVar("Head")
RowReader = Callable[[Head, str], Entry | str]
"""Reads a row under a head: the entry, whose lines mean nothing, or the reason why it is none."""


class RowMemo(Generic[Head]):
    """A reader of rows that remembers the last ones; it gives what the reader it is made of would give.

    Rows are kept in two generations: a full young one becomes the old one, and the old one is dropped. A row that
    is met again moves to the young one.
    """

    def __init__(self, read: RowReader[Head], max_characters: int = MAX_CHARACTERS) -> None:
        self._read = read
        self._max_characters = max_characters
        self._young: dict[tuple[Head, str], Entry | str] = {}
        self._old: dict[tuple[Head, str], Entry | str] = {}
        self._n_characters = 0

    def read(self, head: Head, row: str, line_start: int, line_end: int, topic: str | None) -> Entry | Reject:
        """Entry of this row at these lines under this topic, or the reject that it is."""
        found = self._recall(head, row)
        if isinstance(found, str):
            return Reject(line_start, line_end, found, row)
        return _copy_at(found, line_start, line_end, topic)

    def _recall(self, head: Head, row: str) -> Entry | str:
        key = (head, row)
        found = self._young.get(key)
        if found is not None:
            return found
        found = self._old.get(key)
        if found is None:
            found = self._read(head, row)
        if len(row) <= _LONGEST_ROW:
            self._remember(key, found)
        return found

    def _remember(self, key: tuple[Head, str], found: Entry | str) -> None:
        if self._n_characters > self._max_characters:
            self._young, self._old = {}, self._young
            self._n_characters = 0
        self._young[key] = found
        self._n_characters += len(key[1])


def _copy_at(entry: Entry, line_start: int, line_end: int, topic: str | None) -> Entry:
    copy = Entry(line_start, line_end, *_FACTS(entry))
    copy.topic = topic
    for name in _LISTS:
        setattr(copy, name, getattr(copy, name).copy())
    return copy
