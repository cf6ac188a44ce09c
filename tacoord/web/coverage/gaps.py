"""The gap list: what should be done, where?"""

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tacoord.extensions import db
from tacoord.matching.gaps import GapKind
from tacoord.models import utcnow
from tacoord.services.coverage.gaps import GapQuery, list_gaps
from tacoord.services.terms.country_names import country_name
from tacoord.services.terms.regions import countries_of
from tacoord.services.terms.vocabularies import labels
from tacoord.web.coverage.statements import in_words, kind_words
from tacoord.web.gate import allowed, viewer
from tacoord.web.query import address_with, chips_of, choices_of, page_asked

bp = Blueprint("gaps", __name__, url_prefix="/gaps")

PER_PAGE = 50


@bp.get("")
@allowed("overlap.list")
def index() -> ResponseReturnValue:
    """What should be done, where?"""
    query = _query()
    gaps = list_gaps(db.session(), viewer(), now=utcnow(), query=query)
    number = page_asked()
    shown = gaps[(number - 1) * PER_PAGE : number * PER_PAGE]
    address = partial(address_with, ".index")
    return render_template(
        "gaps/index.html",
        statements=in_words(shown),
        total=len(gaps),
        countries=len({gap.cell.country for gap in gaps}),
        tabs=_tabs(address),
        number=number,
        more=len(gaps) > number * PER_PAGE,
        chips=chips_of(_filters(), ".index"),
        options=_options(),
        address=address,
    )


def _tabs(address: Callable[..., str]) -> list[tuple[str, str, bool, None]]:
    """All kinds, and each."""
    chosen = choices_of("kind", request.args)
    kinds = [
        (kind_words(kind), address(kind=kind.value), chosen == [kind.value], None)
        for kind in GapKind
    ]
    return [(_("All"), address(kind=None), not chosen, None), *kinds]


def _query() -> GapQuery:
    session, args = db.session(), request.args
    region = choices_of("region", args)
    return GapQuery(
        countries=choices_of("country", args) or sorted(countries_of(session, region)),
        pillars=choices_of("pillar", args),
        kinds=[kind for kind in GapKind if kind.value in choices_of("kind", args)],
        measures="measures" in args,
    )


def _filters() -> Mapping[str, Mapping[str, str]]:
    """The words of every value that a filter may have."""
    session = db.session()
    locale = str(get_locale())
    return {
        "country": {code: country_name(code, locale) for code in request.args.getlist("country")},
        "region": labels(session, "region"),
        "pillar": labels(session, "pillar"),
        "kind": {kind.value: kind_words(kind) for kind in GapKind},
        "measures": {"1": _("Each measure")},
    }


def _options() -> dict[str, Mapping[str, str]]:
    session = db.session()
    return {
        "country": labels(session, "country", str(get_locale())),
        "region": labels(session, "region"),
        "pillar": labels(session, "pillar"),
    }
