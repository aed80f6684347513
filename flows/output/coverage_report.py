"""What digests miss of arXiv's announcements, in words: for the terminal and for status."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from paperhouse.flows.output.markup import escape_markdown
from paperhouse.warehouse.read.coverage import Coverage, CoverageDay

if TYPE_CHECKING:
    from paperhouse.warehouse.read.load_report import DayCount

REASONS: Final = {
    "papers_missing": "not in {lists}",
    "no_digest": "no digest of {lists}",
    "empty": "{lists} holds none",
    "same_as_before": "{lists} shows an earlier day again",
    "rows_stopped": "{lists} has a new date and no new row",
    "cut_short": "{lists} stops half way",
    "fewer_than_usual": "far fewer than usual in {lists}",
}
"""What each reason of a gap says of the lists at fault."""
FEED_SOURCE: Final = "arxiv"
_FEED_ENDED: Final = timedelta(days=30)
"""A feed that was not read for longer is not followed any more."""
ListKey = tuple[str | None, str | None]
_FROZEN: Final = frozenset({"rows_stopped", "same_as_before"})
"""Findings of lists that show the same day after day."""
_TOLD_BY_CALENDAR: Final = frozenset({"no_digest", "empty"})
"""Findings of lists that status tells from their dates and counts already."""


def sum_up(coverage: Coverage) -> str:
    """How many days have gaps, and how many papers are missing, in one line."""
    dates = {row.announced_date for row in coverage.days}
    if not dates:
        return "no day with an announcement is held"
    exact = {row.announced_date for row in coverage.days if row.basis != "lists"}
    evidence = (
        f"arXiv's announcements of {len(exact):,} of them are held"
        if exact
        else "judged by the lists alone, as no announcement of arXiv's is held"
    )
    filled = f", {coverage.n_filled:,} of them filled from arXiv" if coverage.n_filled else ""
    about = "about " if coverage.n_estimated else ""
    days = "1 day" if len(dates) == 1 else f"{len(dates):,} days"
    return (
        f"{days} since {min(dates)}, {len(coverage.gap_dates):,} with gaps: "
        f"{about}{coverage.n_missing:,} papers missing{filled}; {evidence}"
    )


def coverage_problems(
    coverage: Coverage, since: date, frozen: AbstractSet[str] = frozenset()
) -> Iterator[str]:
    """One line a day since `since` on which papers are missing: how many, of what, why, and what to do.

    Of lists that are `frozen` status tells once for all days: estimates for their lack of new rows are left out.
    """
    by_day: dict[date, list[CoverageDay]] = defaultdict(list)
    for row in coverage.gaps:
        is_told = row.basis == "lists" and row.reason in _TOLD_BY_CALENDAR
        is_frozen = row.basis == "lists" and row.reason in _FROZEN and set(row.lists_at_fault) <= frozen
        if row.announced_date >= since and not is_told and not is_frozen and not row.is_settled:
            by_day[row.announced_date].append(row)
    for day, rows in sorted(by_day.items()):
        said = "; ".join(gap_text(row) for row in rows)
        yield f"{day} ({day:%a}): {said}; see `paperhouse coverage --list`, fetch with `paperhouse fill`"


def feed_problems(newest: Mapping[ListKey, date], due: date) -> Iterator[str]:
    """Categories whose newest feed is older than arXiv's calendar says; those that nobody reads any more are left out.

    A feed of several categories (`cs.IR+cs.CL`) counts for each of them.
    """
    by_category: dict[str, date] = {}
    for (source, name), day in newest.items():
        for category in (name or "").split("+") if source == FEED_SOURCE else ():
            by_category[category] = max(day, by_category.get(category, day))
    stale: dict[date, list[str]] = defaultdict(list)
    for category, day in sorted(by_category.items()):
        if due - _FEED_ENDED < day < due:
            stale[day].append(category)
    for day, categories in sorted(stale.items()):
        names = " ".join(categories)
        yield (
            f"arXiv's feed of {_named(categories)} is stale: the newest is of {day}, the calendar asks for {due}; "
            f"run `paperhouse feed {names}`"
        )


def gap_text(row: CoverageDay) -> str:
    """What is missing in one row, and why."""
    lists = _named(row.lists_at_fault or row.shown_by)
    why = REASONS.get(row.reason, row.reason).format(lists=lists)
    about = "about " if row.is_estimate else ""
    if row.n_missing:
        of = f"{row.n_announced:,} papers of {row.category}" if row.category else "the day's papers"
        return f"{about}{row.n_missing:,} of {of} missing ({why})"
    if row.n_lacking:
        return f"{row.n_lacking:,} papers{f' of {row.category}' if row.category else ''} in other lists only ({why})"
    return why


def _named(lists: Sequence[str], n_named: int = 3) -> str:
    shown = ", ".join(lists[:n_named])
    return f"{shown} and {len(lists) - n_named} more" if len(lists) > n_named else shown or "the lists"


def gap_rows(coverage: Coverage) -> list[dict[str, str]]:
    """Days with gaps as rows of an artifact, the newest first: what is missing of what, and why, in Markdown."""
    return [
        {
            "day": f"{row.announced_date} ({row.announced_date:%a})",
            "category": escape_markdown(row.category),
            "missing": f"{'about ' if row.is_estimate else ''}{row.n_missing:,}",
            "filled": f"{row.n_filled:,}",
            "what": escape_markdown(gap_text(row)),
        }
        for row in coverage.gaps
    ]


def day_counts(coverage: Coverage) -> "list[DayCount]":
    """Papers listed and missing by day, for a drawing; a paper of several categories counts in each."""
    from paperhouse.warehouse.read.load_report import DayCount  # noqa: PLC0415 - Polars, which status does without

    return [
        DayCount(row.announced_date, name, number)
        for row in reversed(coverage.days)
        for name, number in (("listed", row.n_listed), ("missing", row.n_missing))
        if number and row.reason != "not_followed"
    ]
