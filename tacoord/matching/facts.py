"""Facts: what matching may know of a project."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec


class Precision(StrEnum):
    """How exactly a day is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Day(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A first or last day; `value` is the first day of the month or year that is known."""

    value: date
    precision: Precision = Precision.DAY


class Party(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An organisation as a record names it."""

    ref: str | None = None
    name: str | None = None


class Participant(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An organisation and its part: IATI role 1 funding, 2 accountable, 3 extending, 4 implementing.

    activity_id: the identifier under which that organisation reports its side, if told.
    """

    party: Party
    role: str | None = None
    activity_id: str | None = None


class Money(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An amount in major units of `currency` (ISO 4217), valued on `on` if that is told."""

    amount: float
    currency: str | None = None
    on: date | None = None


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A project as matching sees it; an empty field is unknown and speaks neither for nor against.

    titles, descriptions: by language code, "" where the language is not told.
    other_identifiers: further identifiers that the record gives for itself.
    countries: ISO 3166 alpha-2. regions, sectors: (vocabulary, code).
    budgets: parts of one total. visibility: who may see the record; only public ones compete.
    """

    id: str
    iati_identifier: str | None = None
    other_identifiers: tuple[str, ...] = ()
    reporter: Party | None = None
    titles: Mapping[str, str] = msgspec.field(default_factory=dict)
    descriptions: Mapping[str, str] = msgspec.field(default_factory=dict)
    countries: tuple[str, ...] = ()
    regions: tuple[tuple[str, str], ...] = ()
    sectors: tuple[tuple[str, str], ...] = ()
    pillars: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    mandates: tuple[str, ...] = ()
    participants: tuple[Participant, ...] = ()
    start: Day | None = None
    end: Day | None = None
    status: str | None = None
    budgets: tuple[Money, ...] = ()
    visibility: str = "public"

    @property
    def public(self) -> bool:
        """Whether everybody may see the record."""
        return self.visibility == "public"
