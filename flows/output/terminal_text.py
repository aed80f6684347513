"""Text as a terminal shows it: how wide it is, and nothing in it that would move the cursor."""

import re
import unicodedata
from typing import Final

# Controls (C0, DEL, C1), line separators, lone surrogates, and what turns the direction of text around.
_CONTROLS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def escape_controls(text: str) -> str:
    r"""Show control characters as `\n`, `\x1b`, `\u202e`, so that no cell moves the cursor or hides."""
    if text.isprintable():  # nearly always, and ten times as fast
        return text
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def display_width(text: str) -> int:
    """Columns that a terminal gives the text: two for wide CJK characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in {"Mn", "Me", "Cf"} else 1
