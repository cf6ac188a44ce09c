"""What records point to: organisations and vocabularies."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import select

from tacoord.api.answers import Body, page_of, question, record
from tacoord.api.tokens import guard, viewer
from tacoord.api.values import OrganisationOut, TermOut, filters_schema, page_schema
from tacoord.extensions import db
from tacoord.models import Organisation
from tacoord.services.organisations.organisations import get_organisation_by_id
from tacoord.services.search_text import has_words
from tacoord.services.terms.vocabularies import list_terms
from tacoord.services.visibility import organisation_clause

bp = APIBlueprint("api_register", __name__, url_prefix="/api/v1", tag="Register")
guard(bp)


@bp.get("/organisations")
@bp.input(filters_schema("q", "code"), location="query", validation=False)
@bp.output(page_schema(OrganisationOut))
def organisations(query_data: Body) -> Any:
    """List organisations. Filters: `q` (words of any of their names), `code`."""
    query = select(Organisation).where(organisation_clause(viewer()))
    if text := question().text("q"):
        query = query.where(has_words(Organisation.search_text, text))
    if code := question().text("code"):
        query = query.where(Organisation.code == code)
    return page_of(query, Organisation.public_id, told_organisation)


@bp.get("/organisations/<organisation_id>")
@bp.output(OrganisationOut)
def show_organisation(organisation_id: str) -> Response:
    """Read an organisation."""
    found = get_organisation_by_id(db.session(), organisation_id, viewer())
    return record(told_organisation(found))


@bp.get("/vocabularies/<name>")
@bp.output(page_schema(TermOut))
def vocabulary(name: str) -> Any:
    """The terms of a vocabulary, in its own order."""
    items = [
        {
            "code": term.code,
            "label": term.label,
            "parent": term.parent,
            "active": term.active,
            "attributes": term.attributes,
        }
        for term in list_terms(db.session(), name)
    ]
    return {"items": items, "next": None}


def told_organisation(row: Organisation) -> Body:
    """An organisation as JSON."""
    names = ("code", "name", "acronym", "type", "country", "website", "verified")
    return {"id": row.public_id, **{name: getattr(row, name) for name in names}}
