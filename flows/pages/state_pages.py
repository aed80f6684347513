"""Pages about the whole: trends, and the health of what comes in."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from paperhouse.flows.output.page_charts import categories_chart, of_largest_categories, words_chart
from paperhouse.flows.output.vega_chart import bars_by_day
from paperhouse.flows.pages.render import Site, short_date
from paperhouse.warehouse.read.overview import SourceHealth
from paperhouse.warehouse.read.pages.days import CoverageOfDay, DayTotal

Row = Mapping[str, Any]
_N_DAYS: Final = 120
_ARRIVES: Final = "arrives"
_NO_GAP: Final = frozenset({"complete", "part_by_habit", "not_due", "not_followed", "no_announcement"})


def trends_page(site: Site, totals: Sequence[DayTotal], words: Sequence[Row], months: Sequence[Row]) -> str:
    """Papers a day, words of titles that rise, and categories by month."""
    shown = totals[-_N_DAYS:]
    bars = [
        *((total.day, "new", total.n_new) for total in shown),
        *((total.day, "seen before", total.n_papers - total.n_new) for total in shown),
    ]
    return site.render(
        "trends",
        "trends",
        "Trends",
        day_chart=bars_by_day(bars, "Papers a day", 900, 220),
        day_rows=[(total.day, total.n_papers, total.n_new) for total in reversed(shown)],
        words=[
            (
                row["term"],
                row["n_early"],
                row["n_late"],
                f"{100 * row['early_share']:.2f} %",
                f"{100 * row['late_share']:.2f} %",
            )
            for row in words
        ],
        word_chart=words_chart(words),
        category_chart=categories_chart(months),
        category_rows=[
            (f"{row['month']:%Y-%m}", row["category"], row["n_papers"])
            for row in reversed(of_largest_categories(months))
        ],
    )


def health_page(
    site: Site,
    sources: Sequence[SourceHealth],
    coverage: Mapping[date, Sequence[CoverageOfDay]],
    reasons: Sequence[Row],
    rejects: Sequence[Row],
) -> str:
    """Whether sources still arrive, days that miss papers, and what could not be read."""
    gaps = [
        (
            day,
            row.category or "by the lists",
            row.n_announced,
            row.n_listed,
            row.n_missing,
            row.n_filled,
            row.reason.replace("_", " "),
        )
        for day in sorted(coverage, reverse=True)
        for row in coverage[day]
        if row.reason not in _NO_GAP
    ]
    n_ill = sum(_state(row) != _ARRIVES for row in sources)
    n_rejects = sum(row["n_rejects"] for row in reasons)
    return site.render(
        "health",
        "health",
        "Health",
        lede=f"{len(sources):,} lists, {n_ill:,} of them need a look; {len(gaps):,} gaps against arXiv; "
        f"{n_rejects:,} rejects.",
        sources=[
            (
                row.source,
                row.list_name,
                _state(row),
                short_date(row.last_digest_date).replace(" ", "\N{NO-BREAK SPACE}")
                if row.last_digest_date
                else "undated",
                row.newest_n_entries,
                f"{row.median_entries:g}",
                row.n_digests,
                row.n_empty_digests,
                row.n_rejects,
            )
            for row in sorted(sources, key=_ill_and_newest_first)
        ],
        gaps=gaps[:200],
        gaps_note="No day is known on which lists miss a paper that they should show.",
        reasons=[(row["reason"], row["n_rejects"]) for row in reasons],
        n_rejects=n_rejects,
        rejects=rejects,
    )


def _ill_and_newest_first(row: SourceHealth) -> tuple[bool, int]:
    day = row.last_digest_date
    return _state(row) == _ARRIVES, -day.toordinal() if day else 0


def _state(row: SourceHealth) -> str:
    states = {
        "stopped": row.is_stopped,
        "newest is empty": row.is_empty,
        "newest is low": row.is_low,
    }
    return ", ".join(text for text, is_so in states.items() if is_so) or _ARRIVES
