"""Names as citations need them, family name apart, out of names in the order of reading.

What an author's family name is, is not always written in it. `arXiv` asks its authors; digests do not repeat the
answer. The rule here is the plain one: the last word, with the particles before it.
"""

import re
from typing import Final

from paperhouse.transforms.arxiv.records import SplitName
from paperhouse.transforms.citations.cited_paper import line_of
from paperhouse.transforms.text.latex_accents import decode_accents

_SUFFIX: Final = re.compile(r"(?:jr|sr)\.?|II|III|IV", re.IGNORECASE)
_GROUP: Final = re.compile(
    r"\b(?:collaborations?|consortium|teams?|group|community|project|initiative|the|for)\b", re.IGNORECASE
)
_PARTICLES: Final = frozenset(
    {
        "af", "al", "av", "bin", "da", "dal", "dalla", "das", "de", "degli", "dei", "del", "della", "den", "der",
        "des", "di", "do", "dos", "du", "el", "ibn", "la", "le", "los", "ten", "ter", "van", "vom", "von", "vander",
        "zu", "zum", "zur", "'t", "d'",
    }
)  # fmt: skip
_CAPITAL_PARTICLES: Final = frozenset(
    {"De", "Del", "Della", "Dal", "Dalla", "Di", "Da", "Dos", "La", "Von", "Du"}
)
"""Not `Van`, a middle name in Vietnam, nor `Le` and `Do`, family names there."""
_FAMILY_AND_GIVEN, _WITH_SUFFIX = 2, 3


def split_written_name(written: str) -> SplitName:
    """Split `Laurens van der Maaten` into family name `van der Maaten` and forenames `Laurens`.

    A collaboration, and a name of one word, is a family name alone. `Maaten, Laurens van der` is split at its comma.
    """
    name = line_of(decode_accents(written))
    if "," in name and (split := _split_at_commas(name)) is not None:
        return split
    words = name.split(" ")
    if len(words) == 1 or _GROUP.search(name):
        return SplitName(name, None, None)
    suffix = words.pop() if len(words) > _FAMILY_AND_GIVEN and _SUFFIX.fullmatch(words[-1]) else None
    start = len(words) - 1
    while start > 1 and _is_particle(words[start - 1], words[start]):
        start -= 1
    return SplitName(" ".join(words[start:]), " ".join(words[:start]), suffix)


def _is_particle(word: str, following: str) -> bool:
    if word in _PARTICLES:
        return True
    return word in _CAPITAL_PARTICLES or (word.lower() in _PARTICLES and following in _PARTICLES)


def _split_at_commas(name: str) -> SplitName | None:
    parts = [part.strip() for part in name.split(",") if part.strip()]
    if len(parts) == _FAMILY_AND_GIVEN and _SUFFIX.fullmatch(parts[1]):
        split = split_written_name(parts[0])
        return SplitName(split.keyname, split.forenames, parts[1])
    if len(parts) == _FAMILY_AND_GIVEN:
        return SplitName(parts[0], parts[1], None)
    if len(parts) == _WITH_SUFFIX:
        suffixes = [part for part in parts[1:] if _SUFFIX.fullmatch(part)]
        given = [part for part in parts[1:] if not _SUFFIX.fullmatch(part)]
        if len(suffixes) == 1:
            return SplitName(parts[0], given[0], suffixes[0])
    return None


def turned_round(name: SplitName) -> str:
    """A split name as `Family, Given`, or `Family, Given, Jr.`; as it is where there is a family name alone."""
    return ", ".join(part for part in (name.keyname, name.forenames, name.suffix) if part)
