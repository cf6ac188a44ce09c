"""Values out of a JSON object, with every problem noted at its place; `null`, "", {} and [] mean missing."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from math import isfinite
from typing import Any, Final, TypeVar

from tacoord.errors import N_, Invalid, Problem
from tacoord.services.terms.amounts import AMBIGUOUS, AmbiguousAmount
from tacoord.services.terms.written_money import WrittenMoney, read_money, read_share

T = TypeVar("T")

UNDETERMINED: Final = "und"
MOST_ROWS: Final = 2_000
DEEPEST: Final = 50
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)([T ].*)?")
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?")
_SHOWN: Final = 60


class JsonReader:
    """Reads one object; `path` is where it stands, and problems of the objects inside it come together here."""

    def __init__(
        self, value: object, path: str = "", problems: list[Problem] | None = None
    ) -> None:
        self.problems: list[Problem] = [] if problems is None else problems
        self._path = path
        self._read: set[str] = set()
        self._values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self.problems.append(Problem(path.rstrip("."), N_("This must be a JSON object.")))

    def wrong(self, name: str, message: str, /, **values: Any) -> None:
        """Note a problem of the value `name`."""
        self.problems.append(Problem(f"{self._path}{name}", message, values))

    def value(self, name: str) -> Any:
        """The value as it is, None where it is missing."""
        self._read.add(name)
        found = self._values.get(name)
        missing = isinstance(found, str | Mapping | list) and not found
        return None if missing else found

    def text(self, name: str) -> str | None:
        """A text without blanks around it."""
        found = self.value(name)
        if found is None:
            return None
        if not isinstance(found, str):
            self.wrong(name, N_("This must be a text."))
            return None
        return printable(found).strip() or None

    def code(self, name: str) -> str | None:
        """A code: a text, or a whole number that stands for one."""
        found = self.value(name)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        return self.text(name)

    def texts(self, name: str) -> dict[str, str]:
        """A text by language; a plain text is one whose language is not told."""
        found = self.value(name)
        if isinstance(found, str):
            found = {UNDETERMINED: found}
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            self.wrong(name, N_("This must be a text, or an object of texts by language."))
            return {}
        inside = JsonReader(found, f"{self._path}{name}.", self.problems)
        for language in found:
            if not _LANGUAGE.fullmatch(str(language)):
                inside.wrong(
                    _short(language), N_("This is not the code of a language, such as en or fr.")
                )
        read = {str(language): inside.text(language) for language in found}
        return {language: text for language, text in read.items() if text}

    def day(self, name: str) -> date | None:
        """A whole date: 2019-10-11."""
        found = self.text(name)
        if found is None:
            return None
        written = _DAY.fullmatch(found)
        try:
            return date.fromisoformat(written[1] if written else found)
        except ValueError:
            self.wrong(name, N_("Give a whole date, such as 2019-10-11."))
            return None

    def number(self, name: str) -> Decimal | None:
        """A number, exactly as written."""
        found = self.value(name)
        if found is None:
            return None
        written = repr(found) if isinstance(found, float) else str(found).strip()
        known = not isinstance(found, bool) and isinstance(found, int | float | Decimal | str)
        if known and (isinstance(found, float | Decimal) or _NUMBER.fullmatch(written)):
            try:
                number = Decimal(written)
            except InvalidOperation:
                number = Decimal("NaN")
            if number.is_finite() and abs(number) < Decimal(10) ** 20:
                return number
        self.wrong(name, N_("This must be a number."))
        return None

    def share(self, name: str) -> Decimal | None:
        """A share in per cent: a number, or a text such as `60 %` or `30,5`."""
        found = self.value(name)
        if not isinstance(found, str):
            return self.number(name)
        try:
            return read_share(found)
        except ValueError:
            self.wrong(name, N_("This must be a number of per cent, such as 12.5."))
            return None

    def money(self, name: str, currency: str) -> WrittenMoney:
        """An amount: a number, or a text as people write it, with its currency or without.

        currency: the code that stands beside it, "" for none. A text that is a number of JSON is that number.
        """
        found = self.value(name)
        if not isinstance(found, str) or _NUMBER.fullmatch(found.strip()):
            return WrittenMoney(self.number(name))
        try:
            return read_money(found, currency)
        except AmbiguousAmount as two:
            plainly = {"thousands": two.thousands, "fraction": two.fraction}
            self.wrong(name, AMBIGUOUS, text=_short(found), **plainly)
        except ValueError:
            self.wrong(name, N_("This must be a number."))
        return WrittenMoney(None)

    def flag(self, name: str) -> bool:
        """True or false; missing is false."""
        found = self.value(name)
        if found is None or isinstance(found, bool):
            return bool(found)
        self.wrong(name, N_("This must be true or false."))
        return False

    def inside(self, name: str) -> "JsonReader":
        """The object at `name`, an empty one where it is missing."""
        found = self.value(name)
        return JsonReader({} if found is None else found, f"{self._path}{name}.", self.problems)

    def rows(
        self, name: str, read: Callable[["JsonReader"], T | None], *, short: str | None = None
    ) -> list[T]:
        """What `read` makes of each object of a list, without None; one object alone counts as a list.

        short: the value that a row stands for where it is no object but a text.
        """
        found = self.value(name)
        if found is None:
            return []
        values = found if isinstance(found, list) else [found]
        if len(values) > MOST_ROWS:
            self.wrong(name, N_("Give at most %(most)d."), most=MOST_ROWS)
            return []
        rows = []
        for number, value in enumerate(values):
            if short and isinstance(value, str | int):
                value = {short: value}
            row = JsonReader(value, f"{self._path}{name}.{number}.", self.problems)
            rows.append(read(row))
            row.note_unknown()
        return [row for row in rows if row is not None]

    def note_unknown(self, known: Collection[str] = ()) -> None:
        """Note every name that nobody asked for; `known` ones may stand there."""
        for name in self._values:
            if name in self._read or name in known:
                continue
            meant = get_close_matches(str(name), self._read, n=1)
            if meant:
                message = N_("There is no field of this name. Do you mean %(name)s?")
                self.wrong(_short(name), message, name=meant[0])
            else:
                self.wrong(_short(name), N_("There is no field of this name."))

    def finish(self, known: Collection[str] = ()) -> None:
        """Raise Invalid where anything was wrong."""
        self.note_unknown(known)
        if self.problems:
            raise Invalid(self.problems)


def printable(text: str) -> str:
    """The text without lone surrogates and zero characters, which no database holds."""
    plain = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    return plain.replace("\x00", "")


def plain_json(value: Any, depth: int = DEEPEST) -> Any:
    """The value as every database keeps it: texts made printable.

    Raises ValueError where it is nested more than `depth` deep, or holds a number that JSON does not know.
    """
    if depth < 0 or (isinstance(value, float) and not isfinite(value)):
        raise ValueError
    if isinstance(value, Mapping):
        return {printable(str(k)): plain_json(each, depth - 1) for k, each in value.items()}
    if isinstance(value, list):
        return [plain_json(each, depth - 1) for each in value]
    return printable(value) if isinstance(value, str) else value


def number_of(value: Decimal | None) -> int | float | None:
    """A number as JSON has it."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _short(name: object) -> str:
    return printable(str(name))[:_SHOWN]
