"""Whether a home is healthy: fresh by arXiv's calendar, no list silent against its habit, nothing lost on the disk.

A problem is something that a person can act on today, in one line with its remedy. What is older than the
horizons below is shown and no problem any more, so that a bot that ended years ago keeps no monitor red.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from paperhouse.flows.arxiv.client.circuit_breaker import Refusal
from paperhouse.flows.given_path import is_in_bucket
from paperhouse.flows.output.coverage_report import FEED_SOURCE, coverage_problems, feed_problems
from paperhouse.transforms.calendar.announcement_days import is_announcement_day, latest_due_day
from paperhouse.transforms.calendar.cadence import Cadence, cadence_of
from paperhouse.warehouse.read.arrivals import DigestDay
from paperhouse.warehouse.read.frozen_pages import PageRows
from paperhouse.warehouse.read.overview import Overview, SourceHealth

RECENT: Final = timedelta(days=7)
"""What came in, was rejected or is missing within this time is shown; a missing day is a problem as long."""
ENDED_AFTER: Final = timedelta(days=30)
"""A list that has been quiet for longer has ended: it is shown, and no problem."""
FROZEN_AFTER: Final = timedelta(days=30)
"""A page whose newest row is so much older than its own date is frozen."""
N_NAMED: Final = 5
"""Lists that one problem names; the rest is counted."""

ListKey = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Health:
    """What status says of a home as of `now`; it is healthy if there is no problem.

    `refusals` are services that refused last and are left alone for a while: no problem, as other doors are open.
    """

    overview: Overview
    now: datetime
    due: date
    whole: Cadence | None
    lists: dict[ListKey, Cadence]
    problems: tuple[str, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def is_fresh(self) -> bool:
        """Whether the newest digest is as new as arXiv's calendar and the habit of the sources let expect."""
        return self.whole is not None and not self.whole.overdue and not self.whole.is_quiet

    @property
    def recent_missing(self) -> dict[date, list[ListKey]]:
        """Lists without a digest, by day: days within the last week on which they usually have one."""
        by_day: dict[date, list[ListKey]] = defaultdict(list)
        for key, rhythm in self.lists.items():
            for day in rhythm.missing:
                if day >= (self.now - RECENT).date():
                    by_day[day].append(key)
        return dict(sorted(by_day.items()))

    @property
    def quiet(self) -> dict[ListKey, Cadence]:
        """Lists that are silent for far longer than is their habit, those that ended among them."""
        return {key: rhythm for key, rhythm in self.lists.items() if rhythm.is_quiet}

    def has_ended(self, rhythm: Cadence) -> bool:
        """Whether a quiet list has been silent for so long that nobody waits for it."""
        return rhythm.newest < (self.now - ENDED_AFTER).date()


def judge(
    overview: Overview,
    now: datetime,
    overdue_hours: float,
    folders: Sequence[Path] = (),
    refusals: Sequence[Refusal] = (),
) -> Health:
    """Judge the state of a home as of `now`; `folders` are those that a load without paths reads."""
    due = latest_due_day(now, overdue_hours)
    dates = [row.digest_date for row in overview.days]
    lists: dict[ListKey, list[DigestDay]] = defaultdict(list)
    for row in overview.days:
        lists[row.source, row.list_name].append(row)
    health = Health(
        overview=overview,
        now=now,
        due=due,
        whole=cadence_of(dates, due) if dates else None,
        lists={key: cadence_of([row.digest_date for row in rows], due) for key, rows in lists.items()},
        problems=(),
    )
    found = (
        *_freshness(health),
        *_gaps(health),
        *feed_problems({key: one.newest for key, one in health.lists.items()}, due),
        *coverage_problems(
            overview.coverage, (now - RECENT).date(), {page.label for page in frozen_pages(health)}
        ),
        *_frozen(health),
        *_empty(health),
        *_lost(overview),
        *_folders(folders),
    )
    return Health(overview, now, due, health.whole, health.lists, found, tuple(refusals))


def _freshness(health: Health) -> Iterator[str]:
    whole = health.whole
    if whole is None:
        yield "no digest has a date, so nobody can tell whether it is fresh; load with --date, or from dated folders"
    elif not health.is_fresh:
        since = whole.overdue[0] if whole.overdue else whole.newest
        yield (
            f"stale since {since}: the newest digest is of {whole.newest}, "
            f"{count_of(whole.n_days_silent, 'announcement')} of arXiv ago; look whether the sources still publish, "
            "then run `paperhouse ingest`"
        )


def _gaps(health: Health) -> Iterator[str]:
    if not health.is_fresh:
        return  # a problem above covers it
    for day, keys in health.recent_missing.items():
        yield f"{day} ({day:%a}): no digest of {_names(keys)}; load the day's files once they are there"
    quiet: dict[date, list[ListKey]] = defaultdict(list)
    for key, rhythm in health.quiet.items():
        if (
            not health.has_ended(rhythm) and key[0] != FEED_SOURCE
        ):  # a stale feed is a problem of its category
            quiet[rhythm.newest].append(key)
    for newest, keys in sorted(quiet.items()):
        n_days = count_of(health.lists[keys[0]].n_days_silent, "announcement")
        yield f"{_names(keys)}: quiet since {newest}, for {n_days}; look whether it still publishes"


def frozen_pages(health: Health) -> list[PageRows]:
    """Pages that are dated anew while their rows stay: a bot that runs and finds nothing any more."""
    return [
        page
        for page in health.overview.page_rows
        if page.digest_date >= (health.now - ENDED_AFTER).date()
        and page.digest_date - page.newest_row > FROZEN_AFTER
    ]


def _frozen(health: Health) -> Iterator[str]:
    for page in frozen_pages(health):
        since = f", as on each day since {page.since}" if page.since not in (None, page.digest_date) else ""
        yield (
            f"{list_name((page.source, page.list_name))}: the page of {page.digest_date} holds no row newer than "
            f"{page.newest_row}{since} ({page.path}); look whether its bot still finds papers"
        )


def _empty(health: Health) -> Iterator[str]:
    empty = [
        (row.source, row.list_name) for row in health.overview.sources if is_empty_lately(row, health.now)
    ]
    if empty:
        yield f"the newest digest of {_names(empty)} holds no paper; look whether its file is whole at the source"


def is_empty_lately(row: SourceHealth, now: datetime) -> bool:
    """Whether a list that usually holds papers has lately had none on a day with an announcement."""
    day = row.last_digest_date
    is_lately = day is not None and day >= (now - RECENT).date() and is_announcement_day(day)
    return is_lately and row.is_empty and row.median_entries > 0


def _lost(overview: Overview) -> Iterator[str]:
    if overview.missing_packages:
        n_more = len(overview.missing_packages) - N_NAMED
        more = f" and {n_more} more" if n_more > 0 else ""
        names = ", ".join(overview.missing_packages[:N_NAMED])
        yield f"packages missing under loads/: {names}{more}; restore them from a copy"


def _folders(folders: Sequence[Path]) -> Iterator[str]:
    """Folders that cannot be read; what lies on S3 is not asked for here."""
    for folder in folders:
        if is_in_bucket(folder):
            continue
        if not folder.exists():
            yield f"{folder}: no such folder, but the settings name it; mount it, or correct `folders`"
        elif not os.access(folder, os.R_OK | os.X_OK):
            yield f"{folder}: cannot be read; give this user the right to, or correct `folders`"


def _names(keys: Sequence[ListKey]) -> str:
    shown = ", ".join(map(list_name, keys[:N_NAMED]))
    return f"{shown} and {len(keys) - N_NAMED} more lists" if len(keys) > N_NAMED else shown


def list_name(key: ListKey) -> str:
    """Source and list as they are shown."""
    return " / ".join(part for part in key if part) or "(no source, no list)"


def count_of(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def health_json(health: Health) -> dict[str, Any]:
    """All facts for programs: those of the overview, and what follows from them as of now."""
    overview, whole = health.overview, health.whole
    facts: dict[str, Any] = {
        "healthy": not health.problems,
        "problems": list(health.problems),
        "checked_at": health.now,
        "is_fresh": health.is_fresh,
        "due_date": health.due,
        "last_digest_date": overview.last_digest_date,
        "n_announcements_behind": None if whole is None else whole.n_days_silent,
        "path": overview.path,
        "n_bytes": overview.n_bytes,
        "generation": overview.generation,
        "tables": overview.tables,
        "last_load": overview.last_load,
        "last_run_at": overview.disk.last_run_at,
        "loads": overview.loads,
        "arrivals": [asdict(row) for row in overview.arrivals],
        "rejects": overview.rejects,
        "n_ids_unaccounted": overview.n_ids_unaccounted,
        "missing_packages": overview.missing_packages,
        "n_papers_missing": overview.coverage.n_missing,
        "coverage_gaps": [asdict(row) for row in overview.coverage.gaps],
        "lists": [
            {"source": key[0], "list_name": key[1], **asdict(rhythm), "is_quiet": rhythm.is_quiet}
            for key, rhythm in health.lists.items()
        ],
        "sources": [asdict(row) | {"needs_attention": row.needs_attention} for row in overview.sources],
        "refusals": [one.to_json() for one in health.refusals],
        "disk": asdict(overview.disk),
    }
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    """The value as JSON has it: dates in ISO 8601."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
