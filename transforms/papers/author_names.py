"""Author names: the key that merges spellings of one name, and how much a spelling tells."""

import re
from typing import Final
from unicodedata import category, normalize

from paperhouse.transforms.keys import stable_id
from paperhouse.transforms.text.latex_accents import decode_accents

_PLAIN: Final = re.compile(r"[a-z]+(?:[ '-][a-z]+)*")
_MARKUP: Final = re.compile(r"[\\{}]")
_AROUND_HYPHEN: Final = re.compile(r" ?- ?")
# Marks on Latin, Greek and Cyrillic letters. Those of Hebrew, Arabic, Indic scripts and kana are part of the
# spelling, not decoration, and stay.
_DIACRITICS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")

_HYPHENS: Final = "‐‑‒–—―−⁃﹘﹣－"
_APOSTROPHES: Final = "`´‘’‛′ʹʻʼʽˈˊˋ＇｀"
_SPACING_DIACRITICS: Final = "¨¯¸˘˙˚˛˜˝"
_LETTERS: Final = {
    "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i",
    "ȷ": "j", "ĸ": "k", "ŋ": "n", "ɨ": "i", "ʉ": "u", "ƀ": "b", "ɖ": "d", "ɓ": "b", "ɗ": "d", "ƙ": "k",
}  # fmt: skip
"""Letters that Unicode does not decompose, and what they are folded to."""

# Before Unicode folds anything: NFKD would turn ´ and ¨ into a space with a mark.
_BEFORE: Final = str.maketrans(
    dict.fromkeys(_HYPHENS, "-") | dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_SPACING_DIACRITICS, "")
)
# And after, when compatibility forms have become hyphens, apostrophes and backslashes.
_AFTER: Final = _BEFORE | str.maketrans(_LETTERS | {".": " "} | dict.fromkeys("\\{}", ""))
_INVISIBLE: Final = ("Cc", "Cf")
_WHITESPACE: Final = " \t\n\v\f\r\x85"
_LONGEST: Final = 500
"""A longer name (a list that was not split) keeps its spelling but for case: marks are sorted in square time."""


def name_key(name: str) -> str:
    """Fold a name to the key by which its spellings are merged: rule 3 of DESIGN.md and no more.

    Case, diacritics, LaTeX accents, dots and spaces of initials, hyphens and apostrophes are folded. The key
    is never empty unless the name is: a name without a letter keeps its own spelling. A key is its own key.
    """
    if len(name) > _LONGEST:
        return name.casefold()
    lowered = name.lower()
    if _PLAIN.fullmatch(lowered):
        return lowered
    if name.isascii() and _MARKUP.search(name) is None:
        key = _spaced(lowered.replace("`", "'").replace(".", " "))
    else:
        key = _folded(decode_accents(name)) or _folded(name)
    return key or name.casefold().strip() or name


def _folded(text: str) -> str:
    """Take case, diacritics, variants of punctuation and markup characters off."""
    decomposed = normalize("NFKD", normalize("NFKD", text.translate(_BEFORE)).casefold())
    return normalize("NFC", _spaced(_DIACRITICS.sub("", decomposed).translate(_AFTER)))


def _spaced(text: str) -> str:
    """Take invisible characters off, and all spaces but single ones between words (none beside a hyphen)."""
    if not text.isprintable():
        text = "".join(char for char in text if char in _WHITESPACE or category(char) not in _INVISIBLE)
    return _AROUND_HYPHEN.sub("-", " ".join(text.split()))


def author_id(key: str) -> int:
    """Derive the authors table's key from a name key: 63 bits, not negative, the same on every machine."""
    return stable_id(key)


def spelling_rank(name: str) -> int:
    """How much a spelling tells, among spellings of one key; higher is better.

    In this order: no raw LaTeX or control character, upper and lower case (`Li`, not `LI`), words written out
    rather than as initials, letters with diacritics, dots after initials.
    """
    text = normalize("NFC", name[:_LONGEST])
    is_clean = text.isprintable() and "\ufffd" not in text and _MARKUP.search(text) is None
    is_cased = text not in (text.upper(), text.lower()) or text.upper() == text.lower()
    n_words = sum(len(word) > 1 for word in text.replace(".", " ").split())
    n_marked = sum(char > "\x7f" and char.isalpha() for char in text)
    rank = 0
    for count, limit in ((is_clean, 1), (is_cased, 1), (n_words, 99), (n_marked, 99), (text.count("."), 9)):
        rank = rank * (limit + 1) + min(count, limit)
    return rank
