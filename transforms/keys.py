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
    """Hash the parts, each with its type and length in front: no two lists of parts give the same bytes."""
    framed = "".join(
        [
            f"s{len(part) if part.isascii() else _n_bytes(part)}:{part}"
            if isinstance(part, str)
            else "n"
            if part is None
            else f"i{part};"
            for part in parts
        ]
    )
    return blake2b(framed.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def _n_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
