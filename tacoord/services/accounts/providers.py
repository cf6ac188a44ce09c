"""Providers of organisations, and whose account somebody is who comes from one.

A provider speaks for the people of its own organisation with an address of its own domain, and for nobody else; it
makes no accounts, and what somebody may do stands here alone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tacoord.errors import N_, Conflict, Invalid, NotFound, Problem
from tacoord.models import Organisation, Provider, ProviderIdentity, User
from tacoord.policy import Actor
from tacoord.services import trail
from tacoord.services.accounts.accounts import find_user, one_line
from tacoord.services.accounts.openid import is_safe
from tacoord.services.accounts.sealing import seal, unseal
from tacoord.services.history import note_change

_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_LONGEST_SUBJECT: Final = 255


_NEEDED: Final = Problem("client_id", N_("The client's id and secret are needed."))


def check_provider(session: Session, *, issuer: str, client_id: str, domain: str) -> None:
    """Raise Invalid or Conflict where a provider could not be added, whatever its secret is."""
    problems = []
    if not is_safe(issuer.strip()):
        problems.append(Problem("issuer", N_("The issuer must be an https:// address.")))
    if not _DOMAIN.fullmatch(domain.strip().lower()):
        problems.append(Problem("domain", N_("The domain must be like example.org.")))
    if not client_id.strip():
        problems.append(_NEEDED)
    if problems:
        raise Invalid(problems)
    if session.scalar(select(Provider.id).where(Provider.issuer == issuer.strip())):
        raise Conflict(f"{issuer.strip()} is a provider already")


def add_provider(
    session: Session,
    organisation: Organisation,
    *,
    issuer: str,
    client_id: str,
    client_secret: str,
    domain: str,
    key: str,
    by: Actor,
) -> Provider:
    """Let people of `organisation` sign in at `issuer`. Raises Invalid, and Conflict where the issuer is known."""
    domain, issuer = domain.strip().lower(), issuer.strip()
    check_provider(session, issuer=issuer, client_id=client_id, domain=domain)
    if not client_secret.strip():
        raise Invalid([_NEEDED])
    made = Provider(
        organisation=organisation,
        name=one_line(organisation.name)[:200],
        issuer=issuer,
        client_id=client_id.strip(),
        client_secret=seal(client_secret.strip(), key=key),
        domain=domain,
    )
    session.add(made)
    session.flush()
    said = {"organisation": organisation.code, "domain": domain}
    trail.append(
        session, "provider.added", by=by, subject="provider", subject_id=made.id, details=said
    )
    return made


def remove_provider(session: Session, issuer: str, *, by: Actor) -> None:
    """Nobody signs in there any more; accounts stay. Raises NotFound."""
    known = session.scalar(select(Provider).where(Provider.issuer == issuer))
    if known is None:
        issuers = session.scalars(select(Provider.issuer).order_by(Provider.issuer)).all()
        there = f"there are: {', '.join(issuers)}" if issuers else "there is none yet"
        raise NotFound(f"no provider has the address {issuer}; {there}")
    gone = delete(ProviderIdentity).where(ProviderIdentity.provider_id == known.id)
    session.execute(gone)
    session.delete(known)
    trail.append(session, "provider.removed", by=by, subject="provider", subject_id=known.id)


def list_providers(session: Session) -> Sequence[Provider]:
    """All of them, by name."""
    return session.scalars(select(Provider).order_by(func.lower(Provider.name), Provider.id)).all()


def get_provider(session: Session, public_id: str) -> Provider:
    """One of them. Raises NotFound."""
    found = session.scalar(select(Provider).where(Provider.public_id == public_id))
    if found is None:
        raise NotFound("provider")
    return found


def secret_of(provider: Provider, *, key: str) -> str:
    """What tacoord shows the provider. Raises Conflict where it was sealed with another key."""
    secret = unseal(provider.client_secret, key=key)
    if secret is None:
        raise Conflict("the provider's secret was sealed with another key")
    return secret


def user_of(session: Session, provider: Provider, claims: Mapping[str, Any]) -> User | None:
    """Whose account the claims are of; None where there is none, or the provider does not speak for it.

    The first time by the address, which the provider must have verified; from then on by the provider's own name.
    """
    subject = str(claims["sub"])
    if not 0 < len(subject) <= _LONGEST_SUBJECT:
        return None
    wanted = (ProviderIdentity.provider_id == provider.id, ProviderIdentity.subject == subject)
    known = session.scalar(select(ProviderIdentity).where(*wanted))
    if known is not None:
        user = session.get(User, known.user_id)
        return user if user and _speaks_for(provider, user) else None
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    user = find_user(session, email)
    if user is None or not _speaks_for(provider, user):
        return None
    session.add(ProviderIdentity(provider_id=provider.id, user_id=user.id, subject=subject))
    note_change(session, "user.linked", user, by=user, details={"domain": provider.domain})
    return user


def _speaks_for(provider: Provider, user: User) -> bool:
    return (
        user.active
        and user.organisation_id == provider.organisation_id
        and user.email.rpartition("@")[2] == provider.domain
    )
