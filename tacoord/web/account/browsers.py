"""Browsers: what they say of themselves, and those that an account has signed in from before.

A known browser is not slowed down by what others try nearby.
"""

import secrets
from ipaddress import ip_address, ip_network
from typing import Final

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tacoord.models import User
from tacoord.services.accounts.sessions import Client
from tacoord.web.gate import settings

LASTS: Final = 180 * 24 * 3600
_SALT: Final = "known browser"
# In this order: most browsers also name those that came before them.
_BROWSERS: Final = {
    "Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox", "FxiOS": "Firefox",
    "CriOS": "Chrome", "Chrom": "Chrome", "Safari": "Safari",
}  # fmt: skip
_SYSTEMS: Final = {
    "Android": "Android", "iPhone": "iOS", "iPad": "iPadOS", "Windows": "Windows", "Mac OS": "macOS",
    "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


def client_of_request() -> Client:
    """Who calls, in a few coarse words: no version, and a network in place of an address."""
    said = request.headers.get("User-Agent", "")
    return Client(
        browser=next((name for mark, name in _BROWSERS.items() if mark in said), ""),
        system=next((name for mark, name in _SYSTEMS.items() if mark in said), ""),
        network=_network(request.remote_addr or ""),
    )


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


def _network(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((known, 24 if known.version == 4 else 48), strict=False))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=_SALT)


def _name() -> str:
    return "__Host-tacoord-browser" if settings().secure else "tacoord-browser"
