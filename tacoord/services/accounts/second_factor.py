"""The second step of signing in: codes of an authenticator app (RFC 6238), and recovery codes."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from tacoord.errors import N_, Conflict, Invalid, Problem
from tacoord.models import Authenticator, Passkey, RecoveryCode, User, utcnow
from tacoord.policy import Actor
from tacoord.services.accounts.sealing import seal, unseal
from tacoord.services.history import note_change

ISSUER: Final = "tacoord"
STEP_SECONDS: Final = 30
"""How long a code is good: as long as the app shows it, and no longer."""

RECOVERY_CODES: Final = 10


@dataclass(frozen=True, slots=True)
class Factors:
    """What somebody has. codes: recovery codes not used yet."""

    authenticator: bool
    passkeys: int
    codes: int

    @property
    def any(self) -> bool:
        """Whether signing in takes a second step."""
        return self.authenticator or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class NewAuthenticator:
    """What an app must be told: `address` is what the QR code says, `secret` is for typing."""

    secret: str
    address: str


def factors_of(session: Session, user: User) -> Factors:
    """What `user` has besides the password."""
    keys = select(func.count()).where(Passkey.user_id == user.id)
    codes = select(func.count()).where(RecoveryCode.user_id == user.id)
    app = exists().where(Authenticator.user_id == user.id, Authenticator.confirmed_at.is_not(None))
    row = session.execute(
        select(select(app).scalar_subquery(), keys.scalar_subquery(), codes.scalar_subquery())
    ).one()
    return Factors(bool(row[0]), row[1], row[2])


def begin_authenticator(session: Session, user: User, *, key: str) -> NewAuthenticator:
    """A new secret for an app; it counts once `confirm_authenticator` has seen a code of it.

    Raises Conflict where an app is set up already.
    """
    known = session.get(Authenticator, user.id)
    if known is not None and known.confirmed_at:
        raise Conflict("an authenticator app is set up already")
    secret = pyotp.random_base32()
    if known is None:
        known = Authenticator(user_id=user.id)
        session.add(known)
    known.secret, known.created_at = seal(secret, key=key), utcnow()
    session.flush()
    return _told(secret, user)


def begun_authenticator(session: Session, user: User, *, key: str) -> NewAuthenticator | None:
    """The secret that waits for its first code, None where there is none."""
    known = session.get(Authenticator, user.id)
    secret = unseal(known.secret, key=key) if known and not known.confirmed_at else None
    return _told(secret, user) if secret else None


def confirm_authenticator(
    session: Session, user: User, code: str, *, key: str, now: datetime
) -> list[str]:
    """Let the app count from now on; gives new recovery codes, shown this once.

    Raises Invalid for a wrong code, Conflict where none waits.
    """
    known = session.get(Authenticator, user.id, with_for_update=True, populate_existing=True)
    if known is None or known.confirmed_at:
        raise Conflict("no authenticator app waits to be set up")
    if not _take(known, code, key=key, now=now):
        raise Invalid(
            [
                Problem(
                    "code",
                    N_(
                        "This is not the code of this moment. Enter the next one. "
                        "If that is not taken either, let your device set its clock by itself."
                    ),
                )
            ]
        )
    known.confirmed_at = now
    note_change(session, "user.authenticator_added", user, by=user)
    return new_recovery_codes(session, user)


def remove_authenticator(session: Session, user: User, *, by: Actor) -> None:
    """The app counts no more; without a passkey the recovery codes go too."""
    session.execute(delete(Authenticator).where(Authenticator.user_id == user.id))
    drop_codes_without_factor(session, user)
    note_change(session, "user.authenticator_removed", user, by=by)


def remove_all(session: Session, user: User, *, by: Actor) -> None:
    """Take every second factor away, for somebody who has lost them all."""
    for table in (Authenticator, Passkey, RecoveryCode):
        session.execute(delete(table).where(table.user_id == user.id))
    note_change(session, "user.factors_removed", user, by=by)


def new_recovery_codes(session: Session, user: User) -> list[str]:
    """Ten new codes, shown this once; those made before end."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=_hash_of(code)) for code in codes)
    note_change(session, "user.codes_made", user, by=user)
    return codes


def drop_codes_without_factor(session: Session, user: User) -> None:
    """Recovery codes stand in for another factor: where there is none, they go."""
    if not factors_of(session, user).any:
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def check_code(session: Session, user: User, code: str, *, key: str, now: datetime) -> str | None:
    """What `code` is: "code" of the app, "recovery" code, or None where it is neither. It is used up with that."""
    plain = "".join(code.split()).upper()
    if plain.isdigit():
        known = session.get(Authenticator, user.id, with_for_update=True, populate_existing=True)
        good = known is not None and known.confirmed_at and _take(known, plain, key=key, now=now)
        return "code" if good else None
    used = delete(RecoveryCode).where(
        RecoveryCode.user_id == user.id, RecoveryCode.code_hash == _hash_of(plain)
    )
    if not session.scalars(used.returning(RecoveryCode.id)).all():
        return None
    note_change(session, "user.code_used", user, by=user)
    return "recovery"


def _take(known: Authenticator, code: str, *, key: str, now: datetime) -> bool:
    """Whether `code` is of this moment and was not taken before; taken, no code up to it is taken again."""
    secret = unseal(known.secret, key=key)
    plain = "".join(code.split())
    if secret is None or not plain.isascii():
        return False
    step = int(now.timestamp()) // STEP_SECONDS
    code = pyotp.TOTP(secret, interval=STEP_SECONDS).at(step * STEP_SECONDS)
    fits = step > known.last_step and secrets.compare_digest(code, plain)
    if fits:
        known.last_step = step
    return fits


def _told(secret: str, user: User) -> NewAuthenticator:
    address = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return NewAuthenticator(" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)), address)


def _new_code() -> str:
    """136 random bits in four groups: long enough that a plain hash hides it."""
    text = base64.b32encode(secrets.token_bytes(17)).decode()
    return "-".join(text[i : i + 7] for i in range(0, 28, 7))


def _hash_of(code: str) -> str:
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
