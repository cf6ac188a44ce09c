"""Who registers in the tests of projects' pages."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tacoord.models import Role, User
from tests.factories import make_user
from tests.web.visits import visit_as


@pytest.fixture
def reporter(store: Session) -> User:
    """Somebody who registers for one organisation."""
    user = make_user(store, Role.REPORTER)
    store.commit()
    return user


@pytest.fixture
def signed_in(client: FlaskClient, reporter: User) -> FlaskClient:
    """The reporter's browser."""
    visit_as(client, reporter)
    return client
