"""Search: one box over projects, organisations, countries and requests."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from tacoord.extensions import db
from tacoord.models import utcnow
from tacoord.services.projects.query import ProjectQuery
from tacoord.services.search import Found, search
from tacoord.web.gate import viewer
from tacoord.web.query import address_with, chips_of, question
from tacoord.web.term_choices import words_of

bp = Blueprint("search", __name__, url_prefix="/search")

LONGEST = 300


@bp.get("")
def index() -> ResponseReturnValue:
    """Where is it?"""
    asked = question()
    text = asked.text("q")[:LONGEST]
    words = {"country": words_of("country"), "pillar": words_of("pillar")}
    query = ProjectQuery(
        today=utcnow().date(),
        text=text,
        country=asked.code("country", words["country"]),
        pillar=asked.code("pillar", words["pillar"]),
    )
    found = search(db.session(), viewer(), query) if text else None
    return render_template(
        "search/index.html",
        text=text,
        query=query,
        found=found,
        lead=_lead(found) if found else None,
        words=words,
        chips=chips_of(words, ".index"),
        facets=_facets(found, query) if found else {},
    )


def _lead(found: Found) -> str:
    """What was found, in one sentence."""
    counts = found.counts
    parts: list[str] = [
        ngettext("%(num)s project", "%(num)s projects", counts["projects"]),
        ngettext("%(num)s organisation", "%(num)s organisations", counts["organisations"]),
        ngettext("%(num)s country", "%(num)s countries", counts["countries"]),
        ngettext("%(num)s request", "%(num)s requests", counts["requests"]),
    ]
    return ", ".join(parts)


def _facets(found: Found, query: ProjectQuery) -> dict[str, list[tuple[str, str, int]]]:
    """(words, address, number) of what the projects found can be narrowed to; nothing that is asked already."""
    return {
        name: [
            (words_of(name).get(code, code), address_with(".index", **{name: code}), number)
            for code, number in rows
        ]
        for name, rows in found.facets.items()
        if not getattr(query, name) and len(rows) > 1
    }
