"""Who visits a page: signed in by the cookie alone, because hashing passwords is not what these tests are about."""

from collections import defaultdict

from flask.testing import FlaskClient
from lxml import html
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from tacoord.extensions import SIGN_IN, announce_writing, db
from tacoord.models import User
from tacoord.services.accounts import sessions
from tests.factories import PASSWORD


def visit_as(client: FlaskClient, user: User) -> FlaskClient:
    """The client, signed in as `user`, whose row is committed."""
    with client.application.app_context():
        engine = db.engine
    with Session(engine) as own:
        announce_writing(own)
        secret = sessions.begin(own, own.get_one(User, user.id), client=sessions.Client())
        own.commit()
    carry(client, secret)
    return client


def carry(client: FlaskClient, secret: str) -> None:
    """Let the client's cookie hold the secret of a session."""
    with client.session_transaction() as cookie:
        cookie[SIGN_IN] = secret


def sent_by(page: str) -> dict[str, list[str]]:
    """What a browser would send for the one form of a page's own part, as it stands."""
    (form,) = html.fromstring(page).xpath("//main//form")
    values = defaultdict[str, list[str]](list)
    for name, value in form.form_values():
        values[name].append(value)
    return dict(values)


def sign_in(page: Page, server: str, user: User) -> None:
    """Sign in by the form, as people do; `user` has the password of the factories."""
    page.goto(f"{server}/account/sign-in")
    page.fill("[name=email]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{server}/")
