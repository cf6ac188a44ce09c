"""Work that waits in a table and is taken by one sender at a time, for a while."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from tacoord.models import DigestDelivery, PasswordAsk

LEASE: Final = timedelta(minutes=10)
"""How long a sender has for one row before others take it for dead: far longer than a mail server is waited for."""


def lease_next(
    session: Session,
    table: type[DigestDelivery | PasswordAsk],
    *conditions: ColumnElement[bool],
    now: datetime,
) -> int | None:
    """Take the row that has waited longest, for LEASE and for us alone; the try is counted.

    conditions: what else must hold for a row to be waiting. Gives its key; None where none is to be done now.
    """
    free = (
        *conditions,
        table.next_try_at <= now,
        or_(table.leased_until.is_(None), table.leased_until < now),
    )
    first = select(table.id).where(*free).order_by(table.next_try_at, table.id).limit(1)
    while (found := session.scalar(first)) is not None:
        # Where another sender took it between the two statements, the condition no longer holds.
        taken = session.execute(
            update(table)
            .where(table.id == found, *free)
            .values(leased_until=now + LEASE, attempts=table.attempts + 1)
            .returning(table.id)
        )
        if taken.first() is not None:
            return found
    return None
