"""A new password for who has forgotten it: one answer for everybody, and a link by mail for who has an account."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tacoord.extensions import db
from tacoord.services.accounts.password_links import ask_for_link
from tacoord.web.account.browsers import client_of_request
from tacoord.web.account.forms import ForgottenForm
from tacoord.web.account.tries import password_forgotten, say_wait, wait_for
from tacoord.web.gate import open_to_all

bp = Blueprint("forgotten", __name__, url_prefix="/account/forgotten")


@bp.get("")
@open_to_all
def ask() -> ResponseReturnValue:
    """For which account?"""
    return _page(ForgottenForm())


@bp.post("")
@open_to_all
def send() -> ResponseReturnValue:
    """Keep the address; the jobs process looks whether anybody has an account with it."""
    form = ForgottenForm()
    if not form.validate():
        return _page(form), 422
    email = form.email.data or ""
    if waits := wait_for(password_forgotten(email)):
        headers = say_wait(form, waits)
        return _page(form), 429, headers
    ask_for_link(db.session(), email, client=client_of_request())
    db.session.commit()
    return _page(form, sent=True)


def _page(form: ForgottenForm, *, sent: bool = False) -> str:
    return render_template("account/forgotten.html", form=form, sent=sent)
