"""Whose call this is: the bearer token with its scopes, and what its user may see."""

from collections.abc import Callable
from typing import Any, Final, cast

from apiflask import APIBlueprint
from flask import current_app, g, request
from werkzeug.exceptions import TooManyRequests

from tacoord.api.scopes import require_scope
from tacoord.errors import N_
from tacoord.extensions import announce_writing, db, write_aside
from tacoord.models import User, utcnow
from tacoord.services.accounts.accounts import find_token, token_use_to_be_noted
from tacoord.services.accounts.call_limits import Calls, adding
from tacoord.services.visibility import Viewer, viewer_of

CALLS: Final = "tacoord-api-calls"
"""Under which name the application keeps what this process has counted."""


class Unauthorised(Exception):
    """The call has no token, or one that is not valid."""


def guard(bp: APIBlueprint) -> None:
    """Ask every call of `bp` for a token that may do it; the blueprint's description says so too."""
    bp.before_request(_ask)


def caller() -> User:
    """The user of the token."""
    return cast(User, g.caller)


def viewer() -> Viewer:
    """What the caller may see, read once a call."""
    if "api_viewer" not in g:
        g.api_viewer = viewer_of(db.session(), caller())
    return cast(Viewer, g.api_viewer)


def _ask() -> None:
    calls: Calls = current_app.extensions[CALLS]
    now = utcnow()
    _require_time(calls.of_place(request.remote_addr or "", now=now, add=_add))
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = find_token(db.session(), secret.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Unauthorised
    _require_time(calls.of_token(token.public_id, now=now, add=_add))
    g.caller = token.user
    require_scope(request.method, _view(), token.scopes)
    statement = token_use_to_be_noted(token)
    if statement is not None and _only_reads():
        write_aside(db.engine, statement)
    elif statement is not None:
        db.session.execute(statement)


def _view() -> Callable[..., Any]:
    """The operation that is called; the gate of a blueprint is asked only where there is one."""
    return current_app.view_functions[cast(str, request.endpoint)]


def _require_time(seconds: int | None) -> None:
    if seconds is not None:
        words = N_("Too many calls in this minute. Wait as long as Retry-After says.")
        raise TooManyRequests(words, retry_after=seconds)


def _add(key: str, minute: int, calls: int) -> int | None:
    """Add to the count of all; where the call writes, before its own work begins, so that this stays if it fails."""
    session = db.session()
    statement = adding(session, key, minute, calls)
    if _only_reads():
        return cast(int | None, write_aside(db.engine, statement))
    found = session.execute(statement).scalar()
    session.commit()
    announce_writing(session)
    return found


def _only_reads() -> bool:
    return request.method in ("GET", "HEAD")
