"""Overlaps: list, read, decide."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from tacoord.api.answers import (
    Body,
    body_asked,
    code_asked,
    described_body,
    done_once,
    limit_asked,
    organisation_asked,
    question,
    record,
    require_match,
)
from tacoord.api.evidence import told_overlap
from tacoord.api.scopes import needs_scope
from tacoord.api.tokens import caller, guard, viewer
from tacoord.api.values import DecisionIn, OverlapOut, filters_schema, page_schema
from tacoord.errors import N_
from tacoord.extensions import db
from tacoord.models import Kind, TokenScope, Verdict
from tacoord.services.overlaps import overlaps
from tacoord.services.projects.json_values import JsonReader
from tacoord.services.projects.projects import find_project

bp = APIBlueprint("api_overlaps", __name__, url_prefix="/api/v1", tag="Overlaps")
guard(bp)


@bp.get("/overlaps")
@bp.input(
    filters_schema(
        "country", "pillar", "organisation", "kind", "min_score", "stand", "mine", "project", "sort"
    ),
    location="query",
    validation=False,
)
@bp.output(page_schema(OverlapOut))
def index(query_data: Body) -> Any:
    """List overlaps, what matters first.

    Filters: `country`, `pillar`, `organisation`, `kind`, `min_score`, `stand` (open, decided, stale, all), `mine`,
    `project`; order: `sort` (priority, score, money, age).
    """
    page = overlaps.list_overlaps(db.session(), viewer(), _query())
    return {"items": [told_overlap(row) for row in page.rows], "next": page.next}


@bp.get("/overlaps/<overlap_id>")
@bp.output(OverlapOut)
def show(overlap_id: str) -> Response:
    """Read a pair, with the evidence and every verdict."""
    return record(told_overlap(overlaps.get_overlap(db.session(), overlap_id, viewer())))


@bp.post("/overlaps/<overlap_id>/decision")
@needs_scope(bp, TokenScope.OVERLAPS)
@described_body(bp, DecisionIn)
@bp.output(OverlapOut)
@done_once
def decide(overlap_id: str) -> Response:
    """Give a verdict on an open pair. If-Match is looked at where it is given."""
    session = db.session()
    overlap = overlaps.get_overlap(session, overlap_id, viewer())
    if request.if_match:
        require_match(told_overlap(overlap))
    reader = JsonReader(body_asked())
    word, note = reader.text("verdict"), reader.text("note")
    verdict = next((each for each in Verdict if each.value == word), None)
    if verdict in (None, Verdict.OPEN):
        reader.wrong("verdict", N_("Give one of the kinds of overlap, or unrelated."))
    reader.finish(frozenset())
    assert verdict is not None
    decided = overlaps.decide(session, overlap_id, verdict, by=caller(), note=note or "")
    session.flush()
    session.expire(decided, ["decisions"])
    return record(told_overlap(decided))


def _query() -> overlaps.OverlapQuery:
    asked, organisation = question(), organisation_asked()
    project = asked.record("project", lambda key: find_project(db.session(), key, viewer()))
    query = overlaps.OverlapQuery(
        country=code_asked("country"),
        pillar=code_asked("pillar"),
        organisation=organisation.code if organisation else None,
        kind=asked.choice("kind", Kind),
        min_score=asked.number("min_score", 0, 1),
        stand=asked.choice("stand", overlaps.Stand) or overlaps.Stand.OPEN,
        mine=asked.flag("mine"),
        project=project.public_id if project else None,
        sort=asked.choice("sort", overlaps.Sort) or overlaps.Sort.PRIORITY,
        cursor=asked.place("cursor"),
        limit=limit_asked(),
    )
    asked.require_understood()
    return query
