"""Two people answer at one time: one offer is accepted, and nothing waits for an answered request."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tacoord.errors import Conflict
from tacoord.models import AssistanceRequest, Offer, OfferState, RequestState, Role, User
from tacoord.services.assistance.assistance import accept, offer, withdraw
from tests.factories import make_user
from tests.services.asks import ask, focal_point, offer_draft
from tests.support.at_once import Work, at_once
from tests.support.databases import engine_for

# What the one that comes second is told; anything else is a fault.
TOLD = (Conflict, StaleDataError)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = engine_for(database_url)
    yield made
    made.dispose()


@pytest.fixture
def waiting(engine: Engine) -> tuple[int, int, int, list[int]]:
    """The keys of a government's person, a helper, a request, and two offers that wait."""
    with Session(engine) as session:
        government, helper = focal_point(session), make_user(session, Role.REPORTER)
        asked = ask(session, by=government)
        offers = [
            offer(session, offer_draft(), by=make_user(session, Role.REPORTER), request=asked).id
            for _ in range(2)
        ]
        session.commit()
        return government.id, helper.id, asked.id, offers


def accepting(government: int, made: int) -> Work:
    return lambda session: accept(
        session, session.get_one(Offer, made), by=session.get_one(User, government)
    )


def states(engine: Engine) -> tuple[RequestState, list[OfferState]]:
    with Session(engine) as session:
        asked = session.scalars(select(AssistanceRequest)).one()
        return asked.state, sorted(made.state for made in asked.offers)


def test_of_two_offers_accepted_at_once_one_is_taken(engine, waiting):
    government, _helper, _asked, offers = waiting
    failed = at_once(engine, *(accepting(government, made) for made in offers), may_fail=TOLD)
    assert sum(error is None for error in failed) == 1
    assert states(engine) == (
        RequestState.ACCEPTED,
        [OfferState.ACCEPTED, OfferState.DECLINED],
    )


def test_one_offer_accepted_twice_at_once_is_accepted_once(engine, waiting):
    government, _helper, _asked, offers = waiting
    twice = [accepting(government, offers[0])] * 2
    failed = at_once(engine, *twice, may_fail=TOLD)
    assert sum(error is None for error in failed) == 1


def test_no_offer_waits_for_a_request_that_was_answered_or_withdrawn_meanwhile(engine, waiting):
    government, helper, asked, offers = waiting

    def answer(session: Session) -> None:
        request = session.get_one(AssistanceRequest, asked)
        offer(session, offer_draft(), by=session.get_one(User, helper), request=request)

    def take_back(session: Session) -> None:
        request = session.get_one(AssistanceRequest, asked)
        withdraw(session, request, by=session.get_one(User, government))

    at_once(engine, answer, take_back, accepting(government, offers[0]), may_fail=TOLD)
    state, made = states(engine)
    assert state is not RequestState.OPEN
    assert OfferState.PENDING not in made
