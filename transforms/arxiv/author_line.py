"""arXiv's author line, names and affiliations in one string, taken apart as arXiv itself takes it apart."""

import re
from dataclasses import dataclass
from typing import Final

from paperhouse.transforms.arxiv.records import SplitName
from paperhouse.transforms.arxiv.xml import one_line

_CONJUNCTION: Final = re.compile(r",?(?<!\s)\s+(?:and|&)(?=\s)")  # `And` is left: arXiv reads it as a name
_BORDER: Final = re.compile(r"[,;]|:(?=\s)")
_SUFFIX: Final = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_ET_AL: Final = re.compile(r"et\.?\s*al\b.*|others\.?|\.\.\.", re.IGNORECASE)
_HARD_SPACE: Final = re.compile(r"(?<!\\)~")
_LABEL: Final = r"(?:[0-9]{1,3}|[a-z]|[*†‡§])"
_REFERENCES: Final = re.compile(rf"{_LABEL}(?:(?:\s*+(?:[,;&]|\band\b)\s*+|\s++){_LABEL})*,?")
_ONE_LABEL: Final = re.compile(_LABEL)
_DEFINITION: Final = re.compile(rf"\(({_LABEL})\)")
_DIGITS_DEFINITION: Final = re.compile(r"\(([0-9]{1,3})\)")
_REMARK: Final = re.compile(
    r"(?:with|for|on behalf|and)\s.*|(?:eds?|editors?|appendix|deceased)\b.*"
    r"|.*\bcollaborations?|the\s.*\b(?:teams?|consortium|group)",
    re.IGNORECASE,
)
_COLLABORATION: Final = re.compile(r".*\b(?:collaborations?|consortium|team|group)", re.IGNORECASE)
_TRIM: Final = " ,;"


@dataclass(frozen=True, slots=True)
class AuthorLine:
    """Names in order, affiliations as (position from 1, text), and remarks that are neither.

    `is_cut` says that the line itself ends its list with `et al.`
    """

    names: list[str]
    affiliations: list[tuple[int, str]]
    notes: list[str]
    is_cut: bool = False


def is_name(text: str) -> bool:
    """Whether there is a letter or digit in it: arXiv's API gives a lone colon as an author."""
    return any(char.isalnum() for char in text)


def join_name(name: SplitName) -> str:
    """Write a split name as the query API does: forenames, keyname, suffix."""
    return one_line(" ".join(part for part in (name.forenames, name.keyname, name.suffix) if part))


def split_author_line(line: str) -> AuthorLine:
    """Take `A. One (1), B. Two (1 and 2) ((1) Univ. X, (2) Univ. Y)` apart.

    Simpler forms are `A. One (Univ. X), B. Two (Univ. Y)`, and names alone. As arXiv reads it, an affiliation
    also belongs to the authors right before who have none: in `A. One, B. Two (Univ. X)` it is that of both. A
    number that nothing defines gives no affiliation. A collaboration before a colon is an author.
    """
    names: list[str] = []
    said: list[list[str]] = []  # what stands in brackets behind each name
    definitions: dict[str, str] = {}
    notes: list[str] = []
    is_cut = False
    for text, is_bracket in _pieces(one_line(_HARD_SPACE.sub(" ", line))):
        if not is_bracket:
            found, is_cut_here = _names_in(text, names)
            names.extend(found)
            said.extend([] for _ in found)
            is_cut = is_cut or is_cut_here
        elif text.startswith("(") and (defined := _definitions_in(text)):
            definitions.update(defined)
        elif not names or _REMARK.fullmatch(text):
            notes.append(text)
        else:
            said[-1].append(text)
    places = _propagated(names, [_places_of(texts, definitions) for texts in said])
    affiliations = [(position, place) for position, found in enumerate(places, 1) for place in found]
    return AuthorLine(names, affiliations, notes, is_cut)


def _pieces(line: str) -> list[tuple[str, bool]]:
    """Text outside of brackets and content of outer brackets, in order; a bracket never closed ends with the line."""
    pieces: list[tuple[str, bool]] = []
    depth, start = 0, 0
    for at, char in enumerate(line):
        if char == "(":
            if depth == 0:
                pieces.append((line[start:at], False))
                start = at + 1
            depth += 1
        elif char == ")" and depth:
            depth -= 1
            if depth == 0:
                pieces.append((line[start:at], True))
                start = at + 1
    pieces.append((line[start:], depth > 0))
    return [(text.strip(), is_bracket) for text, is_bracket in pieces if text.strip()]


def _names_in(text: str, before: list[str]) -> tuple[list[str], bool]:
    """Names in a stretch without brackets, and whether it ends with `et al.`; suffixes go to the name before."""
    names: list[str] = []
    is_cut = False
    for part in _BORDER.split(_CONJUNCTION.sub(",", f" {text} ")):
        name = part.strip()
        if _ET_AL.fullmatch(name):
            is_cut = True
        elif _SUFFIX.fullmatch(name) and (names or before):
            known = names or before
            known[-1] = f"{known[-1]} {name}"
        elif name not in ("", "."):
            names.append(name)
    return names, is_cut


def _definitions_in(text: str) -> dict[str, str]:
    """Places by label out of `(1) Univ. X, (2) Univ. Y`; empty if the text does not begin with a label."""
    if _DEFINITION.match(text) is None:
        return {}
    pattern = _DIGITS_DEFINITION if text[1].isdigit() else _DEFINITION
    parts = pattern.split(text)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return {
        label: re.sub(r"(?<![,;\s])[,;\s]+and$", "", place.strip(_TRIM)).strip(_TRIM)
        for label, place in pairs
    }


def _places_of(texts: list[str], definitions: dict[str, str]) -> list[str] | None:
    """Affiliations that stand behind one name; None if nothing stands there."""
    if not texts:
        return None
    places: list[str] = []
    for text in texts:
        if _REFERENCES.fullmatch(text):
            labels = _ONE_LABEL.findall(re.sub(r"\band\b", " ", text))
            places.extend(definitions[label] for label in labels if definitions.get(label))
        else:
            places.append(text)
    return list(dict.fromkeys(places))


def _propagated(names: list[str], places: list[list[str] | None]) -> list[list[str]]:
    """Give each author without any place that of the next who has one, collaborations at the head left out.

    A line that leaves its last author without a place does not mean its places so: there, one bracket amid
    hundreds of names is another name of that author.
    """
    if not places or places[-1] is None:
        return [own or [] for own in places]
    n_leading = next((n for n, name in enumerate(names) if not _COLLABORATION.fullmatch(name)), len(names))
    settled: list[list[str]] = []
    following: list[str] = []
    for number, own in reversed(list(enumerate(places))):
        if own is not None:
            following = own
        settled.append(own if own is not None else following if number >= n_leading else [])
    return settled[::-1]
