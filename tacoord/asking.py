"""What an address asks for: each value read by its rule, and what could not be understood kept, to be told."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar

from tacoord.errors import N_, Invalid, Problem

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_PLACE: Final = re.compile(r"[a-z2-7]{16}")
_YES: Final = frozenset({"", "1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Misread:
    """A value that was not understood, and why; value: None where the name itself is not known."""

    name: str
    value: str | None
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Question:
    """The values of an address by name. Each is read by one of the methods, which passes over what it does not know.

    What was passed over stands in `misread()`: a page tells of it beside what it shows, the API refuses the call. So
    no list answers a question that nobody asked without saying so. A value of "" asks nothing.
    """

    def __init__(self, given: Mapping[str, Sequence[str]]) -> None:
        self._given = given
        self._read: dict[str, None] = {}
        self._misread: dict[tuple[str, str], Misread] = {}

    def text(self, name: str) -> str:
        """Words as they were typed, without space around them."""
        return (self._one(name) or "").strip()

    def code(self, name: str, known: Collection[str]) -> str | None:
        """One of the `known` codes; small letters are as good as capitals."""
        value = self._one(name)
        return None if value is None else self._known(name, value, known)

    def codes(self, name: str, known: Collection[str]) -> list[str]:
        """Any number of the `known` codes, each once."""
        found = (self._known(name, value, known) for value in self._values(name))
        return list(dict.fromkeys(code for code in found if code is not None))

    def choice(self, name: str, kind: type[E]) -> E | None:
        """A member of `kind`."""
        chosen = self.choices(name, kind)
        self._only_first(name)
        return chosen[0] if chosen else None

    def choices(self, name: str, kind: type[E]) -> list[E]:
        """Any number of members of `kind`."""
        words = [member.value for member in kind]
        return [
            kind(word) for value in self._values(name) if (word := self._word(name, value, words))
        ]

    def word(self, name: str, words: Sequence[str]) -> str | None:
        """One of a few `words`."""
        value = self._one(name)
        return None if value is None else self._word(name, value, words)

    def flag(self, name: str) -> bool:
        """Whether it is asked for: by its name alone or by `1`; `0` is as good as nothing."""
        self._read[name] = None
        values = self._given.get(name, ())
        for value in values:
            if value.lower() not in _YES | _NO:
                self._pass_over(name, value, N_("Give 1 for yes or 0 for no, or leave it out."))
        return any(value.lower() in _YES for value in values)

    def number(self, name: str, least: float, most: float) -> float | None:
        """A number from `least` to `most`."""
        value = self._one(name)
        if value is None:
            return None
        try:
            found = float(value)
        except ValueError:
            found = math.nan
        if least <= found <= most:  # never true of what is no number
            return found
        limits = {"least": least, "most": most}
        self._pass_over(name, value, N_("Give a number from %(least)g to %(most)g."), limits)
        return None

    def whole(self, name: str, least: int, most: int) -> int | None:
        """A whole number from `least` to `most`."""
        value = self._one(name)
        if value is None:
            return None
        if _WHOLE.fullmatch(value) and least <= int(value) <= most:
            return int(value)
        message = N_("Give a whole number from %(least)d to %(most)d.")
        self._pass_over(name, value, message, {"least": least, "most": most})
        return None

    def day(self, name: str) -> date | None:
        """A day, written as `2026-11-21`."""
        value = self._one(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self._pass_over(
                name, value, N_("This is not a day. Enter year, month and day, like 2026-11-21.")
            )
            return None

    def record(self, name: str, find: Callable[[str], T | None]) -> T | None:
        """What `find` finds by the value: None where there is nothing that the reader may know of."""
        value = self._one(name)
        if value is None:
            return None
        found = find(value)
        if found is None:
            self._pass_over(name, value, N_("There is none, or it is not open to you."))
        return found

    def place(self, name: str) -> str | None:
        """Where in a list to go on: a public id. What it names may have gone meanwhile; that is no mistake."""
        value = self._one(name)
        if value is None or _PLACE.fullmatch(value):
            return value
        self._pass_over(
            name, value, N_("This is no place in a list. Give what `next` of the page before says.")
        )
        return None

    def misread(self) -> list[Misread]:
        """What was not understood: values in the order in which they were read, then names that nobody asked for."""
        unknown = [name for name in self._given if self._read and name not in self._read]
        values = {"names": ", ".join(self._read)}
        return [
            *self._misread.values(),
            *(Misread(name, None, N_("There are: %(names)s."), values) for name in unknown),
        ]

    def require_understood(self) -> None:
        """Raise Invalid where anything was not understood, with all of it."""
        found = [Problem(each.name, each.message, each.values) for each in self.misread()]
        if found:
            raise Invalid(found)

    def _values(self, name: str) -> list[str]:
        self._read[name] = None
        return [value for value in self._given.get(name, ()) if value]

    def _one(self, name: str) -> str | None:
        values = self._values(name)
        self._only_first(name)
        return values[0] if values else None

    def _only_first(self, name: str) -> None:
        first, *rest = self._values(name) or [""]
        for value in rest:
            if value != first:
                self._pass_over(name, value, N_("Give one value alone; the first is taken."))

    def _known(self, name: str, value: str, known: Collection[str]) -> str | None:
        for code in (value, value.strip().upper()):
            if code in known:
                return code
        self._pass_over(name, value, N_("There is no such code."))
        return None

    def _word(self, name: str, value: str, words: Iterable[str]) -> str | None:
        words = list(words)
        if value in words:
            return value
        self._pass_over(name, value, N_("Give one of: %(words)s."), {"words": ", ".join(words)})
        return None

    def _pass_over(
        self, name: str, value: str, message: str, values: Mapping[str, Any] | None = None
    ) -> None:
        self._misread.setdefault((name, value), Misread(name, value, message, values or {}))
