"""Bytes to text: the encoding is read off the bytes, never assumed to have worked."""

import re

from paperhouse.transforms.text.legacy_encodings import legacy_encoding

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HEAD_BYTES = 4096
_LETTERS_SHARE = 8
"""At least every so many of the characters of a digest are of ASCII, whatever it is written in."""
_HIGH = re.compile(rb"[\x80-\xff]")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def decode(content: bytes) -> tuple[str, str]:
    r"""Text of a file and the name of the encoding that gave it.

    A byte order mark decides; else, where every other byte is often zero, UTF-16; else UTF-8; else an encoding of
    East Asia whose characters the bytes show (GB18030, Big5 ...); else, where no byte sequence looks like UTF-8 at
    all, Windows-1252 (every byte has a meaning there or in Latin-1). A file that is UTF-8 but for some damaged bytes
    keeps them as U+FFFD and says so in its encoding (`utf-8, 3 bytes damaged`). Line ends become `\n`: CR LF always,
    a lone CR only where the file has no `\n` at all.
    """
    text, encoding = _decode_bytes(content)
    if "\r" in text:
        text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    return text, encoding


def _decode_bytes(content: bytes) -> tuple[str, str]:
    stated = next(((len(mark), encoding) for mark, encoding in _BOMS if content.startswith(mark)), None)
    stated = stated or _unmarked_utf16(content)
    if stated is not None:
        n_marks, encoding = stated
        return _with_damage(content[n_marks:], encoding)
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        legacy = None if _is_mostly_utf8(content) else legacy_encoding(content)
        if legacy:
            return content.decode(legacy), legacy
        if _MULTIBYTE.search(content):
            return _with_damage(content, "utf-8")
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _unmarked_utf16(content: bytes) -> tuple[int, str] | None:
    """No mark, and UTF-16 by its zero bytes: letters of ASCII have one each, all on one side; other texts have none."""
    head = content[:_HEAD_BYTES]
    first, second = head[::2].count(0), head[1::2].count(0)
    if len(content) % 2 or max(first, second) * _LETTERS_SHARE < len(head) // 2 or min(first, second):
        return None
    return (0, "utf-16-be" if first else "utf-16-le") if first or second else None


def _is_mostly_utf8(content: bytes) -> bool:
    """Whether most bytes beyond ASCII belong to characters of UTF-8; in other encodings few do, by chance."""
    n_valid = sum(map(len, _MULTIBYTE.findall(content)))
    return 2 * n_valid > len(_HIGH.findall(content))


def _with_damage(body: bytes, encoding: str) -> tuple[str, str]:
    try:
        return body.decode(encoding), encoding
    except UnicodeDecodeError:
        text = body.decode(encoding, errors="replace")
        damaged = text.count("\ufffd")
        return text, f"{encoding}, {damaged} {'byte' if damaged == 1 else 'bytes'} damaged"
