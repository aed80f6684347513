"""The first page of a warehouse in Prefect's UI: what a person wants to know in the morning, counts last, as Markdown.

Fresh or not and why; what came by source and list; what is missing; what was rejected; charts; where to go on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from paperhouse.flows.output.coverage_report import sum_up
from paperhouse.flows.output.health import Health, count_of, list_name
from paperhouse.flows.output.load_report import complaints, reason_text
from paperhouse.flows.output.markup import escape_markdown, pipe_table
from paperhouse.warehouse.read.load_report import ListArrival, LoadArrivals, PapersPerDay

N_ROWS: Final = 12
"""Lists, days and problems that are named; the rest is counted."""
PAGES: Final = {
    "load-summary": "this load, with its new papers",
    "load-rejects": "what was rejected",
    "source-health": "every source and list",
    "coverage": "what digests missed of arXiv",
    "papers-per-day": "the chart",
}
"""Artifacts that the page leads to, by key."""


@dataclass(frozen=True, slots=True)
class MorningNews:
    """What the page shows: the health, what the newest load brought, drawings, and where the run and a site are.

    `charts` are what each drawing shows, and its address.
    """

    health: Health
    headline: str
    arrivals: LoadArrivals
    charts: Sequence[tuple[str, str]]
    run_id: str | None = None
    site: str | None = None


def index_markdown(news: MorningNews) -> str:
    """Write the page."""
    sections = (
        _freshness(news.health),
        _arrivals(news),
        _missing(news.health),
        _rejects(news.arrivals.rejects),
        _charts(news),
        _links(news),
        _counts(news.health),
    )
    return "\n".join(line for section in sections for line in (*section, ""))


def chart_description(per_day: PapersPerDay) -> str:
    """What a drawing of papers per day spans, and which days it leaves out."""
    window = per_day.window
    if window is None:
        return "Papers per day by list: no digest has a date"
    said = f"Papers per day by list, {window.first} to {window.last}"
    if not window.beyond:
        return said
    named = ", ".join(map(str, window.beyond[:3]))
    more = f" and {len(window.beyond) - 3} more" if len(window.beyond) > 3 else ""  # noqa: PLR2004 - those named
    verb = "stands" if len(window.beyond) == 1 else "stand"
    return f"{said}; {named}{more} {verb} apart from the other days and is not drawn; look whether the date is right"


def _freshness(health: Health) -> Iterator[str]:
    newest = health.overview.last_digest_date
    if newest is None:
        yield "# No digest has a date"
    elif health.is_fresh:
        yield (
            "# Fresh" if not health.problems else f"# Fresh, with {count_of(len(health.problems), 'problem')}"
        )
    else:
        yield "# Not fresh"
    yield ""
    if newest is not None:
        yield (
            f"The newest digest is of **{newest:%A}, {newest}**; by arXiv's calendar one of {health.due} should be "
            "there."
        )
        yield ""
    yield from _cut((f"* {escape_markdown(problem)}" for problem in health.problems), "problem")


def _arrivals(news: MorningNews) -> Iterator[str]:
    last = news.health.overview.last_load
    when = f" with the load of {last['finished_at']:%Y-%m-%d %H:%M} UTC" if last else ""
    yield f"## What came{when}"
    yield ""
    yield f"This run: {escape_markdown(news.headline)}."
    if news.arrivals.lists:
        yield ""
        head = ("source / list", "digests", "papers", "rejects")
        names, rule, *rows = pipe_table(head, map(_arrival_row, news.arrivals.lists), head[1:])
        yield names
        yield rule
        yield from _cut(iter(rows), "list")


def _arrival_row(row: ListArrival) -> tuple[str, ...]:
    name = escape_markdown(list_name((row.source, row.list_name)))
    return (name, f"{row.n_digests:,}", f"{row.n_papers:,}", f"{row.n_rejects:,}")


def _missing(health: Health) -> Iterator[str]:
    yield "## What is missing"
    yield ""
    rows = [
        f"* {day} ({day:%a}): {escape_markdown(', '.join(map(list_name, keys[:N_ROWS])))}"
        + (f" and {count_of(len(keys) - N_ROWS, 'more list')}" if len(keys) > N_ROWS else "")
        for day, keys in sorted(health.recent_missing.items(), reverse=True)
    ]
    rows += [
        f"* {escape_markdown(list_name((row.source, row.list_name)))}: {'; '.join(complaints(row))}"
        for row in health.overview.sources
        if row.needs_attention
    ]
    yield from _cut(iter(rows), "line") if rows else iter(["No list left out a day of the last week."])
    if health.overview.coverage.days:
        yield ""
        yield f"Of what arXiv announced: {escape_markdown(sum_up(health.overview.coverage))}."


def _rejects(rejects: Mapping[str, int]) -> Iterator[str]:
    yield "## What was rejected"
    yield ""
    if not rejects:
        yield "Nothing in this load."
        return
    rows = (f"* {number:,}: {escape_markdown(reason_text(reason))}" for reason, number in rejects.items())
    yield from _cut(rows, "reason")


def _charts(news: MorningNews) -> Iterator[str]:
    for label, address in news.charts:
        yield f"![{escape_markdown(label)}]({address})"
        yield ""
        yield escape_markdown(label)
        yield ""


def _links(news: MorningNews) -> Iterator[str]:
    yield "## More"
    yield ""
    if news.run_id:
        yield f"* [this run](/runs/flow-run/{news.run_id}) and [all runs](/runs)"
    if news.site:
        yield f"* [the site]({_address(news.site)})"
    for key, what in PAGES.items():
        yield f"* [{what}](/artifacts/key/{key})"


def _address(url: str) -> str:
    """An address whose brackets and spaces cannot end the link that it stands in."""
    return "".join(f"%{ord(sign):02X}" if sign in "()<>[] \\\"'`" else sign for sign in url)


def _counts(health: Health) -> Iterator[str]:
    overview = health.overview
    last = overview.last_load
    yield "## Counts"
    yield ""
    yield f"{escape_markdown(overview.path)}, generation {overview.generation}" + (
        f", load `{last['load_id']}`" if last else ""
    )
    yield ""
    rows = ((name, f"{n_rows:,}") for name, n_rows in overview.tables.items() if n_rows)
    yield from pipe_table(("table", "rows"), rows, ("rows",))


def _cut(rows: Iterator[str], noun: str) -> Iterator[str]:
    """The first rows, and how many more there are."""
    every: Sequence[str] = list(rows)
    yield from every[:N_ROWS]
    if len(every) > N_ROWS:
        yield ""
        yield f"and {count_of(len(every) - N_ROWS, f'more {noun}')}: `paperhouse status --json`"
