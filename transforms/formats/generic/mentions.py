"""Where a text names arXiv papers: links of every host that shows them, DOIs, `arXiv:ID` in words, ticked ids."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN, split_version
from paperhouse.transforms.errors import InvalidArxivIdError

MentionKind = Literal["link", "words", "ticked", "bare"]

# All are searched in lower case: a pattern that starts with plain letters is found at the speed of a memory scan.
_ID: Final = ID_PATTERN.replace("A-Za-z", "a-z").replace("[Ff]", "f")
_LINKS: Final = (
    # arxiv.org, alphaxiv.org, ar5iv.labs.arxiv.org, papers.cool/arxiv, semanticscholar.org/arXiv:, 10.48550/arXiv.
    re.compile(
        rf"xiv(?:\.org/(?:abs|pdf|html|format|src|ps|e-print|overview)/(?:arxiv:)?|/|(?<=/arxiv)[.:])"
        rf"(?P<id>{_ID})(?:\.pdf)?"
    ),
    re.compile(rf"co/papers/(?P<id>{_ID})"),
    re.compile(rf"ar5iv\.org/(?:abs/|html/)?(?P<id>{_ID})"),
)
_WORDS: Final = re.compile(
    r"arxiv(?:[ _-]?(?:id|identifier|number|no\.|编号))?[\])`*_\"']{0,5}[ \t]?[:：=|#]?[ \t]{0,4}[\[(`*_\"']{0,5}"
    rf"(?P<id>{_ID})"
)
_TICKED: Final = re.compile(rf"`(?P<id>{_ID})`")
_BARE: Final = re.compile(rf"(?<![\w.:/-])(?P<id>{_ID})(?![\w/-])")
_URL_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789:./%-"
_BEFORE: Final = 64


class Mention(NamedTuple):
    """One place that names a paper: offsets of the whole link or words, the identifier, and how it is written."""

    start: int
    end: int
    arxiv_id: str
    version: int | None
    kind: MentionKind


class Lines:
    """Offsets of line starts, to turn offsets into line numbers (from 1)."""

    def __init__(self, text: str) -> None:
        starts, at = [0], text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        self.starts = starts

    def line_at(self, offset: int) -> int:
        """Line that holds the character at `offset`."""
        return bisect_right(self.starts, offset)


def names_papers(text: str) -> bool:
    """Whether a link, a DOI or words in the text name a paper."""
    lowered = _lower(text)
    return any(_papers(pattern, lowered) for pattern in (*_LINKS, _WORDS))


def find_mentions(text: str, *, with_bare: bool = False) -> list[Mention]:
    """Every place that names a paper, in order; identifiers without link or words only `with_bare`."""
    lowered = _lower(text)
    found = [mention for pattern in _LINKS for mention in _found(pattern, lowered, "link")]
    found += _found(_WORDS, lowered, "words")
    found += _found(_TICKED, lowered, "ticked")
    if with_bare:
        found += _found(_BARE, lowered, "bare")
    found.sort(key=lambda mention: (mention.start, -mention.end))
    return list(_without_overlap(found))


def _lower(text: str) -> str:
    """Lower case of the same length: of the few characters that become two, the text keeps their own."""
    lowered = text.lower()
    return (
        lowered
        if len(lowered) == len(text)
        else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)
    )


def _papers(pattern: re.Pattern[str], lowered: str) -> bool:
    return any(_split(match["id"]) is not None for match in pattern.finditer(lowered))


def _found(pattern: re.Pattern[str], lowered: str, kind: MentionKind) -> Iterator[Mention]:
    for match in pattern.finditer(lowered):
        paper = _split(match["id"])
        if paper is None:
            continue
        start = match.start()
        if kind == "link":
            before = lowered[max(0, start - _BEFORE) : start]
            start -= len(before) - len(before.rstrip(_URL_LETTERS))
        yield Mention(start, match.end(), *paper, kind)


def _split(written: str) -> tuple[str, int | None] | None:
    try:
        return split_version(written)
    except InvalidArxivIdError:
        return None


def _without_overlap(mentions: list[Mention]) -> Iterator[Mention]:
    end = -1
    for mention in mentions:
        if mention.start >= end:
            yield mention
            end = mention.end
