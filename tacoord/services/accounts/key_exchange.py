"""Another key for the installation: what was sealed with the old one is sealed with the new one."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tacoord.models import Authenticator, Provider
from tacoord.policy import Actor
from tacoord.services import trail
from tacoord.services.accounts.sealing import seal, unseal


def exchange_key(session: Session, *, old: str, new: str, by: Actor) -> tuple[int, int]:
    """Seal everything anew; how many secrets were exchanged, and how many neither key opens.

    What the new key opens already is left alone, so that it may be done twice.
    """
    exchanged = closed = 0
    for row, column in _sealed(session):
        kept = getattr(row, column.key)
        if unseal(kept, key=new) is not None:
            continue
        secret = unseal(kept, key=old)
        if secret is None:
            closed += 1
            continue
        setattr(row, column.key, seal(secret, key=new))
        exchanged += 1
    session.flush()
    trail.append(session, "key.exchanged", by=by, details={"secrets": exchanged, "closed": closed})
    return exchanged, closed


def _sealed(session: Session) -> Iterator[tuple[Any, InstrumentedAttribute[str]]]:
    """Every row that holds a sealed secret, locked, with the column that does."""
    for table, column in (
        (Authenticator, Authenticator.secret),
        (Provider, Provider.client_secret),
    ):
        for row in session.scalars(select(table).with_for_update()):
            yield row, column
