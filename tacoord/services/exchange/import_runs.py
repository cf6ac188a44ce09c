"""The imports at work: taken up by the jobs process, again after a crash, and noted for commands that import."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tacoord.errors import N_, Forbidden
from tacoord.iati.faults import UnreadableFile
from tacoord.models import ImportJob, ImportState, Organisation, User, utcnow
from tacoord.services.exchange.exchange import import_file
from tacoord.services.exchange.import_report import ImportReport, Outcome, reason_as_json
from tacoord.services.exchange.importing import Steps, compare_changed
from tacoord.services.exchange.imports import LONGEST_NAME
from tacoord.services.exchange.table_files import Format
from tacoord.services.exchange.tables import import_table
from tacoord.services.exchange.undoing import undo

LOST_AFTER: Final = timedelta(minutes=1)
"""An import at work that has not beaten for so long has lost its process, and is taken up again."""

MOST_ATTEMPTS: Final = 3
MOST_NAMED: Final = 1_000

StepsFor = Callable[[bool], Steps]
"""Makes the steps in which work is kept (True) or tried and undone (False)."""


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


def begin_by_command(
    session: Session, organisation: Organisation, *, name: str, form: Format, size: int
) -> ImportJob:
    """Note that a command on this machine imports a file now, so that it can be followed and taken back. Flushed."""
    now = utcnow()
    job = ImportJob(
        organisation=organisation,
        state=ImportState.RUNNING,
        format=form.value,
        file_name=name[:LONGEST_NAME],
        size=size,
        started_at=now,
        heartbeat_at=now,
    )
    session.add(job)
    session.flush()
    return job


def tell(job: ImportJob, report: ImportReport) -> None:
    """Say how far an import is; it is alive."""
    job.done, job.counts = report.records, _counts(report)
    job.heartbeat_at = utcnow()


def finish(job: ImportJob, report: ImportReport) -> None:
    """The file was read to its end, or as far as it could be."""
    tell(job, report)
    job.state, job.finished_at = ImportState.DONE, utcnow()
    if not job.dry_run:
        job.payload = None
    told = [*report.refused[:MOST_NAMED], *report.noted[:MOST_NAMED]]
    if job.dry_run:
        told += report.taken[:MOST_NAMED]
    job.report = [each.as_json() for each in told]
    job.remarks = [reason_as_json(each) for each in report.remarks]
    if report.problem is not None:
        job.remarks = [reason_as_json(report.problem), *job.remarks]


def _claim(session: Session, steps: Steps, now: datetime) -> int | None:
    """Take the oldest import that nobody is at; its key, or None."""
    steps.begin()
    working = ImportJob.state.in_((ImportState.RUNNING, ImportState.UNDOING))
    lost = and_(working, ImportJob.heartbeat_at < now - LOST_AFTER)
    asked_back = and_(ImportJob.state == ImportState.UNDOING, ImportJob.heartbeat_at.is_(None))
    job = session.scalar(
        select(ImportJob)
        .where(or_(ImportJob.state == ImportState.WAITING, asked_back, lost))
        .order_by(ImportJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is None:
        steps.end()
        return None
    job.attempts, job.heartbeat_at = job.attempts + 1, utcnow()
    if job.state is not ImportState.UNDOING:
        job.state, job.started_at = ImportState.RUNNING, job.started_at or job.heartbeat_at
    if job.attempts > MOST_ATTEMPTS:
        job.undone_by_id = job.undone_at = None
        _fail(
            job,
            N_(
                "The work on this file broke off several times and was given up. Tell the administrators."
            ),
        )
    elif job.state is ImportState.RUNNING and job.created_by_id is None:
        _fail(job, N_("The command broke off. What it had taken in stays; import the file again."))
    key = job.id
    steps.end()
    return key


def _run(session: Session, job_id: int, steps_for: StepsFor, max_bytes: int) -> None:
    job = session.get_one(ImportJob, job_id)
    if job.state is ImportState.UNDOING:
        undo(session, job, steps=steps_for(True))
    if job.state is not ImportState.RUNNING:
        return
    keeping = steps_for(True)

    def beat(report: ImportReport) -> None:
        keeping.begin()
        tell(session.get_one(ImportJob, job_id), report)
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
    finish(session.get_one(ImportJob, job_id), report)
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
        "import_id": None if job.dry_run else job.id,
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


def _fail(job: ImportJob, why: str) -> None:
    job.state, job.finished_at, job.payload, job.error = ImportState.FAILED, utcnow(), None, why


def _counts(report: ImportReport) -> dict[str, int]:
    return {outcome.value: report.counts[outcome] for outcome in Outcome}
