"""Imports: give a file, follow what becomes of it."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, request, url_for
from sqlalchemy import select

from tacoord import policy
from tacoord.api.answers import Body, done_once, organisation_asked, page_of, question, record
from tacoord.api.scopes import needs_scope
from tacoord.api.tokens import caller, guard, viewer
from tacoord.api.values import ImportOut, UndoOut, filters_schema, import_query, page_schema
from tacoord.errors import Conflict, Forbidden
from tacoord.extensions import db
from tacoord.models import ImportJob, ImportState, TokenScope
from tacoord.services.exchange import undoing
from tacoord.services.exchange.imports import (
    count_look_alikes,
    get_import,
    submit,
)
from tacoord.services.visibility import import_clause

bp = APIBlueprint("api_imports", __name__, url_prefix="/api/v1", tag="Imports")
guard(bp)


@bp.get("/imports")
@bp.input(filters_schema(), location="query", validation=False)
@bp.output(page_schema(ImportOut))
def index(query_data: Body) -> Any:
    """List the imports of the caller's organisations."""
    query = select(ImportJob).where(import_clause(viewer()))
    return page_of(query, ImportJob.public_id, _told)


@bp.post("/imports")
@needs_scope(bp, TokenScope.PROJECTS)
@bp.input(import_query(), location="query", validation=False)
@bp.output(ImportOut, status_code=202)
@done_once
def send_file(query_data: Body) -> Response:
    """Send a file as the body: IATI XML, CSV, XLSX or JSON Lines. It is read a little later; follow Location.

    `name`: of the file, for people. `organisation`: the code of who reports, by default the caller's own.
    `dry_run`: only check. The same file sent again changes nothing.
    """
    session, by, asked = db.session(), caller(), question()
    organisation, name = organisation_asked(), asked.text("name")
    dry_run = asked.flag("dry_run")
    asked.require_understood()
    job = submit(
        session,
        request.get_data(cache=True),
        name=name,
        organisation=organisation or by.organisation,
        by=by,
        dry_run=dry_run,
        max_bytes=current_app.config["SETTINGS"].max_upload_bytes,
    )
    place = url_for("api_imports.show", import_id=job.public_id)
    return record(_told(job), status=202, headers={"Location": place})


@bp.get("/imports/<import_id>")
@bp.output(ImportOut)
def show(import_id: str) -> Response:
    """Read how far an import is, and what became of each record that was refused or changed on the way."""
    return record(_told(get_import(db.session(), import_id, viewer())))


@bp.get("/imports/<import_id>/undo")
@bp.output(UndoOut)
def look_at_undoing(import_id: str) -> Response:
    """What would happen to each record if the import were taken back, or, once it is, what did. Nothing is changed."""
    policy.require(caller(), "project.import")
    return record(_told_undoing(get_import(db.session(), import_id, viewer())))


@bp.post("/imports/<import_id>/undo")
@needs_scope(bp, TokenScope.PROJECTS)
@bp.output(UndoOut, status_code=202)
@done_once
def undo(import_id: str) -> Response:
    """Take an own import back: its records are withdrawn, or say again what they said; it is done a little later.

    Only who sent it may, for 30 days. `fate` says what is to happen to each record; read it again for what did.
    """
    policy.require(caller(), "project.import")
    session = db.session()
    job = get_import(session, import_id, viewer())
    undoing.ask_for_undoing(session, job, by=caller())
    return record(_told_undoing(job), status=202)


def _told_undoing(job: ImportJob) -> Body:
    """Raises Forbidden where the caller may not know it, and Conflict where the import cannot be taken back."""
    if job.state in (ImportState.UNDOING, ImportState.UNDONE):
        if not undoing.may_know_fates(job, viewer()):
            raise Forbidden("project.import")
    elif not undoing.may_be_undone(db.session(), job, by=caller()):
        raise Conflict(f"import {job.public_id} cannot be taken back")
    records = undoing.records_of(db.session(), job, viewer(), by=caller())
    return {
        "id": job.public_id,
        "state": job.state.value,
        "records": [
            {"id": each.public_id, "title": each.title, "line": each.line, "fate": each.fate.value}
            for each in records
        ],
    }


def _counts(job: ImportJob) -> dict[str, int]:
    """What became of the records, and the look-alikes that the caller may see, once they have been compared."""
    overlaps = count_look_alikes(db.session(), job, viewer())
    return job.counts if overlaps is None else {**job.counts, "overlaps": overlaps}


def _told(job: ImportJob) -> Body:
    names = ("file_name", "format", "dry_run", "done", "report", "remarks", "error")
    return {
        "id": job.public_id,
        "organisation": job.organisation.code,
        "state": job.state.value,
        "counts": _counts(job),
        **{name: getattr(job, name) for name in names},
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }
