"""The matrix: where is nobody, where is everybody?"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from tacoord.charts.coverage import step_words
from tacoord.extensions import db
from tacoord.models import utcnow
from tacoord.services.coverage.coverage import NOT_STATED, Matrix, MatrixQuery
from tacoord.services.coverage.gaps import GapQuery, whole_measures
from tacoord.services.projects.query import ProjectQuery, count_projects
from tacoord.services.terms.regions import countries_of, regions_within
from tacoord.services.terms.vocabularies import labels
from tacoord.web.coverage.cells import SHOWS
from tacoord.web.coverage.grid import (
    Columns,
    Row,
    columns_of,
    covered,
    is_country,
    row_of,
    sorted_rows,
)
from tacoord.web.filters import number, reader_language
from tacoord.web.gate import allowed, viewer
from tacoord.web.query import address_with, chips_of, question
from tacoord.web.term_choices import words_of

ROWS: Final = ("needs", "regions")

bp = Blueprint("coverage", __name__, url_prefix="/coverage")


@bp.get("", endpoint="matrix")
@allowed("overlap.list")
def show() -> ResponseReturnValue:
    """Where is nobody, where is everybody?"""
    today = utcnow().date()
    found, names = _find(today), _place_names()
    columns = columns_of(found)
    row = partial(
        row_of, found=found, columns=columns, today=today, shows=_shows(), running=_running_only()
    )
    rows = [row(place, names.get(place, place)) for place in found.places()]
    own = [each for each in rows if _by_region() or is_country(each.code)]
    wider = [each for each in rows if each not in own]
    if found.total(NOT_STATED).projects:
        wider.append(row(NOT_STATED, _("No place stated")))
    return render_template(
        "coverage/matrix.html",
        rows=sorted_rows(own, columns, _order(columns)),
        wider=wider,
        columns=columns,
        lead=_lead(own),
        caption=_caption(len(own)),
        running=_running_only(),
        by_region=_by_region(),
        needs=_with_needs(),
        shows=_shows(),
        chips=chips_of(_filters(), ".matrix"),
        filters=_filters(),
        steps=step_words(),
        address=partial(address_with, ".matrix"),
    )


def _find(today: date) -> Matrix:
    """The matrix of the present question, with the gaps of each country."""
    session = db.session()
    regions = _regions()
    countries = countries_of(session, regions) if regions else None
    pillar = question().code("pillar", words_of("pillar"))
    codes = [code for code, of in whole_measures(session).items() if of == pillar]
    query = MatrixQuery(
        today=today,
        running_only=_running_only(),
        by_region=_by_region(),
        within=None if countries is None else {*countries, *regions_within(session, regions)},
        subjects="measure" if codes else "pillar",
        codes=codes or None,
    )
    gaps = GapQuery(
        countries=sorted(countries or ()),
        pillars=[pillar] if codes and pillar else (),
        measures=bool(codes),
    )
    return covered(query, gaps=None if _by_region() else gaps, needs=_with_needs())


def _lead(rows: Sequence[Row]) -> str:
    """The answer in one sentence: how many projects where, and how much of the table is empty."""
    query = ProjectQuery(
        today=utcnow().date(),
        running=_running_only(),
        region=next(iter(_regions()), None),
    )
    projects = count_projects(db.session(), viewer(), query)
    cells = [cell for row in rows for cell in row.cells if cell.subject != NOT_STATED]
    empty = sum(1 for cell in cells if not cell.projects)
    places = sum(1 for row in rows if row.total.projects)
    where = _rows_words(places)
    if places < len(rows):
        where = _("%(some)s of %(rows)s", some=number(places), rows=_rows_words(len(rows)))
    if _running_only():
        where = ngettext(
            "%(num)s project is under way: in %(where)s.",
            "%(num)s projects are under way: in %(where)s.",
            projects,
            where=where,
        )
    else:
        where = ngettext(
            "%(num)s project is registered: in %(where)s.",
            "%(num)s projects are registered: in %(where)s.",
            projects,
            where=where,
        )
    nobody = {"empty": number(empty), "cells": number(len(cells))}
    return " ".join((where, _("Nobody is in %(empty)s of %(cells)s cells.", **nobody)))


def _caption(rows: int) -> str:
    """What the figures are, with their unit."""
    units: dict[str, str] = {
        "projects": _("number of projects"),
        "money": _("money in millions of US dollars"),
        "months": _("months until the last project ends"),
    }
    return f"{_rows_words(rows)}; {units[_shows()]}"


def _rows_words(rows: int) -> str:
    if _by_region():
        return str(ngettext("%(num)s region", "%(num)s regions", rows))
    return str(ngettext("%(num)s country", "%(num)s countries", rows))


def _place_names() -> dict[str, str]:
    session = db.session()
    regions = labels(session, "region")
    if not _by_region():
        regions = {code: _("%(region)s, regional", region=words) for code, words in regions.items()}
    return {**regions, **labels(session, "country", reader_language().replace("-", "_"))}


def _filters() -> Mapping[str, Mapping[str, str]]:
    session = db.session()
    return {"region": labels(session, "region"), "pillar": labels(session, "pillar")}


def _regions() -> list[str]:
    return question().codes("region", words_of("region"))


def _running_only() -> bool:
    return question().word("when", ("all",)) is None


def _with_needs() -> bool:
    """Whether countries have a row, too, of which nothing is known but that they need help."""
    return question().word("rows", ROWS) == "needs"


def _by_region() -> bool:
    return question().word("rows", ROWS) == "regions"


def _shows() -> str:
    return question().word("show", SHOWS) or SHOWS[0]


def _order(columns: Columns) -> str:
    """By which column, falling with a minus before it."""
    names = ["name", "total", *(code or "none" for code, _words in columns)]
    return question().word("sort", [*names, *(f"-{name}" for name in names)]) or "name"
