"""How one signs in: the authenticator app, recovery codes, and sessions, listed and ended by their owner."""

import json

import segno
from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from tacoord.errors import Conflict, Invalid
from tacoord.extensions import announce_writing, db
from tacoord.models import SignIn, utcnow
from tacoord.services.accounts import second_factor, sessions
from tacoord.services.accounts.passkeys import Site, list_passkeys
from tacoord.services.accounts.personal_data import personal_data
from tacoord.services.accounts.second_factor import NewAuthenticator
from tacoord.services.accounts.sign_in_limits import forgive
from tacoord.web.account.forms import CodeForm
from tacoord.web.account.tries import once_more, say_wait, wait_for
from tacoord.web.gate import actor, ask_again, confirmed, needs_second_factor, own_session, settings

bp = Blueprint("security", __name__, url_prefix="/account/security")


@bp.get("")
def show() -> ResponseReturnValue:
    """How do I sign in, and where am I signed in?"""
    own = own_session()
    living = sessions.list_sessions(db.session(), actor())
    return render_template(
        "account/security.html",
        sessions=[(each, browser_words(each), each.id == own.id) for each in living],
        factors=second_factor.factors_of(db.session(), actor()),
        keys=list_passkeys(db.session(), actor()),
        can_have_keys=Site(settings().base_url).usable,
        needed=needs_second_factor(actor()),
    )


@bp.post("/app")
@confirmed
def begin_app() -> ResponseReturnValue:
    """Make the secret of an authenticator app."""
    second_factor.begin_authenticator(db.session(), actor(), key=settings().secret_key)
    db.session.commit()
    return redirect(url_for(".app"))


@bp.get("/app")
def app() -> ResponseReturnValue:
    """What must the app be told?"""
    waiting = _waiting_app()
    return _app_page(CodeForm(), waiting) if waiting else redirect(url_for(".show"))


@bp.post("/app/confirm")
@confirmed
def confirm_app() -> ResponseReturnValue:
    """Let the app count, once its first code is right, and show the recovery codes."""
    form, session, user = CodeForm(), db.session(), actor()
    waiting = _waiting_app()
    if waiting is None:
        return redirect(url_for(".show"))
    if not form.validate():
        return _app_page(form, waiting), 422
    if waits := wait_for(tried := once_more(own_session())):
        headers = say_wait(form, waits)
        return _app_page(form, waiting), 429, headers
    code, key = form.code.data or "", settings().secret_key
    try:
        codes = second_factor.confirm_authenticator(session, user, code, key=key, now=utcnow())
    except Invalid as error:
        form.show(error)
        return _app_page(form, waiting), 422
    forgive(session, tried, now=utcnow())
    sessions.strengthen(own_session(), "code")
    session.commit()
    return _codes_page(codes), 201


@bp.post("/app/remove")
@confirmed
def remove_app() -> ResponseReturnValue:
    """The app counts no more."""
    second_factor.remove_authenticator(db.session(), actor(), by=actor())
    db.session.commit()
    flash(_("The authenticator app is removed."), "success")
    return redirect(url_for(".show"))


@bp.post("/codes")
@confirmed
def make_codes() -> ResponseReturnValue:
    """New recovery codes; those before end."""
    if not second_factor.factors_of(db.session(), actor()).any:
        raise Conflict("recovery codes stand in for another factor")
    codes = second_factor.new_recovery_codes(db.session(), actor())
    db.session.commit()
    return _codes_page(codes), 201


@bp.post("/sessions/end")
@confirmed
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
    if not own and (asked := ask_again()) is not None:
        return asked
    sessions.end(db.session(), session_id, by=actor())
    db.session.commit()
    if own:
        cookie.clear()
        flash(_("You are signed out."))
        return redirect(url_for("account.sign_in"))
    flash(_("The session has ended."), "success")
    return redirect(url_for(".show"))


@bp.get("/data.json")
@confirmed
def data() -> ResponseReturnValue:
    """Everything that is kept of me, as a file."""
    session, user = db.session(), actor()
    session.rollback()
    announce_writing(session)
    told = personal_data(session, user)
    session.commit()
    answer = make_response(json.dumps(told, ensure_ascii=False, indent=2))
    answer.mimetype = "application/json"
    answer.headers.set("Content-Disposition", "attachment", filename="tacoord-my-data.json")
    return answer


def _waiting_app() -> NewAuthenticator | None:
    return second_factor.begun_authenticator(db.session(), actor(), key=settings().secret_key)


def _app_page(form: CodeForm, waiting: NewAuthenticator) -> str:
    drawing = segno.make(waiting.address, error="m").svg_inline(scale=5, light="#fff")
    return render_template(
        "account/app.html", form=form, secret=waiting.secret, drawing=Markup(drawing)
    )


def _codes_page(codes: list[str]) -> str:
    return render_template("account/codes.html", codes=codes)


def browser_words(own: SignIn) -> str:
    """What the browser of a session is called."""
    if own.browser and own.system:
        return str(_("%(browser)s on %(system)s", browser=own.browser, system=own.system))
    return own.browser or own.system or str(_("A browser that does not say its name"))
