"""Reading Facts out of the JSON shape of a project, tolerant of what real registers hold."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar, cast

from tacoord.matching.facts import Day, Facts, Money, Participant, Party, Precision
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

T = TypeVar("T")


class Unreadable(ValueError):
    """A value that is there and cannot be read; its text names the field."""


def read_facts(record: Mapping[str, Any]) -> tuple[Facts, list[str]]:
    """Read one project in the JSON shape of `tacoord match`.

    Returns the facts and the names of the fields that held a value which cannot be read (one entry
    for each such value); those values count as missing. Raises ValueError where `id` is missing.
    """
    key = record_id(record)
    problems: list[str] = []
    reader = _Reader(record, problems)
    return (
        Facts(
            id=key,
            iati_identifier=reader.one("iati_identifier", _text),
            other_identifiers=reader.many("other_identifiers", _identifier),
            reporter=reader.one("reporting_org", _party),
            titles=reader.texts("title"),
            descriptions=reader.texts("description"),
            countries=reader.many("countries", _country),
            regions=reader.many("regions", _coded),
            sectors=reader.many("sectors", _coded),
            pillars=reader.many("pillars", _code),
            measures=reader.many("measures", _code),
            mandates=reader.many("mandates", _code),
            participants=reader.many("participating_orgs", _participant),
            start=reader.one("start", _day),
            end=reader.one("end", _day),
            status=reader.one("status", _status),
            budgets=reader.many("budget", _money),
            visibility=reader.one("visibility", _visibility) or "public",
        ),
        problems,
    )


def record_id(record: Mapping[str, Any]) -> str:
    """The record's id as a text; raises ValueError where it has none."""
    value = record.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("id")
    return _clean(str(value))


class _Reader:
    """Reads field by field and notes what cannot be read."""

    def __init__(self, record: Mapping[str, Any], problems: list[str]) -> None:
        self.record, self.problems = record, problems

    def one(self, name: str, read: Callable[[Any], T | None]) -> T | None:
        return self._try(name, read, self.record.get(name))

    def many(self, name: str, read: Callable[[Any], T | None]) -> tuple[T, ...]:
        values = self.record.get(name)
        if _missing(values):
            return ()
        if not isinstance(values, list):
            if not isinstance(values, str | Mapping):
                self.problems.append(name)
                return ()
            values = [values]
        found = dict.fromkeys([self._try(name, read, value) for value in values])
        found.pop(None, None)
        return cast(tuple[T, ...], tuple(found))

    def texts(self, name: str) -> dict[str, str]:
        values = self.record.get(name)
        if _missing(values):
            return {}
        if isinstance(values, str):
            values = {"": values}
        if not isinstance(values, dict | Mapping):
            self.problems.append(name)
            return {}
        read = {
            str(language).lower(): self._try(name, _text, text) for language, text in values.items()
        }
        return {language: text for language, text in read.items() if text}

    def _try(self, name: str, read: Callable[[Any], T | None], value: Any) -> T | None:
        if _missing(value):
            return None
        try:
            return read(value)
        except (Unreadable, ValueError, TypeError, OverflowError):
            self.problems.append(name)
            return None


def _missing(value: Any) -> bool:
    # Asked of every value: most are there, and to ask what kind of thing a value is takes longest.
    return value is None or (not value and isinstance(value, str | Mapping | list))


def _clean(text: str) -> str:
    """The text without lone surrogates, which no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise Unreadable
    text = _clean(value).strip()
    if len(text) <= _LONGEST_MISSING and text.lower() in _MISSING_TEXTS:
        return None
    return text[:_MAX_TEXT]


def _code(value: Any) -> str | None:
    if isinstance(value, str):
        return _text(value) if value else None
    if isinstance(value, Mapping):
        value = value.get("code")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return None if _missing(value) else _text(value)


def _coded(value: Any) -> tuple[str, str] | None:
    code = _code(value)
    vocabulary = value.get("vocabulary") if isinstance(value, Mapping) else None
    return None if code is None else (_code(vocabulary) or "1", code)


def _country(value: Any) -> str | None:
    code = _code(value)
    if code is None:
        return None
    if not is_country(code.upper()):
        raise Unreadable
    return code.upper()


def _identifier(value: Any) -> str | None:
    return _text(value.get("value") or "") if isinstance(value, Mapping) else _text(value)


def _party(value: Any) -> Party | None:
    if isinstance(value, str):
        return Party(name=_text(value))
    if not isinstance(value, Mapping):
        raise Unreadable
    ref, name = _code(value.get("ref")), _optional_text(value.get("name"))
    return Party(ref, name) if ref or name else None


def _optional_text(value: Any) -> str | None:
    return None if _missing(value) else _text(value)


def _participant(value: Any) -> Participant | None:
    party = _party(value)
    if party is None:
        return None
    told = value if isinstance(value, Mapping) else {}
    return Participant(party, _code(told.get("role")), _optional_text(told.get("activity_id")))


def _status(value: Any) -> str | None:
    code = _code(value)
    if code is not None and code not in _STATUSES:
        raise Unreadable
    return code


def _visibility(value: Any) -> str | None:
    text = _text(value)
    # A word that is not known may mean "hidden": taking it for public would show too much.
    return text if text is None or text in _VISIBILITIES else "organisation"


def _money(value: Any) -> Money | None:
    if not isinstance(value, Mapping):
        raise Unreadable
    amount, currency = value.get("amount"), value.get("currency")
    if _missing(amount):
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
    if not _missing(currency) and not (isinstance(currency, str) and _CURRENCY.fullmatch(currency)):
        raise Unreadable
    on = value.get("value_date")
    day = None if _missing(on) else _day(on)
    return Money(amount, currency.upper() if currency else None, day.value if day else None)


def _day(value: Any) -> Day | None:
    """A day out of 2019-10-11, 2019-10, 2019 or 31/12/2019; of 3/4/2019 only the year is sure."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = _text(value)
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
