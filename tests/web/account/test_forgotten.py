"""A forgotten password: one answer for everybody, and a link by mail, once, within an hour."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tacoord.jobs import run_job
from tacoord.models import AuditEntry, Invitation, PasswordAsk, SignIn, User, utcnow
from tests.factories import PASSWORD, make_user
from tests.web.visits import visit_as

NEW = "nine green lanterns float by"


@pytest.fixture
def owner(store: Session) -> User:
    made = make_user(store, password=PASSWORD, email="owner@example.org")
    store.commit()
    return made


def ask(client: FlaskClient, email: str, place: str = "192.0.2.1"):
    at = {"REMOTE_ADDR": place}
    return client.post("/account/forgotten", data={"email": email}, environ_base=at)


def letters(app: APIFlask) -> list[str]:
    """What the jobs process sends for what was asked, oldest first."""
    with app.app_context():
        run_job("password-links")
    folder = Path(app.config["SETTINGS"].home) / "mail"
    found = sorted(folder.rglob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [
        f"{message['To']}\n{message.get_content()}"
        for path in found
        if (message := message_from_bytes(path.read_bytes(), policy=policy.default))
    ]


def link_in(letter: str) -> str:
    return re.search(r"http://\S+?(/account/set-password/\S+)", letter)[1]


def test_the_link_sets_a_password_once_and_ends_every_session(app, client, store, owner):
    other = visit_as(app.test_client(), owner)
    assert ask(client, "  Owner@Example.org ").status_code == 200
    (letter,) = letters(app)
    assert "owner@example.org" in letter
    link = link_in(letter)
    data = {"password": NEW, "again": NEW}
    assert client.post(link, data=data).headers["Location"] == "/"
    assert other.get("/account").status_code == 302
    assert app.test_client().get(link).status_code == 404
    store.rollback()
    assert store.scalar(select(func.count(SignIn.id))) == 1


def test_known_closed_and_unknown_addresses_get_the_same_answer_and_leave_the_same(
    app, client, store, owner
):
    closed = make_user(store, email="closed@example.org", active=False)
    store.commit()
    answers = {
        re.sub(r'value="[^"]*"', "", ask(client, email).text.replace(email, ""))
        for email in (owner.email, closed.email, "nobody@example.org")
    }
    assert len(answers) == 1
    store.rollback()
    kept = store.scalars(select(PasswordAsk.email).order_by(PasswordAsk.email)).all()
    assert kept == [closed.email, "nobody@example.org", owner.email]
    (letter,) = letters(app)
    assert owner.email in letter
    store.rollback()
    assert store.scalar(select(func.count(PasswordAsk.id))) == 0


def test_the_request_looks_at_no_account(client, owner, monkeypatch):
    """Whether there is one is asked by the jobs process, so no answer can take longer."""
    monkeypatch.setattr("tacoord.services.accounts.password_links.find_user", None)
    assert ask(client, owner.email).status_code == 200


def test_only_a_hash_is_kept_and_it_is_over_after_an_hour(app, client, store, owner):
    ask(client, owner.email)
    (letter,) = letters(app)
    link = link_in(letter)
    store.rollback()
    kept = store.scalars(select(Invitation)).one()
    assert link.rpartition("/")[2] not in str(vars(kept))
    assert timedelta(minutes=59) < kept.expires_at - utcnow() <= timedelta(hours=1)
    store.execute(update(Invitation).values(expires_at=utcnow()))
    store.commit()
    assert client.get(link).status_code == 404


def test_a_newer_link_ends_the_older_one_but_not_an_administrators(app, client, store, owner):
    store.add(
        Invitation(
            user=owner, secret_hash="0" * 64, created_by_id=owner.id,
            expires_at=utcnow() + timedelta(hours=1),
        )
    )  # fmt: skip
    store.commit()
    ask(client, owner.email)
    first = link_in(letters(app)[0])
    ask(client, owner.email)
    links = [link_in(letter) for letter in letters(app)]
    assert client.get(first).status_code == 404
    assert [client.get(link).status_code for link in links if link != first] == [200]
    store.rollback()
    assert (
        store.scalars(select(Invitation).where(Invitation.secret_hash == "0" * 64)).one().used_at
        is None
    )


def test_nobody_is_flooded_with_letters_and_nobody_can_ask_without_end(app, client, owner):
    for number in range(5):
        ask(client, owner.email, f"192.0.2.{number}")
        sent = len(letters(app))
    assert sent == 3
    answers = [ask(client, "somebody@example.org").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    places = [ask(client, f"a{number}@example.org").status_code for number in range(60)]
    assert 429 in places


def test_it_is_written_down_from_where_somebody_asked(app, client, store, owner):
    ask(client, owner.email)
    letters(app)
    store.rollback()
    entry = store.scalars(select(AuditEntry).where(AuditEntry.action == "user.link_asked")).one()
    assert (entry.subject_id, entry.details["network"]) == (owner.id, "192.0.2.0/24")
    ask(client, "nobody@example.org")
    letters(app)
    store.rollback()
    asked = select(func.count(AuditEntry.n)).where(AuditEntry.action == "user.link_asked")
    assert store.scalar(asked) == 1


def test_a_letter_that_did_not_go_is_sent_again_with_a_new_link(
    app, client, store, owner, monkeypatch
):
    folder = Path(app.config["SETTINGS"].home) / "mail"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    ask(client, owner.email)
    with app.app_context():
        assert run_job("password-links") == "1 later"
    folder.unlink()
    store.execute(update(PasswordAsk).values(next_try_at=utcnow()))
    store.commit()
    (letter,) = letters(app)
    assert client.get(link_in(letter)).status_code == 200
