"""Which days a drawing of digests by day should span, by the habit of what is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

LEAST_DAYS: Final = 30
"""Days of the axis, however few digests there are."""
MOST_DAYS: Final = 366
DAYS_WITH_DIGESTS: Final = 20
"""So many days with a digest are drawn where the habit is slower than daily."""
STRAY_SHARE: Final = 0.25
"""A day in whose neighbourhood there is less than this share of the usual number of days stands apart."""


@dataclass(frozen=True, slots=True)
class DayWindow:
    """The days from `first` to `last`; `beyond` are later days with digests, which stand apart from the others."""

    first: date
    last: date
    beyond: tuple[date, ...] = ()


def day_window(days: Iterable[date]) -> DayWindow | None:
    """Window of the newest days that belong together; None where there is no day.

    A source that publishes each week is drawn over more days than a daily one. A digest with a wrong date, years after
    the others, does not move the window; a source that began again does once it has a quarter of its usual days.
    """
    held = sorted(set(days))
    if not held:
        return None
    length = _length(held)
    crowds = [_n_within(held, at, length) for at in range(len(held))]
    least = STRAY_SHARE * median(crowds)
    last = max(day for day, crowd in zip(held, crowds, strict=True) if crowd >= least)
    return DayWindow(
        first=last - timedelta(days=length - 1), last=last, beyond=tuple(day for day in held if day > last)
    )


def _length(held: list[date]) -> int:
    """Days that hold `DAYS_WITH_DIGESTS` digests at the usual distance."""
    gaps = [(after - before).days for before, after in pairwise(held)]
    usual = median(gaps) if gaps else 1
    return round(min(max(LEAST_DAYS, usual * DAYS_WITH_DIGESTS), MOST_DAYS))


def _n_within(held: list[date], at: int, length: int) -> int:
    """Days with a digest in the window that ends with this one."""
    begin = held[at] - timedelta(days=length - 1)
    first = at
    while first and held[first - 1] >= begin:
        first -= 1
    return at - first + 1
