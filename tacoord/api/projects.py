"""Projects: list, read, register, change, withdraw, and what looks like one."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from apiflask import APIBlueprint
from apiflask.fields import Integer
from flask import Response, jsonify, url_for

from tacoord.api.answers import (
    Body,
    body_asked,
    code_asked,
    described_body,
    done_once,
    limit_asked,
    organisation_asked,
    page_of,
    question,
    record,
    require_match,
)
from tacoord.api.evidence import side_of, told_evidence, told_kind, told_overlap
from tacoord.api.scopes import needs_scope, only_asks
from tacoord.api.tokens import caller, guard, viewer
from tacoord.api.values import (
    LookAlikeOut,
    OverlapOut,
    ProjectIn,
    ProjectOut,
    filters_schema,
    names_schema,
    page_schema,
)
from tacoord.errors import Invalid, Problem
from tacoord.extensions import db
from tacoord.models import Project, ProjectState, Source, TokenScope, utcnow
from tacoord.services.overlaps.overlaps import overlaps_of_project
from tacoord.services.overlaps.similar import similar
from tacoord.services.projects.content import clean, draft_of, facts_of_draft, whole_record
from tacoord.services.projects.drafts import ProjectDraft
from tacoord.services.projects.json_form import draft_from_json, in_json_terms, json_of
from tacoord.services.projects.projects import check, get_project, note_read
from tacoord.services.projects.query import ProjectQuery, select_projects
from tacoord.services.registration import change_project, register_project, withdraw_project
from tacoord.services.terms.vocabularies import term_sets
from tacoord.services.visibility import reads_whole

bp = APIBlueprint("api_projects", __name__, url_prefix="/api/v1", tag="Projects")
guard(bp)


@bp.get("/projects")
@bp.input(
    filters_schema(
        "q", "country", "region", "pillar", "measure", "organisation", "status", "running", "mine"
    ),
    location="query",
    validation=False,
)
@bp.output(page_schema(ProjectOut))
def index(query_data: Body) -> Any:
    """List projects.

    Filters: `q` (words), `country`, `region`, `pillar`, `measure`, `organisation`, `status`, `running`, `mine`.
    """
    query = select_projects(db.session(), viewer(), _query())
    return page_of(query.options(*whole_record()), Project.public_id, _listed)


def _listed(project: Project) -> Body:
    note_read(db.session(), project, whole=reads_whole(project, viewer()))
    return _told(project)


@bp.post("/projects")
@needs_scope(bp, TokenScope.PROJECTS)
@described_body(bp, ProjectIn)
@bp.output(ProjectOut, status_code=201)
@done_once
def register() -> Response:
    """Register a project for the caller's organisation; what it overlaps with is flagged."""
    by = caller()
    looked_at = partial(check, db.session(), organisation=by.organisation, complete=True)
    try:
        project, _overlaps = register_project(
            db.session(), _draft(looked_at), organisation=by.organisation, by=by, source=Source.API
        )
    except Invalid as error:
        raise Invalid(in_json_terms(error.problems)) from None
    place = url_for("api_projects.show", project_id=project.public_id)
    return record(_told(project), status=201, headers={"Location": place})


@bp.get("/projects/<project_id>")
@bp.output(ProjectOut)
def show(project_id: str) -> Response:
    """Read a project."""
    return record(_told(get_project(db.session(), project_id, viewer())))


@bp.put("/projects/<project_id>")
@needs_scope(bp, TokenScope.PROJECTS)
@described_body(bp, ProjectIn)
@bp.output(ProjectOut)
def change(project_id: str) -> Response:
    """Let the record say what the body says, all of it. Needs If-Match."""
    session = db.session()
    project = get_project(session, project_id, viewer())
    require_match(_told(project))
    kept = project.record.get("reporting_org")
    looked_at = partial(
        check,
        session,
        organisation=project.organisation,
        complete=project.state is not ProjectState.DRAFT,
        project=project,
    )
    draft = _draft(looked_at)
    if kept is not None:
        draft = replace(draft, record={**draft.record, "reporting_org": kept})
    if body_asked().get("masks") is None:  # a program that knows nothing of masks opens nothing
        draft = replace(draft, masks=draft_of(project).masks)
    try:
        change_project(session, project, draft, by=caller(), version=project.version)
    except Invalid as error:
        raise Invalid(in_json_terms(error.problems)) from None
    session.commit()
    return record(_told(project))


@bp.delete("/projects/<project_id>")
@needs_scope(bp, TokenScope.PROJECTS)
@bp.output({}, status_code=204)
def withdraw(project_id: str) -> Response:
    """Withdraw a project: out of lists, counts and digests. It can be restored on its page. Needs If-Match."""
    session = db.session()
    project = get_project(session, project_id, viewer())
    require_match(_told(project))
    withdraw_project(session, project, by=caller())
    session.commit()
    return Response(status=204)


@bp.get("/projects/<project_id>/overlaps")
@bp.output(page_schema(OverlapOut))
def overlaps(project_id: str) -> Response:
    """List the overlaps of a project of which the caller may see both sides."""
    session = db.session()
    project = get_project(session, project_id, viewer())
    rows = overlaps_of_project(session, project, viewer())
    return jsonify(items=[told_overlap(row) for row in rows], next=None)


@bp.post("/similar")
@only_asks
@bp.input(names_schema(limit=Integer()), location="query", validation=False)
@described_body(bp, ProjectIn)
@bp.output(page_schema(LookAlikeOut))
def look_alikes(query_data: Body) -> Response:
    """Send a project and get what looks like it, best first. Nothing is stored.

    Anything may be missing; what is there must be what registering takes.
    """
    limit = limit_asked()
    question().require_understood()
    session = db.session()
    wrong = partial(ProjectDraft.problems, terms=term_sets(session), complete=False)
    draft = clean(_draft(wrong))
    if problems := wrong(draft):
        raise Invalid(in_json_terms(problems))
    facts = facts_of_draft(draft, id="", organisation=caller().organisation)
    found = similar(session, facts, viewer(), limit=limit)
    items = [
        {
            "project": side_of(each.project),
            **told_kind(each.match.kind.value, each.match.evidence),
            "score": each.match.score,
            "evidence": told_evidence(p for p in each.match.evidence if p.feature != "base"),
        }
        for each in found
    ]
    return jsonify(items=items, next=None)


def _told(project: Project) -> Body:
    return json_of(project, viewer())


def _draft(check: Callable[[ProjectDraft], list[Problem]] | None = None) -> ProjectDraft:
    """The draft in the body; who reports is who calls, whatever the body says. check: as in `draft_from_json`."""
    draft = draft_from_json(body_asked(), check=check)
    said = {name: value for name, value in draft.record.items() if name != "reporting_org"}
    return replace(draft, record=said)


def _query() -> ProjectQuery:
    asked, organisation = question(), organisation_asked()
    return ProjectQuery(
        today=utcnow().date(),
        text=asked.text("q"),
        country=code_asked("country"),
        region=code_asked("region"),
        pillar=code_asked("pillar"),
        measure=code_asked("measure"),
        organisation=organisation.code if organisation else None,
        status=code_asked("status", "activity-status"),
        running=asked.flag("running"),
        mine=asked.flag("mine"),
    )
