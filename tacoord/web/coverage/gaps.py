"""The gap list: what should be done, where?"""

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tacoord.extensions import db
from tacoord.matching.gaps import GapKind
from tacoord.models import utcnow
from tacoord.services.coverage.gaps import GapQuery, list_gaps
from tacoord.services.terms.regions import countries_of
from tacoord.services.terms.vocabularies import labels
from tacoord.web.coverage.statements import in_words, kind_words
from tacoord.web.gate import allowed, viewer
from tacoord.web.query import address_with, chips_of, page_asked, question
from tacoord.web.term_choices import words_of

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
        tabs=_tabs(query, address),
        number=number,
        more=len(gaps) > number * PER_PAGE,
        chips=chips_of(_filters(), ".index"),
        options=_options(),
        address=address,
        query=query,
    )


def _tabs(query: GapQuery, address: Callable[..., str]) -> list[tuple[str, str, bool, None]]:
    """All kinds, and each."""
    chosen = list(query.kinds)
    kinds = [
        (kind_words(kind), address(kind=kind.value), chosen == [kind], None) for kind in GapKind
    ]
    return [(_("All"), address(kind=None), not chosen, None), *kinds]


def _query() -> GapQuery:
    session, asked = db.session(), question()
    regions = asked.codes("region", words_of("region"))
    countries = asked.codes("country", words_of("country"))
    return GapQuery(
        countries=countries or sorted(countries_of(session, regions)),
        pillars=asked.codes("pillar", words_of("pillar")),
        kinds=asked.choices("kind", GapKind),
        measures=asked.flag("measures"),
    )


def _filters() -> Mapping[str, Mapping[str, str]]:
    """The words of every value that a filter may have."""
    session = db.session()
    return {
        "country": labels(session, "country", str(get_locale())),
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
