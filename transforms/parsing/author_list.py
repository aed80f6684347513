"""Author lists as digests write them: one string with many names, and names that are none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from paperhouse.transforms.arxiv.author_line import is_name
from paperhouse.transforms.digest import Completeness

LISTING_PAGE_LIMIT = 100
"""arXiv's listing page shows this many authors at most; a list that long was probably cut."""

# Names begin with capital letters: three of them may begin a suffix, and nothing else is looked at twice.
_STARTS: Final = re.compile(
    r"\x1f(?![A-HK-RT-Z])(?:I{2,3}\b|IV\b|[jJsS][rR]\b|and |others\b|et\b|[^\w({\\'\"`]|[0-9])"
)
_WIDE_SIGNS: Final = re.compile("[（：等…]")
_SUFFIX: Final = re.compile(r"(?:jr|sr)\.?|I{2,3}|IV", re.IGNORECASE)
_MOST_GROUPS: Final = 20
"""Groups before colons in one name; text with more of them is no list of names."""
_JOINED_PARTS: Final = 20

_CUT: Final = re.compile(
    r"(?:\A|(?<=[ \t,]))(?:et\.?[ ~]?al\b\.?|(?:and|&)[ ]others\.?|others|\.{3}|…"
    r"|(?:and |& |\+ ?)?[0-9]{1,4} (?:others?|more)(?: authors?)?)\Z"
    r"|(?:等|等等)[ \t]*(?:[0-9]{1,4}[ \t]*(?:位|名|人|个)?(?:作者|人)?)?\Z",
    re.IGNORECASE,
)
_LEADING_AND: Final = re.compile(r"\A(?:and|&)[ \t]+", re.IGNORECASE)
_AND: Final = re.compile(r"(?<![ \t])[ \t]+(?:and|&)[ \t]+")
_COLON: Final = re.compile(r"(?<![ \t])[ \t]*(?::[ \t]+|：[ \t]*)")
_GROUP: Final = re.compile(
    r"\b(?:collaborations?|consortium|teams?|groups?|project|community|network|survey|institut\w*|labs?|laborator\w+|"
    r"universit\w+|alliance|organi[sz]ations?|society|foundation|cent(?:er|re)|committee|council|initiative|program|"
    r"mission|department|school|college|academy|hospital|research|sciences?|technolog\w+|engineering|statistics|"
    r"contributors|association|company|corporation|inc|ltd|llc|task|force|working|agency|ministry|office)\b",
    re.IGNORECASE,
)
_WHOLE_GROUP: Final = re.compile(r"(?:the[ \t]+)?\w.*\b(?:collaboration|consortium|team)", re.IGNORECASE)
_CAPITALS: Final = re.compile(r"[A-Z0-9](?:(?![A-Z0-9])[\w.+-])*[A-Z0-9][\w.+-]*")
_NAME_WORD: Final = re.compile(r"[^\W\d_a-z]|[\\{'\"`]|(?:d|l|al|el)['’-]")
_PARTICLES: Final = frozenset(
    {
        "van", "von", "der", "den", "de", "del", "della", "di", "da", "das", "do", "dos", "du", "la", "le", "el", "al",
        "bin", "ibn", "ben", "af", "av", "zu", "ter", "ten", "te", "y",
    }
)  # fmt: skip
_LONGEST_NAME: Final = 6
_LABEL: Final = r"(?:[0-9]{1,3}|[a-z]|[*†‡§¶])"
_REFERENCE: Final = re.compile(
    rf"(?<![ \t])[ \t]*[(（][ \t]*{_LABEL}(?:[ \t]*(?:,|;|&|\band\b)[ \t]*{_LABEL})*[ \t]*[)）]"
)
_DEFINITIONS: Final = re.compile(rf"(?<![ \t])[ \t]*\([ \t]*\({_LABEL}\)[ \t]*[^\s)].*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a list in their order, and what stood among them that is none, by its number from 1.

    `is_cut` says that the list itself ends in `et al.`. `affiliations` is the list as written where it says by
    numbers where its authors work, else None.
    """

    names: list[str]
    dropped: list[tuple[int, str]]
    is_cut: bool
    affiliations: str | None = None


def split_names(names: str, separator: str = ", ") -> list[str]:
    """Names in the order written, trimmed, repetitions kept; empty ones (a trailing comma) are dropped."""
    return [name for part in names.split(separator) if (name := part.strip(" \t\n"))]


def list_completeness(names: list[str]) -> Completeness:
    """Completeness of a list taken from arXiv's listing page: none, full, or truncated at its limit."""
    if not names:
        return "none"
    return "truncated" if len(names) >= LISTING_PAGE_LIMIT else "full"


def is_plain(names: Sequence[str]) -> bool:
    """Whether nothing in the list needs a second look, as in nearly all."""
    joined = "\x1f" + "\x1f".join(names)
    return not (
        "(" in joined
        or ":" in joined
        or "&" in joined
        or " and " in joined
        or " et" in joined
        or "..." in joined
        or _STARTS.search(joined)
        or (not joined.isascii() and _WIDE_SIGNS.search(joined))
    )


def settle_names(written: Sequence[str]) -> Names:
    """Take apart what a list's commas left together, and join what they parted.

    `Martin Luther King, Jr.` and a bracket with a comma are one, `B and C` and `ATLAS Collaboration: G. Aad` two. A
    name with `and` inside that names a group stays whole. What is no name at all (`:`, `et al.`) is dropped.
    """
    if is_plain(written):
        return Names(list(written), [], is_cut=False)
    names: list[str] = []
    dropped: list[tuple[int, str]] = []
    is_cut = is_referring = False
    for number, joined in _whole_parts(written):
        text = _REFERENCE.sub("", _DEFINITIONS.sub("", joined)).strip()
        is_referring = is_referring or text != joined
        cut = _CUT.search(text)
        if cut:
            is_cut, text = True, text[: cut.start()].rstrip(" \t,")
        found = [name for name in _names_in(text, is_last=number == len(written)) if is_name(name)]
        if not found:
            dropped.append((number, joined))
        names += found
    return Names(names, dropped, is_cut, ", ".join(written) if is_referring else None)


def _whole_parts(written: Sequence[str]) -> list[tuple[int, str]]:
    """Parts with the number of the last that went in: those of one bracket, and a suffix with its name."""
    parts: list[tuple[int, str]] = []
    number = 0
    while number < len(written):
        end = _bracket_end(written, number)
        text = ", ".join(written[number:end])
        if parts and _SUFFIX.fullmatch(text):
            text = f"{parts.pop()[1]}, {text}"
        parts.append((end, text))
        number = end
    return parts


def _bracket_end(written: Sequence[str], start: int) -> int:
    """Index after the part that closes the brackets which the part at `start` opens; the next one if none does."""
    n_open = 0
    for index in range(start, min(start + _JOINED_PARTS, len(written))):
        n_open += sum(map(written[index].count, "(（")) - sum(map(written[index].count, ")）"))
        if n_open <= 0:
            return index + 1
    return start + 1


def _names_in(text: str, *, is_last: bool) -> list[str]:
    """Names of one part: before and behind a colon, around `and`."""
    groups: list[str] = []
    while True:
        if is_last:  # arXiv's own lists have names with it in the middle
            text = _LEADING_AND.sub("", text, count=1)
        parts = _COLON.split(text, maxsplit=1)
        if len(groups) == _MOST_GROUPS or len(parts) == 1 or not parts[1] or not _is_group(parts[0]):
            break
        groups.append(parts[0])
        text = parts[1]
    if _whole_has_bracket(text):
        return [*groups, text]
    sides = _AND.split(text)
    if len(sides) > 1 and (all(map(_WHOLE_GROUP.fullmatch, sides)) or _are_persons(sides, is_last=is_last)):
        return [*groups, *sides]
    return [*groups, text]


def _whole_has_bracket(text: str) -> bool:
    return "(" in text or "（" in text


def _is_group(name: str) -> bool:
    return _GROUP.search(name) is not None or _CAPITALS.fullmatch(name.strip()) is not None


def _are_persons(sides: Sequence[str], *, is_last: bool) -> bool:
    """Whether every side of an `and` reads as a person's name; a single word does at the end of a list only."""
    return all(_is_person(side) and (is_last or " " in side or "." in side) for side in sides)


def _is_person(name: str) -> bool:
    words = name.split()
    return (
        0 < len(words) <= _LONGEST_NAME
        and _GROUP.search(name) is None
        and all(word.lower() in _PARTICLES or _NAME_WORD.match(word) for word in words)
    )
