"""The second step of signing in: a code of the app, or a recovery code."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tacoord.extensions import db
from tacoord.models import User, utcnow
from tacoord.services.accounts import sessions
from tacoord.services.accounts.second_factor import check_code, factors_of
from tacoord.services.accounts.sign_in_limits import forgive
from tacoord.web.account.browsers import client_of_request
from tacoord.web.account.entering import entered, half_entered
from tacoord.web.account.forms import CodeForm
from tacoord.web.account.tries import say_wait, second_step, wait_for
from tacoord.web.gate import open_to_all, settings

bp = Blueprint("second_step", __name__, url_prefix="/account/sign-in/second")


@bp.get("")
@open_to_all
def ask() -> ResponseReturnValue:
    """What else do you have?"""
    half = half_entered()
    if half is None:
        return redirect(url_for("account.sign_in"))
    return _page(CodeForm(), half[0])


@bp.post("")
@open_to_all
def check() -> ResponseReturnValue:
    """Take the code and let in."""
    half = half_entered()
    if half is None:
        return redirect(url_for("account.sign_in"))
    user, address, method = half
    form, tried = CodeForm(), second_step(user)
    if not form.validate():
        return _page(form, user), 422
    if waits := wait_for(tried):
        headers = say_wait(form, waits)
        return _page(form, user), 429, headers
    session = db.session()
    kind = check_code(session, user, form.code.data or "", key=settings().secret_key, now=utcnow())
    if kind is None:
        sessions.note_refused(session, user, client=client_of_request(), method="code")
        session.commit()
        form.show_wrong(_("This code is not right, or was used before. Enter the next one."))
        return _page(form, user), 422
    forgive(session, tried, now=utcnow())
    return entered(user, address, method=f"{method}+{kind}")


def _page(form: CodeForm, user: User) -> str:
    return render_template(
        "account/second_step.html", form=form, factors=factors_of(db.session(), user)
    )
