"""The world map, and the page of a country: who does what here, until when?"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from tacoord.charts.coverage import coverage_step, step_words
from tacoord.charts.signs import Sign
from tacoord.charts.world import CountryMark, world_map
from tacoord.extensions import db
from tacoord.matching.gaps import Gap, GapKind
from tacoord.models import RequestState, utcnow
from tacoord.services.assistance.query import RequestQuery, list_requests
from tacoord.services.coverage.country_profile import profile
from tacoord.services.coverage.coverage import CoverageCell, MatrixQuery
from tacoord.services.coverage.gaps import GapQuery, list_gaps
from tacoord.services.terms.country_names import country_name
from tacoord.services.terms.vocabularies import labels
from tacoord.web.coverage.cells import signs_of
from tacoord.web.coverage.country_timeline import timeline
from tacoord.web.coverage.grid import covered, projects_address
from tacoord.web.coverage.statements import as_of_words, in_words, indicator_words
from tacoord.web.coverage.subject_rows import subject_rows
from tacoord.web.filters import money, reader_language, sentence_list
from tacoord.web.gate import actor, allowed, viewer
from tacoord.web.query import address_with, question

bp = Blueprint("countries", __name__, url_prefix="/countries")

SHOWS: Final = ("projects", "money", "gaps")
PILLARS: Final = 5
MILLIONS: Final = (0, 1, 5, 20)
"""The least money of each step but the first, in millions of US dollars."""
_CENTS: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A country in the table below the map."""

    code: str
    name: str
    total: CoverageCell
    projects_address: str


ORDERS: Final[Mapping[str, Callable[[Line], Any]]] = {
    "projects": lambda line: line.total.projects,
    "money": lambda line: line.total.usd_minor,
    "until": lambda line: line.total.until or date.min,
    "gaps": lambda line: line.total.gaps,
    "requests": lambda line: line.total.requests,
    "overlaps": lambda line: line.total.overlaps,
}


@bp.get("")
@allowed("overlap.list")
def world() -> ResponseReturnValue:
    """Where is nobody, where is everybody?"""
    today = utcnow().date()
    found = covered(MatrixQuery(today=today), gaps=GapQuery())
    names = labels(db.session(), "country", _locale())
    lines = [
        Line(code, names[code], found.total(code), projects_address(code))
        for code in found.places()
        if code in names
    ]
    return render_template(
        "countries/world.html",
        lines=_in_order(lines, _order()),
        map=world_map(
            {line.code: _mark(line) for line in lines},
            title=_("Coverage of the world by country; the table below says the same"),
        ),
        shows=_shows(),
        steps=_step_words(),
        running=sum(1 for line in lines if line.total.projects),
        address=partial(address_with, ".world"),
    )


@bp.get("/<code>")
@allowed("overlap.list")
def show(code: str) -> ResponseReturnValue:
    """Who does what here, until when?"""
    if code != code.upper():
        return redirect(url_for(".show", code=code.upper()), 301)
    session, now = db.session(), utcnow()
    today = now.date()
    found = profile(session, viewer(), code, today=today)
    gaps = list_gaps(session, viewer(), now=now, query=GapQuery(countries=[code]))
    asked = RequestQuery(country=code, state=RequestState.OPEN)
    return render_template(
        "countries/show.html",
        code=code,
        name=country_name(code, _locale()),
        found=found,
        subjects=subject_rows(code, today),
        statements=in_words(gaps),
        chart=timeline(found.projects, gaps, today),
        requests=list_requests(session, viewer(), asked),
        own=actor().organisation.country == code,
        pillars=PILLARS - len(_bare(gaps)),
        next_cliff=min((gap.until for gap in gaps if gap.until), default=None),
        organisation_types=labels(session, "organisation-type"),
        role_words=_role_words(),
        as_of_words=as_of_words,
        indicator_words=indicator_words,
        projects_address=projects_address,
        today=today,
    )


def _role_words() -> Callable[[Collection[str]], str]:
    """A function that puts what an organisation does into words; that it only reports is said where it is all."""
    words = labels(db.session(), "organisation-role")

    def said(roles: Collection[str]) -> str:
        known = [words[role] for role in sorted(roles) if role in words]
        return str(sentence_list(known or [_("Reports")]))

    return said


def _bare(gaps: Sequence[Gap]) -> set[str]:
    """The pillars without any project."""
    nobody = (GapKind.NO_PROJECT, GapKind.NEED_INDICATED)
    return {gap.cell.pillar for gap in gaps if gap.kind in nobody}


def _mark(line: Line) -> CountryMark:
    total = line.total
    parts = [ngettext("%(num)s project", "%(num)s projects", total.projects)]
    if total.usd_minor:
        parts.append(money(total.usd_minor, "USD"))
    parts += [words for _name, words in signs_of(total)]
    words = f"{line.name}: {', '.join(parts)}"
    return CountryMark(_step(total), words, url_for(".show", code=line.code), _signs(total))


def _signs(total: CoverageCell) -> list[Sign]:
    """The sign on the map: most countries have some gap, so that a gap is marked only where nobody works at all."""
    if total.requests:
        return [Sign.REQUEST]
    return [Sign.GAP] if total.gaps and not total.projects else []


def _step(total: CoverageCell) -> int:
    """0 to 4: by projects, by money, or by the pillars that have no gap."""
    if _shows() == "money":
        return sum(total.usd_minor > least * _CENTS for least in MILLIONS)
    if _shows() == "gaps":
        return min(4, max(0, PILLARS - total.gaps))
    return coverage_step(total.projects)


def _step_words() -> tuple[str, ...]:
    if _shows() == "money":
        least = [_("up to USD %(number)s million", number=number) for number in MILLIONS[1:]]
        return (_("none"), *least, _("more"))
    if _shows() == "gaps":
        return ("0", "1", "2", "3", _("4 or 5 pillars without a gap"))
    return step_words()


def _in_order(lines: list[Line], order: str) -> list[Line]:
    column, falling = order.removeprefix("-"), order.startswith("-")
    by_name = sorted(lines, key=lambda line: line.name.casefold())
    if column not in ORDERS:
        return by_name[::-1] if falling else by_name
    return sorted(by_name, key=ORDERS[column], reverse=falling)


def _shows() -> str:
    return question().word("show", SHOWS) or SHOWS[0]


def _order() -> str:
    """By which column, falling with a minus before it."""
    return question().word("sort", ["name", "-name", *ORDERS, *(f"-{o}" for o in ORDERS)]) or "name"


def _locale() -> str:
    return reader_language().replace("-", "_")
