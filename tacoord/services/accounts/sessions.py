"""Sessions: begun at each sign-in, listed and ended by their owner, over when unused or old; kept in the database.

The browser holds a secret, the database only its hash. A session is a row: where the row is gone, nobody is signed in.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, delete, or_, select, update
from sqlalchemy.orm import Session

from tacoord.errors import NotFound
from tacoord.models import SignIn, User, utcnow
from tacoord.services import trail

IDLE: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=12)
NOTED_EVERY: Final = timedelta(minutes=5)
CONFIRMED: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of who calls. browser, system: a word each; network: where from, no finer than a network."""

    browser: str = ""
    system: str = ""
    network: str = ""


def begin(session: Session, user: User, *, client: Client, method: str = "password") -> str:
    """A new session for `user`; gives its secret, which is kept nowhere else. method: how they showed who they are."""
    secret = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            user_id=user.id,
            secret_hash=_hash_of(secret),
            browser=client.browser[:40],
            system=client.system[:40],
            method=method,
        )
    )
    user.previous_sign_in_at, user.signed_in_at = user.signed_in_at, utcnow()
    said = {"method": method, "browser": client.browser, "system": client.system}
    _note(session, "user.signed_in", user, **said, network=client.network)
    return secret


def note_refused(
    session: Session, user: User | None, *, client: Client, method: str = "password"
) -> None:
    """Write down that somebody was not let in: to whose account, or to none that there is, and from where."""
    said = {"method": method, "browser": client.browser, "system": client.system}
    trail.append(
        session,
        "user.refused",
        by=None,
        subject="user",
        subject_id=user.id if user else None,
        details={key: value for key, value in {**said, "network": client.network}.items() if value},
    )


def find(session: Session, secret: str) -> SignIn | None:
    """The living session with this secret, of an account that may be used; else None."""
    query = select(SignIn).where(SignIn.secret_hash == _hash_of(secret), _living(utcnow()))
    found = session.scalar(query)
    return found if found is not None and found.user.active else None


def to_be_noted(own: SignIn) -> Update | None:
    """The statement that notes the use of a session, None where that was done within some minutes."""
    now = utcnow()
    if own.seen_at > now - NOTED_EVERY:
        return None
    return update(SignIn).where(SignIn.id == own.id).values(seen_at=now)


def list_sessions(session: Session, user: User) -> Sequence[SignIn]:
    """The living sessions of `user`, the last used first."""
    query = select(SignIn).where(SignIn.user_id == user.id, _living(utcnow()))
    return session.scalars(query.order_by(SignIn.seen_at.desc(), SignIn.id.desc())).all()


def end(session: Session, public_id: str, *, by: User) -> None:
    """End a session of one's own. Raises NotFound."""
    query = select(SignIn).where(SignIn.public_id == public_id, SignIn.user_id == by.id)
    found = session.scalar(query)
    if found is None:
        raise NotFound("session")
    session.delete(found)
    _note(session, "user.session_ended", by)


def sign_out(session: Session, own: SignIn) -> None:
    """End the session that is in use."""
    session.delete(own)
    _note(session, "user.signed_out", own.user)


def end_others(session: Session, user: User, *, but: SignIn) -> None:
    """End every session of `user` but one."""
    end_all(session, user, but=but)
    _note(session, "user.sessions_ended", user)


def end_all(session: Session, user: User, *, but: SignIn | None = None) -> None:
    """Nobody is signed in as `user` any more, `but` for one session; who can prove it may sign in again."""
    gone = delete(SignIn).where(SignIn.user_id == user.id)
    session.execute(gone.where(SignIn.id != but.id) if but else gone)


def strengthen(own: SignIn, kind: str) -> None:
    """Note that the person has shown a second factor in this session."""
    own.method = f"{own.method}+{kind}"[:32]


def is_strong(own: SignIn) -> bool:
    """Whether the session was begun, or went on, with more than one factor."""
    return own.method == "passkey" or "+" in own.method


def confirm(own: SignIn) -> str:
    """Note that the person has just shown again who they are; gives a new secret, the old one is good no more."""
    secret = secrets.token_urlsafe(32)
    own.secret_hash, own.confirmed_at = _hash_of(secret), utcnow()
    return secret


def is_confirmed(own: SignIn) -> bool:
    """Whether the person showed who they are lately enough for a step that could do harm."""
    return own.confirmed_at > utcnow() - CONFIRMED


def drop_old_sessions(session: Session, *, now: datetime) -> int:
    """Delete the sessions that are over; gives their number."""
    gone = delete(SignIn).where(~_living(now)).returning(SignIn.id)
    return len(session.scalars(gone).all())


def _living(now: datetime) -> ColumnElement[bool]:
    return ~or_(SignIn.seen_at <= now - IDLE, SignIn.created_at <= now - LONGEST)


def _note(session: Session, action: str, user: User, **details: Any) -> None:
    said = {key: value for key, value in details.items() if value}
    trail.append(session, action, by=user, subject="user", subject_id=user.id, details=said)


def _hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
