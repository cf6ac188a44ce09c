"""Files that people gave to be imported: kept until the jobs process has taken them up, with progress and report."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, Conflict, Forbidden, Invalid, NotFound, Problem
from tacoord.iati.faults import UnreadableFile
from tacoord.models import ImportJob, ImportState, Organisation, Overlap, Project, User, utcnow
from tacoord.services.exchange.exchange import import_file
from tacoord.services.exchange.import_report import ImportReport, Outcome, reason_as_json
from tacoord.services.exchange.importing import Steps, compare_changed
from tacoord.services.exchange.table_files import Format, guess_format
from tacoord.services.exchange.tables import import_table
from tacoord.services.organisations.organisations import SECRETARIAT
from tacoord.services.visibility import Viewer, import_clause, overlap_clause

LOST_AFTER: Final = timedelta(minutes=1)
"""A running import that has not beaten for so long has lost its process, and is taken up again."""

KEEP_CHECKED: Final = timedelta(days=1)
"""So long a file that was only checked is kept, to be imported without sending it again."""

MOST_ATTEMPTS: Final = 3
MOST_NAMED: Final = 1_000
LONGEST_NAME: Final = 300
MOST_TOUCHED: Final = 5_000
"""So many registered and changed projects an import remembers by key, to show them; more are shown with all others."""

StepsFor = Callable[[bool], Steps]
"""Makes the steps in which work is kept (True) or tried and undone (False)."""


def submit(
    session: Session,
    data: bytes,
    *,
    name: str,
    organisation: Organisation,
    by: User,
    dry_run: bool,
    max_bytes: int,
) -> ImportJob:
    """Keep a file to be imported; what it is is told by its content. Flushed.

    Raises Forbidden, and Invalid where it is too large or no file that can be imported.
    """
    policy.require(by, "project.import", organisation)
    _forget_old_checks(session)
    if len(data) > max_bytes:
        message = N_("The file is larger than %(limit_mb)s MB.")
        raise Invalid([Problem("file", message, {"limit_mb": max_bytes >> 20})])
    try:
        form = guess_format(data[:4096])
    except UnreadableFile as error:
        raise Invalid([Problem("file", error.problem.message, error.problem.values)]) from None
    job = ImportJob(
        organisation=organisation,
        created_by_id=by.id,
        state=ImportState.WAITING,
        format=form.value,
        file_name=(name.replace("\x00", "").strip() or form.value)[:LONGEST_NAME],
        size=len(data),
        payload=data,
        dry_run=dry_run,
    )
    session.add(job)
    session.flush()
    return job


def import_checked(session: Session, job: ImportJob, *, by: User) -> ImportJob:
    """Import in earnest the file that was only checked. Flushed.

    Raises Forbidden, and Conflict where it was no check, has not ended, or was too long ago.
    """
    policy.require(by, "project.import", job)
    if not may_be_imported(job) or job.payload is None:
        raise Conflict(f"import {job.public_id} cannot be imported now")
    earnest = ImportJob(
        organisation=job.organisation,
        created_by_id=by.id,
        state=ImportState.WAITING,
        format=job.format,
        file_name=job.file_name,
        size=job.size,
        payload=job.payload,
        dry_run=False,
    )
    job.payload, job.taken = None, True
    session.add(earnest)
    session.flush()
    return earnest


def may_be_imported(job: ImportJob) -> bool:
    """Whether the file of a check that has ended is still here to be imported."""
    ended = job.finished_at
    fresh = ended is not None and utcnow() - ended < KEEP_CHECKED
    return job.dry_run and job.state is ImportState.DONE and fresh and not job.taken


def _forget_old_checks(session: Session) -> None:
    session.execute(
        update(ImportJob)
        .where(ImportJob.dry_run, ImportJob.finished_at < utcnow() - KEEP_CHECKED)
        .values(payload=None)
    )


def run_waiting(
    session: Session, *, steps_for: StepsFor, max_bytes: int, now: datetime | None = None
) -> int:
    """Import every file that waits, and those whose process died in the middle; returns how many.

    Commits by itself, step by step. What a dead process had imported is found unchanged.
    """
    count = 0
    while (job_id := _claim(session, steps_for(True), now or utcnow())) is not None:
        _run(session, job_id, steps_for, max_bytes)
        count += 1
    return count


def list_imports(session: Session, viewer: Viewer, *, limit: int = 25) -> Sequence[ImportJob]:
    """The imports of the viewer's organisations, newest first."""
    query = (
        select(ImportJob).where(import_clause(viewer)).order_by(ImportJob.id.desc()).limit(limit)
    )
    return session.scalars(query).all()


def get_import(session: Session, public_id: str, viewer: Viewer) -> ImportJob:
    """The import with this public id. Raises NotFound, also where it belongs to another organisation."""
    found = session.scalar(
        select(ImportJob).where(ImportJob.public_id == public_id, import_clause(viewer))
    )
    if found is None:
        raise NotFound(f"import {public_id}")
    return found


def count_look_alikes(session: Session, job: ImportJob, viewer: Viewer) -> int | None:
    """How many look-alikes of what `job` brought were flagged, of those that `viewer` may know of at this moment.

    None where its records have not been compared yet. Never kept with the job: a number of hidden ones would tell.
    """
    if job.compared_at is None or job.started_at is None:
        return None
    secretariat = job.organisation.code == SECRETARIAT
    brought = exists().where(
        Project.id.in_((Overlap.first_id, Overlap.second_id)),
        Project.on_behalf if secretariat else Project.organisation_id == job.organisation_id,
    )
    found = select(func.count(Overlap.id)).where(
        Overlap.flagged_at.between(job.started_at, job.compared_at), brought, overlap_clause(viewer)
    )
    return session.scalar(found) or 0


def touched_by(session: Session, public_id: str | None, viewer: Viewer) -> Sequence[int] | None:
    """The keys of the projects that an import registered or changed: none where it may not be known.

    None where no import is asked for.
    """
    if not public_id:
        return None
    try:
        return [int(key) for key in get_import(session, public_id, viewer).touched]
    except NotFound:
        return []


def _claim(session: Session, steps: Steps, now: datetime) -> int | None:
    """Take the oldest import that nobody is at; its key, or None."""
    steps.begin()
    lost = and_(ImportJob.state == ImportState.RUNNING, ImportJob.heartbeat_at < now - LOST_AFTER)
    job = session.scalar(
        select(ImportJob)
        .where(or_(ImportJob.state == ImportState.WAITING, lost))
        .order_by(ImportJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is None:
        steps.end()
        return None
    job.attempts += 1
    job.state, job.heartbeat_at = ImportState.RUNNING, utcnow()
    job.started_at = job.started_at or job.heartbeat_at
    if job.attempts > MOST_ATTEMPTS:
        _fail(
            job, N_("The import broke off several times and was given up. Tell the administrators.")
        )
    key = job.id
    steps.end()
    return key


def _run(session: Session, job_id: int, steps_for: StepsFor, max_bytes: int) -> None:
    job = session.get_one(ImportJob, job_id)
    if job.state is not ImportState.RUNNING:
        return
    keeping = steps_for(True)

    def beat(report: ImportReport) -> None:
        keeping.begin()
        _tell(session.get_one(ImportJob, job_id), report)
        keeping.end()

    try:
        report = _import(session, job, steps_for(not job.dry_run), max_bytes, beat)
    except (UnreadableFile, Forbidden) as error:
        session.rollback()
        keeping.begin()
        _fail(session.get_one(ImportJob, job_id), _why(error))
        keeping.end()
        return
    except OperationalError:
        raise  # the database is gone: somebody takes the import up again when it is back
    except Exception:
        session.rollback()
        keeping.begin()
        _fail(
            session.get_one(ImportJob, job_id), N_("The import broke off. Tell the administrators.")
        )
        keeping.end()
        raise
    keeping.begin()
    _finish(session.get_one(ImportJob, job_id), report)
    keeping.end()
    if report.dry_run:
        return
    compare_changed(session, report.changed, steps_for(True))
    keeping.begin()
    session.get_one(ImportJob, job_id).compared_at = utcnow()
    keeping.end()


def _import(
    session: Session,
    job: ImportJob,
    steps: Steps,
    max_bytes: int,
    beat: Callable[[ImportReport], None],
) -> ImportReport:
    stream, form = BytesIO(job.payload or b""), Format(job.format)
    said: dict[str, Any] = {
        "organisation": job.organisation,
        "by": session.get_one(User, job.created_by_id),
        "dry_run": job.dry_run,
        "steps": steps,
        "progress": beat,
        "max_bytes": max_bytes,
    }
    if form is Format.IATI:
        return import_file(session, stream, **said)
    return import_table(session, stream, form, **said)


def _why(error: UnreadableFile | Forbidden) -> str:
    if isinstance(error, UnreadableFile):
        return str(error)
    return N_("You may no longer import for this organisation.")


def _tell(job: ImportJob, report: ImportReport) -> None:
    job.done, job.counts = report.records, _counts(report)
    job.touched = list(dict.fromkeys([*job.touched, *report.changed]))[:MOST_TOUCHED]
    job.heartbeat_at = utcnow()


def _finish(job: ImportJob, report: ImportReport) -> None:
    _tell(job, report)
    job.state, job.finished_at = ImportState.DONE, utcnow()
    if not job.dry_run:
        job.payload = None
    told = [*report.refused[:MOST_NAMED], *report.noted[:MOST_NAMED]]
    job.report = [each.as_json() for each in told]
    job.remarks = [reason_as_json(each) for each in report.remarks]
    if report.problem is not None:
        job.remarks = [reason_as_json(report.problem), *job.remarks]


def _fail(job: ImportJob, why: str) -> None:
    job.state, job.finished_at, job.payload, job.error = ImportState.FAILED, utcnow(), None, why


def _counts(report: ImportReport) -> dict[str, int]:
    return {outcome.value: report.counts[outcome] for outcome in Outcome}
