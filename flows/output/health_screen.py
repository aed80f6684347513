"""The health of a home as one screen: the verdict first, then its reasons, then what came in."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from paperhouse.flows.output.coverage_report import sum_up
from paperhouse.flows.output.health import RECENT, Health, count_of, list_name
from paperhouse.flows.output.screen import Grid, Line, ScreenPart

N_ROWS = 8
"""Rows of a table; the rest is counted."""
N_PROBLEMS = 10
"""Problems that are shown; `--json` has all."""


def status_parts(health: Health) -> list[ScreenPart]:
    """What `paperhouse status` shows."""
    return [
        _verdict(health),
        *_problems(health),
        *_warehouse(health),
        *_arrivals(health),
        *_rejects(health),
        *_missing(health),
        *_coverage(health),
        *_refusals(health),
        *_loads(health),
        _disk(health),
    ]


def _verdict(health: Health) -> Line:
    newest = health.overview.last_digest_date
    of = f"the newest digest is of {newest:%Y-%m-%d} ({newest:%a})" if newest else "no digest has a date"
    if health.problems:
        return Line("not healthy", f"{count_of(len(health.problems), 'problem')}; {of}", "bold red")
    return Line("healthy", f"{of}; arXiv's calendar asks for {health.due:%Y-%m-%d}", "bold green")


def _problems(health: Health) -> Iterator[Line]:
    for number, problem in enumerate(health.problems[:N_PROBLEMS]):
        yield Line("" if number else "problems", problem, "red")
    if len(health.problems) > N_PROBLEMS:
        yield Line("", f"and {len(health.problems) - N_PROBLEMS} more: paperhouse status --json")


def _warehouse(health: Health) -> Iterator[Line]:
    overview, tables = health.overview, health.overview.tables
    yield Line("warehouse", overview.path)
    yield Line(
        "holds",
        f"{count_of(tables.get('papers', 0), 'paper')}, {count_of(tables.get('authors', 0), 'author')}, "
        f"{count_of(tables.get('digests', 0), 'digest')} in {count_of(len(health.lists), 'dated list')}; "
        f"generation {overview.generation}",
    )
    if overview.last_load is not None:
        at = overview.last_load["finished_at"]
        yield Line("last load", f"{at:%Y-%m-%d %H:%M} UTC, {_age(at, health.now)}")
    if overview.disk.last_run_at is not None:
        at = overview.disk.last_run_at
        yield Line("last run", f"{at:%Y-%m-%d %H:%M} UTC, {_age(at, health.now)}")


def _arrivals(health: Health) -> Iterator[ScreenPart]:
    arrivals = health.overview.arrivals
    if not arrivals:
        yield Line("came in", f"nothing in the last {RECENT.days} days")
        return
    rows = [
        (
            list_name((row.source, row.list_name)),
            f"{row.n_digests:,}",
            f"{row.n_entries:,}",
            f"{row.n_rejects:,}",
            _day(row.newest),
        )
        for row in arrivals
    ]
    head = ("source / list", "digests", "entries", "rejects", "newest")
    yield Grid(f"came in, last {RECENT.days} days", head, rows[:N_ROWS], frozenset(head[1:4]))
    if len(rows) > N_ROWS:
        yield Line("", f"and {count_of(len(rows) - N_ROWS, 'list')} more: paperhouse status --json")


def _rejects(health: Health) -> Iterator[Line]:
    n_recent = sum(row.n_rejects for row in health.overview.arrivals)
    n_all = sum(health.overview.rejects.values())
    by_reason = ", ".join(f"{count:,} {reason}" for reason, count in health.overview.rejects.items())
    counts = f"{n_recent:,} in the last {RECENT.days} days, {n_all:,} in all"
    yield Line("rejects", f"{counts}: {by_reason}" if by_reason else counts, "yellow" if n_recent else "")
    if n_lost := health.overview.n_ids_unaccounted:
        yield Line("warning", f"{count_of(n_lost, 'linked identifier')} in no entry and no reject", "yellow")


def _missing(health: Health) -> Iterator[Line]:
    """Days without digests of the last twelve weeks, lists that went quiet, newest digests that are low."""
    by_day: dict[date, int] = {}
    for rhythm in health.lists.values():
        for day in rhythm.missing:
            by_day[day] = by_day.get(day, 0) + 1
    days = ", ".join(f"{day} ({count_of(by_day[day], 'list')})" for day in sorted(by_day)[:-6:-1])
    more = f" and {len(by_day) - 5} more" if len(by_day) > 5 else ""  # noqa: PLR2004 - those shown
    yield Line("missing", f"{days}{more}" if days else "no day on which a list usually has a digest")
    n_ended = sum(map(health.has_ended, health.quiet.values()))
    n_quiet = len(health.quiet) - n_ended
    n_low = sum(row.is_low and not row.is_empty for row in health.overview.sources)
    if health.quiet or n_low:
        yield Line(
            "lists",
            f"{len(health.lists):,} with dates: {n_quiet:,} quiet, {n_ended:,} ended, {n_low:,} with less than half "
            "of their median in the newest digest: select * from source_health",
            "yellow",
        )


def _coverage(health: Health) -> Iterator[Line]:
    """What digests miss of arXiv's announcements, over the last twelve weeks."""
    coverage = health.overview.coverage
    if coverage.days:
        more = ": paperhouse coverage" if coverage.gaps else ""
        yield Line("coverage", f"{sum_up(coverage)}{more}", "yellow" if coverage.gaps else "")


def _refusals(health: Health) -> Iterator[Line]:
    """Services of arXiv's metadata that refused last, and until when they are left alone."""
    for one in health.refusals:
        rest = f"left alone until {one.rests_until:%Y-%m-%d %H:%M} UTC"
        state = rest if one.rests_until > health.now else "tried again by the next run"
        times = count_of(one.n_refusals, "time")
        yield Line("refused", f"{one.service}, {times} in a row; {state}: {one.reason}", "yellow")


def _loads(health: Health) -> Iterator[Grid]:
    rows = [
        (
            f"{load['finished_at']:%Y-%m-%d %H:%M}",
            str(load["trigger"]),
            *_counts(load, "n_digests", "n_entries", "n_papers_new", "n_papers_changed", "n_rejects"),
        )
        for load in health.overview.loads
    ]
    head = ("finished", "by", "digests", "entries", "papers new", "changed", "rejects")
    if rows:
        yield Grid("last loads", head, rows, frozenset(head[2:]))


def _disk(health: Health) -> Line:
    disk = health.overview.disk
    parts = ", ".join(
        f"{name} {_megabytes(n_bytes)}"
        for name, n_bytes in (
            ("live", disk.live),
            ("previous", disk.previous),
            ("packages", disk.packages),
            ("http", disk.http),
            ("other", disk.other),
        )
    )
    return Line("disk", f"{parts} MB")


def _counts(load: Any, *names: str) -> tuple[str, ...]:
    return tuple(f"{load[name]:,}" for name in names)


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f}"


def _day(day: date | None) -> str:
    return "(no date)" if day is None else f"{day:%Y-%m-%d}"


def _age(moment: datetime, now: datetime) -> str:
    hours = (now - moment).total_seconds() / 3600
    return f"{hours:.1f} hours ago" if hours < 48 else f"{hours / 24:.0f} days ago"  # noqa: PLR2004 - two days
