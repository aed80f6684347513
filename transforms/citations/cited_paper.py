"""What a citation says of a paper, whatever its format."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

_YEAR: Final = re.compile(r"(?<![0-9.:–-])(?:19|20)[0-9]{2}(?![0-9–-])")
_YEAR_IN_BRACKETS: Final = re.compile(r"\([^()]{0,20}?((?:19|20)[0-9]{2})\)")
_EARLIEST, _LATEST = -1, 15
"""Years from the paper's own in which a journal may have printed it; other numbers are pages."""
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class CitedPaper:
    """The facts of one paper that a citation can hold, as the warehouse has them; names as written, in order."""

    arxiv_id: str
    submitted_month: date
    title: str | None = None
    authors: tuple[str, ...] = ()
    authors_completeness: str = "none"
    abstract: str | None = None
    version: int | None = None
    primary_category: str | None = None
    published_at: datetime | None = None
    comment: str | None = None
    doi: str | None = None
    journal_ref: str | None = None

    @property
    def is_published(self) -> bool:
        """Whether a journal reference is known; a DOI alone leaves a preprint a preprint."""
        return bool(self.journal_ref)

    @property
    def url(self) -> str:
        """Page on arXiv."""
        return f"https://arxiv.org/abs/{self.arxiv_id}"

    @property
    def any_doi(self) -> str:
        """The publisher's DOI, else the one that arXiv gives to every paper."""
        return self.doi or f"10.48550/arXiv.{self.arxiv_id}"

    @property
    def is_list_cut(self) -> bool:
        """Whether there are more authors than are known."""
        return self.authors_completeness in {"truncated", "first_only"}

    @property
    def issued(self) -> tuple[int, ...]:
        """Year, month and day as far as they are known.

        Of a published paper it is the year that its journal reference states; else when version 1 came out, else
        the month of the identifier.
        """
        own: tuple[int, ...] = (self.submitted_month.year, self.submitted_month.month)
        if self.published_at is not None:
            own = (self.published_at.year, self.published_at.month, self.published_at.day)
        year = year_of_reference(self.journal_ref, own[0]) if self.journal_ref else None
        return own if year is None or year == own[0] else (year,)


def year_of_reference(journal_ref: str, near: int) -> int | None:
    """Year that a journal reference states: in brackets, or else the last; None where no number can be one."""
    stated = _YEAR_IN_BRACKETS.findall(journal_ref) or _YEAR.findall(journal_ref)
    fitting = [int(year) for year in stated if near + _EARLIEST <= int(year) <= near + _LATEST]
    return fitting[-1] if fitting else None


def line_of(text: str | None) -> str:
    """Text on one line, without control characters; empty for None."""
    return _SPACE.sub(" ", _CONTROLS.sub(" ", text)).strip() if text else ""
