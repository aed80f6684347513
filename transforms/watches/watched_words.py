"""The words of a watch, as patterns that a paper's title and abstract must or must not match.

The syntax is that of the search: words, "a phrase", -word, prefix*. A search puts the best first; a watch says yes or
no, so every word must be there, whole and as written, but for capital letters.
"""

import re
from typing import Final, NamedTuple

from paperhouse.transforms.errors import QueryError

_ITEM: Final = re.compile(r'-?"[^"]*"|[^\s"]+')
_GAP: Final = r"[\s\p{Pd}]+"
"""Between the words of a phrase: retrieval-augmented is retrieval augmented."""
_BORDER: Final = r"[^\p{L}\p{N}]"
_NO_SPACES_BETWEEN_WORDS: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


class WordPatterns(NamedTuple):
    """Patterns of RE2, all to be matched without regard to capital letters."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]


def word_patterns(words: str) -> WordPatterns:
    """Patterns of the words of a watch.

    Raises:
        QueryError: there is nothing to look for.
    """
    items = _ITEM.findall(words)
    wanted = [pattern for item in items if not _is_excluded(item) if (pattern := _pattern(item))]
    unwanted = [pattern for item in items if _is_excluded(item) if (pattern := _pattern(item[1:]))]
    if not wanted:
        msg = f'the words {words!r} name nothing to look for; write words, "a phrase" or a prefix* beside each -word'
        raise QueryError(msg, words=words)
    return WordPatterns(tuple(wanted), tuple(unwanted))


def _is_excluded(item: str) -> bool:
    return item.startswith("-") and len(item) > 1


def _pattern(item: str) -> str | None:
    is_prefix = item.endswith("*")
    parts = item.strip('"').rstrip("*").split()
    if not parts:
        return None
    text = _GAP.join(map(_quoted, parts))
    if _NO_SPACES_BETWEEN_WORDS.search(item):
        return text
    return f"(?:^|{_BORDER}){text}" + ("" if is_prefix else f"(?:$|{_BORDER})")


def _quoted(word: str) -> str:
    r"""A word in which nothing is a sign of RE2's, which knows `\x{..}` for any character."""
    return "".join(char if char.isalnum() else rf"\x{{{ord(char):x}}}" for char in word)
