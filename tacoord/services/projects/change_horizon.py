"""Up to which change everything is known: below it, no transaction can commit a change any more."""

import time
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tacoord.models import Change

PATIENCE_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.02

_LAST_ID: Final = text("SELECT pg_sequence_last_value(pg_get_serial_sequence('changes', 'id'))")
_WRITERS: Final = text(
    "SELECT virtualtransaction FROM pg_locks WHERE relation = 'changes'::regclass "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND mode = 'RowExclusiveLock' AND pid IS DISTINCT FROM pg_backend_pid()"
)


def change_horizon(session: Session, *, patience: float = PATIENCE_SECONDS) -> int | None:
    """The highest id such that every change up to it is committed, or never will be; None where that stays unknown.

    On PostgreSQL ids are given out before the commit, so a lower one may become visible later than a higher one.
    Whoever has been given an id holds a lock on the table until its end; so it is enough to wait, without hindering
    anybody, for those who hold that lock now. None: one of them was still at work after `patience` seconds; try again
    later. Needs the isolation level READ COMMITTED, PostgreSQL's default. On SQLite one transaction writes at a time;
    say that this one will write before it begins.
    """
    if session.get_bind().dialect.name != "postgresql":
        return session.scalar(select(func.coalesce(func.max(Change.id), 0)))
    session.flush()
    last = session.scalar(_LAST_ID) or 0
    waited_for = _writers(session)
    end = time.monotonic() + patience
    while waited_for:
        if time.monotonic() > end:
            return None
        time.sleep(_LOOK_SECONDS)
        waited_for &= _writers(session)
    return int(last)


def last_change(session: Session) -> int:
    """The highest change that can be seen now: good enough for a preview."""
    return session.scalar(select(func.coalesce(func.max(Change.id), 0))) or 0


def _writers(session: Session) -> set[Any]:
    """The transactions, other than ours, that have written changes and are not over."""
    return set(session.scalars(_WRITERS))
