"""A second factor as people use it: set up, asked for, limited, needed by a role; and showing once more who one is."""

import re
import time
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.models import AuditEntry, Role, SignIn, User, utcnow
from tacoord.policy import OPERATOR
from tacoord.services.accounts import second_factor
from tacoord.services.accounts.invitations import invite
from tacoord.services.accounts.second_factor import STEP_SECONDS
from tests.factories import PASSWORD, make_user
from tests.support.accessibility import violations
from tests.web.visits import sign_in, visit_as

AGO = timedelta(minutes=2)
ENOUGH_SECONDS = 4


@pytest.fixture
def user(store: Session) -> User:
    made = make_user(store, Role.REPORTER, password=PASSWORD)
    store.commit()
    return made


@pytest.fixture
def codes(app, store: Session, user: User) -> tuple[pyotp.TOTP, list[str]]:
    """The app of `user`, set up two minutes ago, and the recovery codes."""
    key, then = app.config["SETTINGS"].secret_key, utcnow() - AGO
    told = second_factor.begin_authenticator(store, user, key=key)
    made = pyotp.TOTP(told.secret.replace(" ", ""))
    recovery = second_factor.confirm_authenticator(store, user, made.at(then), key=key, now=then)
    store.commit()
    return made, recovery


def code_of_now(app: pyotp.TOTP) -> str:
    """The code that the app shows, once it will be shown long enough to be sent."""
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    if left < ENOUGH_SECONDS:
        time.sleep(left)
    return app.now()


def first_step(client: FlaskClient, user: User):
    said = {"email": user.email, "password": PASSWORD}
    return client.post("/account/sign-in?next=/projects", data=said)


def second_step(client: FlaskClient, code: str):
    return client.post("/account/sign-in/second", data={"code": code})


def age_the_proof(store: Session) -> None:
    """As if everybody had signed in an hour ago."""
    store.execute(update(SignIn).values(confirmed_at=utcnow() - timedelta(hours=1)))
    store.commit()


def test_the_password_alone_opens_nothing(client, user, codes):
    assert first_step(client, user).headers["Location"] == "/account/sign-in/second"
    assert client.get("/account").status_code == 302
    assert second_step(client, "000000").status_code == 422
    assert client.get("/account").status_code == 302


def test_the_code_lets_in_and_goes_where_one_wanted(client, store, user, codes):
    first_step(client, user)
    assert second_step(client, code_of_now(codes[0])).headers["Location"] == "/projects"
    assert client.get("/account").status_code == 200
    assert store.scalars(select(SignIn.method)).all() == ["password+code"]


def test_a_code_that_was_seen_is_of_no_use_to_who_saw_it(client, user, codes):
    code = code_of_now(codes[0])
    first_step(client, user)
    second_step(client, code)
    thief = client.application.test_client()
    first_step(thief, user)
    assert second_step(thief, code).status_code == 422


def test_a_recovery_code_lets_in_once(client, user, codes):
    for status in (302, 422):
        first_step(client, user)
        assert second_step(client, codes[1][0]).status_code == status
        client.post("/account/sign-out")


def test_the_second_step_needs_the_first(client, user, codes):
    assert client.get("/account/sign-in/second").headers["Location"] == "/account/sign-in"
    assert second_step(client, code_of_now(codes[0])).headers["Location"] == "/account/sign-in"


def test_a_first_step_is_over_when_the_password_changes(client, store, user, codes):
    first_step(client, user)
    user.password_hash = "changed meanwhile"
    store.commit()
    assert second_step(client, code_of_now(codes[0])).headers["Location"] == "/account/sign-in"


def test_codes_cannot_be_tried_without_end_not_even_from_many_places(client, user, codes):
    statuses = []
    for number in range(7):
        robot = client.application.test_client()
        robot.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        first_step(robot, user)
        statuses.append(second_step(robot, "000000").status_code)
    assert statuses == [422] * 5 + [429] * 2


def test_an_app_is_set_up_with_its_first_code_and_recovery_codes_are_shown_once(
    client, store, user
):
    visit_as(client, user)
    assert client.post("/account/security/app").headers["Location"] == "/account/security/app"
    page = client.get("/account/security/app").text
    assert "<svg" in page
    secret = re.search(r"<code[^>]*>([A-Z2-7 ]{32,})</code>", page)[1].replace(" ", "")
    shown = client.post(
        "/account/security/app/confirm", data={"code": code_of_now(pyotp.TOTP(secret))}
    )
    assert shown.status_code == 201
    assert len(re.findall(r"[A-Z2-7]{7}(?:-[A-Z2-7]{7}){3}", shown.text)) == 10
    assert secret not in client.get("/account/security").text
    assert client.get("/account/security/app").status_code == 302


def test_a_wrong_first_code_sets_nothing_up(client, store, user):
    visit_as(client, user)
    client.post("/account/security/app")
    answer = client.post("/account/security/app/confirm", data={"code": "000000"})
    assert answer.status_code == 422
    assert not second_factor.factors_of(store, user).any


@pytest.mark.parametrize(
    "step", ["/account/security/app", "/account/security/app/remove", "/account/security/codes"]
)
def test_who_signed_in_long_ago_shows_once_more_who_they_are(client, store, user, codes, step):
    visit_as(client, user)
    age_the_proof(store)
    asked = client.post(step, headers={"Referer": "http://localhost/account/security"})
    assert asked.headers["Location"] == "/account/confirm?next=/account/security"
    said = {"password": PASSWORD, "code": code_of_now(codes[0])}
    for wrong in ({"password": "wrong"}, {"code": "000000"}):
        answer = client.post("/account/confirm?next=/account/security", data=said | wrong)
        assert answer.status_code == 422
    good = client.post("/account/confirm?next=/account/security", data=said)
    assert good.headers["Location"] == "/account/security"
    assert "confirm" not in (client.post(step).headers.get("Location") or "")


@pytest.mark.parametrize("page", ["confirm", "password"])
def test_a_password_cannot_be_tried_without_end_inside_a_session(client, user, page):
    visit_as(client, user)
    new = {
        "old": "wrong again",
        "password": "a new and long sentence",
        "again": "a new and long sentence",
    }
    said = new if page == "password" else {"password": "wrong again"}
    answers = [client.post(f"/account/{page}", data=said).status_code for _ in range(7)]
    assert answers == [422] * 5 + [429] * 2


def test_showing_who_one_is_renews_the_session(client, store, user):
    visit_as(client, user)
    copied = client.get_cookie("tacoord").value
    client.post("/account/confirm", data={"password": PASSWORD})
    assert client.get("/account").status_code == 200
    thief = client.application.test_client()
    thief.set_cookie("tacoord", copied)
    assert thief.get("/account").status_code == 302
    assert len(store.scalars(select(SignIn)).all()) == 1


def test_an_administrator_signs_somebody_out_everywhere(client, store, user):
    admin = make_user(store, Role.ADMIN)
    store.commit()
    theirs = visit_as(client.application.test_client(), user)
    visit_as(client, admin)
    assert client.post(f"/admin/people/{user.public_id}/sessions/end").status_code == 302
    assert theirs.get("/account").status_code == 302


def test_one_is_never_sent_elsewhere_after_showing_who_one_is(client, user):
    visit_as(client, user)
    answer = client.post("/account/confirm?next=//elsewhere.example", data={"password": PASSWORD})
    assert answer.headers["Location"] == "/account/security"


def test_a_role_that_needs_a_second_factor_comes_nowhere_without(app, client, store, user):
    given = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(given, second_factor_roles=frozenset({"reporter"}))
    visit_as(client, user)
    assert client.get("/projects").headers["Location"] == "/account/security"
    assert "needs a second step" in client.get("/account/security").text
    client.post("/account/security/app")
    secret = re.search(
        r"<code[^>]*>([A-Z2-7 ]{32,})</code>", client.get("/account/security/app").text
    )
    code = code_of_now(pyotp.TOTP(secret[1].replace(" ", "")))
    client.post("/account/security/app/confirm", data={"code": code})
    assert client.get("/projects").status_code == 200


def test_other_roles_are_not_asked(app, client, user):
    given = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(given, second_factor_roles=frozenset({"admin"}))
    assert visit_as(client, user).get("/projects").status_code == 200


def test_the_trail_says_which_factor_failed(client, store, user, codes):
    first_step(client, user)
    second_step(client, "000000")
    last = store.scalars(select(AuditEntry).order_by(AuditEntry.n.desc())).first()
    assert (last.action, last.details["method"]) == ("user.refused", "code")


@pytest.mark.looks_only
def test_the_pages_can_be_used_by_everybody(live_server: str, page: Page, user: User):
    sign_in(page, live_server, user)
    page.goto(f"{live_server}/account/security")
    assert violations(page) == []
    page.get_by_role("button", name="Set up an app").click()
    assert violations(page) == []
    secret = page.locator("code").first.inner_text().replace(" ", "")
    page.get_by_role("textbox", name="Code").fill(code_of_now(pyotp.TOTP(secret)))
    page.get_by_role("button", name="Use this app from now on").click()
    assert violations(page) == []
    code = page.locator("li code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert violations(page) == []
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{live_server}/")


@pytest.mark.parametrize(
    "step",
    [
        "/account/tokens",
        "/admin/people/new",
        "/admin/people/{person}/roles",
        "/admin/people/{person}/roles/take",
        "/admin/people/{person}/link",
        "/admin/people/{person}/close",
        "/admin/people/{person}/sessions/end",
        "/admin/people/{person}/erase",
        "/account/security/sessions/end",
        "/admin/people/{person}/open",
        "/admin/people/{person}/factors",
        "/admin/jobs/gaps/run",
    ],
)
def test_a_step_that_could_do_harm_asks_who_one_is(client, store, step):
    admin = make_user(store, Role.ADMIN)
    other = make_user(store)
    store.commit()
    visit_as(client, admin)
    age_the_proof(store)
    asked = client.post(step.format(person=other.public_id))
    assert asked.headers["Location"].startswith("/account/confirm")


def test_an_administrator_takes_lost_factors_away_and_every_session_ends(
    client, store, user, codes
):
    admin = make_user(store, Role.ADMIN)
    store.commit()
    theirs = visit_as(client.application.test_client(), user)
    visit_as(client, admin)
    assert client.post(f"/admin/people/{user.public_id}/factors").status_code == 302
    assert not second_factor.factors_of(store, user).any
    assert theirs.get("/account").status_code == 302
    actions = store.scalars(select(AuditEntry.action).where(AuditEntry.by_id == admin.id)).all()
    assert "user.factors_removed" in actions


def test_a_link_to_set_a_password_does_not_go_around_the_second_factor(client, store, user, codes):
    secret = invite(store, user, by=OPERATOR)
    store.commit()
    new = "a new and quite long sentence"
    answer = client.post(f"/account/set-password/{secret}", data={"password": new, "again": new})
    assert answer.headers["Location"] == "/account/sign-in/second"
    assert client.get("/account").status_code == 302
