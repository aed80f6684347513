"""Pages of the lists, the categories and the calendar."""

from calendar import Calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final

from paperhouse.flows.output.page_charts import N_DAYS, last_days, lists_chart
from paperhouse.flows.output.vega_chart import bars_by_day, lines_by_month
from paperhouse.flows.pages.links import slug
from paperhouse.flows.pages.render import Site, short_date
from paperhouse.warehouse.read.pages.cards import Card
from paperhouse.warehouse.read.pages.days import DayTotal

Row = Mapping[str, Any]
N_CARDS: Final = 32
"""Papers that the page of a list or category shows."""
_N_LINKED_DAYS: Final = 30
_N_TOPICS: Final = 24


def lists_page(site: Site, lists: Sequence[Row], list_days: Sequence[Row], topics: Sequence[Row]) -> str:
    """All lists, with their papers by day, and the headings inside them with most papers."""
    return site.render(
        "lists",
        "lists",
        "Lists",
        lists=lists,
        topics=topics[:_N_TOPICS],
        n_topics=len(topics),
        chart=lists_chart(list_days),
        chart_rows=[
            (row["day"], row["list"], row["n_papers"], row["n_new"]) for row in reversed(last_days(list_days))
        ],
    )


def list_page(  # noqa: PLR0913, PLR0917 - the rows of a page
    site: Site, name: str, totals: Row, list_days: Sequence[Row], topics: Sequence[Row], cards: Sequence[Card]
) -> str:
    """A list: its days, headings and newest papers."""
    here = f"list/{slug(name)}"
    own = [row for row in list_days if row["list"] == name]
    shown = own[-N_DAYS:]
    links = [
        (row["day"], site.link(f"day/{row['day']}/{slug(name)}", here), row["n_papers"])
        for row in reversed(own[-_N_LINKED_DAYS:])
        if row["n_papers"]
    ]
    dates = (
        f" · {short_date(totals['first_day'])} to {short_date(totals['last_day'])}"
        if totals["last_day"]
        else ""
    )
    sections = [
        (
            f"First listed {short_date(day)}" if day else "Undated",
            site.link(f"day/{day}/{slug(name)}", here) if day else None,
            list(group),
        )
        for day, group in groupby(cards, key=lambda card: card.first_listed_date)
    ]
    return site.render(
        "list",
        here,
        "Lists",
        kind="List",
        title=name,
        lede=f"{totals['n_papers']:,} papers in {totals['n_digests']:,} digests{dates}",
        chart=bars_by_day(_new_and_old(shown), f"Papers a day in {name}", 900, 180),
        chart_caption="Papers a day: new ones, and those that a list had shown before.",
        chart_heads=["day", "papers", "new"],
        chart_rows=[(row["day"], row["n_papers"], row["n_new"]) for row in reversed(shown)],
        sections=sections,
        topics=[
            (row["topic"], site.link(f"topic/{slug(row['topic'])}", here), row["n_papers"]) for row in topics
        ],
        lists=[],
        days=links,
        feed=f"{here}.atom",
    )


def topics_page(site: Site, topics: Sequence[Row]) -> str:
    """The headings inside digests with most papers."""
    return site.render("topics", "topics", "Lists", rows=topics)


def topic_page(site: Site, topic: Row, months: Sequence[Row], cards: Sequence[Card]) -> str:
    """A heading inside digests: its papers by month, the lists that have it, and the papers that were listed last."""
    name = topic["topic"]
    here = f"topic/{slug(name)}"
    dates = (
        f" · {short_date(topic['first_day'])} to {short_date(topic['last_day'])}" if topic["last_day"] else ""
    )
    return site.render(
        "list",
        here,
        "Lists",
        kind="Topic",
        title=name,
        lede=f"{topic['n_papers']:,} papers under this heading of digests{dates}",
        **_months_chart([(row["month"], row["n_papers"]) for row in months], name),
        sections=[("Listed last", None, list(cards))],
        lists=topic["lists"],
        topics=[],
        days=[],
        feed=None,
    )


def categories_page(site: Site, categories: Sequence[Row]) -> str:
    """All categories that papers bear."""
    return site.render("categories", "categories", "Categories", rows=categories)


def category_page(site: Site, category: Row, months: Sequence[Row], cards: Sequence[Card]) -> str:
    """A category: papers by month, and the newest."""
    name = category["category"]
    own = [row for row in months if row["category"] == name]
    return site.render(
        "list",
        f"category/{slug(name)}",
        "Categories",
        kind="Category",
        title=f"{name}: {category['name']}" if category["name"] else name,
        lede=f"{category['n_papers']:,} papers, {category['n_primary']:,} with it as their primary category",
        **_months_chart([(row["month"], row["n_papers"]) for row in own], name),
        sections=[("Newest", None, list(cards))],
        topics=[],
        lists=[],
        days=[],
        feed=None,
    )


def _months_chart(months: Sequence[tuple[date, int]], name: str) -> dict[str, Any]:
    """Values of a page for papers by month; one month alone is no line."""
    chart = lines_by_month(
        [(month, name, n_papers) for month, n_papers in months],
        f"Papers a month in {name}",
        "papers a month",
        900,
        180,
    )
    return {
        "chart": chart if len(months) > 1 else None,
        "chart_caption": "Papers by month of submission.",
        "chart_heads": ["month", "papers"],
        "chart_rows": [(f"{month:%Y-%m}", n_papers) for month, n_papers in reversed(months)],
    }


def calendar_page(site: Site, totals: Sequence[DayTotal]) -> str:
    """Every month with digests, the newest first; a day is the darker the more new papers it has."""
    by_day = {total.day: total for total in totals}
    levels = sorted(total.n_new for total in totals if total.n_new)
    months = sorted({(day.year, day.month) for day in by_day}, reverse=True)
    return site.render(
        "calendar",
        "calendar",
        "Calendar",
        n_days=len(totals),
        months=[
            {"name": f"{date(year, month, 1):%B %Y}", "weeks": [*_weeks(site, year, month, by_day, levels)]}
            for year, month in months
        ],
    )


def _weeks(
    site: Site, year: int, month: int, by_day: Mapping[date, DayTotal], levels: Sequence[int]
) -> Iterator[list[dict[str, Any] | None]]:
    for week in Calendar().monthdatescalendar(year, month):
        yield [_cell(site, day, by_day.get(day), levels) if day.month == month else None for day in week]


def _cell(site: Site, day: date, total: DayTotal | None, levels: Sequence[int]) -> dict[str, Any]:
    if total is None:
        return {"number": day.day, "href": None, "shade": 0}
    below = sum(level < total.n_new for level in levels)
    return {
        "number": day.day,
        "href": site.link(f"day/{day}", "calendar"),
        "n_new": total.n_new,
        "shade": 1 + 4 * below // max(1, len(levels)) if total.n_new else 0,
    }


def _new_and_old(rows: Sequence[Row]) -> list[tuple[date, str, int]]:
    new = [(row["day"], "new", row["n_new"]) for row in rows]
    return [*new, *((row["day"], "seen before", row["n_papers"] - row["n_new"]) for row in rows)]
