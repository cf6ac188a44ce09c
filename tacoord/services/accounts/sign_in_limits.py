"""How often somebody may try to sign in: tries are counted in the database, so over all processes and hosts.

A try is counted before the password is looked at, so that many at once are no way around. Tries are counted for an
account from one place, and for a place whatever the account: so nobody can lock others out of their accounts. A browser
that has signed in to the account before is a place of its own, whoever else uses its network.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tacoord.models import SignInAttempt

FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(minutes=15)
KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """free: failures without any wait; after each further one the wait doubles. drains: one failure is forgotten."""

    free: int
    drains: timedelta


PAIR: Final = Limit(free=5, drains=timedelta(minutes=15))
PLACE: Final = Limit(free=50, drains=timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Try:
    """One try to sign in: to which account (as typed), from which network address ("": counted for the account alone).

    browser: what a known browser of that account is recognised by, or None. step: "password", or a later step, which is
    counted by itself; only who has the password comes to those.
    """

    account: str
    address: str
    browser: str | None = None
    step: str = "password"

    @property
    def limits(self) -> dict[str, Limit]:
        """What is counted, by key, in the order in which rows are locked."""
        account = self.account.strip().lower()
        if self.step != "password":
            account = f"{self.step}\n{account}"
        if self.browser:
            return {hashed("browser", account, self.browser): PAIR}
        if not self.address:
            return {hashed("account", account): PAIR}
        place = network_of(self.address)
        both = {hashed("pair", account, place): PAIR, hashed("place", place): PLACE}
        return dict(sorted(both.items()))


def count_try(session: Session, tried: Try, *, now: datetime) -> timedelta | None:
    """Count a try: None where it may go on, else how long to wait, and then nothing was counted.

    The caller commits before it looks at the password.
    """
    rows = [(_row(session, key, now), limit) for key, limit in tried.limits.items()]
    waits = [row.waits_until - now for row, _ in rows if row.waits_until and row.waits_until > now]
    if waits:
        return max(waits)
    for row, limit in rows:
        row.failures = _level(row, limit, now) + 1
        row.last_at = max(now, row.last_at)
        row.waits_until = _end_of_wait(row, limit, now)
    return None


def forgive(session: Session, tried: Try, *, now: datetime) -> None:
    """The password was right: the account starts anew from there, and the place has one failure less."""
    for key, limit in tried.limits.items():
        row = _row(session, key, now)
        row.failures = max(0, row.failures - 1) if limit is PLACE else 0
        row.waits_until = _end_of_wait(row, limit, now)


def use_once(session: Session, secret: bytes, *, now: datetime) -> bool:
    """Whether `secret`, a challenge good for minutes, is used for the first time. It is remembered for a day."""
    row = _row(session, hashed("challenge", secret.hex()), now)
    row.failures += 1
    return row.failures == 1


def drop_old_tries(session: Session, *, now: datetime) -> int:
    """Delete the counts that nobody needs any more; gives their number."""
    old = delete(SignInAttempt).where(SignInAttempt.last_at < now - KEPT)
    return len(session.scalars(old.returning(SignInAttempt.key)).all())


def _end_of_wait(row: SignInAttempt, limit: Limit, now: datetime) -> datetime | None:
    """Until when one must wait after so many failures; None within the free ones.

    Never `now` itself: of tries at one moment, some have an earlier now than others.
    """
    beyond = row.failures - limit.free
    if beyond < 0:
        return None
    return now + min(FIRST_WAIT * (1 << min(beyond, 20)), LONGEST_WAIT)


def _level(row: SignInAttempt, limit: Limit, now: datetime) -> int:
    """The failures that are not forgotten yet."""
    passed = max(now - row.last_at, timedelta(0))
    return max(0, row.failures - passed // limit.drains)


def _row(session: Session, key: str, now: datetime) -> SignInAttempt:
    """The row of a key, locked; two who make it at once share one."""
    row = session.get(SignInAttempt, key, with_for_update=True, populate_existing=True)
    if row is not None:
        return row
    try:
        with session.begin_nested():
            row = SignInAttempt(key=key, failures=0, last_at=now)
            session.add(row)
    except IntegrityError:
        return session.get_one(SignInAttempt, key, with_for_update=True, populate_existing=True)
    return row


def network_of(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 one: whoever has one of those has all of its addresses."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(known if known.version == 4 else ip_network((known, 64), strict=False))


def hashed(*parts: str) -> str:
    """What is counted, as the key of its row: neither accounts nor addresses are kept."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
