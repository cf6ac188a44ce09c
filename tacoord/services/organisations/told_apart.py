"""Entries that look alike and are two organisations all the same: somebody says so, and may take it back."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tacoord import policy
from tacoord.errors import Conflict
from tacoord.models import Organisation, ToldApart, User
from tacoord.policy import Actor
from tacoord.services.history import note_change
from tacoord.services.visibility import Viewer, organisation_clause


def tell_apart(session: Session, one: Organisation, other: Organisation, *, by: Actor) -> None:
    """Say that two entries are different organisations; said twice, it stands once.

    Raises Forbidden, and Conflict where both are one entry.
    """
    policy.require(by, "organisation.add")
    if one.id == other.id:
        raise Conflict(f"organisation {one.code} is one entry")
    first, second = sorted((one, other), key=lambda each: each.id)
    if session.get(ToldApart, (first.id, second.id)) is not None:
        return
    by_id = by.id if isinstance(by, User) else None
    session.add(ToldApart(first_id=first.id, second_id=second.id, by_id=by_id))
    session.flush()
    _note(session, "organisation.told-apart", first, second, by)


def take_back(session: Session, one: Organisation, other: Organisation, *, by: Actor) -> None:
    """Two entries may be one organisation after all. Raises Forbidden."""
    policy.require(by, "organisation.add")
    first, second = sorted((one, other), key=lambda each: each.id)
    found = session.get(ToldApart, (first.id, second.id))
    if found is None:
        return
    session.delete(found)
    session.flush()
    _note(session, "organisation.may-be-one", first, second, by)


def list_told_apart(session: Session, viewer: Viewer) -> Sequence[ToldApart]:
    """The pairs that were told apart, the last first; only where the viewer may know of both."""
    known = select(Organisation.id).where(organisation_clause(viewer))
    return session.scalars(
        select(ToldApart)
        .where(ToldApart.first_id.in_(known), ToldApart.second_id.in_(known))
        .order_by(ToldApart.at.desc(), ToldApart.first_id, ToldApart.second_id)
        .options(selectinload(ToldApart.first), selectinload(ToldApart.second))
    ).all()


def _note(
    session: Session, action: str, first: Organisation, second: Organisation, by: Actor
) -> None:
    note_change(session, action, first, by=by, details={"other": second.public_id})
