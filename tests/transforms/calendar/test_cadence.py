from datetime import date, timedelta

import pytest

from paperhouse.transforms.calendar.announcement_days import announcement_days
from paperhouse.transforms.calendar.cadence import cadence_of

MONDAY = date(2025, 3, 3)
FRIDAY = date(2025, 4, 4)
WEEKDAYS = [MONDAY, *announcement_days(MONDAY, FRIDAY)]
MONDAYS = [MONDAY + timedelta(weeks=number) for number in range(5)]


def test_a_list_of_every_weekday_misses_the_days_it_left_out_and_no_weekend():
    gone = {date(2025, 3, 12), date(2025, 3, 27)}
    rhythm = cadence_of([day for day in WEEKDAYS if day not in gone], FRIDAY)
    assert (rhythm.newest, rhythm.usual_gap, rhythm.n_days_silent) == (FRIDAY, 1, 0)
    assert set(rhythm.missing) == gone
    assert not rhythm.overdue
    assert not rhythm.is_quiet


def test_a_list_of_mondays_misses_mondays_only():
    rhythm = cadence_of([day for day in MONDAYS if day != date(2025, 3, 17)], date(2025, 4, 4))
    assert rhythm.missing == (date(2025, 3, 17),)
    assert rhythm.overdue == ()
    assert cadence_of(MONDAYS, date(2025, 4, 8)).overdue == (date(2025, 4, 7),)


def test_a_list_is_quiet_after_more_than_three_of_its_usual_gaps():
    assert [cadence_of(WEEKDAYS, FRIDAY + timedelta(days=number)).is_quiet for number in (5, 6)] == [
        False,
        True,
    ]
    assert not cadence_of(MONDAYS, date(2025, 4, 21)).is_quiet
    assert cadence_of(MONDAYS, date(2025, 4, 22)).is_quiet


def test_a_list_that_also_comes_on_weekends_is_not_asked_for_them():
    daily = [MONDAY + timedelta(days=number) for number in range(30)]
    rhythm = cadence_of(daily, date(2025, 4, 4))
    assert rhythm.usual_gap == 1
    assert rhythm.overdue == (date(2025, 4, 2), date(2025, 4, 3), date(2025, 4, 4))


def test_after_christmas_nothing_is_missing():
    before = [date(2025, 12, day) for day in (15, 16, 17, 18, 19, 22, 23, 24)]
    rhythm = cadence_of(before, date(2026, 1, 2))
    assert (rhythm.n_days_silent, rhythm.overdue) == (0, ())


def test_one_digest_makes_no_habit_so_every_announcement_day_counts():
    rhythm = cadence_of([MONDAY], date(2025, 3, 5))
    assert rhythm.overdue == (date(2025, 3, 4), date(2025, 3, 5))
    assert (rhythm.usual_gap, rhythm.is_quiet, rhythm.missing) == (None, False, ())


def test_weekdays_that_have_not_come_up_yet_count_as_habitual():
    rhythm = cadence_of([MONDAY, MONDAY + timedelta(days=1)], date(2025, 3, 6))
    assert [day.day for day in rhythm.overdue] == [5, 6]


def test_a_habit_is_what_was_done_lately():
    long_ago = [MONDAY - timedelta(weeks=number) for number in range(20, 60)]
    assert cadence_of([*long_ago, *WEEKDAYS], FRIDAY).missing == ()


@pytest.mark.parametrize("order", [1, -1])
def test_order_and_repetition_do_not_matter(order):
    assert cadence_of([*WEEKDAYS, *MONDAYS][::order], FRIDAY) == cadence_of(WEEKDAYS, FRIDAY)
