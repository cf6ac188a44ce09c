"""Tries to show who one is: counted before anything is looked at, and what is said where there were too many."""

from datetime import timedelta
from math import ceil

from flask import request
from flask_babel import format_timedelta
from flask_babel import gettext as _

from tacoord.extensions import announce_writing, db
from tacoord.models import SignIn, User, utcnow
from tacoord.services.accounts.sign_in_limits import Try, count_try
from tacoord.web.account.browsers import known_browser
from tacoord.web.forms import PageForm


def first_step(email: str) -> Try:
    """To sign in with an address as it was typed."""
    return Try(email, request.remote_addr or "", known_browser(email))


def second_step(user: User) -> Try:
    """To go on from the first step: counted for the account, wherever it is from."""
    return Try(user.email, "", known_browser(user.email), step="second")


def passkey_shown() -> Try:
    """To sign in with a passkey: counted for the place, because it is not known yet for whom."""
    return Try("", request.remote_addr or "", step="passkey")


def account_asked_for() -> Try:
    """To ask for an account: counted for the place."""
    return Try("", request.remote_addr or "", step="ask")


def password_forgotten(email: str) -> Try:
    """To ask for a link to set a password."""
    return Try(email, request.remote_addr or "", step="forgotten")


def once_more(own: SignIn) -> Try:
    """To show it again inside a session: whoever has got hold of it cannot try without end."""
    return Try(own.public_id, "", step="again")


def wait_for(tried: Try) -> timedelta | None:
    """Count the try and keep that at once, whatever becomes of it; how long to wait, if one must."""
    waits = count_try(db.session(), tried, now=utcnow())
    db.session.commit()
    announce_writing(db.session())
    return waits


def say_wait(form: PageForm, waits: timedelta) -> dict[str, str]:
    """Put above the form how long to wait; gives the headers of the answer, which is a 429."""
    form.form_errors.append(wait_words(waits))
    return {"Retry-After": str(_seconds(waits))}


def wait_words(waits: timedelta) -> str:
    """How long to wait, in words."""
    seconds = timedelta(seconds=_seconds(waits))
    time = format_timedelta(seconds, granularity="second", threshold=2)
    return str(_("Too many attempts. Wait %(time)s and try again.", time=time))


def _seconds(waits: timedelta) -> int:
    return max(1, ceil(waits.total_seconds()))
