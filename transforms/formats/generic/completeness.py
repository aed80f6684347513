"""What only all entries of a text together show: how complete author lists are, and which words are labels."""

import re
from collections import Counter
from typing import Final

from paperhouse.transforms.digest import Entry

_FEWEST: Final = 5
_FEWEST_CAPPED: Final = 12
_OPENING: Final = re.compile(r"\s*[*_]{0,2}([^\W\d_][^:：*_\n]{0,30})[*_]{0,2}[:：][*_]{0,2}\s+")
_CUT: Final = frozenset({"truncated", "first_only"})
_SIGN_BEFORE: Final = re.compile(
    r"\A(?:[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0e\ufe0f\u200d]*)+[ ]*(?=\w)"
)
_DAY_BEHIND: Final = re.compile(r"(?<! )[ ]*[(（\[](?:19|20)\d\d[-/.]\d\d[-/.]\d\d[)）\]]\Z")
_MARK_BEHIND: Final = re.compile(r"(?<! )[ ]*[📦🔥⭐🆕✨🌟💻📄📥🔗🏆]+(?:代码|有代码|code|new|hot)?\Z")
"""What a bot that dresses its titles adds to some: `📦代码`."""
_FEWEST_LABELS: Final = 3
_LABELLED_SHARE: Final = 0.8
_CAPPED_SHARE: Final = 0.35


def settle_completeness(entries: list[Entry]) -> None:
    """Mark lists as cut where no list of the text is longer than some number and many are just as long.

    A digest that names one author for each of its papers names the first ones; one that never names more than
    three, and three for most, cut after three. One that says `et al.` after as many names says itself which lists
    it cut: the others are whole.
    """
    full = [entry for entry in entries if entry.authors and entry.authors_completeness == "full"]
    if len(full) < _FEWEST:
        return
    sizes = Counter(len(entry.authors) for entry in full)
    longest = max(sizes)
    if any(entry.authors_completeness in _CUT and len(entry.authors) == longest for entry in entries):
        return
    if longest == 1:
        for entry in full:
            entry.authors_completeness = "first_only"
    elif longest <= 10 and len(full) >= _FEWEST_CAPPED and sizes[longest] >= _CAPPED_SHARE * len(full):  # noqa: PLR2004
        for entry in full:
            if len(entry.authors) == longest:
                entry.authors_completeness = "truncated"


def settle_titles(entries: list[Entry]) -> None:
    """Take off what dresses nearly all titles of a text alike: a sign in front, the day of the digest behind."""
    held = [entry for entry in entries if entry.title]
    for dress in (_DAY_BEHIND, _SIGN_BEFORE):
        dressed = [entry for entry in held if dress.search(entry.title or "")]
        if len(dressed) < _FEWEST_LABELS or len(dressed) < _LABELLED_SHARE * len(held):
            continue
        for entry in dressed:
            entry.title = _MARK_BEHIND.sub("", dress.sub("", entry.title or "")) or entry.title


def settle_labels(entries: list[Entry]) -> None:
    """Take off words that open nearly all abstracts or titles of a text as a label does, in whatever language."""
    for name in ("title", "abstract"):
        held = [entry for entry in entries if getattr(entry, name)]
        found = [match[1] for entry in held if (match := _OPENING.match(getattr(entry, name)))]
        label, count = Counter(found).most_common(1)[0] if found else ("", 0)
        if count < _FEWEST_LABELS or count < _LABELLED_SHARE * len(held):
            continue
        for entry in held:
            match = _OPENING.match(getattr(entry, name))
            if match and match[1] == label:
                setattr(entry, name, getattr(entry, name)[match.end() :])
