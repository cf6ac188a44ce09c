"""Buttons beside organisations that look alike: these are different, or may be one after all."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tacoord.extensions import db
from tacoord.models import Organisation
from tacoord.services.organisations.organisations import get_organisation_by_id
from tacoord.services.organisations.told_apart import take_back, tell_apart
from tacoord.web.gate import actor, allowed, viewer

bp = Blueprint("told_apart", __name__, url_prefix="/organisations/alike")


@bp.post("/different")
@allowed("organisation.add")
def tell() -> ResponseReturnValue:
    """These are two organisations."""
    tell_apart(db.session(), *_both(), by=actor())
    db.session.commit()
    flash(
        _("Kept: these are different organisations. You find the pair below the list."), "success"
    )
    return redirect(url_for("organisations.alike"))


@bp.post("/may-be-one")
@allowed("organisation.add")
def untell() -> ResponseReturnValue:
    """They may be one after all."""
    take_back(db.session(), *_both(), by=actor())
    db.session.commit()
    flash(_("Taken back: the two are in the list again if they still look alike."), "success")
    return redirect(url_for("organisations.alike"))


def _both() -> tuple[Organisation, Organisation]:
    """The two organisations that the form names. Raises NotFound."""
    one, other = (
        get_organisation_by_id(db.session(), request.form.get(name, ""), viewer())
        for name in ("one", "other")
    )
    return one, other
