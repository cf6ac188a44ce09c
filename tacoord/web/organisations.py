"""Organisations: the list, one organisation with its projects, and the form in which it says what it is."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm.exc import StaleDataError
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from tacoord import policy
from tacoord.errors import Conflict, Invalid
from tacoord.extensions import db
from tacoord.services.organisations.alike import MOST_SHOWN, look_alikes
from tacoord.services.organisations.organisations import get_organisation_by_id
from tacoord.services.organisations.register import (
    DECLARED,
    OrganisationDraft,
    OrganisationPage,
    OrganisationQuery,
    list_organisations,
    organisation_draft,
    projects_by_role,
    update_organisation,
)
from tacoord.services.organisations.told_apart import list_told_apart
from tacoord.web.forms import MultiCheckboxField, Needed, PageForm, version_of
from tacoord.web.gate import actor, allowed, viewer
from tacoord.web.query import address_with, page_asked, question
from tacoord.web.term_choices import headed_choices, nested_choices, plain_choices, words_of

bp = Blueprint("organisations", __name__, url_prefix="/organisations")


class OrganisationForm(PageForm):
    """What an organisation says of itself; aliases and identifiers one a line."""

    version = HiddenField()
    name = StringField(_l("Name"), [Needed(), Length(max=500)])
    acronym = StringField(_l("Acronym"), [Length(max=64)])
    type = SelectField(_l("Kind"), choices=plain_choices("organisation-type", blank=True))
    country = SelectField(_l("Seat"), choices=plain_choices("country", blank=True))
    website = StringField(_l("Website"), [Length(max=500)])
    description = TextAreaField(_l("What it does"), [Length(max=20_000)])
    aliases = TextAreaField(
        _l("Other names"),
        [Length(max=20_000)],
        description=_l(
            "One a line: names in other languages, former names, the way others write it."
        ),
    )
    identifiers = TextAreaField(
        _l("Identifiers"),
        [Length(max=5_000)],
        description=_l("One a line, such as XM-DAC-41128 or GB-CHC-123456."),
    )
    mandate = MultiCheckboxField(_l("Mandates"), choices=headed_choices("mandate", "instrument"))
    pillar = MultiCheckboxField(_l("Pillars"), choices=plain_choices("pillar"))
    assistance_kind = MultiCheckboxField(
        _l("Kinds of assistance"), choices=nested_choices("assistance-kind")
    )
    countries = MultiCheckboxField(
        _l("Countries in which it works"), choices=plain_choices("country")
    )
    verified = BooleanField(_l("Somebody has looked at this entry and it is right"))

    def draft(self) -> OrganisationDraft:
        """What was entered."""
        return OrganisationDraft(
            name=self.name.data or "",
            acronym=self.acronym.data or None,
            type=self.type.data or None,
            country=self.country.data or None,
            description=self.description.data or "",
            website=self.website.data or None,
            aliases=_lines(self.aliases.data),
            identifiers=_lines(self.identifiers.data),
            tags={name: frozenset(getattr(self, field).data or ()) for name, field in _TAG_FIELDS},
            verified=bool(self.verified.data),
        )


_TAG_FIELDS = (
    ("mandate", "mandate"),
    ("pillar", "pillar"),
    ("assistance-kind", "assistance_kind"),
    ("country", "countries"),
)


@bp.get("")
def index() -> ResponseReturnValue:
    """Who is there?"""
    asked = question()
    query = OrganisationQuery(
        text=asked.text("q"),
        type=asked.code("type", words_of("organisation-type")),
        country=asked.code("country", words_of("country")),
        unverified=asked.flag("unverified"),
        page=page_asked(),
    )
    found = list_organisations(db.session(), viewer(), query)
    return render_template(
        "organisations/index.html",
        found=found,
        query=query,
        lead=ngettext("%(num)s organisation", "%(num)s organisations", found.total),
        chips=_chips(query),
        pages=_neighbours(found),
        types=words_of("organisation-type"),
        countries=words_of("country"),
    )


@bp.get("/alike")
@allowed("organisation.add")
def alike() -> ResponseReturnValue:
    """Which entries may be one organisation?"""
    return render_template(
        "organisations/alike.html",
        found=look_alikes(db.session(), viewer()),
        apart=list_told_apart(db.session(), viewer()),
        ways=_WAYS,
        most=MOST_SHOWN,
    )


_WAYS = {
    "identifier": _l("one identifier"),
    "alias": _l("another name of the same"),
    "name": _l("like names"),
    "blank": _l("the same name, written with or without a blank"),
    "acronym": _l("an acronym"),
    "place": _l("like names, other places"),
}


@bp.get("/<organisation_id>")
def show(organisation_id: str) -> ResponseReturnValue:
    """Who is it, what is it for, and what does it do?"""
    organisation = get_organisation_by_id(db.session(), organisation_id, viewer())
    if organisation.public_id != organisation_id:
        return redirect(url_for(".show", organisation_id=organisation.public_id), 301)
    return render_template(
        "organisations/show.html",
        organisation=organisation,
        draft=organisation_draft(organisation),
        words={name: words_of(name) for name in (*DECLARED, "organisation-type")},
        roles=words_of("organisation-role"),
        projects=projects_by_role(db.session(), viewer(), organisation),
    )


@bp.route("/<organisation_id>/edit", methods=["GET", "POST"])
@allowed("organisation.edit")
def edit(organisation_id: str) -> ResponseReturnValue:
    """What has to be said otherwise?"""
    organisation = get_organisation_by_id(db.session(), organisation_id, viewer())
    policy.require(actor(), "organisation.edit", organisation)
    form = OrganisationForm(data=_form_data(organisation_draft(organisation), organisation.version))
    if form.validate_on_submit():
        try:
            update_organisation(
                db.session(),
                organisation,
                form.draft(),
                by=actor(),
                version=version_of(form.version.data),
            )
        except Invalid as error:
            db.session.rollback()
            form.show(error)
        except (Conflict, StaleDataError):
            db.session.rollback()
            return _conflict_page(form, organisation_id)
        else:
            db.session.commit()
            flash(_("Saved."), "success")
            return redirect(url_for(".show", organisation_id=organisation_id))
    page = render_template("organisations/form.html", form=form, organisation=organisation)
    return page, 422 if form.is_submitted() else 200


def _conflict_page(form: OrganisationForm, organisation_id: str) -> ResponseReturnValue:
    """What was typed stays; what stands in the register now is told above it."""
    organisation = get_organisation_by_id(db.session(), organisation_id, viewer())
    form.version.data, form.version.raw_data = str(organisation.version), None
    now = organisation_draft(organisation)
    return render_template(
        "organisations/form.html", form=form, organisation=organisation, now=now
    ), 409


def _form_data(draft: OrganisationDraft, version: int) -> dict[str, object]:
    return {
        "version": str(version),
        "name": draft.name,
        "acronym": draft.acronym,
        "type": draft.type or "",
        "country": draft.country or "",
        "website": draft.website,
        "description": draft.description,
        "aliases": "\n".join(draft.aliases),
        "identifiers": "\n".join(draft.identifiers),
        "verified": bool(draft.verified),
        **{field: sorted(draft.tags.get(name, ())) for name, field in _TAG_FIELDS},
    }


def _chips(query: OrganisationQuery) -> list[tuple[str, str]]:
    words: dict[str, str] = {}
    if query.text:
        words["q"] = _("“%(text)s”", text=query.text)
    if query.type:
        words["type"] = words_of("organisation-type").get(query.type, query.type)
    if query.country:
        words["country"] = words_of("country").get(query.country, query.country)
    if query.unverified:
        words["unverified"] = _("not yet verified")
    return [(said, address_with(".index", **{name: None})) for name, said in words.items()]


def _neighbours(found: OrganisationPage) -> dict[str, str | None]:
    return {
        "newer": address_with(".index", page=found.page - 1) if found.page > 1 else None,
        "older": address_with(".index", page=found.page + 1) if found.more else None,
    }


def _lines(typed: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (typed or "").splitlines() if line.strip())
