"""Whether the dates of a table have the day first or the month: told by their column or the others, never guessed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final

from tacoord.iati.faults import UnreadableFile
from tacoord.services.exchange.table_cells import (
    DAY_FIRST_MARK,
    YEAR_LAST,
    AmbiguousDay,
    Cell,
    day_in,
    text_of,
)

DATES: Final = ("planned_start", "actual_start", "planned_end", "actual_end")
"""The columns that hold days. Whoever fills in one of them writes the others in the same way."""

_MONTHS: Final = 12


class DayOrder(StrEnum):
    """What stands first in the dates of a column. MIXED: now the one, now the other; UNKNOWN: nothing tells it."""

    DAY = "day"
    MONTH = "month"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class DayOrders:
    """The order of the dates in each of DATES; the whole table is looked through once, and only if asked."""

    def __init__(self, rows: Callable[[], Iterable[Mapping[str, Cell]]]) -> None:
        self._rows = rows

    def of(self, column: str) -> DayOrder:
        """What stands first in the dates of `column`: as they tell themselves, else as the other columns do.

        UNKNOWN where those contradict each other.
        """
        own = self._orders.get(column)
        others = set(self._orders.values())
        return own or (others.pop() if len(others) == 1 else DayOrder.UNKNOWN)

    def day_in(self, column: str, cell: Cell) -> date | None:
        """A whole date; one that could be two is the one that the other dates tell. Raises Unreadable."""
        try:
            return day_in(cell)
        except AmbiguousDay as two:
            order = self.of(column)
            if order is DayOrder.DAY:
                return two.day_first
            if order is DayOrder.MONTH:
                return two.month_first
            raise

    @cached_property
    def _orders(self) -> dict[str, DayOrder]:
        orders: dict[str, DayOrder] = {}
        try:
            for row in self._rows():
                for column in DATES:
                    cell = row.get(column)
                    told = _told_by(cell) if isinstance(cell, str) else None
                    if told:
                        known = orders.setdefault(column, told)
                        orders[column] = told if told is known else DayOrder.MIXED
        except UnreadableFile:
            pass  # who reads the rows themselves says so; what stands before that place still tells the order
        return orders


def _told_by(cell: str) -> DayOrder | None:
    """What a cell alone proves, because no month has a number above 12."""
    found = YEAR_LAST.fullmatch(text_of(cell))
    if found is None:
        return None
    first, second = int(found[1]), int(found[3])
    if first > _MONTHS >= second:
        return DayOrder.DAY
    return DayOrder.MONTH if second > _MONTHS >= first and found[2] != DAY_FIRST_MARK else None
