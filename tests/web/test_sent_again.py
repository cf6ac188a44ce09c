"""A form whose session has ended: nothing that was typed is lost, and nothing is saved unasked."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import Project, Role, User
from tests.factories import make_user
from tests.web.projects.typed_form import typed
from tests.web.visits import sent_by, visit_as

OURS = {"Origin": "http://localhost"}


@pytest.fixture
def reporter(app: Flask, store: Session) -> User:
    app.config.update(WTF_CSRF_ENABLED=True)
    user = make_user(store, Role.REPORTER)
    store.commit()
    return user


def test_what_was_typed_outlives_the_session_and_is_saved_after_signing_in(
    client: FlaskClient, reporter: User, store: Session
) -> None:
    said = typed(reporter, do="register", title="“Quay” & <pier>", description="One\r\nTwo")
    ended = client.post("/projects/new", data=said, headers=OURS)
    assert ended.status_code == 401
    assert "Your session has ended" in ended.text
    assert 'href="/account/sign-in" target="_blank"' in ended.text
    client.delete_cookie("tacoord")  # signing in begins a new session, with another token
    visit_as(client, reporter)
    asked = client.post("/projects/new", data=sent_by(ended.text), headers=OURS)
    assert (asked.status_code, "Send it once more" in asked.text) == (400, True)
    assert store.scalars(select(Project)).all() == [], "nothing is saved before it is asked for"
    store.rollback()
    saved = client.post("/projects/new", data=sent_by(asked.text), headers=OURS)
    assert saved.status_code == 302
    project = store.scalars(select(Project)).one()
    assert project.title == "“Quay” & <pier>"
    assert project.descriptions["en"].split() == ["One", "Two"]


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://elsewhere.example"}])
def test_what_another_site_sends_is_never_held_ready(
    client: FlaskClient, reporter: User, origin: dict[str, str]
) -> None:
    for known in (client, visit_as(client, reporter)):
        answer = known.post("/projects/new", data=typed(reporter), headers=origin)
        assert "Send again what I typed" not in answer.text
        assert answer.status_code == 400


def test_no_page_repeats_a_password(client: FlaskClient, reporter: User) -> None:
    visit_as(client, reporter)
    said = {"old": "a secret word", "password": "another secret word"}
    answer = client.post("/account/password", data=said, headers=OURS)
    assert answer.status_code == 400
    assert "secret word" not in answer.text


def test_without_a_session_a_page_still_leads_to_the_sign_in(
    client: FlaskClient, reporter: User
) -> None:
    assert client.get("/projects").location.startswith("/account/sign-in")
