"""The calendar against the evenings that arXiv itself published as deferred, and against the digests of a year."""

from datetime import UTC, date, datetime, timedelta

import pytest

from paperhouse.transforms.calendar.announcement_days import (
    announcement_days,
    is_announcement_day,
    latest_due_day,
)

# https://info.arxiv.org/help/availability.html, as it stood in 2023, 2025 (December not scheduled yet) and 2026
PUBLISHED = [
    "2023-01-16",
    "2023-06-14",
    "2023-06-19",
    "2023-07-04",
    "2023-09-04",
    "2023-11-23",
    "2023-12-25",
    "2023-12-27",
    "2025-01-01",
    "2025-01-20",
    "2025-06-19",
    "2025-07-06",
    "2025-09-01",
    "2025-11-27",
    "2026-01-01",
    "2026-01-19",
    "2026-06-19",
    "2026-07-03",
    "2026-09-07",
    "2026-11-26",
    "2026-12-25",
    "2026-12-29",
    "2026-12-31",
]


@pytest.mark.parametrize("evening", [date.fromisoformat(text) for text in PUBLISHED], ids=str)
def test_nothing_is_expected_of_the_day_after_an_evening_that_arxiv_left_out(evening):
    assert not is_announcement_day(evening + timedelta(days=1))


@pytest.mark.parametrize("year", [2023, 2025, 2026])
def test_outside_the_turn_of_the_year_no_other_weekday_is_excused(year):
    excused = {
        day
        for number in range(2, 356)
        if (day := date(year, 1, 1) + timedelta(days=number)).weekday() < 5 and not is_announcement_day(day)
    }
    published = {
        date.fromisoformat(text) + timedelta(days=1) for text in PUBLISHED if text.startswith(str(year))
    }
    # A holiday on a Friday leaves out the Sunday evening, so the Monday has nothing.
    published |= {day + timedelta(days=2) for day in published if day.weekday() == 5}
    assert excused - published <= {date(2023, 1, 3), date(2023, 1, 2), date(2025, 7, 7), date(2026, 7, 6)}


@pytest.mark.parametrize("holiday", ["2026-05-25", "2026-02-16", "2026-10-12", "2026-11-11"])
def test_memorial_presidents_columbus_and_veterans_day_are_no_holidays_of_arxiv(holiday):
    assert is_announcement_day(date.fromisoformat(holiday) + timedelta(days=1))


def test_weekends_have_no_announcement():
    assert [day.day for day in announcement_days(date(2025, 4, 3), date(2025, 4, 8))] == [4, 7, 8]
    assert list(announcement_days(date(2025, 4, 8), date(2025, 4, 8))) == []


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-04-07 06:30", "2025-04-04"),  # Monday before and after the digest came: Friday's is enough
        ("2025-04-08 12:00", "2025-04-04"),  # Tuesday noon: Monday's has until 13:00
        ("2025-04-08 13:00", "2025-04-07"),
        ("2025-04-05 12:00", "2025-04-03"),  # Saturday noon
        ("2025-04-06 23:00", "2025-04-04"),  # Sunday night
        ("2026-11-30 13:00", "2026-11-26"),  # after Thanksgiving nothing is dated Friday
        ("2026-01-02 08:00", "2025-12-24"),  # the turn of the year
    ],
)
def test_the_latest_day_that_is_due_36_hours_after_its_announcement(now, due):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert latest_due_day(moment, 36) == date.fromisoformat(due)


@pytest.mark.parametrize("hour", range(0, 24 * 9, 5))
def test_what_is_due_is_announced_and_only_ever_grows(hour):
    now = datetime(2025, 4, 1, tzinfo=UTC) + timedelta(hours=hour)
    due = latest_due_day(now, 36)
    assert is_announcement_day(due)
    assert due <= latest_due_day(now + timedelta(hours=5), 36)
    assert due <= latest_due_day(now, 0) <= (now + timedelta(days=1)).date()
