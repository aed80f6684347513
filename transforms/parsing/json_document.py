"""Records of one JSON document, found one by one with their lines, however the document ends.

A document is a list of records, an object with lists of records under known names (all other members are facts
about the document), or an object whose members are records themselves. It is never loaded whole, so a document
that was cut off keeps the records before the cut. A damaged record is given up as far as the next line that
begins as it did; after `MOST_DAMAGED` of them the rest of the text is one record, so that no text takes long.
"""

import json
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from paperhouse.transforms.digest import Parsed
from paperhouse.transforms.parsing.json_records import Located, Record
from paperhouse.transforms.text.lines import LineCounter

MOST_DAMAGED: Final = 16
"""Records of a document after which reading starts again."""
ANY_NAME: Final[frozenset[str]] = frozenset()
"""For `records_of`: every member of the outermost object that is an object is a record."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_BETWEEN: Final = re.compile(r"[ \t\r\n,]*")
_INDENT: Final = re.compile(r"[ \t]*")
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """One record, and the name of the list that holds it, or of the member that it is; None in a bare list."""

    name: str | None
    located: Located


_Found = tuple[str | None, int, int, object]
"""Name, start, end and value of a record."""


@dataclass(slots=True)
class JsonDocument:
    """Where a reader of a document stands: `facts` are the members met so far that hold no records."""

    text: str
    facts: dict[str, object] = field(default_factory=dict)

    def records(self, lists: frozenset[str]) -> Iterator[NamedRecord]:
        """Every record under the names of `lists`; what cannot be read is a record that holds None."""
        counter = LineCounter(self.text)
        end = _after(_SPACE, self.text, 0)
        for name, start, stop, value in self._found(end, lists):
            record = value if isinstance(value, dict) else None
            lines = (counter.line_at(start), counter.line_at(max(start, stop - 1)))
            yield NamedRecord(name, Located(*lines, self.text[start:stop], record))
            end = stop

    def _found(self, start: int, lists: frozenset[str]) -> Iterator[_Found]:
        """Name, start, end and value of each record."""
        text = self.text
        if text.startswith("[", start):
            end = yield from self._elements(None, start)
        elif text.startswith("{", start):
            end = yield from self._members(start, lists)
        else:
            end = start
        rest = _after(_SPACE, text, end)
        if rest < len(text.rstrip()):
            yield None, rest, len(text.rstrip()), None

    def _elements(self, name: str | None, start: int) -> Generator[_Found, None, int]:
        """The elements of the list that opens at `start`; the generator returns the offset behind it."""
        text = self.text
        at, n_damaged = _after(_BETWEEN, text, start + 1), 0
        while at < len(text) and text[at] != "]":
            value, end = _value_at(text, at)
            if end is None:
                n_damaged += 1
                end = _next_start(text, at) if n_damaged < MOST_DAMAGED else len(text.rstrip())
            yield name, at, end, value
            at = _after(_BETWEEN, text, end)
        return at + 1

    def _members(self, start: int, lists: frozenset[str]) -> Generator[_Found, None, int]:
        """The records among the members of the object that opens at `start`; returns the offset behind it."""
        text = self.text
        at = _after(_BETWEEN, text, start + 1)
        while at < len(text) and text[at] != "}":
            key = _key_at(text, at)
            if key is None:
                yield None, at, len(text.rstrip()), None
                return len(text)
            name, value_start = key
            if name in lists and text.startswith("[", value_start):
                at = yield from self._elements(name, value_start)
            else:
                value, end = _value_at(text, value_start)
                if end is None:
                    yield name, value_start, len(text.rstrip()), None
                    return len(text)
                if lists is ANY_NAME:
                    yield name, value_start, end, value
                else:
                    self.facts.setdefault(name, value)
                at = end
            at = _after(_BETWEEN, text, at)
        return at + 1


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _value_at(text: str, at: int) -> tuple[object, int | None]:
    """Value that begins at `at` and the offset behind it, which is None where there is none."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, None


def _key_at(text: str, at: int) -> tuple[str, int] | None:
    """Name of the member that begins at `at`, and where its value begins; None if that is no member."""
    name, end = _value_at(text, at) if text.startswith('"', at) else (None, None)
    if not isinstance(name, str) or end is None:
        return None
    colon = _after(_SPACE, text, end)
    return (name, _after(_SPACE, text, colon + 1)) if text.startswith(":", colon) else None


def _next_start(text: str, at: int) -> int:
    """Offset of the next line that begins as the record at `at` does; the text's end if there is none."""
    line = text.rfind("\n", 0, at) + 1
    indent = text[line:at]
    rest = len(text.rstrip())
    if _INDENT.fullmatch(indent) is None:
        return rest
    found = text.find(f"\n{indent}{text[at]}", at)
    return rest if found < 0 else found + 1


@dataclass(frozen=True, slots=True)
class Outline:
    """How a document begins: its facts up to the first record, the name of that one's list, and the record."""

    facts: Mapping[str, object]
    name: str | None
    first: Record
    is_list: bool


@lru_cache(maxsize=8)  # every format of JSON documents asks this of the same text
def outline_of(head: str) -> Outline | None:
    """How the document that begins with `head` begins; None if that is none, or its first record is not whole.

    The first list of objects is taken for that of the records; without one, the first member that is an object.
    """
    at = _after(_SPACE, head, 0)
    if head.startswith("[", at):
        value, end = _value_at(head, _after(_SPACE, head, at + 1))
        return Outline({}, None, value, is_list=True) if end is not None and isinstance(value, dict) else None
    return _outline_of_object(head, at) if head.startswith("{", at) else None


def _outline_of_object(head: str, start: int) -> Outline | None:
    facts: dict[str, object] = {}
    member: Outline | None = None
    at = _after(_BETWEEN, head, start + 1)
    while (key := _key_at(head, at)) is not None:
        name, value_start = key
        if head.startswith("[", value_start):
            first, end = _value_at(head, _after(_SPACE, head, value_start + 1))
            if end is not None and isinstance(first, dict):
                return Outline(facts, name, first, is_list=True)
        value, end = _value_at(head, value_start)
        if end is None:
            break
        if isinstance(value, dict) and member is None:
            member = Outline(dict(facts), name, value, is_list=False)
        facts[name] = value
        at = _after(_BETWEEN, head, end)
    return member


def records_of(text: str, lists: frozenset[str]) -> tuple[Parsed, list[NamedRecord], dict[str, object]]:
    """An empty `Parsed` that counts the document's records, the records, and its facts."""
    document = JsonDocument(text)
    found = list(document.records(lists))
    return Parsed(unit="record", n_records=len(found)), found, document.facts


def first_under(head: str, lists: frozenset[str]) -> Record | None:
    """First record of a bare list, or of the first list under one of these names; None if there is none."""
    at = _after(_SPACE, head, 0)
    if head.startswith("[", at):
        return _first_in(head, at)
    at = _after(_BETWEEN, head, at + 1) if head.startswith("{", at) else len(head)
    while (key := _key_at(head, at)) is not None:
        name, value_start = key
        if name in lists and head.startswith("[", value_start):
            return _first_in(head, value_start)
        _, end = _value_at(head, value_start)
        if end is None:
            return None
        at = _after(_BETWEEN, head, end)
    return None


def _first_in(head: str, start: int) -> Record | None:
    """First element of the list that opens at `start`, past nulls, if it is a whole object."""
    at = _after(_BETWEEN, head, start + 1)
    while head.startswith("null", at):
        at = _after(_BETWEEN, head, at + len("null"))
    value, end = _value_at(head, at)
    return value if end is not None and isinstance(value, dict) else None


@lru_cache(maxsize=2)  # as `outline_of`
def first_of_lines(head: str) -> Record | None:
    """First record of a text of one JSON object a line; None if it is none, or has a single line."""
    first, newline, rest = head.lstrip().partition("\n")
    if not newline or not first.startswith("{") or not rest.lstrip().startswith("{"):
        return None
    value, end = _value_at(first, 0)
    return value if end is not None and not first[end:].strip() and isinstance(value, dict) else None


@lru_cache(maxsize=2)  # as `outline_of`
def whole_object(text: str) -> Record | None:
    """The one object that a text is; None if it is something else or broke off."""
    at = _after(_SPACE, text, 0)
    value, end = _value_at(text, at) if text.startswith("{", at) else (None, None)
    return value if end is not None and isinstance(value, dict) and not text[end:].strip() else None
