"""How complete author lists are, as only all entries of a text together show."""

from collections import Counter
from typing import Final

from paperhouse.transforms.digest import Entry

_FEWEST: Final = 5
_FEWEST_CAPPED: Final = 12
_CAPPED_SHARE: Final = 0.35


def settle_completeness(entries: list[Entry]) -> None:
    """Mark lists as cut where no list of the text is longer than some number and many are just as long.

    A digest that names one author for each of its papers names the first ones; one that never names more than
    three, and three for most, cut after three.
    """
    full = [entry for entry in entries if entry.authors and entry.authors_completeness == "full"]
    if len(full) < _FEWEST:
        return
    sizes = Counter(len(entry.authors) for entry in full)
    longest = max(sizes)
    if longest == 1:
        for entry in full:
            entry.authors_completeness = "first_only"
    elif longest <= 10 and len(full) >= _FEWEST_CAPPED and sizes[longest] >= _CAPPED_SHARE * len(full):  # noqa: PLR2004
        for entry in full:
            if len(entry.authors) == longest:
                entry.authors_completeness = "truncated"
