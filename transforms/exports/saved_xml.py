"""Records of XML files that arXiv once answered with, one by one, so that a file that was cut off keeps what it has.

Each record is parsed alone, inside of an element with the namespaces of the file's root. So no DOCTYPE is ever seen
and no entity defined: a record that needs one is a reject.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.arxiv.records import ArxivRecord
from paperhouse.transforms.arxiv.xml import Node, parse_reply
from paperhouse.transforms.digest import Entry, Furniture, Parsed, Reject
from paperhouse.transforms.errors import InvalidArxivIdError, ReplyError
from paperhouse.transforms.text.lines import LineCounter

LONGEST_RECORD: Final = 2_000_000
"""Characters of one record."""
_NAMESPACE: Final = re.compile(
    r"\bxmlns(?::[A-Za-z_][\w.-]{0,40})?\s{0,9}=\s{0,9}(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}')"
)
_ROOT: Final = re.compile(r"<(?P<name>[A-Za-z][\w:.-]{0,40})(?P<rest>[^<>]{0,8000})>")
_WRAPPER: Final = "r"
_TERM: Final = re.compile(
    r"\bterm=[\"']([^\"'<>]{1,40})[\"']|<(?:[a-z]+:)?categor(?:y|ies)[^<>]{0,200}>([^<>]{1,400})<"
)

ReadNode = Callable[[Node, frozenset[str]], ArxivRecord | Entry | None]
"""Reads one record; None where it is about no paper that is there: the header of a deleted one."""


class Root(NamedTuple):
    """Name of the root element, and its namespace declarations."""

    name: str
    namespaces: str


class XmlRecord(NamedTuple):
    """One record element with its lines; `is_whole` unless another begins before its end, or the text ends."""

    text: str
    line_start: int
    line_end: int
    is_whole: bool


def root_of(head: str) -> Root | None:
    """The root element of the text, past a declaration; None if it begins with none."""
    start = head.lstrip("\ufeff \t\r\n")
    if not start.startswith("<"):
        return None
    match = next((one for one in _ROOT.finditer(start[:20_000])), None)
    return Root(match["name"], " ".join(_NAMESPACE.findall(match["rest"]))) if match else None


def xml_records(text: str, name: str) -> Iterator[XmlRecord]:
    """Every element of this name that begins in the text, in order; none inside of another."""
    counter = LineCounter(text)
    opening, closing = re.compile(rf"<{name}(?=[\s>/])"), f"</{name}>"
    starts = [match.start() for match in opening.finditer(text)]
    for number, start in enumerate(starts):
        limit = starts[number + 1] if number + 1 < len(starts) else len(text)
        end = text.find(closing, start, limit)
        stop = end + len(closing) if end >= 0 else start + len(text[start:limit].rstrip())
        line = counter.line_at(start)
        yield XmlRecord(text[start:stop], line, counter.line_at(max(start, stop - 1)), end >= 0)


def read_saved(text: str, root: Root, name: str, read: ReadNode) -> Parsed:
    """Read every record element of the file."""
    parsed = Parsed(unit="record")
    for record in xml_records(text, name):
        parsed.n_records += 1
        found = _read_one(record, root, read)
        if isinstance(found, str):
            parsed.rejects.append(Reject(record.line_start, record.line_end, found, record.text))
        elif found is None:
            parsed.furniture.append(Furniture(record.line_start, record.line_end, "deleted"))
        else:
            found.line_start, found.line_end = record.line_start, record.line_end
            parsed.entries.append(found)
    return parsed


def _read_one(record: XmlRecord, root: Root, read: ReadNode) -> Entry | str | None:
    """Entry of a record; a reason code where it states none; None for the header of a deleted paper."""
    if not record.is_whole or len(record.text) > LONGEST_RECORD:
        return "malformed_record"
    wrapped = f"<{_WRAPPER} {root.namespaces}>{record.text}</{_WRAPPER}>".encode("utf-8", "replace")
    written = (one for pair in _TERM.findall(record.text) for one in pair if one)
    known = frozenset(category_codes(written)[0])
    try:
        tree = parse_reply(wrapped, _WRAPPER, *_with_default_namespace(root))
        found = read(tree.children[0], known)
    except InvalidArxivIdError:
        return "no_arxiv_id"
    except (ReplyError, ValueError, TypeError, IndexError, OverflowError):
        return "malformed_record"
    if isinstance(found, ArxivRecord):
        entry = found.entry
        codes = (*found.acm_classes, *found.msc_classes, *found.other_codes)
        entry.categories = list(dict.fromkeys((*entry.categories, *codes)))
        if found.datestamp is not None:
            entry.stated_date, entry.stated_date_kind = found.datestamp, "changed"
        return entry
    return found


def _with_default_namespace(root: Root) -> list[str]:
    """Tags that the wrapper has where the root declares a default namespace."""
    default = re.search(r"\bxmlns\s{0,9}=\s{0,9}[\"']([^\"']{0,300})[\"']", root.namespaces)
    return [f"{{{default[1]}}}{_WRAPPER}"] if default else []
