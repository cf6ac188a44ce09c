"""Notes: what is gathered about one activity while its parts are read."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from lxml.etree import _Element

from tacoord.iati import codes
from tacoord.iati.faults import Fault, fault
from tacoord.iati.texts import line_of
from tacoord.iati.values import read_day, read_number, read_percentage

Part = TypeVar("Part")
MOST_REASONS = 20
"""No more reasons than this are given for one refusal: nobody reads on, and files can be hostile."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken from a stranger's file before reading stops or an activity is refused.

    activity_bytes: size of one activity; text: characters of one text; parts: elements of one
    kind in one activity (transactions are only summed up, and are not limited).
    """

    activities: int = 100_000
    activity_bytes: int = 10 << 20
    identifier: int = 255
    text: int = 100_000
    parts: int = 2_000


@dataclass(slots=True)
class Notes:
    """The limits and defaults that hold for one activity, and what was found wrong so far.

    reasons: why the activity is refused; warnings: why a part of it is left out.
    """

    limits: Limits
    known_countries: Collection[str] | None
    language: str = "und"
    currency: str | None = None
    reasons: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def refuse(self, code: str, element: _Element, /, **values: str | int) -> None:
        """Note a reason to refuse the activity; the same reason once."""
        reason = fault(code, str(element.tag), line=line_of(element), **values)
        if len(self.reasons) < MOST_REASONS and not any(
            r.code == reason.code and r.values == reason.values for r in self.reasons
        ):
            self.reasons.append(reason)

    def warn(self, code: str, element: _Element, /, **values: str | int) -> None:
        """Note why a part is left out or looks wrong; each kind of fault of an element once."""
        warning = fault(code, str(element.tag), line=line_of(element), **values)
        if not any((w.code, w.field) == (code, warning.field) for w in self.warnings):
            self.warnings.append(warning)

    def parts(self, activity: _Element, name: str) -> Iterator[_Element]:
        """The children of that name, as many as the limits allow."""
        for count, element in enumerate(activity.iterchildren(name)):
            if count == self.limits.parts:
                self.refuse("too-many-parts", element, limit=self.limits.parts)
                return
            yield element

    def listed(
        self, activity: _Element, name: str, read: Callable[[_Element, "Notes"], Part | None]
    ) -> tuple[Part, ...]:
        """What `read` makes of each child of that name; None is left out."""
        found = (read(element, self) for element in self.parts(activity, name))
        return tuple(part for part in found if part is not None)

    def code(
        self, element: _Element, known: Collection[str], *, attribute: str = "code", kind: str = ""
    ) -> str | None:
        """The 2.03 code in the attribute, or in the text where 1.x had it; None and a warning.

        kind: the list of 1.x words to translate from (see codes.modern).
        """
        raw = (element.get(attribute) or "").strip()
        if not raw and attribute == "code":
            raw = (element.text or "").strip()
        found = codes.modern(kind, raw)
        if found in known:
            return found
        if raw:
            self.warn("unknown-code", element, code=raw)
        return None

    def day(self, element: _Element | None) -> date | None:
        """The day in the iso-date of the element; None, and a warning where it is no date."""
        raw = (element.get("iso-date") or "").strip() if element is not None else ""
        found = read_day(raw)
        if raw and found is None and element is not None:
            self.warn("bad-date", element, value=raw)
        return found

    def percentage(self, element: _Element) -> Decimal | None:
        """The percentage of the element; None and a warning where it cannot be read."""
        raw = (element.get("percentage") or "").strip()
        found = read_percentage(raw) if raw else None
        if raw and found is None:
            self.warn("bad-percentage", element, value=raw)
        return found

    def money(self, value: _Element | None, parent: _Element) -> tuple[Decimal, str] | None:
        """Amount and currency of a value element; None and a warning where either is missing."""
        if value is None:
            self.warn("bad-amount", parent, value="")
            return None
        amount = read_number(value.text or "")
        if amount is None:
            self.warn("bad-amount", parent, value=(value.text or "").strip())
            return None
        currency = (value.get("currency") or self.currency or "").strip().upper()
        if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
            self.warn("no-currency", parent)
            return None
        return amount, currency
