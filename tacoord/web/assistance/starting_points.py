"""Where a request can begin: the gaps of the country, and the steps to become a party to the Protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _

from tacoord.extensions import db
from tacoord.matching.gaps import GapKind
from tacoord.models import utcnow
from tacoord.services.assistance.assistance import may_be_corrected
from tacoord.services.assistance.query import RequestQuery, list_requests
from tacoord.services.coverage.country_profile import list_indicators
from tacoord.services.coverage.gaps import INDICATOR_MEASURES, GapQuery, list_gaps
from tacoord.web.coverage.statements import in_words
from tacoord.web.gate import viewer
from tacoord.web.term_choices import terms, words_of

ACTIONS: Final = "ratification-action"
NOT_A_PARTY: Final = "not-party-tip-protocol"
GOVERNMENT: Final = "government"


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """A sentence, and the form that begins with it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class StartingPoints:
    """asked: what the country asked for and nobody has answered; gaps: of the own country.

    before, after: what a government does to become a party, and as one. likely_before: an indicator says that the
    country is not a party.
    """

    asked: list[StartingPoint]
    gaps: list[StartingPoint]
    before: list[StartingPoint]
    after: list[StartingPoint]
    likely_before: bool


def starting_points(country: str) -> StartingPoints:
    """What a government of `country` may want to ask for."""
    session = db.session()
    gaps = list_gaps(session, viewer(), now=utcnow(), query=GapQuery(countries=[country]))
    statements = in_words([gap for gap in gaps if gap.kind is not GapKind.REQUEST_UNANSWERED])
    actions: dict[str, list[StartingPoint]] = {"pre": [], "post": []}
    for term in terms(ACTIONS):
        if term.attributes.get("actor") == GOVERNMENT:
            point = StartingPoint(term.label, url_for("assistance.new", action=term.code))
            actions[str(term.attributes.get("phase", "pre"))].append(point)
    return StartingPoints(
        asked=[
            StartingPoint(each.title, url_for("assistance.show", request_id=each.public_id))
            for each in list_requests(session, viewer(), RequestQuery(mine=True, country=country))
            if may_be_corrected(each)
        ],
        gaps=[
            StartingPoint(each.sentence, url_for("assistance.new", pillar=each.gap.cell.pillar))
            for each in statements
        ],
        before=actions["pre"],
        after=actions["post"],
        likely_before=any(
            each.indicator == NOT_A_PARTY and each.value == "yes"
            for each in list_indicators(session, country)
        ),
    )


def starting_data(country: str, args: Mapping[str, str]) -> dict[str, Any]:
    """What the form begins with where a starting point was chosen."""
    action = words_of(ACTIONS).get(args.get("action", ""))
    if action is not None:
        pillar, measure = INDICATOR_MEASURES[NOT_A_PARTY]
        return {"title": action, "pillars": [pillar], "measures": [measure]}
    pillar = args.get("pillar", "")
    label = words_of("pillar").get(pillar)
    if label is None:
        return {}
    name = words_of("country")[country]
    title = _("%(pillar)s: help for %(country)s", pillar=label, country=name)
    return {"title": title, "pillars": [pillar]}
