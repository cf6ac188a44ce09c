"""Lines of the log cannot be made up, and tell who was not let do what."""

import logging
import sys

import pytest

from tacoord.logs import SafeFormatter
from tacoord.models import Role
from tests.factories import make_user
from tests.web.visits import visit_as


def line(message: str, *args: object, exc_info=None) -> str:
    record = logging.LogRecord("tacoord", logging.WARNING, "", 0, message, args, exc_info)
    record.created = 0.0
    return SafeFormatter().format(record)


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_what_somebody_sends_begins_no_line_of_its_own(sign):
    written = line("forbidden: %s", f"/x{sign}1970-01-01T00:00:00Z INFO tacoord: all is well")
    assert all(each.startswith("    | ") for each in written.splitlines()[1:])
    assert written.splitlines()[0].startswith("1970-01-01T00:00:00Z WARNING tacoord: forbidden")


def test_signs_that_cannot_be_seen_are_written_as_escapes():
    assert line("%s", "red \x1b[31m, back \x08").endswith(r"red \x1b[31m, back \x08")


def test_a_traceback_is_set_in():
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        written = line("unforeseen", exc_info=sys.exc_info())
    assert all(each.startswith("    | ") for each in written.splitlines()[1:])


def test_who_is_not_let_in_is_logged_by_number(app, client, store, caplog):
    user = make_user(store, Role.VIEWER)
    store.commit()
    visit_as(client, user).get("/admin")
    client.get("/api/v1/projects", headers={"Authorization": "Bearer a-secret-token"})
    said = [record.getMessage() for record in caplog.records]
    assert said[0].startswith(f"forbidden: GET /admin by {user.public_id}")
    assert said[1].startswith("no valid token: GET /api/v1/projects")
    assert "a-secret-token" not in caplog.text
    assert user.email not in caplog.text
