"""The matching model: how right is it, which versions there are, which verdicts would teach it most."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tacoord import policy
from tacoord.extensions import db
from tacoord.services.overlaps.matching_models import use_model
from tacoord.services.overlaps.model_report import report_on_model
from tacoord.services.overlaps.overlaps import get_overlap
from tacoord.web.gate import actor, allowed, viewer
from tacoord.web.overlap_lines import lines_of
from tacoord.web.term_choices import words_of

bp = Blueprint("model", __name__, url_prefix="/admin/model")


@bp.get("")
@allowed("admin.view")
def show() -> ResponseReturnValue:
    """How right is it?"""
    session = db.session()
    report = report_on_model(session, viewer())
    useful = [get_overlap(session, public_id, viewer()) for public_id in report.useful]
    return render_template(
        "admin/model.html",
        report=report,
        useful=lines_of(useful, words_of("country"), fold=False),
        may_use=policy.may(actor(), "model.use"),
    )


@bp.post("/use")
@allowed("model.use")
def use() -> ResponseReturnValue:
    """Compare with another version from now on."""
    version = request.form.get("version", "")
    use_model(db.session(), version, by=actor())
    db.session.commit()
    flash(
        _(
            "Version %(version)s is in use. The next sweep compares all projects with it.",
            version=version,
        ),
        "success",
    )
    return redirect(url_for(".show"))
