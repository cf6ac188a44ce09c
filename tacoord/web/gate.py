"""The gate of every page: signed in, and allowed by the policy."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import current_app, g
from flask_login import current_user

from tacoord import policy
from tacoord.config import Settings
from tacoord.extensions import db
from tacoord.models import SignIn, User
from tacoord.services.visibility import Viewer, viewer_of

P = ParamSpec("P")
R = TypeVar("R")


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that needs no account; every other one asks for a sign-in."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def allowed(action: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only those see the view who may do `action` to something; the service asks again, of the thing itself."""

    def gate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def gated(*args: P.args, **kwargs: P.kwargs) -> R:
            policy.require(actor(), action)
            return view(*args, **kwargs)

        return gated

    return gate


def actor() -> User:
    """Who is signed in; only for views that are not open to all."""
    return cast(User, current_user._get_current_object())


def own_session() -> SignIn:
    """The session in use; only for views that are not open to all."""
    return cast(SignIn, g.sign_in)


def viewer() -> Viewer:
    """What who is signed in may see, read once a request."""
    if "viewer" not in g:
        g.viewer = viewer_of(db.session(), actor())
    return cast(Viewer, g.viewer)


def settings() -> Settings:
    """The settings of this application."""
    return cast(Settings, current_app.config["SETTINGS"])
