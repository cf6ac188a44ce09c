"""Home: what needs me, what changed, and how do my countries stand?"""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tacoord.charts.coverage import step_words
from tacoord.extensions import db
from tacoord.models import AssistanceRequest, RequestState, Role, utcnow
from tacoord.policy import has_role
from tacoord.services.assistance.query import RequestQuery, list_requests
from tacoord.services.coverage.coverage import Matrix, MatrixQuery
from tacoord.services.coverage.gaps import GapQuery
from tacoord.services.home import MOST_NEWS, list_news, list_tasks, news_since
from tacoord.services.organisations.footprint import footprint_of
from tacoord.services.terms.regions import countries_of, regions_by_country
from tacoord.web.coverage.grid import Row, columns_of, covered, row_of
from tacoord.web.gate import actor, viewer
from tacoord.web.home_words import news_line, task_line
from tacoord.web.query import question
from tacoord.web.term_choices import words_of

bp = Blueprint("home", __name__)

MOST_COUNTRIES = 8
MOST_OF_ALL_NEWS = 100


@bp.get("/")
def show() -> ResponseReturnValue:
    """What needs me?"""
    session, now = db.session(), utcnow()
    tasks = list_tasks(session, actor(), viewer(), now=now)
    since = news_since(actor(), now)
    all_news = question().flag("news")
    most = MOST_OF_ALL_NEWS if all_news else MOST_NEWS
    news = list_news(session, actor(), viewer(), since=since, most=most + 1)
    found, places, region = _countries(now.date())
    columns = columns_of(found)
    return render_template(
        "home/show.html",
        tasks=[task_line(task) for task in tasks],
        news=[news_line(each) for each in news[:most]],
        all_news=all_news,
        more_news=len(news) > most,
        since=since,
        first_visit=actor().previous_sign_in_at is None,
        rows=_rows(found, places, now.date()),
        columns=columns,
        requests=_own_requests(),
        region=words_of("region").get(region) if region else None,
        region_code=region,
        steps=step_words(),
    )


def _own_requests() -> Sequence[AssistanceRequest]:
    """What the reader's government has asked for and still waits for, the newest first."""
    if not has_role(actor(), Role.FOCAL_POINT):
        return []
    query = RequestQuery(mine=True, limit=20)
    going_on = (RequestState.OPEN, RequestState.ACCEPTED)
    found = list_requests(db.session(), viewer(), query)
    return [asked for asked in found if asked.state in going_on]


def _countries(today: date) -> tuple[Matrix, Sequence[str], str | None]:
    """Coverage of the reader's countries, at most MOST_COUNTRIES; and the region, where they come from one.

    They are the own country of a focal point, else those of the own organisation's projects, else those of the region
    with the most gaps.
    """
    country = actor().organisation.country
    if has_role(actor(), Role.FOCAL_POINT) and country:
        return _covered([country], today), [country], None
    own = sorted(footprint_of(db.session(), viewer().organisation_ids).countries)
    if own:
        found = _covered(own, today)
        return found, _most_pressing(found, own), None
    everywhere = covered(MatrixQuery(today=today), gaps=GapQuery())
    region = _barest_region(everywhere)
    inside = countries_of(db.session(), [region] if region else [])
    places = [place for place in everywhere.places() if place in inside]
    return everywhere, _most_pressing(everywhere, places), region


def _covered(countries: Sequence[str], today: date) -> Matrix:
    query = MatrixQuery(today=today, within=countries)
    return covered(query, gaps=GapQuery(countries=countries))


def _most_pressing(found: Matrix, places: Sequence[str]) -> list[str]:
    """The places with the most requests and gaps, by name."""
    pressing = sorted(places, key=lambda code: _pressure(found, code), reverse=True)
    names = words_of("country")
    return sorted(pressing[:MOST_COUNTRIES], key=lambda code: names[code].casefold())


def _pressure(found: Matrix, place: str) -> tuple[int, int, int]:
    total = found.total(place)
    return total.requests, total.gaps, total.overlaps


def _barest_region(found: Matrix) -> str | None:
    """The subregion whose known countries have the most gaps together."""
    gaps: Counter[str] = Counter()
    regions = regions_by_country(db.session())
    for place in found.places():
        if place in regions:
            gaps[regions[place]] += found.total(place).gaps
    return max(gaps, key=lambda code: (gaps[code], code), default=None)


def _rows(found: Matrix, places: Sequence[str], today: date) -> list[Row]:
    names, columns = words_of("country"), columns_of(found)
    return [row_of(place, names[place], found, columns, today=today) for place in places]
