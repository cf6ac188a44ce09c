"""Take an import back: what would become of each of its records, and doing it.

A record that the import registered is withdrawn; one that it changed says again what it said before. Whatever somebody
has built on since stays as it is, and the reason is told. Only what a reader may know of counts: neither a reason nor
a number tells of a hidden record.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, or_, select, true, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.exc import StaleDataError

from tacoord import policy
from tacoord.errors import Conflict, Forbidden, Invalid
from tacoord.models import (
    Fate,
    ImportedRecord,
    ImportJob,
    ImportState,
    Organisation,
    Overlap,
    Project,
    ProjectIdentifier,
    ProjectOrganisation,
    ProjectState,
    User,
    Verdict,
    utcnow,
)
from tacoord.policy import OPERATOR, Actor
from tacoord.services import trail
from tacoord.services.exchange.importing import BATCH, Steps, compare_changed
from tacoord.services.projects import projects
from tacoord.services.projects.kept import from_kept
from tacoord.services.visibility import Viewer, overlap_clause, project_clause, viewer_of

UNDOABLE: Final = timedelta(days=30)
"""So long after its end an import can be taken back; then what its records said before is forgotten."""

UNDOES: Final = frozenset({Fate.WITHDRAWN, Fate.PUT_BACK})
_ENDED: Final = (ImportState.DONE, ImportState.FAILED)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an import, and what becomes of it when the import is taken back."""

    public_id: str
    title: str
    line: int | None
    fate: Fate


def may_be_undone(session: Session, job: ImportJob, *, by: Actor) -> bool:
    """Whether `by` gave this import, may still report for its organisation, and it is not too long ago."""
    return _is_theirs(job, by) and _can_be_undone(session, job)


def ask_for_undoing(session: Session, job: ImportJob, *, by: Actor) -> None:
    """Let the import be taken back; `undo` does it. Flushed.

    Raises Forbidden where it is not theirs, and Conflict where it has not ended, is too long ago, or brought nothing.
    """
    if not _is_theirs(job, by):
        raise Forbidden("project.import")
    if not _can_be_undone(session, job):
        raise Conflict(f"import {job.public_id} cannot be taken back")
    job.state, job.heartbeat_at, job.attempts = ImportState.UNDOING, None, 0
    job.undone_by_id, job.undone_at = by.id, utcnow()
    trail.append(session, "import.undone", by=by, subject="import", subject_id=job.id)


def may_know_fates(job: ImportJob, viewer: Viewer) -> bool:
    """Whether `viewer` may read what became of the records: a reason may tell of what another reader may not know."""
    return viewer.sees_all or job.undone_by_id == viewer.user_id


def records_of(session: Session, job: ImportJob, viewer: Viewer, *, by: Actor) -> list[Record]:
    """The records of the import, by line: what became of them, or what would if `by` took it back now.

    Only those that `viewer` may know of.
    """
    rows = _rows(session, job, viewer)
    fates = _Fates(session, job, viewer, by)
    return [Record(row.public_id, row.title, row.line, row.fate or fates.of(row)) for row in rows]


def undo(session: Session, job: ImportJob, *, steps: Steps) -> None:
    """Take back what is not taken back yet, step by step, each committed; where it breaks off it can be called again.

    `ask_for_undoing` came before.
    """
    key, put_back = job.id, set[int]()
    by: Actor = session.get_one(User, job.undone_by_id) if job.undone_by_id else OPERATOR
    waiting = [row.id for row in _rows(session, job, viewer_of(session, by)) if row.fate is None]
    for start in range(0, len(waiting), BATCH):
        some = waiting[start : start + BATCH]
        steps.begin()
        job = session.get_one(ImportJob, key)
        viewer = viewer_of(session, by)
        fates = _Fates(session, job, viewer, by, among=some)
        for row in _rows(session, job, viewer, among=some):
            fate = _undo_one(session, job, row.id, fates.of(row), by)
            put_back |= {row.id} if fate is Fate.PUT_BACK else set()
        job.heartbeat_at = utcnow()
        steps.end()
    steps.begin()
    session.get_one(ImportJob, key).state = ImportState.UNDONE
    steps.end()
    compare_changed(session, put_back, steps)


def forget_old(session: Session) -> None:
    """Drop what records said before imports that can no longer be taken back."""
    old = select(ImportJob.id).where(ImportJob.finished_at < utcnow() - UNDOABLE)
    session.execute(
        update(ImportedRecord)
        .where(ImportedRecord.import_id.in_(old), ImportedRecord.before.is_not(None))
        .values(before=None)
    )


def _is_theirs(job: ImportJob, by: Actor) -> bool:
    """The operator may take everything back; anybody else the own imports, while they may report."""
    theirs = by is OPERATOR or job.created_by_id == by.id
    return theirs and policy.may(by, "project.import", job)


def _can_be_undone(session: Session, job: ImportJob) -> bool:
    ended = job.finished_at
    fresh = job.state in _ENDED and ended is not None and utcnow() - ended < UNDOABLE
    brought = select(ImportedRecord.project_id).where(ImportedRecord.import_id == job.id).limit(1)
    return fresh and session.scalar(brought) is not None


def _rows(
    session: Session, job: ImportJob, viewer: Viewer, among: Collection[int] | None = None
) -> Sequence[Any]:
    """The projects of the import that `viewer` may know of, in the order of the file."""
    asked = (
        select(
            Project.id,
            Project.public_id,
            Project.title,
            Project.organisation_id,
            Project.updated_at,
            Project.confirmed_at,
            ImportedRecord.line,
            ImportedRecord.registered,
            ImportedRecord.left_at,
            ImportedRecord.fate,
        )
        .join(ImportedRecord, ImportedRecord.project_id == Project.id)
        .where(ImportedRecord.import_id == job.id, project_clause(viewer), _among(among))
        .order_by(ImportedRecord.line, Project.id)
    )
    return session.execute(asked).all()


def _among(keys: Collection[int] | None) -> ColumnElement[bool]:
    return true() if keys is None else ImportedRecord.project_id.in_(keys)


class _Fates:
    """What would become of records of one import, as far as the viewer may know why."""

    def __init__(
        self,
        session: Session,
        job: ImportJob,
        viewer: Viewer,
        by: Actor,
        among: Collection[int] | None = None,
    ) -> None:
        self._session = session
        self._by = by
        self._allowed: dict[int, bool] = {}
        new = (
            ImportedRecord.import_id == job.id,
            ImportedRecord.registered,
            _among(among),
        )
        self._judged = set(session.scalars(_judged(viewer).where(*new)))
        self._named = {
            key for asked in _named(viewer, job) for key in session.scalars(asked.where(*new))
        }

    def of(self, row: Any) -> Fate:
        """The fate of one row of `_rows`."""
        if not self._may_change(row.organisation_id):
            return Fate.NOT_ALLOWED
        if row.updated_at != row.left_at:
            return Fate.CHANGED
        if row.confirmed_at is not None and row.confirmed_at > row.left_at:
            return Fate.CONFIRMED
        if row.id in self._judged:
            return Fate.JUDGED
        if row.id in self._named:
            return Fate.NAMED
        return Fate.WITHDRAWN if row.registered else Fate.PUT_BACK

    def _may_change(self, organisation_id: int) -> bool:
        if organisation_id not in self._allowed:
            owner = self._session.get_one(Organisation, organisation_id)
            self._allowed[organisation_id] = policy.may(self._by, "project.withdraw", owner)
        return self._allowed[organisation_id]


def _judged(viewer: Viewer) -> Select[int]:
    """The records of which somebody has judged a pair."""
    either = or_(
        Overlap.first_id == ImportedRecord.project_id,
        Overlap.second_id == ImportedRecord.project_id,
    )
    return (
        select(ImportedRecord.project_id)
        .join(Overlap, either)
        .where(Overlap.verdict != Verdict.OPEN, overlap_clause(viewer))
    )


def _named(viewer: Viewer, job: ImportJob) -> Iterator[Select[int]]:
    """The records whose identifier another record has named since, one that this import did not bring."""
    meant = aliased(Project)
    own = select(ImportedRecord.project_id).where(ImportedRecord.import_id == job.id)
    names: tuple[tuple[Any, Any], ...] = (
        (ProjectOrganisation, ProjectOrganisation.activity_id),
        (ProjectIdentifier, ProjectIdentifier.value),
    )
    for table, name in names:
        yield (
            select(ImportedRecord.project_id)
            .join(meant, meant.id == ImportedRecord.project_id)
            .join(table, name == meant.iati_identifier)
            .join(Project, Project.id == table.project_id)
            .where(
                Project.updated_at > ImportedRecord.left_at,
                Project.state == ProjectState.PUBLISHED,
                Project.id.not_in(own),
                project_clause(viewer),
            )
        )


def _undo_one(session: Session, job: ImportJob, project_id: int, fate: Fate, by: Actor) -> Fate:
    """Undo one record in a savepoint of its own, and remember its fate; gives it."""
    if fate in UNDOES:
        try:
            with session.begin_nested():
                _put_back(session, job, project_id, by)
        except Invalid:
            fate = Fate.NOT_VALID
        except Forbidden:
            fate = Fate.NOT_ALLOWED
        except (StaleDataError, Conflict):
            fate = Fate.CHANGED
    session.get_one(ImportedRecord, (job.id, project_id)).fate = fate
    session.flush()
    return fate


def _put_back(session: Session, job: ImportJob, project_id: int, by: Actor) -> None:
    project = session.get_one(Project, project_id)
    record = session.get_one(ImportedRecord, (job.id, project_id))
    if record.registered:
        projects.withdraw(session, project, by=by)
    elif record.before is None:
        raise Conflict(f"what project {project.public_id} said before is no longer known")
    else:
        projects.update_project(session, project, from_kept(record.before), by=by)
        if record.stood_at is not None:
            _lead_on(session, project, record.stood_at)
    record.left_at = project.updated_at


def _lead_on(session: Session, project: Project, stood_at: datetime) -> None:
    """An earlier import left the record as it stands again now, so that one, too, can be taken back."""
    session.execute(
        update(ImportedRecord)
        .where(ImportedRecord.project_id == project.id, ImportedRecord.left_at == stood_at)
        .values(left_at=project.updated_at)
    )
