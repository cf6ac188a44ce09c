"""Show once more who you are, before a step that could do harm (see `gate.confirmed`)."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tacoord.extensions import SIGN_IN, db
from tacoord.models import utcnow
from tacoord.services.accounts import sessions
from tacoord.services.accounts.passwords import is_right
from tacoord.services.accounts.second_factor import Factors, check_code, factors_of
from tacoord.services.accounts.sign_in_limits import forgive
from tacoord.web.account.browsers import client_of_request
from tacoord.web.account.entering import inside
from tacoord.web.account.forms import ConfirmForm
from tacoord.web.account.tries import once_more, say_wait, wait_for
from tacoord.web.gate import actor, own_session, settings

bp = Blueprint("confirm", __name__, url_prefix="/account/confirm")


@bp.get("")
def ask() -> ResponseReturnValue:
    """Is it still you?"""
    return _page(ConfirmForm())


@bp.post("")
def check() -> ResponseReturnValue:
    """Check password and code, and go back to where one came from."""
    form, user, own = ConfirmForm(), actor(), own_session()
    factors = factors_of(db.session(), user)
    if not factors.authenticator:
        del form.code
    if not form.validate():
        return _page(form, factors), 422
    tried = once_more(own)
    if waits := wait_for(tried):
        headers = say_wait(form, waits)
        return _page(form, factors), 429, headers
    if not _right(form, factors):
        sessions.note_refused(db.session(), user, client=client_of_request(), method="again")
        db.session.commit()
        form.form_errors.append(_("That is not right. Check what you typed and try again."))
        return _page(form, factors), 422
    forgive(db.session(), tried, now=utcnow())
    cookie[SIGN_IN] = sessions.confirm(own)
    db.session.commit()
    return redirect(inside(request.args.get("next")) or url_for("security.show"))


def _right(form: ConfirmForm, factors: Factors) -> bool:
    user = actor()
    if not is_right(user, form.password.data or ""):
        return False
    if not factors.authenticator:
        return True
    code, key = form.code.data or "", settings().secret_key
    return check_code(db.session(), user, code, key=key, now=utcnow()) is not None


def _page(form: ConfirmForm, factors: Factors | None = None) -> str:
    return render_template(
        "account/confirm.html",
        form=form,
        factors=factors or factors_of(db.session(), actor()),
        to=inside(request.args.get("next")),
    )
