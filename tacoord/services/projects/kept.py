"""A draft as plain values of JSON that lose nothing, to keep what a record said before it was changed."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tacoord.models import Visibility
from tacoord.services.projects.content import plain_values
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
    read = {name: _READERS.get(name, _as_it_is)(value) for name, value in kept.items()}
    return ProjectDraft(**read)


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
}
