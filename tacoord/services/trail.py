"""The audit trail: append an entry, verify the chain of hashes, take away what is old enough.

Each entry holds the hash of the one before, so that nothing can be changed, left out or put in between without a break.
Who can write to the database can still write a whole new chain: note the newest hash elsewhere, and verify against it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Result, Row, delete, func, insert, select
from sqlalchemy.orm import Session

from tacoord.models import AuditCut, AuditEntry, utcnow
from tacoord.policy import Actor

BEGINNING: Final = "0" * 64
"""What stands in place of a hash before the first entry."""
ONE_SIGHT: Final = timedelta(hours=1)
"""Whoever looks again within this time has seen a record once."""
_SIGHTS: Final = "sights"
_LOCK: Final = 0x7AC0_0BD1
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class End:
    """The newest entry: its number and hash; 0 and BEGINNING where there is none."""

    n: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """entries: how many were read; end: the newest of them; broken_at: the first that does not fit, None if all do."""

    entries: int
    end: End
    broken_at: int | None = None


def append(
    session: Session,
    action: str,
    *,
    by: Actor | None,
    subject: str = "",
    subject_id: int | None = None,
    details: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> None:
    """Write one entry, in the session's transaction, which keeps others from appending until it ends.

    by: None for a job, or for who is not known. details: plain values of JSON, no words about a person.
    """
    session.flush()
    last = _end(session, lock=True)
    said = {
        "n": last.n + 1,
        "at": now or utcnow(),
        "by_id": by.id if by else None,
        "action": action,
        "subject": subject,
        "subject_id": subject_id,
        "details": dict(details or {}),
        "previous": last.hash,
    }
    session.execute(insert(AuditEntry).values(**said, hash=_hash_of(**said)))


def note_sight(session: Session, subject: str, subject_id: int) -> None:
    """Remember that a restricted record is being read; the door writes it down with `append_sights`.

    A read takes place in a transaction that only reads, so that others may write meanwhile.
    """
    sights: dict[tuple[str, int], None] = session.info.setdefault(_SIGHTS, {})
    sights[subject, subject_id] = None


def taken_sights(session: Session) -> list[tuple[str, int]]:
    """What was remembered, once."""
    return list(session.info.pop(_SIGHTS, ()))


def append_sights(
    session: Session, sights: Iterable[tuple[str, int]], *, by: Actor | None, now: datetime
) -> None:
    """Write down who saw which restricted records: at most once an hour for each."""
    by_id = by.id if by else None
    for subject, subject_id in sights:
        lately = select(AuditEntry.n).where(
            AuditEntry.subject == subject,
            AuditEntry.subject_id == subject_id,
            AuditEntry.by_id == by_id,
            AuditEntry.action == f"{subject}.seen",
            AuditEntry.at > now - ONE_SIGHT,
        )
        if session.scalar(lately.limit(1)) is None:
            append(session, f"{subject}.seen", by=by, subject=subject, subject_id=subject_id)


def verify(session: Session, *, noted: End | None = None) -> Verdict:
    """Read the whole trail and check every hash; `noted`: an end written down earlier, which must be in it still."""
    cut = session.scalar(select(AuditCut).order_by(AuditCut.through.desc()).limit(1))
    end = End(cut.through, cut.hash) if cut else End(0, BEGINNING)
    with closing(_rows(session)) as rows:
        return _walk(rows, end, noted)


def _walk(rows: Iterable[Row[Any]], end: End, noted: End | None) -> Verdict:
    """Whether each entry fits the one before; the first one, `end`."""
    count, seen = 0, noted is None or noted.n <= end.n
    for row in rows:
        said = row._asdict()
        own = said.pop("hash")
        fits = said["n"] == end.n + 1 and said["previous"] == end.hash and _hash_of(**said) == own
        if not fits or (noted is not None and noted.n == said["n"] and noted.hash != own):
            return Verdict(count, end, broken_at=end.n + 1)
        count, end = count + 1, End(said["n"], own)
        seen = seen or end == noted
    return Verdict(count, end, broken_at=None if seen else end.n + 1)


def cut(session: Session, *, before: datetime) -> int:
    """Take away the entries older than `before`, leaving a note of where the rest begins; gives their number.

    The newest entry always stays.
    """
    last = _end(session, lock=True)
    older = select(func.max(AuditEntry.n)).where(AuditEntry.at < before, AuditEntry.n < last.n)
    through = session.scalar(older)
    if through is None:
        return 0
    own = session.scalar(select(AuditEntry.hash).where(AuditEntry.n == through))
    session.execute(insert(AuditCut).values(through=through, hash=own, at=utcnow()))
    gone = delete(AuditEntry).where(AuditEntry.n <= through)
    return len(session.scalars(gone.returning(AuditEntry.n)).all())


def _end(session: Session, *, lock: bool) -> End:
    """The newest entry; with `lock` nobody else appends until the transaction ends (SQLite has one writer anyway)."""
    if lock and session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    newest = select(AuditEntry.n, AuditEntry.hash).order_by(AuditEntry.n.desc()).limit(1)
    row = session.execute(newest).one_or_none()
    return End(row.n, row.hash) if row else End(0, BEGINNING)


def _rows(session: Session) -> Result[Any]:
    """Every column of every entry, in order, a batch at a time."""
    query = select(*AuditEntry.__table__.columns).order_by(AuditEntry.n)
    return session.execute(query.execution_options(yield_per=_BATCH))


def _hash_of(**said: Any) -> str:
    """The hash of an entry: of all that it says, in one fixed form."""
    plain = {**said, "at": said["at"].isoformat(timespec="microseconds")}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
