"""Passkeys in a real browser with a virtual device: made, used to sign in and as a second step, removed, misused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.models import AuditEntry, Passkey, Role, SignIn, User, utcnow
from tacoord.services.accounts import second_factor
from tests.factories import PASSWORD, make_user
from tests.support.accessibility import violations
from tests.support.live import served
from tests.web.visits import sign_in

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def user(store: Session) -> User:
    made = make_user(store, Role.REPORTER, password=PASSWORD)
    store.commit()
    return made


@pytest.fixture
def server(app: APIFlask) -> Iterator[str]:
    """The site under a name, because browsers keep no passkeys for numbers."""
    app.config.update(WTF_CSRF_ENABLED=True)
    with served(app) as address:
        named = address.replace("127.0.0.1", "localhost")
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], base_url=named)
        yield named


@pytest.fixture
def device(page: Page) -> Any:
    """A device in the browser of `page` that keeps passkeys and opens them at once."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    tools.device = made["authenticatorId"]
    return tools


def make_passkey(page: Page, server: str, name: str = "my telephone") -> None:
    page.goto(f"{server}/account/passkeys/new")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("link", name="I have kept them").click()


def leave(page: Page, server: str) -> None:
    page.goto(f"{server}/account/security")
    page.get_by_role("button", name="Sign out here").click()


def test_a_passkey_is_made_and_lets_in_without_a_password(page, server, device, store, user):
    sign_in(page, server, user)
    make_passkey(page, server)
    expect(page.get_by_text("my telephone")).to_be_visible()
    assert violations(page) == []
    leave(page, server)
    page.goto(f"{server}/account/sign-in?next=/projects")
    assert violations(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{server}/projects")
    assert store.scalars(select(SignIn.method)).all() == ["passkey"]
    key = store.scalars(select(Passkey)).one()
    assert key.used_at is not None


def test_who_has_a_passkey_is_asked_for_it_after_the_password(page, server, device, store, user):
    sign_in(page, server, user)
    make_passkey(page, server)
    leave(page, server)
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in, second step")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{server}/")


def test_a_passkey_answers_whether_it_is_still_you(page, server, device, store, user):
    sign_in(page, server, user)
    make_passkey(page, server)
    store.execute(update(SignIn).values(confirmed_at=utcnow().replace(year=2020)))
    store.commit()
    page.goto(f"{server}/account/passkeys/new")
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{server}/account/passkeys/new")


def test_a_passkey_that_was_removed_opens_nothing(page, server, device, store, user):
    sign_in(page, server, user)
    make_passkey(page, server)
    page.get_by_role("button", name="Remove it").click()
    assert not second_factor.factors_of(store, user).any
    leave(page, server)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("could not be checked").wait_for()
    page.goto(f"{server}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    store.rollback()  # else SQLite shows what stood there when this session began to read
    last = store.scalars(select(AuditEntry).order_by(AuditEntry.n.desc())).first()
    assert (last.action, last.details["method"]) == ("user.refused", "passkey")


def test_no_passkey_in_the_browser_is_said_in_words(page, server, device):
    device.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device.device})
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | {"isUserVerified": False}})
    page.goto(f"{server}/account/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("No passkey was shown").wait_for()


def test_an_answer_is_taken_once_and_only_by_the_browser_that_was_asked(
    page, server, device, store, user, browser: Browser
):
    sign_in(page, server, user)
    make_passkey(page, server)
    leave(page, server)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    cookies = page.context.cookies()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{server}/")
    body = next(each for each in sent if "credential=" in each)
    for kept in (cookies, []):
        thief = browser.new_context()
        thief.add_cookies(kept)
        answer = thief.request.post(
            f"{server}/account/passkeys/sign-in",
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            max_redirects=0,
        )
        assert answer.status in (302, 400)
        inside = thief.request.get(f"{server}/account", max_redirects=0)
        assert inside.status == 302
        thief.close()


@pytest.mark.parametrize("said", ["", "{}", "[]", "x" * 30_000, json.dumps({"id": 7}), "\x00"])
def test_what_is_no_answer_lets_nobody_in(client, said):
    answer = client.post("/account/passkeys/sign-in", data={"credential": said})
    assert answer.headers["Location"] == "/account/sign-in"


def test_passkeys_cannot_be_tried_without_end(client, store):
    for _ in range(8):
        client.post("/account/passkeys/sign-in", data={"credential": "{}"})
    refused = store.scalars(select(AuditEntry).where(AuditEntry.action == "user.refused")).all()
    assert len(refused) == 5


def test_a_site_without_a_name_offers_no_passkey(app, client):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], base_url="http://127.0.0.1:8000")
    assert "data-passkey" not in client.get("/account/sign-in").text
