"""Dates of a table that have their year last: read by what their column tells, refused where it tells nothing."""

from datetime import date

import pytest

from tacoord.services.exchange.day_order import DayOrder, DayOrders
from tacoord.services.exchange.table_cells import AmbiguousDay, Cell, Unreadable, day_in


def orders_of(*cells: Cell) -> DayOrders:
    return DayOrders(lambda: [{"planned_start": cell} for cell in cells])


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["03/04/2026", "31/12/2026"], DayOrder.DAY),
        (["03.04.2026", "31-12-2026"], DayOrder.DAY),
        (["12.31.2026"], DayOrder.UNKNOWN),
        (["03/04/2026", "12/31/2026"], DayOrder.MONTH),
        (["12/31/2026", "31/12/2026"], DayOrder.MIXED),
        (["03/04/2026", "2026-12-31", "soon", 5, None], DayOrder.UNKNOWN),
        (["31/31/2026"], DayOrder.UNKNOWN),
    ],
)
def test_a_column_tells_by_its_numbers_above_twelve_what_stands_first(
    cells: list[Cell], order: DayOrder
) -> None:
    assert orders_of(*cells).of("planned_start") is order


def test_a_date_that_could_be_two_is_the_one_that_its_column_tells() -> None:
    day, month = orders_of("31/12/2026"), orders_of("12/31/2026")
    assert day.day_in("planned_start", "03/04/2026") == date(2026, 4, 3)
    assert month.day_in("planned_start", "03/04/2026") == date(2026, 3, 4)


def orders_told(**told: str) -> DayOrders:
    return DayOrders(lambda: [dict(told)])


def test_a_column_that_tells_nothing_follows_the_other_columns_of_days() -> None:
    orders = orders_told(planned_start="01/03/2026", planned_end="31/12/2026")
    assert orders.day_in("planned_start", "01/03/2026") == date(2026, 3, 1)
    months = orders_told(planned_start="01/03/2026", planned_end="12/31/2026")
    assert months.day_in("planned_start", "01/03/2026") == date(2026, 1, 3)


def test_a_column_that_tells_itself_does_not_follow_the_others() -> None:
    orders = orders_told(planned_start="12/31/2026", planned_end="31/12/2026")
    assert orders.day_in("planned_start", "01/03/2026") == date(2026, 1, 3)


def test_where_the_other_columns_contradict_each_other_nothing_is_guessed() -> None:
    orders = orders_told(planned_end="31/12/2026", actual_end="12/31/2026")
    with pytest.raises(AmbiguousDay):
        orders.day_in("planned_start", "01/03/2026")


def test_what_is_no_column_of_days_tells_nothing() -> None:
    with pytest.raises(AmbiguousDay):
        orders_told(title="31/12/2026").day_in("planned_start", "01/03/2026")


@pytest.mark.parametrize(
    ("text", "day"), [("01.03.2026", date(2026, 3, 1)), ("1.4.2026", date(2026, 4, 1))]
)
def test_with_points_the_day_comes_first(text: str, day: date) -> None:
    assert day_in(text) == day
    with pytest.raises(Unreadable):
        day_in("12.31.2026")


@pytest.mark.parametrize("others", [[], ["12/31/2026", "31/12/2026"]])
def test_where_the_column_does_not_tell_the_cell_is_named_with_both_days(others: list[str]) -> None:
    with pytest.raises(Unreadable) as refused:
        orders_of(*others).day_in("planned_start", "03/04/2026")
    assert str(refused.value.problem) == (
        "“03/04/2026” can be 2026-04-03 or 2026-03-04, and the other dates of the file do not tell which. "
        "Write it as YYYY-MM-DD."
    )


@pytest.mark.parametrize("text", ["31/12/2026", "31.12.2026", "31-12-2026", "12/31/2026", 46387.0])
def test_a_date_that_can_be_only_one_needs_no_column(text: Cell) -> None:
    assert day_in(text) == date(2026, 12, 31)


@pytest.mark.parametrize("number", [2026, 12.0, 99_999_999, float("1e300")])
def test_a_number_that_is_no_day_of_these_times_is_no_date(number: Cell) -> None:
    with pytest.raises(Unreadable):
        day_in(number)
