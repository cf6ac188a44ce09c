"""Passkeys: make one, sign in with one, take one away. The browser's part is `static/passkeys.js`."""

import secrets
from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tacoord.errors import Invalid, NotFound
from tacoord.extensions import SIGN_IN, db
from tacoord.models import utcnow
from tacoord.services.accounts import passkeys, sessions
from tacoord.services.accounts.passkeys import Site
from tacoord.services.accounts.second_factor import factors_of, new_recovery_codes
from tacoord.services.accounts.sign_in_limits import forgive
from tacoord.web.account.browsers import client_of_request
from tacoord.web.account.entering import entered, half_entered, inside
from tacoord.web.account.forms import PasskeyForm
from tacoord.web.account.tries import once_more, passkey_shown, wait_for, wait_words
from tacoord.web.gate import actor, confirmed, open_to_all, own_session, settings

bp = Blueprint("passkeys", __name__, url_prefix="/account/passkeys")

LASTS: Final = timedelta(minutes=5)
_CHALLENGE: Final = "challenge"


@bp.get("/new")
@confirmed
def new() -> ResponseReturnValue:
    """What is it called, and where does it live?"""
    if not _site().usable:
        raise NotFound("passkeys")
    return _new_page(PasskeyForm())


@bp.post("/new")
@confirmed
def add() -> ResponseReturnValue:
    """Keep the passkey that the browser has made."""
    form, session, user, challenge = PasskeyForm(), db.session(), actor(), _taken_challenge()
    if not form.validate():
        return _new_page(form), 422
    try:
        passkeys.add_passkey(
            session,
            user,
            form.credential.data or "",
            name=form.name.data or "",
            site=_site(),
            challenge=challenge,
        )
    except Invalid as error:
        form.show(error)
        return _new_page(form), 422
    sessions.strengthen(own_session(), "passkey")
    first = not factors_of(session, user).codes
    codes = new_recovery_codes(session, user) if first else []
    session.commit()
    flash(_("The passkey is kept. You can sign in with it from now on."), "success")
    if codes:
        return render_template("account/codes.html", codes=codes), 201
    return redirect(url_for("security.show"))


@bp.post("/<key_id>/remove")
@confirmed
def remove(key_id: str) -> ResponseReturnValue:
    """The passkey opens nothing any more."""
    passkeys.remove_passkey(db.session(), key_id, user=actor(), by=actor())
    db.session.commit()
    flash(_("The passkey is removed."), "success")
    return redirect(url_for("security.show"))


@bp.post("/sign-in")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """Let in whose passkey has signed our challenge: as the only step, or as the second one."""
    session, half, tried = db.session(), half_entered(), passkey_shown()
    back = redirect(url_for("second_step.ask" if half else "account.sign_in"))
    if waits := wait_for(tried):
        flash(wait_words(waits), "error")
        return back
    user = passkeys.find_signed(
        session, request.form.get("credential", ""), site=_site(), challenge=_taken_challenge()
    )
    if user is None or (half is not None and half[0].id != user.id):
        sessions.note_refused(session, user, client=client_of_request(), method="passkey")
        session.commit()
        flash(_("The passkey could not be checked. Try again, or sign in another way."), "error")
        return back
    forgive(session, tried, now=utcnow())
    address = half[1] if half else inside(request.args.get("next"))
    return entered(user, address or url_for("home.show"), method="passkey")


@bp.post("/confirm")
def confirm() -> ResponseReturnValue:
    """Take a passkey as the answer to "is it still you?"."""
    session, own, tried = db.session(), own_session(), once_more(own_session())
    back = redirect(url_for("confirm.ask", next=inside(request.args.get("next"))))
    if waits := wait_for(tried):
        flash(wait_words(waits), "error")
        return back
    answer = request.form.get("credential", "")
    user = passkeys.find_signed(session, answer, site=_site(), challenge=_taken_challenge())
    if user is None or user.id != actor().id:
        sessions.note_refused(session, actor(), client=client_of_request(), method="passkey")
        session.commit()
        flash(_("The passkey could not be checked. Try again, or use your password."), "error")
        return back
    forgive(session, tried, now=utcnow())
    cookie[SIGN_IN] = sessions.confirm(own)
    if not sessions.is_strong(own):
        sessions.strengthen(own, "passkey")
    session.commit()
    return redirect(inside(request.args.get("next")) or url_for("security.show"))


@bp.app_template_global()
def passkey_question() -> str:
    """For a page that asks for a passkey: what the browser must be told, "" where this site can have none.

    Any passkey will do, or, where it is known who is asked, one of theirs.
    """
    if not _site().usable:
        return ""
    half = half_entered()
    who = half[0] if half else actor() if current_user.is_authenticated else None
    keys = passkeys.list_passkeys(db.session(), who) if who else ()
    return passkeys.options_to_ask(keys, site=_site(), challenge=_new_challenge())


def _new_page(form: PasskeyForm) -> str:
    options = passkeys.options_to_make(
        db.session(), actor(), site=_site(), challenge=_new_challenge()
    )
    return render_template("account/passkey.html", form=form, options=options)


def _site() -> Site:
    return Site(settings().base_url)


def _new_challenge() -> bytes:
    """A challenge for this browser, kept in its cookie, which it cannot change; good for some minutes."""
    made = secrets.token_bytes(32)
    cookie[_CHALLENGE] = [made.hex(), (utcnow() + LASTS).timestamp()]
    return made


def _taken_challenge() -> bytes:
    """The challenge that this browser was given; where there is none, one that nobody can have signed."""
    kept = cookie.pop(_CHALLENGE, None)
    if not isinstance(kept, list) or kept[1] < utcnow().timestamp():
        return secrets.token_bytes(32)
    return bytes.fromhex(kept[0])
