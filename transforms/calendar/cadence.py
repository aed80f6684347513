"""When each list publishes by its own habit, which days it left out, and whether it went quiet.

A list is judged against the announcement days of its habitual weekdays only: a list of Mondays misses no Tuesday, and
nobody misses a weekend or a holiday.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

from paperhouse.transforms.calendar.announcement_days import announcement_days

HABIT_DAYS: Final = 84
"""A habit is what a list did in the twelve weeks before its newest digest."""
QUIET_GAPS: Final = 3
"""A list is quiet when it is silent for more than so many of its usual gaps; source_health has the rule in SQL."""
_USUAL_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Cadence:
    """What a list does, as of one day.

    `missing` are the announcement days between its first and newest digest, of the last twelve weeks, on which it has
    none though it usually has. `n_days_silent` counts the announcement days since the newest that are due;
    `usual_gap` is the median of such days from one digest to the next, None with fewer than two dates.
    """

    newest: date
    usual_gap: float | None
    n_days_silent: int
    missing: tuple[date, ...]
    overdue: tuple[date, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether it has been silent for far longer than is usual for it."""
        return self.usual_gap is not None and self.n_days_silent > QUIET_GAPS * max(self.usual_gap, 1)


def cadence_of(dates: Iterable[date], due: date) -> Cadence:
    """Rhythm of the digests of these dates (at least one), when a digest of `due` should be there.

    `overdue` are the due days after the newest digest that the list should have by its habit; a weekday that has not
    come up since its first digest counts as habitual.
    """
    days = sorted(set(dates))
    newest = days[-1]
    seen = [day for day in days if day >= newest - timedelta(days=HABIT_DAYS)]
    expected = list(announcement_days(seen[0], newest))
    usual = _usual_weekdays(expected, frozenset(seen))
    since = list(announcement_days(newest, due))
    return Cadence(
        newest=newest,
        usual_gap=_usual_gap(seen, expected),
        n_days_silent=len(since),
        missing=tuple(day for day in expected if day.weekday() in usual and day not in seen),
        overdue=tuple(day for day in since if day.weekday() in usual),
    )


def _usual_weekdays(expected: Sequence[date], seen: frozenset[date]) -> set[int]:
    """Weekdays on which it published on at least half of the announcement days, or that have not come up yet."""
    hits = {weekday: [day in seen for day in expected if day.weekday() == weekday] for weekday in range(7)}
    return {weekday for weekday, had in hits.items() if sum(had) >= _USUAL_SHARE * len(had)}


def _usual_gap(seen: Sequence[date], expected: Sequence[date]) -> float | None:
    """Median number of announcement days from one digest to the next."""
    numbers = {day: number for number, day in enumerate(expected, 1)}
    places = sorted({numbers[day] for day in seen if day in numbers} | {0}) if len(seen) > 1 else []
    gaps = [later - earlier for earlier, later in itertools.pairwise(places)]
    return float(median(gaps)) if gaps else None
