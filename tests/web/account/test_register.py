"""People ask for an account themselves: one answer for all, few at a time, and the administrator decides."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import AccountRequest, AskState, AuditEntry, Role, User, utcnow
from tacoord.services.accounts import asking
from tests.factories import make_organisation, make_user
from tests.support.accessibility import violations
from tests.web.visits import visit_as

SAID = {
    "name": "Amara Diallo",
    "email": "Amara@Harbour.example",
    "organisation": "Harbour Light",
    "reason": "To register our shelters.",
}


@pytest.fixture
def settings(settings):
    return replace(settings, self_registration=True)


def send(client: FlaskClient, **said: str):
    return client.post("/account/register", data={**SAID, **said})


def waiting(store: Session) -> list[AccountRequest]:
    store.rollback()
    return list(store.scalars(select(AccountRequest).order_by(AccountRequest.id)))


def plain(text: str) -> str:
    return re.sub(r'value="[^"]*"', "", text)


def test_who_asks_waits_for_the_administrator(client, store):
    assert "Ask for an account" in client.get("/account/sign-in").text
    assert send(client).status_code == 200
    (asked,) = waiting(store)
    assert (asked.email, asked.state) == ("amara@harbour.example", AskState.WAITING)
    assert store.scalars(select(User)).all() == []


def test_known_and_unknown_addresses_are_answered_alike(client, store):
    make_user(store, email="known@example.org")
    store.commit()
    answers = [send(client, email=email) for email in ("known@example.org", "new@example.org")]
    assert plain(answers[0].text) == plain(answers[1].text)
    assert answers[0].status_code == answers[1].status_code == 200
    assert len(waiting(store)) == 2


def test_one_request_waits_for_one_address_and_nobody_rewrites_it(client, store):
    send(client)
    assert send(client, name="Somebody Else").status_code == 200
    (asked,) = waiting(store)
    assert asked.name == "Amara Diallo"


@pytest.mark.parametrize(
    "said",
    [
        {"email": "nobody"},
        {"email": "a b@c.example"},
        {"name": " "},
        {"organisation": "x" * 201},
        {"reason": ""},
        {"reason": "x" * 1001},
    ],
)
def test_what_is_wrong_is_said_and_not_kept(client, store, said):
    assert send(client, **said).status_code == 422
    assert waiting(store) == []


def test_one_place_does_not_fill_the_list(client, store):
    answers = [send(client, email=f"a{number}@b.example").status_code for number in range(7)]
    assert answers == [200] * 5 + [429] * 2


def test_the_list_has_an_end(client, store, monkeypatch):
    monkeypatch.setattr(asking, "MOST_WAITING", 1)
    send(client)
    assert send(client, email="other@example.org").status_code == 200
    assert len(waiting(store)) == 1


def test_the_administrator_gives_an_account_with_their_words_beside_it(client, store):
    send(client)
    admin = make_user(store, Role.ADMIN)
    home = make_organisation(store, "Harbour Light", verified=True)
    store.commit()
    visit_as(client, admin)
    assert "1 person asks for an account" in client.get("/admin/people").text
    (asked,) = waiting(store)
    address = f"/admin/people/new?request={asked.public_id}"
    page = client.get(address).text
    assert 'value="amara@harbour.example"' in page
    assert SAID["reason"] in page
    said = {"email": asked.email, "name": asked.name, "role": "viewer", "group": ""}
    made = client.post(address, data={**said, "organisation": home.code})
    assert made.status_code == 201
    assert "/account/set-password/" in made.text
    assert [each.state for each in waiting(store)] == [AskState.ACCEPTED]
    assert client.get(address).status_code == 409
    actions = store.scalars(select(AuditEntry.action)).all()
    assert "account_request.accepted" in actions


def test_a_declined_request_may_be_sent_again(client, store):
    send(client)
    admin = make_user(store, Role.ADMIN)
    store.commit()
    visit_as(client, admin)
    (asked,) = waiting(store)
    address = f"/admin/people/requests/{asked.public_id}/decline"
    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 409
    assert "Nobody asks" in client.get("/admin/people/requests").text
    client.post("/account/sign-out")
    send(client, name="Amara D.")
    (again,) = waiting(store)
    assert (again.name, again.state) == ("Amara D.", AskState.WAITING)


def test_old_requests_go(store):
    for days, state in ((91, "waiting"), (89, "waiting"), (60, "declined")):
        made = utcnow() - timedelta(days=days)
        decided = utcnow() - timedelta(days=31) if state == "declined" else None
        store.add(
            AccountRequest(
                email=f"{days}@example.org", name="a", organisation="b", reason="c",
                created_at=made, state=AskState(state), decided_at=decided,
            )
        )  # fmt: skip
    store.flush()
    assert asking.drop_old_requests(store, now=utcnow()) == 2


def test_without_the_setting_there_is_no_such_page(app, client):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], self_registration=False)
    assert client.get("/account/register").status_code == 404
    assert "Ask for an account" not in client.get("/account/sign-in").text


@pytest.mark.looks_only
def test_the_page_can_be_used_by_everybody(live_server: str, page: Page):
    page.goto(f"{live_server}/account/register")
    assert violations(page) == []
    page.get_by_label("Your name").fill(SAID["name"])
    page.get_by_label("E-mail").fill(SAID["email"])
    page.get_by_label("Your organisation").fill(SAID["organisation"])
    page.get_by_label("What do you want").fill(SAID["reason"])
    page.get_by_role("button", name="Send the request").click()
    page.get_by_role("heading", name="Your request is kept").wait_for()
    assert violations(page) == []
