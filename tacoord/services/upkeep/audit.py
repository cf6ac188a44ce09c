"""Who did what, when: the changes and the audit trail, as far as the reader may know of what was touched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from tacoord.models import (
    AssistanceRequest,
    AuditEntry,
    Base,
    Change,
    ImportJob,
    Offer,
    Organisation,
    Overlap,
    Project,
    User,
)
from tacoord.services.history import SUBJECTS
from tacoord.services.visibility import (
    Viewer,
    import_clause,
    offer_clause,
    organisation_clause,
    overlap_clause,
    project_clause,
    request_clause,
)

TERM: Final = "term"
EXPORT: Final = "export"
PROVIDER: Final = "provider"

Line = Change | AuditEntry


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """subject: one of SUBJECTS or TERM; by: part of a name or address; since, until: days (UTC), both included."""

    subject: str | None = None
    by: str = ""
    since: date | None = None
    until: date | None = None
    page: int = 1
    size: int = 50


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Changes or entries, newest first, each with the record that it is about; None where there is none."""

    rows: Sequence[tuple[Line, Base | None]]
    more: bool


def list_audit(
    session: Session, viewer: Viewer, query: AuditQuery, table: type[Line] = Change
) -> AuditPage:
    """One page of changes, or of the audit trail; what is about a record that `viewer` may not know of is left out."""
    order = AuditEntry.n if issubclass(table, AuditEntry) else Change.id
    asked = (
        select(table)
        .where(_visible(viewer, table), *_filters(query, table))
        .options(joinedload(table.by))
        .order_by(order.desc())
        .limit(query.size + 1)
        .offset((query.page - 1) * query.size)
    )
    found = cast(Sequence[Line], session.scalars(asked).all())
    shown = found[: query.size]
    records = _records(session, shown)
    return AuditPage(
        [(change, records.get((change.subject, change.subject_id))) for change in shown],
        len(found) > query.size,
    )


def _visible(viewer: Viewer, table: type[Line]) -> ColumnElement[bool]:
    if viewer.sees_all:
        return true()
    clauses: dict[str, tuple[InstrumentedAttribute[int], ColumnElement[bool]]] = {
        "project": (Project.id, project_clause(viewer)),
        "overlap": (Overlap.id, overlap_clause(viewer)),
        "request": (AssistanceRequest.id, request_clause(viewer)),
        "offer": (Offer.id, offer_clause(viewer)),
        "organisation": (Organisation.id, organisation_clause(viewer)),
        "import": (ImportJob.id, import_clause(viewer)),
    }
    seen = [
        and_(table.subject == subject, table.subject_id.in_(select(key).where(clause)))
        for subject, (key, clause) in clauses.items()
    ]
    return or_(table.subject.not_in(clauses), *seen)


def _filters(query: AuditQuery, table: type[Line]) -> Iterable[ColumnElement[bool]]:
    if query.subject is not None:
        known = query.subject in {*SUBJECTS, TERM, EXPORT, PROVIDER}
        yield table.subject == query.subject if known else false()
    if text := query.by.strip().lower():
        people = select(User.id).where(
            or_(
                func.lower(User.name).contains(text, autoescape=True),
                User.email.contains(text, autoescape=True),
            )
        )
        yield table.by_id.in_(people)
    if query.since:
        yield table.at >= _midnight(query.since)
    if query.until:
        yield table.at <= datetime.combine(query.until, time.max, tzinfo=UTC)


def _records(session: Session, changes: Sequence[Line]) -> dict[tuple[str, int | None], Base]:
    """What the changes are about, read a table at a time."""
    found: dict[tuple[str, int | None], Base] = {}
    for subject, table in SUBJECTS.items():
        keys = {change.subject_id for change in changes if change.subject == subject}
        key = cast(Any, table).id
        rows = session.scalars(select(table).where(key.in_(keys))).all() if keys else ()
        found.update(((subject, cast(Any, row).id), row) for row in rows)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
