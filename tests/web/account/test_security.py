"""Sessions as their owner sees them, and cookies that were copied."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.extensions import SIGN_IN
from tacoord.models import Role, SignIn, User, utcnow
from tacoord.services.accounts.sessions import NOTED_EVERY
from tests.factories import PASSWORD, make_user
from tests.web.visits import carry, visit_as

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def user(store: Session) -> User:
    made = make_user(store, Role.REPORTER, password=PASSWORD)
    store.commit()
    return made


def secret_of(client: FlaskClient) -> str:
    with client.session_transaction() as cookie:
        return cookie[SIGN_IN]


def test_a_cookie_that_was_copied_before_signing_out_works_no_more(client, user):
    visit_as(client, user)
    copied = client.get_cookie("tacoord").value
    client.post("/account/sign-out")
    thief = client.application.test_client()
    thief.set_cookie("tacoord", copied)
    assert thief.get("/account").status_code == 302


def test_signing_in_begins_a_new_session_whatever_the_cookie_held(client, user):
    carry(client, "what an attacker has put there")
    client.post("/account/sign-in", data={"email": user.email, "password": PASSWORD})
    assert secret_of(client) != "what an attacker has put there"
    assert client.get("/account").status_code == 200


def test_sessions_are_listed_in_words_and_ended_one_by_one(client, store, user):
    visit_as(client, user)
    elsewhere = client.application.test_client()
    said = {"email": user.email, "password": PASSWORD}
    elsewhere.post("/account/sign-in", data=said, headers={"User-Agent": FIREFOX})
    page = client.get("/account/security").text
    assert "Firefox on Linux" in page
    assert "this one" in page
    other = store.scalars(select(SignIn).where(SignIn.browser == "Firefox")).one()
    assert client.post(f"/account/security/sessions/{other.public_id}/end").status_code == 302
    assert elsewhere.get("/account").status_code == 302
    assert client.get("/account").status_code == 200


def test_ending_the_session_in_use_is_signing_out(client, store, user):
    visit_as(client, user)
    own = store.scalars(select(SignIn)).one()
    answer = client.post(f"/account/security/sessions/{own.public_id}/end")
    assert answer.headers["Location"] == "/account/sign-in"
    assert client.get("/account").status_code == 302


def test_nobody_ends_the_session_of_another(client, store, user):
    visit_as(client, user)
    own = store.scalars(select(SignIn)).one()
    stranger = make_user(store)
    store.commit()
    other = visit_as(client.application.test_client(), stranger)
    assert other.post(f"/account/security/sessions/{own.public_id}/end").status_code == 404
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_use_is_noted_and_seldom(client, store, user, method):
    visit_as(client, user)
    own = store.scalars(select(SignIn)).one()
    own.seen_at = before = utcnow() - NOTED_EVERY * 2
    store.commit()
    said = {"name": "A", "locale": "en", "time_zone": "UTC"} if method == "post" else None
    getattr(client, method)("/account", data=said)
    store.refresh(own)
    noted = own.seen_at
    assert noted > before
    store.rollback()
    client.get("/account")
    store.refresh(own)
    assert own.seen_at == noted


def test_a_page_does_not_wait_for_another_writer_to_note_its_use(client, store, user):
    visit_as(client, user)
    store.scalars(select(SignIn)).one().seen_at = utcnow() - NOTED_EVERY * 2
    store.commit()
    user.name = "Somebody who is written just now"
    store.flush()
    assert client.get("/account").status_code == 200
    store.rollback()
