"""Names as reference managers write them, family name first, turned round to the order of arXiv's lists."""

import re
from typing import Final

_SUFFIX: Final = re.compile(r"(?:jr|sr)\.?|I{2,3}|IV", re.IGNORECASE)
_PARTS_WITH_SUFFIX: Final = 3


def turned_name(written: str) -> str:
    """`Doe, Jane` as `Jane Doe`, `King, Jr., Martin Luther` and `King, Martin Luther, Jr.` with the suffix last.

    A name without a comma is as it is: an institution, or a name in the order of reading.
    """
    parts = [part for each in written.split(",") if (part := " ".join(each.split()))]
    if len(parts) == _PARTS_WITH_SUFFIX:
        family, first, second = parts
        if _SUFFIX.fullmatch(first):
            return f"{second} {family} {first}"
        if _SUFFIX.fullmatch(second):
            return f"{first} {family} {second}"
    if len(parts) < 2:  # noqa: PLR2004 - family name and given names
        return parts[0] if parts else ""
    family, *given = parts
    return f"{' '.join(given)} {family}"


def turned_names(written: str, divider: str = ";") -> list[str]:
    """Names of a list of `Family, Given`, each turned round; empty ones are dropped."""
    return [name for part in written.split(divider) if (name := turned_name(part))]
