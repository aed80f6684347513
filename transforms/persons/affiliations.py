"""ORCID iDs and affiliations that arXiv states of authors: rare, but they tell more than any text."""

import re
from typing import Final

import polars as pl

from paperhouse.transforms.papers.author_names import name_key

_STATED: Final = ("arxiv_id", "position", "affiliation")
_ORCID: Final = re.compile(r"(?<![0-9-])[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9Xx](?![0-9-])")
_ELEVEN: Final = 11
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_NO_PLACE: Final = frozenset({
    "academy", "and", "astronomy", "at", "biology", "center", "centre", "chemistry", "college", "computer",
    "computing", "de", "departamento", "departement", "department", "dept", "dipartimento", "division",
    "economics", "engineering", "et", "faculty", "for", "fur", "group", "http", "https", "in", "informatics",
    "information", "institut", "institute", "instituto", "la", "lab", "laboratoire", "laboratory",
    "mathematical", "mathematics", "medicine", "of", "orcid", "org", "physics", "research", "school",
    "science", "sciences", "statistics", "technology", "the", "und", "universidad", "universita",
    "universitat", "universite", "university", "www",
})  # fmt: skip
"""Words that many places share: what consists of them alone names none."""


def orcids_in(text: str) -> list[str]:
    """ORCID iDs in a text, sorted, each once, upper case; those whose check digit is wrong are passed over."""
    found = {one.upper() for one in _ORCID.findall(text)}
    return sorted(one for one in found if _check_digit(one[:-1]) == one[-1])


def _check_digit(digits: str) -> str:
    """The last character of an ORCID iD: ISO 7064, MOD 11-2."""
    total = 0
    for digit in digits.replace("-", ""):
        total = (total + int(digit)) * 2
    left = (12 - total % _ELEVEN) % _ELEVEN
    return "X" if left == _ELEVEN - 1 else str(left)


def place_key(affiliation: str) -> str | None:
    """Normal form of an affiliation: its words, folded as names are; None for what is no place (`Dept. of Physics`)."""
    words = _WORD.findall(name_key(_ORCID.sub(" ", affiliation)))
    return " ".join(words) if any(word not in _NO_PLACE for word in words) else None


def stated_orcids(affiliations: pl.DataFrame) -> pl.DataFrame:
    """Mentions (arxiv_id, position) with their `orcid`, from `affiliations` (arxiv_id, position, affiliation).

    An iD that stands with two names of a list, and a name with two iDs, tell nothing: a bracket behind the last of
    several names is read as that of all.
    """
    found = [
        (arxiv_id, position, orcid)
        for arxiv_id, position, text in affiliations.select(_STATED).iter_rows()
        for orcid in orcids_in(text)
    ]
    return (
        _mentions(found, "orcid")
        .filter(
            pl.len().over("arxiv_id", "position") == 1,
            pl.len().over("arxiv_id", "orcid") == 1,
        )
        .sort("arxiv_id", "position")
    )


def stated_places(affiliations: pl.DataFrame) -> pl.DataFrame:
    """Mentions (arxiv_id, position) and each `place` that is stated there, as its normal form."""
    found = [
        (arxiv_id, position, place)
        for arxiv_id, position, text in affiliations.select(_STATED).iter_rows()
        if (place := place_key(text))
    ]
    return _mentions(found, "place").sort("arxiv_id", "position", "place")


def _mentions(found: list[tuple[str, int, str]], what: str) -> pl.DataFrame:
    schema = {"arxiv_id": pl.String, "position": pl.UInt32, what: pl.String}
    return pl.DataFrame(found, schema=schema, orient="row").unique()
