"""What arXiv itself says about a paper: an entry, and the facts that an entry has no place for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from paperhouse.transforms.arxiv.categories import split_categories
from paperhouse.transforms.digest import Entry

_CODE_BORDER: Final = re.compile(r"[;,\s()]+")
_ACM: Final = re.compile(r"[A-K]\.(?:[0-9]|m)(?:\.(?:[0-9]{1,2}|m))?\.?")
_MSC: Final = re.compile(r"[0-9]{2}(?:[A-Z](?:[0-9]{2}|xx|XX)|-(?:[0-9]{2}|xx|XX))")
_WITHDRAWN: Final = re.compile(
    r"\s*(?:(?:this|the|our)\s+(?:[a-z]+\s+){0,4}?(?:has|have|had|was|is)\s+(?:been\s+)?(?:[a-z]+\s+)?)?withdrawn\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ArxivVersion:
    """One version of a paper: when it was submitted, its size as written (`34kb`) and its source type."""

    version: int
    submitted_at: datetime
    size: str | None
    source_type: str | None

    @property
    def is_withdrawal(self) -> bool:
        """Whether this version takes the paper back: source type I (ignore) and nothing in it."""
        return self.source_type is not None and "I" in self.source_type and self.size == "0kb"


@dataclass(frozen=True, slots=True)
class SplitName:
    """An author as arXiv's own split has it; a collaboration is a keyname alone."""

    keyname: str
    forenames: str | None
    suffix: str | None


@dataclass(slots=True)
class ArxivRecord:
    """One paper as arXiv states it.

    `affiliations` are pairs of position in `entry.authors`, from 1, and text; an author may have several or none.
    `author_notes` are bracketed remarks in the author line that name no place (`Eds.`, `for the X Collaboration`).
    `other_codes` are category terms that are neither in arXiv's taxonomy nor of ACM's or MSC's shape, among them
    whole archives of former times (`astro-ph`). `versions` and `datestamp` are stated by OAI-PMH only.
    """

    entry: Entry
    affiliations: list[tuple[int, str]] = field(default_factory=list)
    author_notes: list[str] = field(default_factory=list)
    split_names: list[SplitName] = field(default_factory=list)
    versions: list[ArxivVersion] = field(default_factory=list)
    acm_classes: list[str] = field(default_factory=list)
    msc_classes: list[str] = field(default_factory=list)
    other_codes: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    datestamp: date | None = None
    submitter: str | None = None
    report_no: str | None = None
    license: str | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class DeletedRecord:
    """A paper that arXiv took out of its list: only the header is left."""

    arxiv_id: str
    datestamp: date
    sets: tuple[str, ...]
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Codes:
    """Classification codes by scheme; each once, in the order stated."""

    categories: list[str]
    acm_classes: list[str]
    msc_classes: list[str]
    other_codes: list[str]


def sort_codes(terms: Iterable[str], known: frozenset[str]) -> Codes:
    """Tell arXiv's categories from ACM and MSC classes by taxonomy and shape.

    One term may hold several codes (`68T50; H.3.3`), so a term that is no category is divided. arXiv's own labels
    are not believed: `acm-class` is filled from the MSC field, and ACM codes stand among the MSC ones.
    """
    categories, rest = split_categories(list(terms), known)
    acm: dict[str, None] = {}
    msc: dict[str, None] = {}
    others: dict[str, None] = {}
    for term in rest:
        codes = [code for code in _CODE_BORDER.split(term) if code]
        found = [code for code in codes if _ACM.fullmatch(code) or _MSC.fullmatch(code)]
        for code in found:
            (acm if _ACM.fullmatch(code) else msc)[code.rstrip(".")] = None
        if not found:
            others[term] = None
    return Codes(categories, list(acm), list(msc), list(others))


def settle_abstract(text: str | None) -> str | None:
    r"""Take the line breaks out that are layout; None stays None.

    arXiv wraps abstracts near 80 columns and begins a paragraph with a line that starts with a space, as its own
    pages show them. A paragraph so begun, or after a blank line, is kept as `"\n  "` and its text, which is how
    digests that copy the query API have it; any other break becomes a space. Outer spaces go.
    """
    if text is None:
        return None
    settled = ""
    is_paragraph = False
    for line in text.strip(" \t\r\n").split("\n"):
        words = line.strip(" \t\r")
        is_paragraph = is_paragraph or not words or line[0] in " \t"
        if not words:
            continue
        joint = "" if not settled else "\n  " if is_paragraph else " "
        settled += joint + words
        is_paragraph = False
    return settled or None


def says_withdrawn(*texts: str | None) -> bool:
    """Whether a comment or an abstract begins by saying that the paper was withdrawn."""
    return any(text is not None and _WITHDRAWN.match(text) is not None for text in texts)


def read_time(text: str) -> datetime:
    """Read a time as ISO 8601 or as RFC 2822, in UTC.

    Raises:
        ValueError: it is neither, or says no time zone.
    """
    said = read_stated_time(text.strip())
    if said.tzinfo is None:
        msg = f"{text!r} says no time zone"
        raise ValueError(msg)
    return said.astimezone(UTC)


def read_stated_time(text: str) -> datetime:
    """Read a time as ISO 8601, else as RFC 2822, in its own time zone.

    Raises:
        ValueError: it is neither.
    """
    if text[:4].isdigit():
        return datetime.fromisoformat(text)
    return parsedate_to_datetime(text)
