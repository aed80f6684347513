"""The charts that pages show, each from the rows that its page reads, and the same as images for other screens."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from paperhouse.flows.output.vega_chart import bars_by_day, lines_by_month
from paperhouse.warehouse.read.pages.days import DayTotal

Row = Mapping[str, Any]
N_RECENT: Final = 30
"""Days in the chart of a day."""
N_DAYS: Final = 60
"""Days in the charts of lists."""
N_LINES: Final = 6
"""Words and categories that are drawn."""
_LEAST: Final = 3
_WIDTH: Final = 900


def new_papers_chart(recent: Sequence[DayTotal], width: int = 350, height: int = 70) -> Markup:
    """New papers a day, for the page of the last of these days; fewer than three bars say nothing."""
    if len(recent) < _LEAST:
        return Markup()
    label = f"New papers a day, {_said(recent[0].day)} to {_said(recent[-1].day)}"
    return bars_by_day([(one.day, "new papers", one.n_new) for one in recent], label, width, height)


def last_days(list_days: Sequence[Row]) -> list[Row]:
    """Papers by list and day, of the days that the chart of lists shows."""
    days = sorted({row["day"] for row in list_days})[-N_DAYS:]
    return [row for row in list_days if days and row["day"] >= days[0]]


def lists_chart(list_days: Sequence[Row]) -> Markup:
    """Papers a day by list."""
    rows = [(row["day"], row["list"], row["n_papers"]) for row in last_days(list_days)]
    return bars_by_day(rows, "Papers a day by list", _WIDTH, 220)


def words_chart(words: Sequence[Row]) -> Markup:
    """Shares of titles with the words that rise most."""
    label = "Share of titles with each word"
    return lines_by_month(_shares(words[:N_LINES]), label, "% of the month's titles", _WIDTH, 240)


def of_largest_categories(months: Sequence[Row]) -> list[Row]:
    """Papers by month and category, of the categories with most papers."""
    sums: dict[str, int] = {}
    for row in months:
        sums[row["category"]] = sums.get(row["category"], 0) + row["n_papers"]
    largest = sorted(sums, key=lambda name: (-sums[name], name))[:N_LINES]
    return [row for row in months if row["category"] in largest]


def categories_chart(months: Sequence[Row]) -> Markup:
    """Papers by month and category; one month alone is no line."""
    rows = of_largest_categories(months)
    if len({row["month"] for row in rows}) < 2:  # noqa: PLR2004 - two points make a line
        return Markup()
    points = [(row["month"], row["category"], row["n_papers"]) for row in rows]
    return lines_by_month(points, "Papers by month and category", "papers a month", _WIDTH, 240)


def _said(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _shares(words: Sequence[Row]) -> list[tuple[date, str, float]]:
    months = sorted({row["month"] for word in words for row in word["months"]})
    return [
        (
            month,
            word["term"],
            round(100 * {row["month"]: row["share"] for row in word["months"]}.get(month, 0), 3),
        )
        for word in words
        for month in months
    ]
