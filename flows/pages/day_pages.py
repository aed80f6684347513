"""Pages of a day: new papers by list, what was seen before, and the counts against arXiv's."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Final

from paperhouse.flows.output.page_charts import N_RECENT, new_papers_chart
from paperhouse.flows.pages.links import slug
from paperhouse.flows.pages.render import Site, short_date
from paperhouse.warehouse.read.pages.cards import Card
from paperhouse.warehouse.read.pages.days import CoverageOfDay, DayTotal, ListedPaper

N_CARDS: Final = 32
"""Papers that the page of a day shows whole: with their abstracts that is below 100 kB."""
N_PER_PAGE: Final = 60
"""Papers on one page of a list's day."""
_N_AGAIN: Final = 8
_N_MANY: Final = 5
_REASONS: Final = {
    "complete": "all listed",
    "papers_missing": "papers missing",
    "no_digest": "no digest came",
    "empty": "the digest is empty",
    "same_as_before": "the same as before",
    "rows_stopped": "no new rows",
    "cut_short": "cut short",
    "fewer_than_usual": "fewer than usual",
    "part_by_habit": "lists show a part",
    "not_due": "not due yet",
    "not_followed": "not followed",
    "no_announcement": "no announcement",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A list's new papers on a day: the cards shown, and how many are left for its own page."""

    name: str
    n_new: int
    cards: list[Card]
    why: dict[str, str] = field(default_factory=dict)

    @property
    def n_left(self) -> int:
        """Papers that the section does not show."""
        return self.n_new - len(self.cards)


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Which papers the page of a day shows: by list the new ones, those in many lists, and some seen before."""

    sections: list[tuple[str, list[ListedPaper], int]]
    many: list[ListedPaper]
    again: list[ListedPaper]
    n_again: int

    @property
    def arxiv_ids(self) -> list[str]:
        """Papers whose cards are needed."""
        shown = [paper.arxiv_id for _, papers, _ in self.sections for paper in papers]
        return [*shown, *(paper.arxiv_id for paper in (*self.many, *self.again))]


def plan_day(listed: Sequence[ListedPaper]) -> DayPlan:
    """Share the places of a day's page among its lists: each new paper stands once, under the smallest list it is in.

    Small lists are shown whole before large ones, so that a topic is not lost behind a category.
    """
    new = [paper for paper in listed if paper.is_new]
    again = [paper for paper in listed if not paper.is_new]
    sizes = Counter(name for paper in new for name in paper.lists)
    by_list: dict[str, list[ListedPaper]] = {}
    for paper in new:
        by_list.setdefault(min(paper.lists, key=lambda name: (sizes[name], name)), []).append(paper)
    order = sorted(by_list, key=lambda name: (sizes[name], name))
    shares = _share({name: len(by_list[name]) for name in order}, N_CARDS)
    many = sorted((paper for paper in new if len(paper.lists) > 1), key=lambda paper: -len(paper.lists))
    return DayPlan(
        [(name, by_list[name][: shares[name]], len(by_list[name])) for name in order],
        many[:_N_MANY],
        again[:_N_AGAIN],
        len(again),
    )


def day_page(  # noqa: PLR0913 - the rows of a page
    site: Site,
    here: str,
    *,
    total: DayTotal,
    totals: Sequence[DayTotal],
    listed: Sequence[ListedPaper],
    plan: DayPlan,
    cards: Mapping[str, Card],
    coverage: Sequence[CoverageOfDay],
) -> str:
    """The page of a day; `totals` are those of all days, the oldest first."""
    days = [one.day for one in totals]
    at = days.index(total.day)
    recent = totals[max(0, at - N_RECENT + 1) : at + 1]
    by_list = Counter(name for paper in listed if paper.is_new for name in paper.lists)
    sections = [
        Section(
            name,
            n_new,
            [cards[paper.arxiv_id] for paper in papers if paper.arxiv_id in cards],
            {paper.arxiv_id: why_listed(paper, total.day) for paper in papers},
        )
        for name, papers, n_new in plan.sections
    ]
    rows, note = _coverage(coverage, total)
    return site.render(
        "day",
        here,
        "Today" if at == len(days) - 1 else "Calendar",
        day=total.day,
        is_newest=at == len(days) - 1,
        total=total,
        compared=_compared(total, recent),
        before=days[at - 1] if at and site.holds(f"day/{days[at - 1]}") else None,
        after=days[at + 1] if at + 1 < len(days) and site.holds(f"day/{days[at + 1]}") else None,
        by_list=by_list.most_common(),
        sections=sections,
        many=[cards[paper.arxiv_id] for paper in plan.many if paper.arxiv_id in cards],
        again=[
            (cards[paper.arxiv_id], why_listed(paper, total.day))
            for paper in plan.again
            if paper.arxiv_id in cards
        ],
        n_again=plan.n_again,
        coverage=rows,
        coverage_note=note,
        chart=new_papers_chart(recent),
    )


def day_list_page(  # noqa: PLR0913 - the rows of a page
    site: Site,
    day: date,
    name: str,
    *,
    listed: Sequence[ListedPaper],
    cards: Mapping[str, Card],
    page_number: int,
) -> str:
    """One page of a list's papers of a day, new ones first."""
    base = f"day/{day}/{slug(name)}"
    shown = [paper for paper in listed if name in paper.lists]
    return site.render(
        "day_list",
        base if page_number == 1 else f"{base}/{page_number}",
        "Calendar",
        day=day,
        list=name,
        n_new=sum(paper.is_new for paper in shown),
        n_papers=len(shown),
        n_pages=n_pages_of(len(shown)),
        page_number=page_number,
        base=base,
        cards=[
            (cards[paper.arxiv_id], why_listed(paper, day))
            for paper in page_of(shown, page_number)
            if paper.arxiv_id in cards
        ],
    )


def page_of(papers: Sequence[ListedPaper], page_number: int) -> Sequence[ListedPaper]:
    """The papers of one page."""
    return papers[(page_number - 1) * N_PER_PAGE : page_number * N_PER_PAGE]


def n_pages_of(n_papers: int) -> int:
    """Pages that so many papers need, one at least."""
    return max(1, -(-n_papers // N_PER_PAGE))


def why_listed(paper: ListedPaper, day: date) -> str:
    """Why a paper stands on a day: it is new, or it was announced otherwise, or listed before."""
    if paper.is_new:
        return f"new in {len(paper.lists)} lists" if len(paper.lists) > 1 else "new"
    told = {
        "cross": "cross-listed",
        "replace": "a new version",
        "replace-cross": "a new version, cross-listed",
    }
    if paper.announce_type in told:
        return told[paper.announce_type]
    if paper.first_listed_date is None or paper.first_listed_date == day:
        return "seen before"
    return f"first listed {short_date(paper.first_listed_date)}"


def _share(sizes: Mapping[str, int], places: int) -> dict[str, int]:
    """Places for each list: as even as its size allows, the smallest lists first."""
    shares = {}
    for n_left, (name, size) in zip(
        range(len(sizes), 0, -1), sorted(sizes.items(), key=lambda one: one[1]), strict=True
    ):
        shares[name] = min(size, max(1, places // n_left))
        places -= shares[name]
    return shares


def _compared(total: DayTotal, recent: Sequence[DayTotal]) -> str | None:
    usual = median(one.n_new for one in recent)
    if len(recent) < 5 or not usual:  # noqa: PLR2004 - too few days to call anything usual
        return None
    percent = round(100 * (total.n_new / usual - 1))
    return (
        "as many as on a median day"
        if not percent
        else f"{abs(percent)} % {'more' if percent > 0 else 'fewer'} than on a median day"
    )


def _coverage(coverage: Sequence[CoverageOfDay], total: DayTotal) -> tuple[list[tuple[object, ...]], str]:
    if not coverage:
        return [], "Nothing is known of arXiv's announcement of this day."
    rows: list[tuple[object, ...]] = [
        (
            row.category or "all lists",
            row.n_announced,
            row.n_listed,
            row.n_missing,
            _REASONS.get(row.reason, row.reason),
        )
        for row in coverage
        if row.reason != "not_followed"
    ]
    if all(row.basis == "lists" for row in coverage):
        return (
            rows,
            "arXiv's own number of this day is not held; what is missing follows from the habit of the lists.",
        )
    n_announced = sum(row.n_announced or 0 for row in coverage)
    return (
        rows,
        f"arXiv announced {n_announced:,} papers in these categories; lists show {total.n_papers:,} of all.",
    )
