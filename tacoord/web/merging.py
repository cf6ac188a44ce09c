"""Two entries of the register that are one organisation: both side by side, which one stays, and the step itself."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError
from wtforms import HiddenField, RadioField

from tacoord import policy
from tacoord.errors import Conflict, Invalid
from tacoord.extensions import db
from tacoord.models import Organisation
from tacoord.services import merging
from tacoord.services.organisations.organisations import get_organisation_by_id
from tacoord.services.organisations.register import (
    OrganisationQuery,
    list_organisations,
    organisation_draft,
)
from tacoord.web.forms import Needed, PageForm, choices, version_of
from tacoord.web.gate import actor, allowed, confirmed, viewer
from tacoord.web.query import question
from tacoord.web.term_choices import words_of

bp = Blueprint("merging", __name__, url_prefix="/organisations")


class MergeForm(PageForm):
    """Which entry stays. The versions are those of the two that were looked at."""

    first_version = HiddenField()
    second_version = HiddenField()
    keep = RadioField(_l("Which entry stays?"), [Needed()])


@bp.get("/<organisation_id>/merge")
@allowed("organisation.merge")
def choose(organisation_id: str) -> ResponseReturnValue:
    """With which other entry may this one be the same?"""
    session = db.session()
    one = get_organisation_by_id(session, organisation_id, viewer())
    policy.require(actor(), "organisation.merge", one)
    text = question().text("q")
    found = list_organisations(session, viewer(), OrganisationQuery(text=text)) if text else None
    return render_template(
        "organisations/merge_choose.html",
        organisation=one,
        text=text,
        others=[other for other, _projects in found.rows if _mergeable(one, other)]
        if found
        else [],
        more=found is not None and found.more,
        breadcrumbs=[
            (url_for("organisations.index"), _("Organisations")),
            (url_for("organisations.show", organisation_id=one.public_id), one.name),
            (None, _("Put together")),
        ],
    )


def _mergeable(one: Organisation, other: Organisation) -> bool:
    """Whether the page of the two can be opened and leads anywhere."""
    return (
        one.id != other.id
        and one.invented == other.invented
        and policy.may(actor(), "organisation.merge", other)
    )


@bp.route("/<organisation_id>/merge/<other_id>", methods=["GET", "POST"])
@allowed("organisation.merge")
@confirmed
def merge(organisation_id: str, other_id: str) -> ResponseReturnValue:
    """Are these one organisation, and which entry stays?"""
    pair = _pair(organisation_id, other_id)
    if pair[0].id == pair[1].id:
        flash(_("These are one entry."))
        return redirect(url_for("organisations.show", organisation_id=pair[0].public_id))
    form = _form(pair)
    if not form.validate_on_submit():
        return _page(pair, form), 422 if form.is_submitted() else 200
    versions = version_of(form.first_version.data), version_of(form.second_version.data)
    if form.keep.data == pair[1].public_id:
        pair, versions = pair[::-1], versions[::-1]
    kept = pair[0].public_id
    try:
        merging.merge(db.session(), *pair, by=actor(), versions=versions)
    except Invalid as error:
        db.session.rollback()
        form.show(error)
        return _page(_pair(organisation_id, other_id), form), 422
    except (Conflict, StaleDataError):
        db.session.rollback()
        return _changed_meanwhile(organisation_id, other_id)
    db.session.commit()
    flash(_("The two entries are one now."), "success")
    return redirect(url_for("organisations.show", organisation_id=kept))


def _pair(organisation_id: str, other_id: str) -> tuple[Organisation, Organisation]:
    first, second = (
        get_organisation_by_id(db.session(), each, viewer()) for each in (organisation_id, other_id)
    )
    for one in (first, second):
        policy.require(actor(), "organisation.merge", one)
    return first, second


def _form(pair: tuple[Organisation, Organisation], **options: Any) -> MergeForm:
    first, second = pair
    versions = {"first_version": str(first.version), "second_version": str(second.version)}
    form = MergeForm(data=versions, **options)
    form.keep.choices = choices((one.public_id, f"{one.name} ({one.code})") for one in pair)
    return form


def _changed_meanwhile(organisation_id: str, other_id: str) -> ResponseReturnValue:
    """Somebody changed or merged one of them: what stands there now, to be looked at again."""
    pair = _pair(organisation_id, other_id)
    if pair[0].id == pair[1].id:
        flash(_("These are one entry."))
        return redirect(url_for("organisations.show", organisation_id=pair[0].public_id))
    return _page(pair, _form(pair, formdata=None), changed=True), 409


def _page(
    pair: tuple[Organisation, Organisation], form: MergeForm, *, changed: bool = False
) -> str:
    session = db.session()
    return render_template(
        "organisations/merge.html",
        form=form,
        changed=changed,
        hindrance=_(merging.ONE_INVENTED) if pair[0].invented != pair[1].invented else None,
        types=words_of("organisation-type"),
        countries=words_of("country"),
        sides=[
            {
                "organisation": one,
                "says": organisation_draft(one),
                "holds": merging.holdings_of(session, one),
                "common": merging.is_common(session, one),
            }
            for one in pair
        ],
        breadcrumbs=[
            (url_for("organisations.index"), _("Organisations")),
            (url_for("organisations.alike"), _("Organisations that look alike")),
            (None, _("Put together")),
        ],
    )
