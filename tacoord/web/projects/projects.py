"""Projects: the list, one project, and the form in which they are registered and changed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, Problem
from tacoord.extensions import db
from tacoord.models import (
    Change,
    Organisation,
    Overlap,
    Project,
    ProjectOrganisation,
    ProjectState,
    Role,
    Source,
    utcnow,
)
from tacoord.services import registration
from tacoord.services.accounts.sessions import is_confirmed
from tacoord.services.assistance.offered_projects import project_draft_of
from tacoord.services.assistance.query import get_offer
from tacoord.services.history import list_changes
from tacoord.services.organisations.register import known_among, names_to_suggest
from tacoord.services.overlaps.overlaps import overlaps_of_project
from tacoord.services.overlaps.query import visible_among
from tacoord.services.overlaps.similar import similar
from tacoord.services.projects.content import clean, draft_for, facts_of_draft, whole_draft_of
from tacoord.services.projects.drafts import Participant, ProjectDraft, Share
from tacoord.services.projects.projects import check as check_draft
from tacoord.services.projects.projects import confirm, get_project, keep_owners_part, widens
from tacoord.services.projects.query import is_stale, list_projects
from tacoord.services.visibility import belongs_to, reads_whole
from tacoord.web.filters import sentence_list
from tacoord.web.forms import choices, say
from tacoord.web.gate import actor, allowed, own_session, viewer
from tacoord.web.mask_words import mask_words
from tacoord.web.once import pressed_once
from tacoord.web.projects import listing as project_list
from tacoord.web.projects.form import ProjectForm, form_data
from tacoord.web.projects.words import (
    change_words,
    confirmation_words,
    differences,
    visibility_words,
)
from tacoord.web.reasons import reasons_for, reasons_of, strongest
from tacoord.web.term_choices import country_names, words_of

bp = Blueprint("projects", __name__, url_prefix="/projects")

DRAFT = "draft"
REGISTER = "register"
MOST_ORGANISATIONS = 1_000
MOST_BESIDE = 5
LEAST_SCORE_BESIDE = 0.1
"""What is less alike than this would only distract who is still writing."""


@bp.get("")
def index() -> ResponseReturnValue:
    """Which projects are there?"""
    query = project_list.asked()
    found = list_projects(db.session(), viewer(), query)
    return render_template(
        "projects/index.html",
        found=found,
        query=query,
        lead=project_list.lead(found, query),
        chips=project_list.chips(query),
        tabs=project_list.tabs(query, viewer(), reports=policy.may(actor(), "project.register")),
        pages=project_list.neighbours(found),
        countries=words_of("country"),
        pillars=words_of("pillar"),
        options={
            name: words_of(vocabulary) for name, vocabulary in project_list.TERM_FILTERS.items()
        },
        stale={row.public_id for row in found.rows if is_stale(row, query.today)},
    )


@bp.route("/new", methods=["GET", "POST"])
@allowed("project.register")
@pressed_once
def new() -> ResponseReturnValue:
    """What do I have to say?"""
    form = _form(_beginning())
    if form.change_rows() or not _is_readable(form):
        return _form_page(form)
    organisation = _chosen_organisation(form)
    try:
        if request.form.get("do") == REGISTER:
            project, flagged = registration.register_project(
                db.session(),
                form.draft(),
                organisation=organisation,
                by=actor(),
                source=Source.FORM,
                on_behalf=organisation.id not in viewer().organisation_ids,
            )
        else:
            project, flagged = _saved_draft(form, organisation), []
    except Invalid as error:
        db.session.rollback()
        form.show(error)
        return _form_page(form)
    return _after(project, flagged)


@bp.route("/<project_id>/edit", methods=["GET", "POST"])
@allowed("project.edit")
def edit(project_id: str) -> ResponseReturnValue:
    """What has to be said otherwise?"""
    project = get_project(db.session(), project_id, viewer())
    policy.require(actor(), "project.edit", project)
    form = _form(whole_draft_of(project), project)
    if form.change_rows() or not _is_readable(form, project):
        return _form_page(form, project)
    try:
        flagged = _save(form, project)
    except Invalid as error:
        db.session.rollback()
        form.show(error)
        return _form_page(form, project)
    except (Conflict, StaleDataError):
        db.session.rollback()
        return _conflict_page(form, project_id)
    db.session.commit()
    return _after(project, flagged)


@bp.post("/similar")
@allowed("project.register")
def look_alikes() -> ResponseReturnValue:
    """A piece of page: what looks like the form that is being filled in. Nothing is stored."""
    form = ProjectForm()
    form.organisation.choices = _organisation_choices(actor())
    readable = form.validate()
    draft = clean(form.draft())
    asked = max((len(text.split()) for text in draft.titles.values()), default=0) > 1
    found = []
    if asked:
        facts = facts_of_draft(draft, id="", organisation=_chosen_organisation(form))
        editing = request.args.get("but")
        found = [
            one
            for one in similar(db.session(), facts, viewer(), limit=MOST_BESIDE + 1)
            if one.project.public_id != editing and one.match.score >= LEAST_SCORE_BESIDE
        ][:MOST_BESIDE]
    return render_template(
        "projects/beside.html",
        found=found,
        asked=asked,
        readable=readable,
        reasons_for=reasons_for,
    )


@bp.get("/<project_id>")
def show(project_id: str) -> ResponseReturnValue:
    """What is it, who, until when, and with whom does it collide?"""
    project = get_project(db.session(), project_id, viewer())
    overlaps = overlaps_of_project(db.session(), project, viewer())
    draft, whole = draft_for(project, viewer()), reads_whole(project, viewer())
    return render_template(
        "projects/show.html",
        project=project,
        draft=draft,
        withheld=frozenset() if whole else draft.masks,
        kept=sentence_list([mask_words(each) for each in sorted(draft.masks)]),
        words={name: words_of(name) for name in _SHOWN_VOCABULARIES},
        look_alikes=_look_alikes(overlaps, project),
        history=_history(project),
        stale=is_stale(project, utcnow().date()),
        sees_contact=project.contact_shown or whole,
        visibility=visibility_words(project.visibility.value),
        confirmation=confirmation_words(project),
        missing=_missing(project),
        participants=_taking_part(project, draft),
    )


@bp.get("/<project_id>/registered")
def registered(project_id: str) -> ResponseReturnValue:
    """What did registering find?"""
    project = get_project(db.session(), project_id, viewer())
    overlaps = overlaps_of_project(db.session(), project, viewer())
    return render_template(
        "projects/registered.html", project=project, look_alikes=_look_alikes(overlaps, project)
    )


@bp.post("/<project_id>/confirm", endpoint="confirm")
@allowed("project.confirm")
def still_true(project_id: str) -> ResponseReturnValue:
    """Yes, it is still true."""
    project = get_project(db.session(), project_id, viewer())
    confirm(db.session(), project, by=actor())
    db.session.commit()
    flash(_("Thank you. The record is marked as true as of today."), "success")
    return redirect(url_for(".show", project_id=project_id))


@bp.post("/<project_id>/withdraw")
@allowed("project.withdraw")
def withdraw(project_id: str) -> ResponseReturnValue:
    """Take it out of the register; it can be restored."""
    project = get_project(db.session(), project_id, viewer())
    registration.withdraw_project(db.session(), project, by=actor())
    db.session.commit()
    flash(_("Withdrawn. Only your organisation still sees it, and can restore it."), "success")
    return redirect(url_for(".show", project_id=project_id))


@bp.post("/<project_id>/restore")
@allowed("project.withdraw")
def restore(project_id: str) -> ResponseReturnValue:
    """Put it back as it was."""
    project = get_project(db.session(), project_id, viewer())
    registration.restore_project(db.session(), project, by=actor())
    db.session.commit()
    flash(_("Restored."), "success")
    return redirect(url_for(".show", project_id=project_id))


_SHOWN_VOCABULARIES = (
    "country", "region", "dac-region", "pillar", "measure", "policy-area", "mandate", "exploitation",
    "target-group", "assistance-kind", "sdg-target", "sector", "activity-status", "organisation-role",
    "budget-type",
)  # fmt: skip


def _form(draft: ProjectDraft, project: Project | None = None) -> ProjectForm:
    """The form, filled from what was posted, else from `draft`."""
    data = form_data(draft)
    data["version"] = str(project.version) if project else ""
    data["organisation"] = (project.organisation if project else actor().organisation).public_id
    form = ProjectForm(data=data)
    form.organisation.choices = (
        choices([(project.organisation.public_id, project.organisation.name)])
        if project
        else _organisation_choices(actor())
    )
    return form


def _is_readable(form: ProjectForm, project: Project | None = None) -> bool:
    """Whether it was sent and every value can be read; else what is wrong beyond that is said at once, too."""
    if not form.is_submitted():
        return False
    if form.validate():
        return True
    registering = request.form.get("do") == REGISTER
    problems = check_draft(
        db.session(),
        _said(form, project) if project else form.draft(),
        organisation=project.organisation if project else _chosen_organisation(form),
        complete=registering or (project is not None and project.state is not ProjectState.DRAFT),
        project=project,
    )
    form.show(Invalid(problems))
    return False


def _form_page(
    form: ProjectForm, project: Project | None = None, *, status: int = 200, **more: Any
) -> ResponseReturnValue:
    wrong = form.problems() if form.is_submitted() else []
    page = render_template(
        "projects/form.html",
        form=form,
        known_countries=country_names(),
        project=project,
        is_owner=project is None or policy.may(actor(), "project.widen", project),
        known_organisations=names_to_suggest(db.session(), viewer()),
        **more,
    )
    return page, 422 if wrong and status == 200 else status


def _conflict_page(form: ProjectForm, project_id: str) -> ResponseReturnValue:
    """Both texts: what stands in the register now, and what was typed. Saving once more keeps what was typed."""
    project = get_project(db.session(), project_id, viewer())
    theirs = whole_draft_of(project)
    mine = clean(_said(form, project))
    form.version.data = str(project.version)
    form.version.raw_data = None
    changes = list_changes(db.session(), project, limit=1)
    return _form_page(
        form,
        project,
        status=409,
        differences=differences(mine, clean(theirs)),
        last_change=changes[0] if changes else None,
        last_by=_who(changes[0], project) if changes else "",
    )


def _save(form: ProjectForm, project: Project) -> Sequence[Overlap]:
    draft, version = _said(form, project), form.base_version()
    if project.state is ProjectState.DRAFT and request.form.get("do") == REGISTER:
        return registration.publish_draft(db.session(), project, draft, by=actor(), version=version)
    if widens(project, draft) and not is_confirmed(own_session()):
        raise Invalid([_show_who_you_are()])
    changed, flagged = registration.change_project(
        db.session(), project, draft, by=actor(), version=version
    )
    flash(_("Saved.") if changed else _("Nothing was changed."), "success")
    return flagged if changed else []


def _said(form: ProjectForm, project: Project) -> ProjectDraft:
    """What was entered, on top of what the record says; who may not say who reads it leaves that as it is."""
    return keep_owners_part(project, form.draft(whole_draft_of(project)), by=actor())


def _show_who_you_are() -> Problem:
    """Asked in another tab, so that nothing of what was typed is lost."""
    words = N_(
        "More people will see this project. Open %(address)s in a new tab, show there that it is you, "
        "and save again."
    )
    return Problem("visibility", words, {"address": url_for("confirm.ask")})


def _saved_draft(form: ProjectForm, organisation: Organisation) -> Project:
    project = registration.save_draft(
        db.session(), form.draft(), organisation=organisation, by=actor(), source=Source.FORM
    )
    flash(_("Draft saved. Only your organisation sees it until you register it."), "success")
    return project


def _after(project: Project, flagged: Sequence[Overlap]) -> ResponseReturnValue:
    """Where to go when something was saved: to what was found, or to the project."""
    fresh = request.form.get("do") == REGISTER
    # A look-alike that is hidden from who saved must not lead elsewhere than none.
    if fresh or visible_among(db.session(), viewer(), flagged):
        if fresh:
            flash(_("Registered."), "success")
        return redirect(url_for(".registered", project_id=project.public_id))
    return redirect(url_for(".show", project_id=project.public_id))


def _beginning() -> ProjectDraft:
    """What a new form begins with: the offer that it carries out, or the country and pillar that a link names."""
    if from_offer := request.args.get("from_offer"):
        return project_draft_of(get_offer(db.session(), from_offer, viewer()))
    draft = ProjectDraft(participants=())
    country, pillar = request.args.get("country"), request.args.get("pillar")
    if country in words_of("country"):
        draft = replace(draft, countries=(Share(str(country)),))
    if pillar in words_of("pillar"):
        draft = replace(draft, pillars=(Share(str(pillar)),))
    return draft


def _organisation_choices(user: Any) -> list[Any]:
    """The organisations for which somebody may register, the own one first."""
    own = {user.organisation.id: user.organisation}
    own.update({g.organisation_id: _organisation(g.organisation_id) for g in user.grants})
    allowed_ones = [each for each in own.values() if policy.may(user, "project.register", each)]
    if policy.has_role(user, Role.COORDINATOR):
        query = select(Organisation).where(Organisation.verified, Organisation.id.not_in(own))
        allowed_ones += db.session().scalars(
            query.order_by(Organisation.name).limit(MOST_ORGANISATIONS)
        )
    return choices((each.public_id, each.name) for each in allowed_ones)


def _organisation(key: int) -> Organisation:
    found = db.session().get(Organisation, key)
    assert found is not None
    return found


def _chosen_organisation(form: ProjectForm) -> Organisation:
    """The one that reports; the own one where none was chosen that may be."""
    if form.organisation.errors:
        return actor().organisation
    query = select(Organisation).where(Organisation.public_id == form.organisation.data)
    return db.session().scalars(query).one()


def _look_alikes(overlaps: Sequence[Overlap], project: Project) -> list[dict[str, Any]]:
    """Each overlap with the other project and the few reasons that decide."""
    return [
        {
            "overlap": overlap,
            "other": overlap.second if overlap.first_id == project.id else overlap.first,
            "reasons": strongest(reasons_of(overlap.evidence)),
        }
        for overlap in overlaps
    ]


def _history(project: Project) -> list[tuple[Change, str, str]]:
    """What happened to the project, newest first, each in words and with who did it."""
    changes = list_changes(db.session(), project)
    return [(change, change_words(change), _who(change, project)) for change in changes]


def _who(change: Change, project: Project) -> str:
    """Who did something to the project: by name for its own people; for others their organisation, where the reader
    may know of it; "" for nobody.
    """
    if change.by is None:
        return ""
    if belongs_to(project, viewer()):
        return change.by.name
    key = change.by.organisation_id
    own = key == project.organisation_id
    return change.by.organisation.name if own or known_among(db.session(), viewer(), [key]) else ""


def _taking_part(
    project: Project, draft: ProjectDraft
) -> list[tuple[Participant, Organisation | None]]:
    """Who takes part as `draft` says, each with the entry of the register that the reader may open.

    What is withheld from others points to no entry.
    """
    rows: list[ProjectOrganisation | None] = [*project.participants]
    rows = rows or [None] * len(draft.participants)
    known = known_among(db.session(), viewer(), [row.organisation_id for row in rows if row])
    return [
        (each, row.organisation if row and row.organisation_id in known else None)
        for each, row in zip(draft.participants, rows, strict=True)
    ]


def _missing(project: Project) -> list[str]:
    """What a draft still lacks before it can be registered."""
    if project.state is not ProjectState.DRAFT:
        return []
    problems = check_draft(
        db.session(),
        whole_draft_of(project),
        organisation=project.organisation,
        complete=True,
        project=project,
    )
    return [say(problem) for problem in problems]
