"""Files of JSON records that indexes export: a list, a list under a name, one object a line, or one object."""

from collections.abc import Callable, Iterator
from typing import Final

from paperhouse.transforms.digest import Furniture, Parsed
from paperhouse.transforms.exports.references import Reference, place_reference
from paperhouse.transforms.parsing.json_document import first_of_lines, first_under, records_of, whole_object
from paperhouse.transforms.parsing.json_records import Located, Record, load_json, record_lines

ReadReference = Callable[[Record], Reference | None]
"""Reads one record; None where it is about no paper at all, an attachment or a note."""
_LONGEST_OBJECT: Final = 1_000_000
"""Characters of a text that may be one object to be recognised."""


def sample_records(head: str, lists: frozenset[str]) -> Iterator[Record]:
    """The first record, by each way in which the file that begins with `head` may hold records."""
    first = first_of_lines(head)
    if first is not None:
        yield first
        return
    if (listed := first_under(head, lists)) is not None:
        yield listed
    elif len(head) <= _LONGEST_OBJECT and (whole := whole_object(head)) is not None:
        yield whole


def read_export(
    text: str, lists: frozenset[str], is_own: Callable[[Record], bool], read: ReadReference
) -> Parsed:
    """Read every record of the file; what `read` takes for no paper at all is furniture."""
    parsed = Parsed(unit="record")
    for located in _records(text, lists, is_own):
        parsed.n_records += 1
        reference = read(located.record) if located.record is not None else None
        if located.record is not None and reference is None:
            parsed.furniture.append(Furniture(located.line_start, located.line_end, "attachment"))
        else:
            place_reference(parsed, located, reference)
    return parsed


def _records(text: str, lists: frozenset[str], is_own: Callable[[Record], bool]) -> Iterator[Located]:
    if first_of_lines(text) is not None:
        yield from record_lines(text, load_json)
        return
    whole = None if first_under(text, lists) is not None else whole_object(text[: _LONGEST_OBJECT + 1])
    if whole is not None and is_own(whole):
        n_lines = text.rstrip().count("\n") + 1
        yield Located(1, n_lines, text, whole)
        return
    _, found, _ = records_of(text, lists)
    yield from (named.located for named in found)


def text_in(record: Record, *path: str) -> str | None:
    """Text under a path of names; None where there is none."""
    value: object = record
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value.strip() else None


def dicts_in(value: object) -> list[Record]:
    """The objects of a list; none if it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
