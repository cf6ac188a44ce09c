"""One value of a project's JSON shape: what it says, however a real register writes it.

A reader gives None for a value that says nothing, and raises Unreadable or another ValueError for one that cannot be
read.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

from tacoord.matching.facts import Day, Money, Participant, Party, Precision
from tacoord.matching.places import is_country

_MISSING_TEXTS = frozenset({"", "-", "n/a", "na", "<na>", "nan", "none", "null", "..."})
_STATUSES = frozenset("123456")
_VISIBILITIES = frozenset({"public", "registered", "group", "organisation"})
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*|Z|[+-]\d\d:\d\d)?")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_YEAR = re.compile(r"(\d{4})(?:\.0)?")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_LONGEST_MISSING = max(map(len, _MISSING_TEXTS))
_MAX_TEXT = 20_000


class Unreadable(ValueError):
    """A value that is there and cannot be read."""


def is_missing(value: Any) -> bool:
    """Whether nothing is said: an empty value counts as none."""
    # Asked of every value: most are there, and to ask what kind of thing a value is takes longest.
    return value is None or (not value and isinstance(value, str | Mapping | list))


def cleaned(text: str) -> str:
    """The text without lone surrogates, which no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def read_text(value: Any) -> str | None:
    """A text without the blanks around it; words such as "n/a" say nothing."""
    if not isinstance(value, str):
        raise Unreadable
    text = cleaned(value).strip()
    if len(text) <= _LONGEST_MISSING and text.lower() in _MISSING_TEXTS:
        return None
    return text[:_MAX_TEXT]


def read_code(value: Any) -> str | None:
    """A code, given as a text, a number or an object with `code`."""
    if isinstance(value, str):
        return read_text(value) if value else None
    if isinstance(value, Mapping):
        value = value.get("code")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return None if is_missing(value) else read_text(value)


def read_coded(value: Any) -> tuple[str, str] | None:
    """Vocabulary ("1" where it is not told) and code."""
    code = read_code(value)
    vocabulary = value.get("vocabulary") if isinstance(value, Mapping) else None
    return None if code is None else (read_code(vocabulary) or "1", code)


def read_country(value: Any) -> str | None:
    """The ISO 3166 code of a country in capital letters."""
    code = read_code(value)
    if code is None:
        return None
    if not is_country(code.upper()):
        raise Unreadable
    return code.upper()


def read_identifier(value: Any) -> str | None:
    """An identifier, given as a text or an object with `value`."""
    return read_text(value.get("value") or "") if isinstance(value, Mapping) else read_text(value)


def read_party(value: Any) -> Party | None:
    """An organisation, given as a name or an object with `ref` and `name`."""
    if isinstance(value, str):
        return Party(name=read_text(value))
    if not isinstance(value, Mapping):
        raise Unreadable
    ref, name = read_code(value.get("ref")), _optional_text(value.get("name"))
    return Party(ref, name) if ref or name else None


def _optional_text(value: Any) -> str | None:
    return None if is_missing(value) else read_text(value)


def read_participant(value: Any) -> Participant | None:
    """An organisation and its part."""
    party = read_party(value)
    if party is None:
        return None
    told = value if isinstance(value, Mapping) else {}
    return Participant(party, read_code(told.get("role")), _optional_text(told.get("activity_id")))


def read_status(value: Any) -> str | None:
    """The IATI code of an activity's status."""
    code = read_code(value)
    if code is not None and code not in _STATUSES:
        raise Unreadable
    return code


def read_visibility(value: Any) -> str | None:
    """Who may see a record. A word that is not known may mean "hidden": taking it for public would show too much."""
    text = read_text(value)
    return text if text is None or text in _VISIBILITIES else "organisation"


def read_money(value: Any) -> Money | None:
    """An amount of more than nothing."""
    if not isinstance(value, Mapping):
        raise Unreadable
    amount, currency = value.get("amount"), value.get("currency")
    if is_missing(amount):
        return None
    if isinstance(amount, str):
        amount = float(amount)
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise Unreadable
    amount = float(amount)
    if not math.isfinite(amount) or amount < 0:
        raise Unreadable
    if amount == 0:
        return None
    if not is_missing(currency) and not (
        isinstance(currency, str) and _CURRENCY.fullmatch(currency)
    ):
        raise Unreadable
    on = value.get("value_date")
    day = None if is_missing(on) else read_day(on)
    return Money(amount, currency.upper() if currency else None, day.value if day else None)


def read_day(value: Any) -> Day | None:
    """A day out of 2019-10-11, 2019-10, 2019 or 31/12/2019; of 3/4/2019 only the year is sure."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = read_text(value)
    if text is None:
        return None
    if found := _DAY.fullmatch(text):
        return Day(date(*map(int, found.groups())))
    if found := _MONTH.fullmatch(text):
        return Day(date(int(found[1]), int(found[2]), 1), Precision.MONTH)
    if found := _YEAR.fullmatch(text):
        return Day(date(int(found[1]), 1, 1), Precision.YEAR)
    if found := _SLASHED.fullmatch(text):
        return _slashed(*map(int, found.groups()))
    raise Unreadable


def _slashed(first: int, second: int, year: int) -> Day:
    """Day and month stand in either order; where both orders are days, only the year is sure."""
    if first == second:
        return Day(date(year, first, second))
    possible = {
        date(year, month, day)
        for month, day in ((first, second), (second, first))
        if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
    }
    if not possible:
        raise Unreadable
    return Day(possible.pop()) if len(possible) == 1 else Day(date(year, 1, 1), Precision.YEAR)
