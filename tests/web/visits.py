"""Who visits a page: signed in by the cookie alone, because hashing passwords is not what these tests are about."""

from flask.testing import FlaskClient
from playwright.sync_api import Page

from tacoord.models import User
from tests.factories import PASSWORD


def visit_as(client: FlaskClient, user: User) -> FlaskClient:
    """The client, signed in as `user`, whose row is committed."""
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = user.get_id(), True
    return client


def sign_in(page: Page, server: str, user: User) -> None:
    """Sign in by the form, as people do; `user` has the password of the factories."""
    page.goto(f"{server}/account/sign-in")
    page.fill("[name=email]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{server}/")
