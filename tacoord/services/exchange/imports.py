"""Files that people gave to be imported: given, checked, listed, and what came of them for each reader."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, NotFound, Problem
from tacoord.iati.faults import UnreadableFile
from tacoord.models import (
    ImportedRecord,
    ImportJob,
    ImportState,
    Organisation,
    Overlap,
    Project,
    User,
    utcnow,
)
from tacoord.services.exchange.table_files import guess_format
from tacoord.services.exchange.undoing import forget_old
from tacoord.services.organisations.organisations import SECRETARIAT
from tacoord.services.visibility import Viewer, import_clause, overlap_clause

KEEP_CHECKED: Final = timedelta(days=1)
"""So long a file that was only checked is kept, to be imported without sending it again."""

LONGEST_NAME: Final = 300


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
    forget_old(session)
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


def touched_by(session: Session, public_id: str, viewer: Viewer) -> Select[int] | None:
    """Asks for the keys of the projects that an import registered or changed; None where it may not be known."""
    wanted = select(ImportJob.id).where(ImportJob.public_id == public_id, import_clause(viewer))
    found = session.scalar(wanted)
    if found is None:
        return None
    return select(ImportedRecord.project_id).where(ImportedRecord.import_id == found)
