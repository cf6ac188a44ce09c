"""Links with which people set their password: for one hour, once, and only a hash of them is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from tacoord.errors import NotFound
from tacoord.models import Invitation, User, utcnow
from tacoord.policy import Actor
from tacoord.services.accounts.accounts import require_managing
from tacoord.services.accounts.passwords import set_password
from tacoord.services.history import note_change

LASTS: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=30)
MOST_ASKED: Final = 3
"""Links for one account that are sent within the hour for which each lasts, however often they are asked for."""


def invite(session: Session, user: User, *, by: Actor) -> str:
    """The secret of a link for `user`, shown this once; links made before end. Raises Forbidden."""
    require_managing(by, user)
    _end(session, user)
    secret = _add(session, user, by=by)
    note_change(session, "user.invited", user, by=by)
    return secret


def make_asked(session: Session, user: User) -> str | None:
    """The secret of a link that somebody asked for themselves; None where there were enough in this hour.

    Links that they asked for before end; one that an administrator made does not, because anybody can ask.
    """
    own = (Invitation.user_id == user.id, Invitation.created_by_id.is_(None))
    lately = select(func.count()).where(*own, Invitation.created_at > utcnow() - LASTS)
    if (session.scalar(lately) or 0) >= MOST_ASKED:
        return None
    _end(session, user, Invitation.created_by_id.is_(None))
    return _add(session, user, by=None)


def find_invited(session: Session, secret: str) -> User:
    """Whose password the link may set. Raises NotFound where it is unknown, used or over, or the account is closed."""
    return _living(session, secret).user


def accept(session: Session, secret: str, password: str, *, breached: Path | None) -> User:
    """Set the password; the link is used up. Raises NotFound, and Invalid for a password that is not taken.

    breached: the file of stolen passwords, where there is one.
    """
    invitation = _living(session, secret, lock=True)
    set_password(invitation.user, password, breached=breached)
    _end(session, invitation.user)
    note_change(session, "user.password_set", invitation.user, by=invitation.user)
    session.flush()
    return invitation.user


def drop_old_invitations(session: Session, *, now: datetime) -> int:
    """Delete the links that ended long ago; gives their number."""
    old = delete(Invitation).where(Invitation.expires_at < now - KEPT)
    return len(session.scalars(old.returning(Invitation.id)).all())


def _add(session: Session, user: User, *, by: Actor | None) -> str:
    secret = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            user=user,
            secret_hash=_hash_of(secret),
            created_by_id=by.id if by else None,
            expires_at=utcnow() + LASTS,
        )
    )
    session.flush()
    return secret


def _end(session: Session, user: User, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(Invitation)
        .where(Invitation.user_id == user.id, Invitation.used_at.is_(None), *which)
        .values(used_at=utcnow())
    )


def _living(session: Session, secret: str, *, lock: bool = False) -> Invitation:
    query = select(Invitation).where(
        Invitation.secret_hash == _hash_of(secret),
        Invitation.used_at.is_(None),
        Invitation.expires_at > utcnow(),
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None or not found.user.active:
        raise NotFound("link")
    return found


def _hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
