"""Keys derived from content, the same on every machine and in every release."""

from hashlib import blake2b
from typing import Final

KEY_BYTES: Final = 8
"""Bytes of a key; one of an integer has a bit less."""


def stable_id(*parts: str | int | None) -> int:
    """Derive a non-negative integer of 63 bits from the parts.

    Parts keep their borders and types: `("ab", "c")` is not `("a", "bc")`, 1 is not "1", None is not "".
    """
    return int.from_bytes(_digest(parts)) >> 1


def stable_hex(*parts: str | int | None) -> str:
    """Derive 16 hexadecimal digits from the parts, which keep their borders and types."""
    return _digest(parts).hex()


def _digest(parts: tuple[str | int | None, ...]) -> bytes:
    return blake2b(b"".join([_framed(part) for part in parts]), digest_size=KEY_BYTES).digest()


def _framed(part: str | int | None) -> bytes:
    """Put type and length in front of the part, so that no two lists of parts give the same bytes."""
    if isinstance(part, str):
        raw = part.encode("utf-8", "surrogatepass")
        return b"s%d:%b" % (len(raw), raw)
    return b"n" if part is None else b"i%d;" % part
