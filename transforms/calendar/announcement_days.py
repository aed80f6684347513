"""The days on which arXiv announces papers, so that a weekend or a holiday is not taken for a failure.

arXiv announces Sunday to Thursday at 20:00 by the clock of the US East coast, and digests bear the date of the day
after, Monday to Friday. It publishes the evenings it leaves out for one year at a time, under "On Deferred Mailings"
on https://info.arxiv.org/help/availability.html; the lists of 2023, 2025 and 2026 agree with the rules below: New
Year's Day, Martin Luther King Day, Juneteenth, Independence Day, Labor Day, Thanksgiving, and some evenings from
Christmas to New Year that change every year. (Memorial, Presidents', Columbus and Veterans Day are in none of them.)
A holiday on a Friday leaves out the Sunday after: the list of 2025 says so for 4 July.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

_ONE_DAY: Final = timedelta(days=1)
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_AD_HOC: Final = frozenset({date(2023, 6, 14)})
"""Evenings that arXiv left out once, by no rule."""
_ANNOUNCED_AT: Final = time(1, tzinfo=UTC)
"""When the announcement of a day is out: 20:00 of the evening before in New York; in summer an hour earlier."""
_LONGEST_PAUSE: Final = timedelta(days=14)
"""No two announcements lie further apart."""


def is_announcement_day(day: date) -> bool:
    """Whether digests of this date are to be expected: a weekday after an evening that arXiv does not leave out."""
    return day.weekday() < _SATURDAY and not _may_be_left_out(day - _ONE_DAY)


def announcement_days(after: date, until: date) -> Iterator[date]:
    """Days with an announcement later than `after`, up to and including `until`."""
    n_days = (until - after).days
    days = (after + timedelta(days=number) for number in range(1, n_days + 1))
    return (day for day in days if is_announcement_day(day))


def deferred_days(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Weekdays from `first` to `last` that have no announcement, each with the day on which it is made up for."""
    for evening in sorted(
        evening for year in range(first.year - 1, last.year + 1) for evening in _evenings_of(year)
    ):
        day = evening + _ONE_DAY
        if first <= day <= last and day.weekday() < _SATURDAY and _may_be_left_out(evening):
            yield day, next(announcement_days(day, day + _LONGEST_PAUSE))


def _evenings_of(year: int) -> set[date]:
    """Evenings of a year that may be left out: all others certainly are not."""
    holidays = {day for day in _holidays(year) if day.year == year}
    after = {day + n * _ONE_DAY for day in _holidays(year) for n in (1, 2)}
    last_week = {date(year, 12, day) for day in range(24, 32)}
    ad_hoc = {day for day in _AD_HOC if day.year == year}
    return holidays | {day for day in after if day.year == year} | last_week | ad_hoc


def latest_due_day(now: datetime, overdue_hours: float) -> date:
    """Latest announcement day whose announcement is at least `overdue_hours` old at `now`."""
    day = (now.astimezone(UTC) - timedelta(hours=overdue_hours)).date() + _ONE_DAY
    while not is_announcement_day(day) or _announced_at(day) + timedelta(hours=overdue_hours) > now:
        day -= _ONE_DAY
    return day


def _announced_at(day: date) -> datetime:
    return datetime.combine(day, _ANNOUNCED_AT)


def _may_be_left_out(evening: date) -> bool:
    """Whether arXiv makes no announcement on this evening, or none of its readers could rely on one."""
    if (evening.month, evening.day) >= (12, 24) or evening in _holidays(evening.year):
        return True
    is_after_holiday = any(evening - n * _ONE_DAY in _holidays(evening.year) for n in (1, 2))
    return evening in _AD_HOC or (evening.weekday() == _SUNDAY and is_after_holiday)


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    """Holidays of Cornell's that arXiv keeps, on their own day and on the weekday they are observed."""
    fixed = {date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 12, 25)}
    observed = {
        day + {_SATURDAY: -_ONE_DAY, _SUNDAY: _ONE_DAY}.get(day.weekday(), timedelta()) for day in fixed
    }
    moving = {
        _nth_weekday(year, 1, _MONDAY, 3),
        _nth_weekday(year, 9, _MONDAY, 1),
        _nth_weekday(year, 11, _THURSDAY, 4),
    }
    return frozenset(fixed | observed | moving)


def _nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
