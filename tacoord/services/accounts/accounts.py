"""Accounts: sign in, add people and their roles, make and check tokens."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, Conflict, Forbidden, Invalid, NotFound, Problem
from tacoord.models import (
    ApiToken,
    CoordinationGroup,
    Organisation,
    Role,
    RoleGrant,
    TokenScope,
    User,
    utcnow,
)
from tacoord.policy import Actor
from tacoord.services.accounts.passwords import bring_up_to_date, is_right, set_password
from tacoord.services.history import note_change

LONGEST_ADDRESS = 320
LONGEST_NAME = 200
LONGEST_TOKEN_NAME = 200
_TOKEN_PREFIX = "tac_"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def check_password(session: Session, email: str, password: str) -> User | None:
    """The active user with this address and password, or None: the same answer, in the same time, for all reasons.

    Only reads, because checking takes long and nobody else shall wait for it.
    """
    user = find_user(session, email)
    return user if is_right(user, password) else None


def still_right(session: Session, user: User, password: str, proof: str | None) -> bool:
    """Whether the account is as it was when its password was found right; locks it until the transaction ends.

    proof: the hash that was checked. Brings the way the password is kept up to date.
    """
    session.refresh(user, with_for_update=True)
    if not user.active or user.password_hash != proof:
        return False
    bring_up_to_date(user, password)
    return True


def find_user(session: Session, email: str) -> User | None:
    """The user with this address, whatever its case."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def one_line(text: str) -> str:
    """A name as it is kept: on one line, without signs that cannot be seen."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(seen.split())


def is_address(text: str) -> bool:
    """Whether `text` could be an e-mail address that others can write to: its host has a point, as `host.tld`."""
    return (
        len(text) <= LONGEST_ADDRESS and text.isprintable() and _ADDRESS.fullmatch(text) is not None
    )


def change_settings(
    session: Session, user: User, *, name: str, locale: str, time_zone: str
) -> None:
    """How `user` is called and spoken to. Raises Invalid where the name is empty or too long."""
    name = one_line(name)
    if not 0 < len(name) <= LONGEST_NAME:
        problem = N_("Use 1 to %(most)d characters.")
        raise Invalid([Problem("name", problem, {"most": LONGEST_NAME})])
    before = {"name": user.name, "locale": user.locale, "time_zone": user.time_zone}
    user.name, user.locale, user.time_zone = name, locale, time_zone
    changed = [field for field, value in before.items() if getattr(user, field) != value]
    if changed:
        note_change(session, "user.changed", user, by=user, details={"fields": changed})


def change_password(
    session: Session, user: User, *, old: str, new: str, breached: Path | None
) -> None:
    """Give `user` a new password where the old one is right, and end all sessions.

    breached: the file of stolen passwords, where there is one.
    Raises Invalid where the old one is wrong or the new one is not taken.
    """
    if not is_right(user, old):
        raise Invalid([Problem("old", N_("This is not your password."))])
    set_password(user, new, breached=breached)
    note_change(session, "user.password_changed", user, by=user)


def add_user(
    session: Session,
    email: str,
    *,
    name: str,
    organisation: Organisation,
    role: Role,
    by: Actor,
    group: CoordinationGroup | None = None,
    password: str | None = None,
    breached: Path | None = None,
) -> User:
    """Add a person, or give somebody known a further role.

    breached: the file of stolen passwords, where there is one.
    Raises Forbidden, Invalid for a wrong address or password, and Conflict where the person has this role already.
    """
    policy.require(by, "user.add", organisation)
    if role not in policy.roles_to_give(by, organisation.id):
        raise Forbidden("user.add")
    known = find_user(session, email)
    if known is not None and known.id == by.id:
        raise Forbidden("user.add")  # nobody raises themselves
    if known is not None and not _is_known_to(by, known):
        message = N_(
            "This person belongs to another organisation. Ask the administrators to add them."
        )
        raise Invalid([Problem("email", message)])
    if known is not None and password is not None:
        require_managing(by, known)
    user = known or _new_user(session, email, name, organisation)
    if any(_same_grant(grant, organisation, role, group) for grant in user.grants):
        raise Conflict(f"{user.email} is {role} of {organisation.code} already")
    user.grants.append(
        RoleGrant(role=role, organisation_id=organisation.id, group_id=group.id if group else None)
    )
    if password is not None:
        set_password(user, password, breached=breached)
    session.flush()
    action = "user.role_given" if known else "user.added"
    note_change(
        session, action, user, by=by, details={"role": role, "organisation": organisation.code}
    )
    return user


def _is_known_to(by: Actor, user: User) -> bool:
    """Whether `by` looks after people of an organisation of `user`.

    Were anybody's address enough, one could read what somebody does elsewhere, and make a reviewer a party to a pair.
    """
    organisations = {user.organisation_id, *(grant.organisation_id for grant in user.grants)}
    return any(policy.roles_to_give(by, each) for each in organisations)


def may_manage(by: Actor, user: User) -> bool:
    """Whether `by` may close the account or make a link to its password: all its roles must be theirs to give."""
    return policy.has_role(by, Role.ADMIN) or (
        Role.VIEWER in policy.roles_to_give(by, user.organisation_id)
        and all(
            grant.role in policy.roles_to_give(by, grant.organisation_id) for grant in user.grants
        )
    )


def require_managing(by: Actor, user: User) -> None:
    """Go on where `by` may manage the account, else raise Forbidden."""
    if not may_manage(by, user):
        raise Forbidden("user.add")


def _same_grant(
    grant: RoleGrant, organisation: Organisation, role: Role, group: CoordinationGroup | None
) -> bool:
    return (grant.role, grant.organisation_id, grant.group_id) == (
        role,
        organisation.id,
        group.id if group else None,
    )


def _new_user(session: Session, email: str, name: str, organisation: Organisation) -> User:
    address = email.strip().lower()
    if not is_address(address):
        raise Invalid([Problem("email", N_("This is not an e-mail address."))])
    user = User(
        email=address,
        name=one_line(name)[:LONGEST_NAME] or address.partition("@")[0],
        organisation=organisation,
    )
    session.add(user)
    session.flush()
    return user


def make_token(
    session: Session,
    user: User,
    *,
    name: str,
    scopes: Iterable[TokenScope],
    by: Actor,
    days: int | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for `user`: the row, and the secret, which is shown this once and kept nowhere.

    scopes: what it may do besides reading, where its user may; `TokenScope` itself gives all.
    Raises Forbidden, and Invalid for a name that is empty or too long.
    """
    policy.require(by, "token.make")
    name = one_line(name)
    if not 0 < len(name) <= LONGEST_TOKEN_NAME:
        problem = N_("Say in at most %(most)d characters what it is for.")
        raise Invalid([Problem("name", problem, {"most": LONGEST_TOKEN_NAME})])
    wanted = frozenset(scopes)
    secret = _TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user=user,
        name=name,
        secret_hash=_hash_of(secret),
        scopes=[each.value for each in TokenScope if each in wanted],
        expires_at=utcnow() + timedelta(days=days) if days else None,
    )
    session.add(token)
    session.flush()
    details = {"name": token.name, "scopes": token.scopes}
    note_change(session, "user.token_made", user, by=by, details=details)
    return token, secret


def find_token(session: Session, secret: str) -> ApiToken | None:
    """The living token with this secret, of an account that may be used; else None."""
    token = session.scalar(select(ApiToken).where(ApiToken.secret_hash == _hash_of(secret)))
    if token is None or token.revoked_at or (token.expires_at and token.expires_at <= utcnow()):
        return None
    return token if token.user.active else None


def token_use_to_be_noted(token: ApiToken) -> Update | None:
    """The statement that notes the use of a token, None where that was done within a minute."""
    now = utcnow()
    if token.used_at is not None and token.used_at > now - timedelta(minutes=1):
        return None
    return update(ApiToken).where(ApiToken.id == token.id).values(used_at=now)


def revoke_token(session: Session, public_id: str, *, by: User) -> ApiToken:
    """End a token of one's own. Raises NotFound."""
    token = session.scalar(
        select(ApiToken).where(ApiToken.public_id == public_id, ApiToken.user_id == by.id)
    )
    if token is None:
        raise NotFound("token")
    if token.revoked_at is None:
        token.revoked_at = utcnow()
        note_change(session, "user.token_revoked", by, by=by, details={"name": token.name})
    return token


def list_tokens(session: Session, user: User) -> list[ApiToken]:
    """The tokens of `user` that are not revoked, newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    return list(session.scalars(query.order_by(ApiToken.id.desc())))


def _hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
