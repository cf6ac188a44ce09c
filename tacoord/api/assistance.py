"""Requests for assistance, what fits them, and offers."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from apiflask import APIBlueprint
from flask import Response, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tacoord.api.answers import (
    Body,
    body_asked,
    code_asked,
    described_body,
    done_once,
    page_of,
    question,
    record,
)
from tacoord.api.scopes import needs_scope
from tacoord.api.tokens import caller, guard, viewer
from tacoord.api.values import (
    FitsOut,
    OfferIn,
    OfferOut,
    RequestIn,
    RequestOut,
    filters_schema,
    page_schema,
)
from tacoord.errors import N_, Invalid, Problem
from tacoord.extensions import db
from tacoord.matching.fit import Fit
from tacoord.models import (
    AssistanceRequest,
    Offer,
    Organisation,
    Project,
    RequestState,
    TokenScope,
    Visibility,
    utcnow,
)
from tacoord.services.assistance.assistance import offer, request_problems, submit
from tacoord.services.assistance.drafts import OFFER_CODES, REQUEST_CODES, OfferDraft, RequestDraft
from tacoord.services.assistance.fitting import fits_for
from tacoord.services.assistance.query import get_offer, get_request, note_read
from tacoord.services.projects import projects
from tacoord.services.projects.json_values import JsonReader
from tacoord.services.terms.vocabularies import term_sets
from tacoord.services.visibility import offer_clause, request_clause

bp = APIBlueprint("api_assistance", __name__, url_prefix="/api/v1", tag="Assistance")
guard(bp)


@bp.get("/requests")
@bp.input(filters_schema("country", "state"), location="query", validation=False)
@bp.output(page_schema(RequestOut))
def requests(query_data: Body) -> Any:
    """List requests for assistance. Filters: `country`, `state`."""
    query = select(AssistanceRequest).where(request_clause(viewer()))
    if country := code_asked("country"):
        query = query.where(AssistanceRequest.country == country)
    if state := question().choice("state", RequestState):
        query = query.where(AssistanceRequest.state == state)
    query = query.options(selectinload(AssistanceRequest.tags))
    return page_of(query, AssistanceRequest.public_id, _listed_request)


def _listed_request(asked: AssistanceRequest) -> Body:
    note_read(db.session(), asked)
    return told_request(asked)


@bp.post("/requests")
@needs_scope(bp, TokenScope.ASSISTANCE)
@described_body(bp, RequestIn)
@bp.output(RequestOut, status_code=201)
@done_once
def send_request() -> Response:
    """Send a request for the caller's own country."""
    sent = submit(db.session(), _request_draft(body_asked()), by=caller())
    place = url_for("api_assistance.show_request", request_id=sent.public_id)
    return record(told_request(sent), status=201, headers={"Location": place})


@bp.get("/requests/<request_id>")
@bp.output(RequestOut)
def show_request(request_id: str) -> Response:
    """Read a request."""
    return record(told_request(get_request(db.session(), request_id, viewer())))


@bp.get("/requests/<request_id>/matches")
@bp.output(FitsOut)
def matches(request_id: str) -> Any:
    """What fits a request: running projects, standing offers and organisations, best first, with reasons."""
    session = db.session()
    found = get_request(session, request_id, viewer())
    fits = fits_for(session, found, viewer(), today=utcnow().date())
    for project, _fit in fits.projects:
        projects.note_read(session, project)
    return {
        "projects": _told_fits(fits.projects),
        "offers": _told_fits(fits.offers),
        "organisations": _told_fits(fits.organisations),
    }


@bp.get("/offers")
@bp.input(filters_schema(), location="query", validation=False)
@bp.output(page_schema(OfferOut))
def offers(query_data: Body) -> Any:
    """List offers: standing ones, own ones, and those made to an own request."""
    query = select(Offer).where(offer_clause(viewer())).options(selectinload(Offer.tags))
    return page_of(query, Offer.public_id, told_offer)


@bp.post("/offers")
@needs_scope(bp, TokenScope.ASSISTANCE)
@described_body(bp, OfferIn)
@bp.output(OfferOut, status_code=201)
@done_once
def make_offer() -> Response:
    """Offer help: to a request, or standing."""
    session, body = db.session(), body_asked()
    reader = JsonReader(body)
    asked = reader.text("request")
    draft = _offer_draft(reader)
    answered = get_request(session, asked, viewer()) if asked else None
    made = offer(session, draft, by=caller(), request=answered)
    place = url_for("api_assistance.show_offer", offer_id=made.public_id)
    return record(told_offer(made), status=201, headers={"Location": place})


@bp.get("/offers/<offer_id>")
@bp.output(OfferOut)
def show_offer(offer_id: str) -> Response:
    """Read an offer."""
    return record(told_offer(get_offer(db.session(), offer_id, viewer())))


def told_request(asked: AssistanceRequest) -> Body:
    """A request as JSON."""
    return {
        "id": asked.public_id,
        "country": asked.country,
        "organisation": asked.organisation.code,
        "state": asked.state.value,
        "title": asked.title,
        "need": asked.need,
        **_told_codes(asked.codes, REQUEST_CODES),
        "needed_from": asked.needed_from.isoformat() if asked.needed_from else None,
        "needed_by": asked.needed_by.isoformat() if asked.needed_by else None,
        "contact": asked.contact,
        "visibility": asked.visibility.value,
        "submitted_at": asked.submitted_at.isoformat() if asked.submitted_at else None,
    }


def told_offer(made: Offer) -> Body:
    """An offer as JSON."""
    return {
        "id": made.public_id,
        "request": made.request.public_id if made.request else None,
        "organisation": made.organisation.code,
        "state": made.state.value,
        "title": made.title,
        "text": made.text,
        **_told_codes(made.codes, OFFER_CODES),
        "available_from": made.available_from.isoformat() if made.available_from else None,
        "available_until": made.available_until.isoformat() if made.available_until else None,
        "answer_note": made.answer_note,
    }


def _told_codes(codes: Any, fields: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: codes(vocabulary) for name, vocabulary in fields.items()}


def _told_fits(fits: Iterable[tuple[Project | Offer | Organisation, Fit]]) -> list[Body]:
    return [
        {
            "id": fit.id,
            "name": row.name if isinstance(row, Organisation) else row.title,
            "score": fit.score,
            "reasons": [{"reason": why.value, "codes": list(codes)} for why, codes in fit.reasons],
        }
        for row, fit in fits
    ]


def _request_draft(body: object) -> RequestDraft:
    reader = JsonReader(body)
    word = reader.text("visibility") or Visibility.REGISTERED.value
    if word not in set(Visibility):
        reader.wrong("visibility", N_("Give public, registered, group or organisation."))
        word = Visibility.REGISTERED.value
    draft = RequestDraft(
        country=(reader.text("country") or "").upper(),
        title=reader.text("title") or "",
        need=reader.text("need") or "",
        needed_from=reader.day("needed_from"),
        needed_by=reader.day("needed_by"),
        contact=reader.text("contact") or "",
        visibility=Visibility(word),
        groups=_codes(reader, "groups"),
        **{name: _codes(reader, name) for name in REQUEST_CODES},
    )
    _finish(reader, partial(request_problems, db.session(), draft, caller()))
    return draft


def _offer_draft(reader: JsonReader) -> OfferDraft:
    draft = OfferDraft(
        title=reader.text("title") or "",
        text=reader.text("text") or "",
        available_from=reader.day("available_from"),
        available_until=reader.day("available_until"),
        **{name: _codes(reader, name) for name in OFFER_CODES},
    )
    _finish(reader, lambda: draft.problems(term_sets(db.session())))
    return draft


def _finish(reader: JsonReader, check: Callable[[], list[Problem]]) -> None:
    """Raise Invalid where a value could not be read, with what `check` says of all the others."""
    reader.note_unknown()
    if reader.problems:
        unread = {each.field.split(".")[0] for each in reader.problems}
        more = [each for each in check() if each.field.split(".")[0] not in unread]
        raise Invalid([*reader.problems, *more])


def _codes(reader: JsonReader, name: str) -> frozenset[str]:
    rows = reader.rows(name, lambda row: row.code("code"), short="code")
    return frozenset(code for code in rows if code)
