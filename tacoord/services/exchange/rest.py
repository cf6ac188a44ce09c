"""What of an IATI activity has no field of its own: kept as plain values, with notes on what was left out."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tacoord.iati.faults import Fault
from tacoord.services.exchange.import_report import reason


class Rest:
    """What of an activity has no field: the record it becomes, and notes on what was left out."""

    def __init__(self) -> None:
        self.record: dict[str, Any] = {}
        self.notes: list[Fault] = []

    def keep(self, name: str, value: Any) -> None:
        """Put a value into the record, unless there is nothing in it."""
        plain = plainly(value)
        if plain not in (None, {}, []):
            self.record[name] = plain

    def note(self, code: str, field: str, **values: int) -> None:
        """Note what was left out; each code once for a field."""
        found = reason(code, field, line=None, **values)
        if found not in self.notes:
            self.notes.append(found)


def plainly(value: Any) -> Any:
    """A value as JSON has it; parts that say nothing are left out."""
    if is_dataclass(value):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        plain = {str(name): plainly(each) for name, each in value.items()}
        return {name: each for name, each in plain.items() if each not in (None, "", {}, [], 0)}
    if isinstance(value, tuple | list):
        return [plainly(each) for each in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
