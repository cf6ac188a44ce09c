"""Calendar months between days: how many have passed, and which day ends them. Counted so everywhere."""

from calendar import monthrange
from datetime import date


def months_between(first: date, last: date) -> int:
    """Whole months from `first` to `last`; 0 where `last` is not after `first`."""
    if last <= first:
        return 0
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (months_after(first, months) > last)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
