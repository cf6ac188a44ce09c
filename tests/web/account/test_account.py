"""Accounts as people use them: signing in and its limits, settings, passwords, tokens, links to set a password."""

import re
import threading
from datetime import timedelta
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tacoord.models import ApiToken, Invitation, Role, SignInAttempt, User, utcnow
from tacoord.policy import OPERATOR
from tacoord.services.accounts import sign_in_limits
from tacoord.services.accounts.invitations import invite
from tests.factories import PASSWORD, make_user
from tests.support.accessibility import violations
from tests.support.live import served

OTHER_PASSWORD = "another sentence, much longer"


@pytest.fixture
def user(store: Session) -> User:
    made = make_user(store, Role.REPORTER, password=PASSWORD)
    store.commit()
    return made


def enter(
    client: FlaskClient,
    email: str,
    password: str,
    *,
    place: str = "192.0.2.1",
    to: str = "/account",
):
    return client.post(
        f"/account/sign-in?next={to}",
        data={"email": email, "password": password},
        environ_overrides={"REMOTE_ADDR": place},
    )


@pytest.fixture
def entered(client: FlaskClient, user: User) -> FlaskClient:
    assert enter(client, user.email, PASSWORD).status_code == 302
    return client


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("/projects?pillar=PROT", "/projects?pillar=PROT"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_one_comes_to_the_page_that_was_asked_for_and_never_elsewhere(client, user, asked, goes_to):
    answer = client.post(
        "/account/sign-in",
        query_string={"next": asked},
        data={"email": user.email, "password": PASSWORD},
    )
    assert answer.headers["Location"] == goes_to


def test_a_wrong_password_and_an_unknown_account_are_answered_alike(client, user):
    known = enter(client, user.email, "not the password")
    unknown = enter(client, "nobody@example.org", "not the password")
    assert known.status_code == unknown.status_code == 422
    plain = [
        re.sub(r'(name="csrf_token" value|data-options)="[^"]*"', "", answer.text)
        for answer in (known, unknown)
    ]
    assert plain[0].replace(user.email, "") == plain[1].replace("nobody@example.org", "")


@pytest.mark.parametrize("account", ["known", "nobody@example.org"])
def test_after_five_failures_one_must_wait_whoever_it_is(client, user, account):
    email = user.email if account == "known" else account
    answers = [enter(client, email, "wrong again and again") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10
    assert "Too many attempts" in answers[-1].text


def test_the_wait_holds_for_the_right_password_too_and_grows(client, store, user):
    for _ in range(5):
        enter(client, user.email, "wrong again and again")
    assert enter(client, user.email, PASSWORD).status_code == 429
    waits = []
    for _ in range(3):
        _end_waits(store)
        assert enter(client, user.email, "wrong again and again").status_code == 422
        waits.append(int(enter(client, user.email, PASSWORD).headers["Retry-After"]))
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]


def test_others_cannot_lock_somebody_out(client, user):
    for _ in range(7):
        enter(client, user.email, "wrong again and again", place="198.51.100.7")
    assert enter(client, user.email, PASSWORD, place="192.0.2.1").status_code == 302


def test_one_place_cannot_try_many_accounts(client, store):
    answers = [
        enter(client, f"person{number}@example.net", "wrong again and again").status_code
        for number in range(52)
    ]
    assert answers == [422] * 50 + [429] * 2
    later = enter(client, "person@example.net", "wrong again", place="2001:db8::1").status_code
    assert later == 422


def test_a_browser_that_is_known_to_the_account_is_not_slowed_down_by_its_neighbours(client, user):
    assert enter(client, user.email, PASSWORD).status_code == 302
    client.post("/account/sign-out")
    stranger = client.application.test_client()
    for number in range(52):
        enter(stranger, f"person{number}@example.net", "wrong again and again")
    assert enter(stranger, user.email, PASSWORD).status_code == 429
    assert enter(client, user.email, PASSWORD).status_code == 302


def test_a_made_up_cookie_makes_no_browser_known(client, user):
    client.set_cookie("tacoord-browser", "WyJhIiwiYiJd.aaaa.bbbb")
    answers = [enter(client, user.email, "wrong again and again").status_code for _ in range(6)]
    assert answers[-1] == 429


def test_success_lets_one_start_anew(client, store, user):
    for _ in range(4):
        enter(client, user.email, "wrong again and again")
    assert enter(client, user.email, PASSWORD).status_code == 302
    client.post("/account/sign-out")
    answers = [enter(client, user.email, "wrong again and again").status_code for _ in range(5)]
    assert answers == [422] * 5


def test_many_tries_at_once_are_no_way_around(app, user, monkeypatch):
    monkeypatch.setattr(sign_in_limits, "FIRST_WAIT", sign_in_limits.LONGEST_WAIT)
    said = urlencode({"email": user.email, "password": "wrong again and again"}).encode()
    statuses: list[int] = []
    ready = threading.Barrier(10)

    def attempt(address: str) -> None:
        ready.wait()
        try:
            urlopen(f"{address}/account/sign-in", data=said, timeout=60)
        except HTTPError as answer:
            statuses.append(answer.code)

    with served(app) as address:
        threads = [threading.Thread(target=attempt, args=(address,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(statuses) == [422] * 5 + [429] * 5


def test_no_address_and_no_account_is_kept_in_the_counts(client, store, user):
    enter(client, user.email, "wrong again and again")
    keys = store.scalars(select(SignInAttempt.key)).all()
    assert len(keys) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


def test_settings_are_kept_and_speak_at_once(entered, store, user):
    said = {"name": "Another Name", "locale": "fr", "time_zone": "Africa/Dakar"}
    answer = entered.post("/account", data=said, follow_redirects=True)
    assert 'lang="fr"' in answer.text
    store.refresh(user)
    assert (user.name, user.locale, user.time_zone) == tuple(said.values())


@pytest.mark.parametrize("said", [{"name": " "}, {"locale": "tlh"}, {"time_zone": "Mars/Olympus"}])
def test_settings_that_are_wrong_are_not_kept(entered, store, user, said):
    whole = {"name": "Name", "locale": "en", "time_zone": "UTC", **said}
    assert entered.post("/account", data=whole).status_code == 422
    store.refresh(user)
    assert user.name != "Name"


def test_a_new_password_ends_the_other_sessions_and_not_this_one(entered, user):
    elsewhere = entered.application.test_client()
    enter(elsewhere, user.email, PASSWORD)
    said = {"old": PASSWORD, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert entered.post("/account/password", data=said).status_code == 302
    assert entered.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert enter(elsewhere, user.email, PASSWORD).status_code == 422
    assert enter(elsewhere, user.email, OTHER_PASSWORD).status_code == 302


@pytest.mark.parametrize(
    "said",
    [
        {"old": "not my password"},
        {"password": "too short", "again": "too short"},
        {"again": "something that differs"},
        {"password": "aaaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaaa"},
        {"password": "personpersonperson", "again": "personpersonperson"},
    ],
)
def test_a_password_that_is_not_taken_changes_nothing(entered, user, said):
    whole = {"old": PASSWORD, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD, **said}
    answer = entered.post("/account/password", data=whole)
    assert answer.status_code == 422
    assert "error" in answer.text
    entered.post("/account/sign-out")
    assert enter(entered, user.email, PASSWORD).status_code == 302


def test_all_other_sessions_can_be_ended(entered, user):
    elsewhere = entered.application.test_client()
    enter(elsewhere, user.email, PASSWORD)
    assert entered.post("/account/security/sessions/end").status_code == 302
    assert entered.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


def test_a_token_is_shown_once_works_and_ends(entered, store):
    shown = entered.post("/account/tokens", data={"name": "nightly export", "days": "30"})
    assert shown.status_code == 201
    secret = re.search(r'value="(tac_[^"]+)"', shown.text)[1]
    assert secret not in entered.get("/account/tokens").text
    called = {"Authorization": f"Bearer {secret}"}
    assert entered.get("/api/v1/projects", headers=called).status_code == 200
    token = store.scalar(select(ApiToken))
    assert token.used_at is not None
    assert secret not in (token.secret_hash, token.name)
    assert entered.post(f"/account/tokens/{token.public_id}/revoke").status_code == 302
    assert entered.get("/api/v1/projects", headers=called).status_code == 401


@pytest.mark.parametrize("said", [{"name": ""}, {"name": "x", "days": "0"}, {"name": "x" * 201}])
def test_a_token_that_is_wrong_is_not_made(entered, store, said):
    assert entered.post("/account/tokens", data=said).status_code == 422
    assert store.scalar(select(func.count()).select_from(ApiToken)) == 0


def test_nobody_ends_the_token_of_another(entered, client, store, user):
    entered.post("/account/tokens", data={"name": "mine"})
    token = store.scalar(select(ApiToken))
    other = make_user(store, password=PASSWORD)
    store.commit()
    stranger = client.application.test_client()
    enter(stranger, other.email, PASSWORD)
    assert stranger.post(f"/account/tokens/{token.public_id}/revoke").status_code == 404


@pytest.fixture
def newcomer(store: Session) -> User:
    made = make_user(store, Role.REPORTER)
    store.commit()
    return made


def test_a_link_sets_a_password_once_and_signs_in(client, store, newcomer):
    secret = invite(store, newcomer, by=OPERATOR)
    store.commit()
    address = f"/account/set-password/{secret}"
    assert newcomer.email in client.get(address).text
    said = {"password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert client.post(address, data=said).status_code == 302
    assert client.get("/account").status_code == 200
    assert client.get(address).status_code == 404
    assert client.post(address, data=said).status_code == 404


def test_a_password_that_is_not_taken_does_not_use_the_link_up(client, store, newcomer):
    secret = invite(store, newcomer, by=OPERATOR)
    store.commit()
    address = f"/account/set-password/{secret}"
    assert client.post(address, data={"password": "short", "again": "short"}).status_code == 422
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("why", ["unknown", "over", "replaced", "closed"])
def test_a_link_that_is_not_good_is_not_there(client, store, newcomer, why):
    secret = invite(store, newcomer, by=OPERATOR)
    if why == "over":
        store.scalar(select(Invitation)).expires_at = utcnow() - timedelta(seconds=1)
    if why == "replaced":
        invite(store, newcomer, by=OPERATOR)
    newcomer.active = why != "closed"
    store.commit()
    address = f"/account/set-password/{'x' if why == 'unknown' else secret}"
    assert client.get(address).status_code == 404


def test_only_a_hash_of_a_link_is_kept(store, newcomer):
    secret = invite(store, newcomer, by=OPERATOR)
    store.flush()
    assert secret not in store.scalar(select(Invitation.secret_hash))


def test_a_closed_account_is_signed_out_everywhere(entered, store, user):
    user.active = False
    store.commit()
    assert entered.get("/account").status_code == 302
    assert enter(entered, user.email, PASSWORD).status_code == 422


@pytest.mark.looks_only
def test_the_pages_can_be_used_by_everybody(
    live_server: str, page: Page, store: Session, user: User
):
    page.goto(f"{live_server}/account/sign-in?next=/account")
    assert violations(page) == []
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{live_server}/account/tokens")
    page.get_by_label("What is it for?").fill("export")
    page.get_by_role("button", name="Make the token").click()
    assert page.get_by_label("Token", exact=True).input_value().startswith("tac_")
    assert violations(page) == []


def _end_waits(store: Session) -> None:
    """As if everybody had waited long enough, and nothing else had changed."""
    store.execute(update(SignInAttempt).values(waits_until=utcnow() - timedelta(seconds=1)))
    store.commit()
