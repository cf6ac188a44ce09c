"""The gate of every page: signed in, and allowed by the policy."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from flask import Response, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from tacoord import policy
from tacoord.config import Settings
from tacoord.extensions import db
from tacoord.models import SignIn, User, utcnow
from tacoord.services.accounts.sessions import is_confirmed
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


def confirmed(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Ask who comes to a step that could do harm to show once more who they are, if that was not just now.

    Afterwards they come to the page that they came from, and can do it again.
    """

    @wraps(view)
    def gated(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        asked = ask_again()
        return view(*args, **kwargs) if asked is None else asked

    return gated


def ask_again() -> Response | None:
    """On to the page that asks who one is, None where that was answered just now."""
    if is_confirmed(own_session()):
        return None
    came_from = urlsplit(request.referrer or "")
    ours = came_from.netloc == request.host
    page = came_from.path if request.method == "POST" and ours else None
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    flash(_("Please show once more that it is you. Then do it again."))
    return cast(Response, redirect(url_for("confirm.ask", next=page or here)))


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


def needs_second_factor(user: User) -> bool:
    """Whether a role of `user`, also one on a single project, asks for more than a password here."""
    strong = settings().second_factor_roles
    if not strong:
        return False
    today = utcnow().date()
    return any(grant.role.value in strong for grant in user.grants) or any(
        each.role.value in strong and each.holds(today) for each in user.project_roles
    )


def settings() -> Settings:
    """The settings of this application."""
    return cast(Settings, current_app.config["SETTINGS"])
