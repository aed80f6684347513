"""Texts of East Asia from before UTF-8: which encoding their bytes are in, detected by how the bytes pair up.

Each of these encodings reads almost any bytes as something. So one is only believed where its frequent characters
make up nearly all of the text; Western letters (`naïve`) stand alone among ASCII and make none.
"""

import re
from typing import Final

_HIGH: Final = re.compile(rb"[\x80-\xff]+")
_SAMPLE: Final = 200_000
_SURE: Final = 0.9
_LONGEST_OF_WEST: Final = 3
"""Bytes beyond ASCII in a row that Western text may have; Chinese has words of two characters and more."""

# Pairs of bytes of the frequent characters, the narrower block first: Korean syllables are Chinese characters to
# GB18030, and so are Japanese ones. Japanese is known by its share of kana.
_FREQUENT: Final[tuple[tuple[str, re.Pattern[bytes], float], ...]] = (
    ("euc_kr", re.compile(rb"[\xb0-\xc8][\xa1-\xfe]"), _SURE),
    ("euc_jp", re.compile(rb"[\xa4\xa5][\xa1-\xf6]"), 0.3),
    ("gb18030", re.compile(rb"[\xa1\xa3\xb0-\xf7][\xa1-\xfe]"), _SURE),
    ("shift_jis", re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]|\x81[\x41-\x5b]"), 0.3),
    ("big5", re.compile(rb"[\xa1\xa4-\xc6][\x40-\x7e\xa1-\xfe]"), _SURE),
)
_LEAST_KOREAN: Final = 10
"""Pairs in the block of Korean that tell: fewer may be Chinese by chance."""


def legacy_encoding(content: bytes) -> str | None:
    """Name of the encoding of East Asia that the bytes are in; None if they show none."""
    sample = content[:_SAMPLE]
    runs = _HIGH.findall(sample)
    if max(map(len, runs), default=0) <= _LONGEST_OF_WEST:
        return None
    n_high = sum(map(len, runs))
    for encoding, pattern, share in _FREQUENT:
        pairs = pattern.findall(sample)
        n_covered = sum(byte > 0x7F for pair in pairs for byte in pair)  # noqa: PLR2004 - beyond ASCII
        if n_covered < share * n_high or not _is_valid(content, encoding):
            continue
        return None if encoding == "euc_kr" and len(pairs) < _LEAST_KOREAN else encoding
    return None


def _is_valid(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
