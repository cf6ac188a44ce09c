"""A draft as plain values of JSON that lose nothing, to keep what a record said before it was changed."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tacoord.models import Mask, Visibility
from tacoord.services.projects.drafts import (
    CODE_FIELDS,
    SHARE_FIELDS,
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
    Share,
)

_DATES: Final = ("planned_start", "actual_start", "planned_end", "actual_end")
_BUDGET_DATES: Final = ("starts", "ends", "value_date")


def as_kept(draft: ProjectDraft) -> dict[str, Any]:
    """Everything that the draft says, by field."""
    return {each.name: plain_values(getattr(draft, each.name)) for each in fields(draft)}


def from_kept(kept: Mapping[str, Any]) -> ProjectDraft:
    """The draft that `as_kept` wrote."""
    return ProjectDraft(**{name: field_from_kept(name, value) for name, value in kept.items()})


def field_from_kept(name: str, value: Any) -> Any:
    """What one field of a draft said that was kept by `plain_values`."""
    return _READERS.get(name, _as_it_is)(value)


def plain_values(value: Any) -> Any:
    """A value of a draft as JSON can hold it, with all that it says; sets in the order of their codes."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [plain_values(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): plain_values(each) for key, each in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: plain_values(getattr(value, each.name)) for each in fields(value)}
    return value


def _as_it_is(value: Any) -> Any:
    return value


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _share(row: Mapping[str, Any]) -> dict[str, Any]:
    said = row["percentage"]
    return {**row, "percentage": None if said is None else Decimal(said)}


def _budget(rows: Any) -> tuple[BudgetAmount, ...]:
    return tuple(
        BudgetAmount(**{**row, **{name: _day(row[name]) for name in _BUDGET_DATES}}) for row in rows
    )


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **{name: lambda rows: tuple(Share(**_share(row)) for row in rows) for name in SHARE_FIELDS},
    **dict.fromkeys((*CODE_FIELDS, "groups"), frozenset),
    **dict.fromkeys(_DATES, _day),
    "sectors": lambda rows: tuple(Sector(**_share(row)) for row in rows),
    "participants": lambda rows: tuple(Participant(**row) for row in rows),
    "other_identifiers": lambda rows: tuple(OtherIdentifier(**row) for row in rows),
    "budget": _budget,
    "visibility": Visibility,
    "masks": lambda words: frozenset(map(Mask, words)),
}
