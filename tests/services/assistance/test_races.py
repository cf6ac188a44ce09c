"""Two people answer at one time: one offer is accepted, and nothing waits for an answered request."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tacoord.errors import Conflict
from tacoord.extensions import announce_writing
from tacoord.models import AssistanceRequest, Offer, OfferState, RequestState, Role, User
from tacoord.services.assistance.assistance import accept, offer, withdraw
from tests.factories import make_user
from tests.services.asks import ask, focal_point, offer_draft
from tests.support.databases import engine_for

Work = Callable[[Session], object]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = engine_for(database_url)
    yield made
    made.dispose()


def at_once(engine: Engine, *works: Work) -> list[Exception | None]:
    """Run each work in a session and thread of its own; what each of them failed with."""
    start = threading.Barrier(len(works))
    ended: list[Exception | None] = [None] * len(works)

    def run(number: int) -> None:
        with Session(engine) as session:
            start.wait(10)
            try:
                announce_writing(session)
                works[number](session)
                session.commit()
            except (Conflict, StaleDataError) as error:
                ended[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ended


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
    failed = at_once(engine, *(accepting(government, made) for made in offers))
    assert sum(error is None for error in failed) == 1
    assert states(engine) == (
        RequestState.ACCEPTED,
        [OfferState.ACCEPTED, OfferState.DECLINED],
    )


def test_one_offer_accepted_twice_at_once_is_accepted_once(engine, waiting):
    government, _helper, _asked, offers = waiting
    failed = at_once(engine, accepting(government, offers[0]), accepting(government, offers[0]))
    assert sum(error is None for error in failed) == 1


def test_no_offer_waits_for_a_request_that_was_answered_or_withdrawn_meanwhile(engine, waiting):
    government, helper, asked, offers = waiting

    def answer(session: Session) -> None:
        request = session.get_one(AssistanceRequest, asked)
        offer(session, offer_draft(), by=session.get_one(User, helper), request=request)

    def take_back(session: Session) -> None:
        request = session.get_one(AssistanceRequest, asked)
        withdraw(session, request, by=session.get_one(User, government))

    at_once(engine, answer, take_back, accepting(government, offers[0]))
    state, made = states(engine)
    assert state is not RequestState.OPEN
    assert OfferState.PENDING not in made
