"""Whose call this is: the bearer token, and what its user may see."""

from typing import cast

from apiflask import APIBlueprint
from flask import g, request

from tacoord.extensions import db, write_aside
from tacoord.models import User
from tacoord.services.accounts.accounts import find_token, token_use_to_be_noted
from tacoord.services.visibility import Viewer, viewer_of


class Unauthorised(Exception):
    """The call has no token, or one that is not valid."""


def guard(bp: APIBlueprint) -> None:
    """Ask every call of `bp` for a token; the blueprint's description says so too."""
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
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = find_token(db.session(), secret.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Unauthorised
    g.caller = token.user
    statement = token_use_to_be_noted(token)
    if statement is not None and request.method in ("GET", "HEAD"):
        write_aside(db.engine, statement)
    elif statement is not None:
        db.session.execute(statement)
