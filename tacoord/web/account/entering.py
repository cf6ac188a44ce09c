"""From "who are you?" to a session, in one step or two: a new one at every sign-in, whoever was signed in before."""

import hashlib
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, url_for
from flask import session as cookie
from sqlalchemy import select

from tacoord.extensions import SIGN_IN, db
from tacoord.models import User, utcnow
from tacoord.services.accounts import sessions
from tacoord.services.accounts.second_factor import factors_of
from tacoord.web.account.browsers import client_of_request, remember_browser

HALF_LASTS: Final = timedelta(minutes=10)
_HALF: Final = "half"


def entered(user: User, address: str, *, method: str = "password") -> Response:
    """Begin a session for `user`, commit, and go on to a page of ours. method: how they showed who they are."""
    kept = cookie.get("_flashes")
    cookie.clear()
    if kept:
        cookie["_flashes"] = kept
    cookie[SIGN_IN] = sessions.begin(db.session(), user, client=client_of_request(), method=method)
    db.session.commit()
    answer = make_response(redirect(address))
    remember_browser(answer, user)
    return answer


def entered_or_asked(user: User, address: str, *, method: str = "password") -> Response:
    """As `entered`; somebody who has a second factor is asked for it first."""
    if not factors_of(db.session(), user).any:
        return entered(user, address, method=method)
    db.session.commit()
    half: dict[str, Any] = {
        "user": user.public_id,
        "proof": _proof(user),
        "until": (utcnow() + HALF_LASTS).timestamp(),
        "to": address,
        "method": method,
    }
    cookie[_HALF] = half
    return make_response(redirect(url_for("second_step.ask")))


def half_entered() -> tuple[User, str, str] | None:
    """Who has shown the first step lately, and nothing happened to the account since; where to; how. Else None."""
    half = cookie.get(_HALF)
    if not isinstance(half, dict) or half["until"] < utcnow().timestamp():
        return None
    user = db.session().scalar(select(User).where(User.public_id == half["user"]))
    if user is None or not user.active or _proof(user) != half["proof"]:
        return None
    return user, half["to"], half["method"]


def inside(address: str | None) -> str | None:
    """`address` where it leads to a page of ours, else None: nobody is sent elsewhere after signing in."""
    if not address:
        return None
    parts = urlsplit(address)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    plain = not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if ours and plain else None


def _proof(user: User) -> str:
    return hashlib.sha256((user.password_hash or "").encode()).hexdigest()[:32]
