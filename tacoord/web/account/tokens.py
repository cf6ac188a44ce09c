"""Access for programs: the tokens of one's own account."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tacoord.errors import Invalid
from tacoord.extensions import db
from tacoord.services.accounts import accounts
from tacoord.web.account.forms import TokenForm
from tacoord.web.gate import actor, allowed, confirmed, settings
from tacoord.web.scope_words import scope_words

bp = Blueprint("tokens", __name__, url_prefix="/account/tokens")


@bp.get("")
@allowed("token.make")
def index() -> ResponseReturnValue:
    """Which programs act as me?"""
    return _page(TokenForm())


@bp.post("")
@allowed("token.make")
@confirmed
def make() -> ResponseReturnValue:
    """Make a token and show its secret, this once."""
    form, user = TokenForm(), actor()
    if form.validate():
        try:
            _token, secret = accounts.make_token(
                db.session(),
                user,
                name=form.name.data or "",
                scopes=form.chosen_scopes(),
                days=form.days.data,
                by=user,
            )
        except Invalid as error:
            form.show(error)
        else:
            db.session.commit()
            return _page(TokenForm(formdata=None), secret=secret), 201
    return _page(form), 422


@bp.post("/<token_id>/revoke")
@allowed("token.make")
def revoke(token_id: str) -> ResponseReturnValue:
    """End a token: the program that has it is let in no more."""
    token = accounts.revoke_token(db.session(), token_id, by=actor())
    db.session.commit()
    flash(_("The token “%(name)s” has ended.", name=token.name), "success")
    return redirect(url_for(".index"))


def _page(form: TokenForm, secret: str | None = None) -> str:
    return render_template(
        "account/tokens.html",
        form=form,
        secret=secret,
        tokens=accounts.list_tokens(db.session(), actor()),
        scope_words=scope_words,
        base_url=settings().base_url,
    )
