"""How one signs in, and where one is signed in: sessions are listed and ended by their owner."""

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tacoord.extensions import db
from tacoord.models import SignIn
from tacoord.services.accounts import sessions
from tacoord.web.gate import actor, own_session

bp = Blueprint("security", __name__, url_prefix="/account/security")


@bp.get("")
def show() -> ResponseReturnValue:
    """How do I sign in, and where am I signed in?"""
    own = own_session()
    living = sessions.list_sessions(db.session(), actor())
    return render_template(
        "account/security.html",
        sessions=[(each, browser_words(each), each.id == own.id) for each in living],
    )


@bp.post("/sessions/end")
def end_sessions() -> ResponseReturnValue:
    """End every session but this one."""
    sessions.end_others(db.session(), actor(), but=own_session())
    db.session.commit()
    flash(_("Every other session has ended."), "success")
    return redirect(url_for(".show"))


@bp.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> ResponseReturnValue:
    """End one session; where it is this one, sign out."""
    own = own_session().public_id == session_id
    sessions.end(db.session(), session_id, by=actor())
    db.session.commit()
    if own:
        session.clear()
        flash(_("You are signed out."))
        return redirect(url_for("account.sign_in"))
    flash(_("The session has ended."), "success")
    return redirect(url_for(".show"))


def browser_words(own: SignIn) -> str:
    """What the browser of a session is called."""
    if own.browser and own.system:
        return str(_("%(browser)s on %(system)s", browser=own.browser, system=own.system))
    return own.browser or own.system or str(_("A browser that does not say its name"))
