"""Overlaps: list, read, decide."""

from typing import Any, TypeVar

from apiflask import APIBlueprint
from flask import Response, request

from tacoord.api.answers import Body, body_asked, done_once, limit_asked, record, require_match
from tacoord.api.evidence import told_overlap
from tacoord.api.tokens import caller, guard, viewer
from tacoord.api.values import DecisionIn, OverlapOut, filters_schema, page_schema
from tacoord.errors import N_, Invalid, Problem
from tacoord.extensions import db
from tacoord.models import Kind, Verdict
from tacoord.services.overlaps import overlaps
from tacoord.services.projects.json_values import JsonReader

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
@bp.input(DecisionIn, validation=False)
@bp.output(OverlapOut)
@done_once
def decide(overlap_id: str, json_data: Body) -> Response:
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


Choice = TypeVar("Choice", overlaps.Sort, overlaps.Stand, Kind)


def _query() -> overlaps.OverlapQuery:
    args = request.args
    return overlaps.OverlapQuery(
        country=args.get("country"),
        pillar=args.get("pillar"),
        organisation=args.get("organisation"),
        kind=_choice(Kind, "kind"),
        min_score=args.get("min_score", type=float),
        stand=_choice(overlaps.Stand, "stand") or overlaps.Stand.OPEN,
        mine="mine" in args,
        project=args.get("project"),
        sort=_choice(overlaps.Sort, "sort") or overlaps.Sort.PRIORITY,
        cursor=args.get("cursor"),
        limit=limit_asked(),
    )


def _choice(kind: type[Choice], name: str) -> Choice | None:
    word = request.args.get(name)
    if word is None:
        return None
    try:
        return kind(word)
    except ValueError:
        words = ", ".join(each.value for each in kind)
        message = N_("Give one of: %(words)s.")
        raise Invalid([Problem(name, message, {"words": words})]) from None
