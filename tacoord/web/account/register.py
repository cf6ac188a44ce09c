"""Ask for an account: one answer for everybody, and the system administrator decides."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tacoord.errors import Invalid, NotFound
from tacoord.extensions import db
from tacoord.services.accounts.asking import ask_for_account
from tacoord.web.account.forms import AskForm
from tacoord.web.account.tries import account_asked_for, say_wait, wait_for
from tacoord.web.gate import open_to_all, settings

bp = Blueprint("register", __name__, url_prefix="/account/register")


@bp.get("")
@open_to_all
def ask() -> ResponseReturnValue:
    """Who are you, and what for?"""
    _require_open()
    return _page(AskForm())


@bp.post("")
@open_to_all
def send() -> ResponseReturnValue:
    """Keep the request."""
    _require_open()
    form = AskForm()
    if not form.validate():
        return _page(form), 422
    if waits := wait_for(account_asked_for()):
        headers = say_wait(form, waits)
        return _page(form), 429, headers
    try:
        ask_for_account(
            db.session(),
            email=form.email.data or "",
            name=form.name.data or "",
            organisation=form.organisation.data or "",
            reason=form.reason.data or "",
        )
    except Invalid as error:
        form.show(error)
        return _page(form), 422
    db.session.commit()
    return _page(form, sent=True)


def _require_open() -> None:
    if not settings().self_registration:
        raise NotFound("self-registration")


def _page(form: AskForm, *, sent: bool = False) -> str:
    return render_template("account/register.html", form=form, sent=sent)
