"""A program that calls the API as somebody."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tacoord.models import Role, TokenScope, User
from tacoord.services.accounts.accounts import make_token
from tests.factories import make_user


@dataclass
class Program:
    """Calls with the token of `user`."""

    client: FlaskClient
    user: User
    secret: str

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a call to a path below /api/v1; headers with _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            f"/api/v1{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {self.secret}", **sent},
            buffered=True,
        )


@pytest.fixture
def program(client, store) -> Callable[..., Program]:
    """Makes a program of a new user of a role."""

    def make(role: Role = Role.REPORTER, **values: Any) -> Program:
        user = make_user(store, role, **values)
        _, secret = make_token(store, user, name="tests", scopes=TokenScope, by=user)
        store.commit()
        return Program(client, user, secret)

    return make
