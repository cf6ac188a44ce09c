"""A second try of a request that met a passing error of the database, where that does nothing twice."""

import sqlite3
from typing import Final

from flask import Flask, g, has_request_context, request
from flask.typing import ResponseReturnValue
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tacoord.extensions import db

_PASSING: Final = frozenset({"40001", "40P01"})
"""What PostgreSQL calls a transaction that it undid because of another one: serialization failure, deadlock."""

_FORMS: Final = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data"})


@event.listens_for(db.session, "before_commit")
def note_commit(session: Session) -> None:
    """Note in each request that a commit was begun: what was written before may then stand."""
    if has_request_context() and not session.in_nested_transaction():
        g.committed = True


def try_again(app: Flask, error: DBAPIError) -> ResponseReturnValue | None:
    """The answer of a second try, rights and all asked afresh; None where there is none to be had.

    There is one second try, and only where the error passes, no commit was begun and the body can be read again.
    """
    safe = is_passing(error) and not g.get("committed", False) and _can_be_read_again()
    if not safe or g.get("tried_again", False):
        return None
    g.tried_again = True
    app.logger.warning("database: %s; tried again", str(error.orig).splitlines()[0])
    db.session.rollback()
    g.pop("_login_user", None)  # who it is, is asked again like everything else
    try:
        answer = app.preprocess_request()
        return app.dispatch_request() if answer is None else answer
    except Exception as another:  # whatever it is, it is answered as at the first try
        return app.handle_user_exception(another)


def is_passing(error: DBAPIError) -> bool:
    """Whether the same may well succeed a moment later: the connection was lost, or another transaction came first.

    Not where SQLite was busy: who waited for it has waited long.
    """
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorname == "SQLITE_BUSY_SNAPSHOT"
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING


def _can_be_read_again() -> bool:
    if request.mimetype in _FORMS:
        return not any(file.filename for file in request.files.values())
    return request.is_json
