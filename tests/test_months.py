"""Months are those of the calendar."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacoord.months import months_after, months_between

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@given(days, days)
def test_months_are_whole_and_never_negative(first, last):
    months = months_between(first, last)
    assert months >= 0
    if last > first:
        assert months_after(first, months) <= last < months_after(first, months + 1)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 11, 22), date(2027, 12, 31), 13),
        (date(2026, 11, 22), date(2027, 12, 21), 12),
        (date(2025, 11, 30), date(2026, 2, 28), 3),
        (date(2026, 2, 28), date(2026, 3, 28), 1),
        (date(2026, 3, 1), date(2026, 2, 1), 0),
    ],
)
def test_the_months_between_two_days(first, last, months):
    assert months_between(first, last) == months


@pytest.mark.parametrize(
    ("day", "end"),
    [(date(2025, 11, 30), date(2026, 2, 28)), (date(2026, 12, 1), date(2027, 3, 1))],
)
def test_three_months_end_on_a_day_that_exists(day, end):
    assert months_after(day, 3) == end
