"""From "who are you?" to a session: a new one at every sign-in, whoever was signed in before."""

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, session

from tacoord.extensions import SIGN_IN, db
from tacoord.models import User
from tacoord.services.accounts import sessions
from tacoord.web.account.browsers import client_of_request, remember_browser


def entered(user: User, address: str, *, method: str = "password") -> Response:
    """Begin a session for `user`, commit, and go on to a page of ours. method: how they showed who they are."""
    kept = session.get("_flashes")
    session.clear()
    if kept:
        session["_flashes"] = kept
    session[SIGN_IN] = sessions.begin(db.session(), user, client=client_of_request(), method=method)
    db.session.commit()
    answer = make_response(redirect(address))
    remember_browser(answer, user)
    return answer


def inside(address: str | None) -> str | None:
    """`address` where it leads to a page of ours, else None: nobody is sent elsewhere after signing in."""
    if not address:
        return None
    parts = urlsplit(address)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    plain = not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if ours and plain else None
