"""Every error of the domain, and every other, reaches a program as application/problem+json and says nothing inside."""

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import RequestEntityTooLarge

from tacoord import errors
from tacoord.app import STATUS
from tacoord.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Problem

SECRET = "what nobody outside shall read"


def _subclasses(kind: type) -> set[type]:
    return {kind}.union(*(_subclasses(each) for each in kind.__subclasses__()))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(SECRET), 404),
        (Forbidden("project.edit"), 403),
        (Conflict("it is decided already"), 409),
        (Invalid([Problem("title", "This is empty.")]), 422),
        (DomainError("something"), 422),
        (StaleDataError(SECRET), 409),
        (OperationalError(SECRET, {}, Exception(SECRET)), 503),
        (ZeroDivisionError(SECRET), 500),
        (RequestEntityTooLarge(), 413),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_one_shape(app, program, monkeypatch, error, status):
    def fail() -> None:
        raise error

    monkeypatch.setitem(app.view_functions, "api_gaps.index", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = program()("GET", "/gaps")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["title"]
    assert SECRET not in answer.text


def test_a_wrong_field_is_named(app, program, monkeypatch):
    def fail() -> None:
        raise Invalid(
            [Problem("a.0.b", "Use at most %(most)d.", {"most": 3}), Problem("", "Both.")]
        )

    monkeypatch.setitem(app.view_functions, "api_gaps.index", fail)
    told = program()("GET", "/gaps").json["errors"]
    assert told == [
        {"field": "a.0.b", "detail": "Use at most 3."},
        {"field": "", "detail": "Both."},
    ]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/projects/nowhere", 404), ("GET", "/nowhere", 404), ("DELETE", "/projects", 405)],
)
def test_what_is_not_there_is_told_with_where_to_look(program, method, path, status):
    answer = program()(method, path)
    assert answer.status_code == status
    assert "/api/v1/openapi.json" in answer.json["detail"]


def test_every_error_of_the_domain_has_a_status():
    own = {kind for kind in _subclasses(DomainError) if kind.__module__ == errors.__name__}
    assert own - {DomainError} == STATUS.keys()
