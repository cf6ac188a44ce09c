"""Note what changed, and list it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tacoord.models import (
    AssistanceRequest,
    Base,
    Change,
    CoordinationGroup,
    DigestDefinition,
    GapState,
    ImportJob,
    MatchingModel,
    Offer,
    Organisation,
    Overlap,
    Project,
    User,
)
from tacoord.policy import Actor
from tacoord.services import trail

SUBJECTS: Final[dict[str, type[Base]]] = {
    "project": Project,
    "overlap": Overlap,
    "request": AssistanceRequest,
    "offer": Offer,
    "organisation": Organisation,
    "group": CoordinationGroup,
    "user": User,
    "digest": DigestDefinition,
    "gap": GapState,
    "model": MatchingModel,
    "import": ImportJob,
}
"""What the sequence tells of, and the table of each; terms of vocabularies stand in it by their codes alone."""

_AUDITED = frozenset(
    {
        "organisation.merged",
        "overlap.decided",
        "overlap.reopened",
        "project.widened",
        "model.used",
        "offer.accepted",
        "offer.declined",
        "request.accepted",
        "organisation.told-apart",
        "organisation.may-be-one",
    }
)
"""What goes into the audit trail too, with everything that happens to accounts and their rights."""
_PERSONAL = frozenset({"name", "email"})
_WORDS = {table: word for word, table in SUBJECTS.items()}


def note_change(
    session: Session,
    action: str,
    thing: Base,
    *,
    by: Actor | None,
    details: Mapping[str, Any] | None = None,
) -> Change:
    """Write down that `by` (None: a job) did `action` to `thing`, in the same transaction.

    thing: a row that has its id already (flush first). details: plain values; dates and enums become text.
    """
    change = Change(
        action=action,
        subject=subject_of(type(thing)),
        subject_id=thing.id,  # type: ignore[attr-defined]
        by_id=by.id if by else None,
        details={key: _plain(value) for key, value in (details or {}).items()},
    )
    session.add(change)
    if action in _AUDITED or change.subject == "user":
        said = {key: value for key, value in change.details.items() if key not in _PERSONAL}
        trail.append(
            session,
            action,
            by=by,
            subject=change.subject,
            subject_id=change.subject_id,
            details=said,
        )
    return change


def subject_of(table: type[Base]) -> str:
    """The word for rows of `table` in the sequence of changes."""
    return _WORDS[table]


def list_changes(session: Session, thing: Base, *, limit: int = 50) -> Sequence[Change]:
    """What happened to `thing`, newest first. The caller has made sure that the reader may see `thing`."""
    return session.scalars(
        select(Change)
        .where(
            Change.subject == subject_of(type(thing)),
            Change.subject_id == thing.id,  # type: ignore[attr-defined]
        )
        .options(joinedload(Change.by))
        .order_by(Change.id.desc())
        .limit(limit)
    ).all()


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
