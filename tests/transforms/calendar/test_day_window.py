"""The window of a drawing follows the habit of what is drawn."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.calendar.day_window import LEAST_DAYS, MOST_DAYS, DayWindow, day_window

APRIL = date(2025, 4, 30)


def every(n_days: int, count: int, last: date = APRIL) -> list[date]:
    return [last - timedelta(days=n_days * number) for number in range(count)]


def length_of(window: DayWindow) -> int:
    return (window.last - window.first).days + 1


def test_no_day_has_no_window():
    assert day_window([]) is None


def test_one_day_is_shown_with_the_month_before_it():
    assert day_window([APRIL]) == DayWindow(date(2025, 4, 1), APRIL)


def test_a_daily_source_is_shown_for_thirty_days():
    assert day_window(every(1, 200)) == DayWindow(date(2025, 4, 1), APRIL)


@pytest.mark.parametrize(("gap", "length"), [(7, 140), (2, 40), (30, MOST_DAYS)])
def test_a_slower_source_is_shown_for_longer(gap, length):
    assert length_of(day_window(every(gap, 60))) == length


@pytest.mark.parametrize("count", [20, 100, 1000])
@pytest.mark.parametrize("distance", [31, 400, 9000])
def test_a_newer_stray_day_does_not_move_the_window_and_is_named(count, distance):
    stray = APRIL + timedelta(days=distance)
    assert day_window([*every(1, count), stray]) == DayWindow(date(2025, 4, 1), APRIL, (stray,))


def test_two_strays_stand_apart_too():
    strays = (date(2031, 1, 1), date(2032, 1, 1))
    assert day_window([*every(1, 100), *strays]) == DayWindow(date(2025, 4, 1), APRIL, strays)


def test_a_source_that_began_again_moves_the_window_after_some_days():
    again = [date(2026, 1, 1) + timedelta(days=number) for number in range(10)]
    assert day_window([*every(1, 200), *again]).last == date(2026, 1, 10)


def test_every_window_of_a_source_that_begins_ends_with_its_newest_day():
    for count in range(1, 60):
        assert day_window(every(1, count)).last == APRIL
        assert day_window(every(7, count)).last == APRIL


@given(st.lists(st.dates(date(2000, 1, 1), date(2040, 1, 1)), min_size=1, max_size=60), st.randoms())
def test_any_days_in_any_order_have_a_window_of_bounded_length_with_a_day_at_its_end(days, chance):
    window = day_window(days)
    assert LEAST_DAYS <= length_of(window) <= MOST_DAYS
    assert window.last in days
    assert set(window.beyond) == {day for day in days if day > window.last}
    shuffled = list(days)
    chance.shuffle(shuffled)
    assert day_window(shuffled * 2) == window
