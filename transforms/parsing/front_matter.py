"""The block of `key: value` lines between two `---` lines at the start of a page."""

import json
import re
from typing import Final, NamedTuple

MOST_LINES: Final = 200
"""Lines of a block; a longer one is text between two separators."""

_OPEN: Final = re.compile(r"\s*---[ \t]*\n")
_CLOSE: Final = re.compile(r"---[ \t]*")
_MEMBER: Final = re.compile(r"(?P<key>[A-Za-z][\w-]{0,40}):(?:[ \t]++(?P<value>.*))?")


class PlainFrontMatter(NamedTuple):
    """Plain values by key, the offset of the text behind the block, and the number of lines up to there."""

    fields: dict[str, str]
    end: int
    n_lines: int


def read_plain_front_matter(text: str) -> PlainFrontMatter | None:
    """Read the block at the start of `text`; None if there is none.

    Quotes around a value are taken off. Lists, maps and texts over several lines are left out: no page that is
    read by them keeps a paper's facts there.
    """
    opened = _OPEN.match(text)
    if opened is None:
        return None
    fields: dict[str, str] = {}
    at = opened.end()
    for _ in range(MOST_LINES):
        end = text.find("\n", at)
        line = text[at:] if end < 0 else text[at:end]
        if _CLOSE.fullmatch(line):
            after = len(text) if end < 0 else end + 1
            return PlainFrontMatter(fields, after, text.count("\n", 0, at) + 1)
        member = _MEMBER.fullmatch(line)
        if member and member["value"]:
            fields.setdefault(member["key"], _unquoted(member["value"].strip()))
        if end < 0:
            return None
        at = end + 1
    return None


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        try:
            plain = json.loads(value)
        except ValueError:
            return value.strip('"')
        return plain if isinstance(plain, str) else value
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value
