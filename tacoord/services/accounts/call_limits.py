"""How many calls a minute one token, and one place, may make: counted in the database, so over all processes and hosts.

Writing down each call would cost more than most calls do. So a process counts by itself and adds what it has counted
now and then; between that, each process may let a few calls more through than are meant.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final

from sqlalchemy import Executable, case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tacoord.models import CallCount
from tacoord.services.accounts.sign_in_limits import hashed, network_of

PLACES_MAY: Final = 5
"""How many times as many calls may come from one place as with one token: an office has more than one program."""

STEPS: Final = 30
"""Into so many parts of the limit what a process counts is added to the count of all."""

MOST_KEPT: Final = 10_000
_MINUTE: Final = 60

Add = Callable[[str, int, int], int | None]
"""Adds calls to a key in a minute; gives how many all processes have counted, None where that is not known now."""


@dataclass(slots=True)
class _Count:
    """own: counted here and not added yet; known: what all had counted when this process last asked."""

    minute: int
    own: int = 0
    known: int = 0


class Calls:
    """What one process has counted. most: calls a minute with one token; 0 lets every call through."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: dict[str, _Count] = {}
        self._lock = Lock()

    def of_place(self, address: str, *, now: datetime, add: Add) -> int | None:
        """Count a call from an address: None where it may go on, else how many seconds to wait."""
        key = hashed("calls from", network_of(address))
        return self._count(key, self._most * PLACES_MAY, now, add)

    def of_token(self, public_id: str, *, now: datetime, add: Add) -> int | None:
        """Count a call with a token: None where it may go on, else how many seconds to wait."""
        return self._count(hashed("calls with", public_id), self._most, now, add)

    def _count(self, key: str, most: int, now: datetime, add: Add) -> int | None:
        if not most:
            return None
        minute, second = divmod(int(now.timestamp()), _MINUTE)
        with self._lock:
            count = self._counted(key, minute)
            count.own += 1
            if count.known + count.own > most:
                return _MINUTE - second
            due = count.own if count.own >= max(1, most // STEPS) else 0
            count.own -= due
            count.known += due
        if due:
            known = add(key, minute, due)
            with self._lock:
                if known is None:
                    count.own, count.known = count.own + due, count.known - due
                else:
                    count.known = max(known, count.known)
        return None

    def _counted(self, key: str, minute: int) -> _Count:
        count = self._counts.get(key)
        if count is None or count.minute != minute:
            if len(self._counts) >= MOST_KEPT:
                self._counts.clear()
            count = self._counts[key] = _Count(minute)
        return count


def adding(session: Session, key: str, minute: int, calls: int) -> Executable:
    """The statement that adds calls to a key, and gives how many all have counted; a new minute begins anew."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = sqlite.insert if on_sqlite else postgresql.insert
    added = insert(CallCount).values(key=key, minute=minute, calls=calls)
    before = case((CallCount.minute == minute, CallCount.calls), else_=0)
    changed = {"minute": minute, "calls": before + calls}
    return added.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=[CallCount.key], set_=changed
    ).returning(CallCount.calls)


def drop_old_counts(session: Session, *, now: datetime) -> int:
    """Delete the counts of minutes that are over; gives their number."""
    over = delete(CallCount).where(CallCount.minute < int(now.timestamp()) // _MINUTE - 1)
    return len(session.scalars(over.returning(CallCount.key)).all())
