"""The message of a watch: papers that it found, or why it found none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from paperhouse.transforms.citations.cited_paper import CitedPaper, line_of

N_CHARACTERS: Final = 400
"""Of an abstract in a message."""


@dataclass(frozen=True, slots=True)
class FoundPaper:
    """A paper with the day that brought it to the watch, its lists, and a file and lines that state it."""

    paper: CitedPaper
    listed_date: date | None = None
    lists: tuple[str, ...] = ()
    place: str | None = None
    is_late: bool = False
    """Whether digests of its day had been reported before it came in."""


@dataclass(frozen=True, slots=True)
class WatchMessage:
    """What a watch has to say; `reason` says why there are no papers, `until` is the newest digest's date."""

    watch: str
    papers: tuple[FoundPaper, ...]
    until: date | None = None
    reason: str = ""

    @property
    def subject(self) -> str:
        """One line for a mail's subject or a heading."""
        if not self.papers:
            return f"{self.watch}: no new papers"
        n_late = sum(one.is_late for one in self.papers)
        late = f", {n_late} of them late" if n_late else ""
        return f"{self.watch}: {len(self.papers):,} new paper{'s' * (len(self.papers) != 1)}{late}"

    @property
    def days(self) -> list[tuple[date | None, list[FoundPaper]]]:
        """Papers by the day that brought them, the newest day first, papers without one last."""
        dated: dict[date | None, list[FoundPaper]] = {}
        for one in sorted(self.papers, key=lambda found: found.paper.arxiv_id, reverse=True):
            dated.setdefault(one.listed_date, []).append(one)
        return sorted(dated.items(), key=lambda day: day[0] or date.min, reverse=True)


def heading_of(day: date | None, papers: Sequence[FoundPaper]) -> str:
    """What stands above the papers of a day."""
    if day is None:
        return "Without a date"
    if all(one.is_late for one in papers):
        return f"{day.isoformat()}, late: these came in after that day had been reported"
    return day.isoformat()


def short_abstract(paper: CitedPaper) -> str:
    """How the abstract begins, on one line."""
    text = line_of(paper.abstract)
    return text if len(text) <= N_CHARACTERS else text[:N_CHARACTERS].rsplit(" ", 1)[0] + " ..."


def shown_or_named(show: Callable[[FoundPaper], str], name: Callable[[str], str], one: FoundPaper) -> str:
    """A paper as `show` writes it; where that fails, a line that names the paper and the fault.

    A mail that one paper stops is a mail about none of the others.
    """
    try:
        return show(one)
    except Exception as error:  # noqa: BLE001 - whatever a paper's text does to a writer, the others are sent
        return name(f"arXiv:{one.paper.arxiv_id} could not be shown ({type(error).__name__}: {error})")
