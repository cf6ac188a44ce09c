"""Browsers that an account has signed in from before: they are not slowed down by what others try nearby."""

import secrets
from typing import Final

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tacoord.models import User
from tacoord.web.gate import settings

LASTS: Final = 180 * 24 * 3600
_SALT: Final = "known browser"


def known_browser(email: str) -> str | None:
    """What this browser is recognised by where the account with this address signed in from it before, else None."""
    said = request.cookies.get(_name(), "")
    try:
        address, mark = _signer().loads(said, max_age=LASTS)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(mark) if address == email.strip().lower() else None


def remember_browser(answer: Response, user: User) -> None:
    """Let this browser be known for `user` from now on; it proves nothing but that."""
    mark = known_browser(user.email) or secrets.token_urlsafe(9)
    answer.set_cookie(
        _name(),
        _signer().dumps([user.email, mark]),
        max_age=LASTS,
        secure=settings().secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=_SALT)


def _name() -> str:
    return "__Host-tacoord-browser" if settings().secure else "tacoord-browser"
