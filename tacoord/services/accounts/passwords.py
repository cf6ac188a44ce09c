"""Passwords: which are taken, how they are kept, and whether one is right.

What others guess first is refused: common passwords and what is like them, the person's own name and address, and the
words of this place; and what was stolen elsewhere, where the operator has a list of that. Nothing is asked of capitals,
digits or signs, and no password runs out.
"""

import re
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy.orm import object_session
from zxcvbn import zxcvbn

from tacoord.errors import N_, Invalid, Problem
from tacoord.models import User
from tacoord.services.accounts import sessions
from tacoord.services.accounts.breached import is_breached

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
LEAST_GUESSES: Final = 10**10
_LOOKED_AT: Final = 64
_SHORTEST_WORD: Final = 4
_OUR_WORDS: Final = ("tacoord", "trafficking", "persons", "coordination", "assistance", "shelter")

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def is_right(user: User | None, password: str) -> bool:
    """Whether this is the password of `user`; takes as long where there is no user, or one without a password."""
    known = user.password_hash if user and user.active and user.password_hash else None
    try:
        _hasher.verify(known or _nobodys_hash(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return known is not None


def bring_up_to_date(user: User, password: str) -> None:
    """Keep a password, which is right, as passwords are kept today."""
    if user.password_hash and _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)


def set_password(user: User, password: str, *, breached: Path | None = None) -> None:
    """Give `user` a new password and end all sessions. Raises Invalid where it is not taken.

    breached: the file of stolen passwords, where there is one.
    """
    problems = list(_wrong_with(password, user, breached))
    if problems:
        raise Invalid(problems)
    user.password_hash = _hasher.hash(password)
    session = object_session(user)
    if session is not None and user.id is not None:
        sessions.end_all(session, user)


@cache
def _nobodys_hash() -> str:
    """A hash to check against when the account is unknown, so that the answer takes as long."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _wrong_with(password: str, user: User, breached: Path | None) -> Iterator[Problem]:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        yield Problem(
            "password",
            N_("Use %(least)d to %(most)d characters. A sentence is a good password."),
            {"least": SHORTEST_PASSWORD, "most": LONGEST_PASSWORD},
        )
    elif _guesses(password, user) < LEAST_GUESSES:
        yield Problem(
            "password",
            N_(
                "This is easy to guess: it is common, or made of your name or a pattern. "
                "Use four or more words that have nothing to do with you or this site."
            ),
        )
    elif breached is not None and is_breached(password, breached):
        yield Problem(
            "password",
            N_(
                "This password was stolen somewhere and published, so others try it. Use one that you use nowhere else."
            ),
        )


def _guesses(password: str, user: User) -> float:
    """How many tries a good guesser needs who knows the person and this site: their words count for nothing.

    A longer password is judged by its beginning.
    """
    own = re.findall(r"[^\W\d_]+", f"{user.email} {user.name}".lower())
    words = [word for word in (*own, *_OUR_WORDS) if len(word) >= _SHORTEST_WORD]
    rest = password[:_LOOKED_AT].lower()
    for word in words:
        rest = rest.replace(word, "")
    return float(zxcvbn(rest, max_length=_LOOKED_AT)["guesses"]) if rest else 0.0
