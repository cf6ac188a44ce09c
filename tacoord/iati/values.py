"""Dates, moments, amounts and percentages as publishers write them, read with care."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:$|[T Z+-])")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_LARGEST = Decimal(10) ** 15
_SMALLEST = Decimal("0.0001")


def read_day(raw: str) -> date | None:
    """The day in `YYYY-MM-DD`, with or without a time or zone after it; None if there is none.

    Years before 1900 and after 2199 are slips of the pen or of a program, not dates of projects.
    """
    match = _DAY.match(raw.strip())
    if match is None or not 1900 <= int(match[1]) < 2200:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def read_moment(raw: str | None) -> datetime | None:
    """The moment in an xsd:dateTime or xsd:date, in UTC; without a zone it is taken as UTC."""
    try:
        moment = datetime.fromisoformat((raw or "").strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_number(raw: str) -> Decimal | None:
    """The number in `raw` (`1,234.50` and `1.5E6` too), None where there is none or it is absurd.

    Fractions below 0.0001 are rounded away.
    """
    text = raw.strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    if abs(number) >= _LARGEST:
        return None
    return plain(number)


def read_percentage(raw: str) -> Decimal | None:
    """The percentage in `raw`, from 0 to 100, with or without the sign; None for all else."""
    number = read_number(raw.strip().removesuffix("%"))
    return number if number is not None and 0 <= number <= 100 else None


def plain(number: Decimal) -> Decimal:
    """`number` without exponent and needless zeros, so that equal numbers look equal."""
    rounded = number.quantize(_SMALLEST).normalize() + Decimal(0)
    return rounded if rounded.as_tuple().exponent <= 0 else rounded.quantize(Decimal(1))  # type: ignore[operator]


def read_flag(raw: str | None) -> bool | None:
    """An xsd:boolean; None for all else."""
    return {"1": True, "true": True, "0": False, "false": False}.get((raw or "").strip().lower())
