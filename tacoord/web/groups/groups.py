"""Coordination groups: what is our work, who sits here, when does the digest go out."""

from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tacoord import policy
from tacoord.errors import Conflict, Invalid
from tacoord.extensions import db
from tacoord.models import CoordinationGroup, DigestDefinition, utcnow
from tacoord.services.digests import digests
from tacoord.services.digests.content import NEWS, agenda, compose
from tacoord.services.digests.letters import html_of, text_of
from tacoord.services.digests.schedules import (
    find_definition,
    next_moment,
    save_schedule,
)
from tacoord.services.digests.words import Digest, agenda_headings, sections_of, word
from tacoord.services.groups import groups, subscriptions
from tacoord.services.terms.vocabularies import labels
from tacoord.services.terms.wording import Words, words_for
from tacoord.web.gate import actor, allowed, settings, viewer
from tacoord.web.groups.forms import ScheduleForm, SeatForm, schedule_words
from tacoord.web.query import question

bp = Blueprint("groups", __name__, url_prefix="/groups")

VIEWS = ("page", "mail", "text")


@bp.get("")
def index() -> ResponseReturnValue:
    """Which groups are there?"""
    session, now = db.session(), utcnow()
    lines = groups.list_groups(session)
    moments = {}
    for line in lines:
        definition = find_definition(session, line.group)
        moments[line.group.id] = next_moment(definition, now) if definition else None
    return render_template(
        "groups/index.html", lines=lines, moments=moments, own=viewer().group_ids
    )


@bp.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """What is our work?"""
    session, group = db.session(), groups.get_group(db.session(), code)
    definition = find_definition(session, group)
    standing = agenda(session, group, viewer(), now=utcnow())
    words = _words(definition)
    sections = sections_of(standing, words, "", agenda_headings(standing, words))
    return render_template(
        "groups/show.html",
        group=group,
        lead=words.series(section.heading for section in sections),
        scope=_scope_words(group),
        definition=definition,
        clock=schedule_words(definition) if definition else None,
        next=next_moment(definition, utcnow()) if definition else None,
        members=[
            (organisation, [seat.user.name for seat in seats if seat.user])
            for organisation, seats in groupby(
                groups.list_seats(session, group), key=lambda seat: seat.organisation
            )
        ],
        readers=len(subscriptions.list_readers(session, group)),
        issues=digests.list_issues(session, group, viewer(), limit=12),
        sections=sections,
        belongs=digests.may_read(group, viewer()),
        may_subscribe=subscriptions.may_subscribe(session, group, actor()),
        reads=subscriptions.reads(session, group, actor()),
    )


@bp.route("/<code>/schedule", methods=["GET", "POST"])
@allowed("digest.schedule")
def schedule(code: str) -> ResponseReturnValue:
    """When does the digest go out, and what shall stand at its head?"""
    session, group = db.session(), groups.get_group(db.session(), code)
    policy.require(actor(), "digest.schedule", group)
    definition = find_definition(session, group)
    form = ScheduleForm(obj=definition) if definition else ScheduleForm()
    if form.validate_on_submit():
        try:
            save_schedule(session, group, form.draft(), by=actor(), version=form.began_from())
        except Invalid as error:
            form.show(error)
        except Conflict:
            session.rollback()
            words = _("Somebody changed this meanwhile. Look at the group's page, then try again.")
            form.form_errors.append(words)
        else:
            session.commit()
            flash(_("The digest of %(group)s is changed.", group=group.code), "success")
            return redirect(url_for(".show", code=group.code))
    return _with_status("groups/schedule.html", form, group=group)


@bp.route("/<code>/members", methods=["GET", "POST"])
@allowed("group.edit")
def members(code: str) -> ResponseReturnValue:
    """Who sits in the group: add a seat."""
    session, group = db.session(), groups.get_group(db.session(), code)
    policy.require(actor(), "group.edit", group)
    form = SeatForm()
    if form.validate_on_submit() and (found := form.found(session)) is not None:
        organisation, user = found
        try:
            seat = groups.add_seat(session, group, organisation=organisation, user=user, by=actor())
        except Conflict:
            form.form_errors.append(_("This seat is taken already."))
        except Invalid as error:
            form.show(error)
        else:
            session.commit()
            name = seat.user.name if seat.user else seat.organisation.name
            flash(_("%(name)s sits in %(group)s now.", name=name, group=group.code), "success")
            return redirect(url_for(".members", code=group.code))
    seats = groups.list_seats(session, group)
    return _with_status("groups/members.html", form, group=group, seats=seats)


@bp.post("/<code>/members/<seat_id>/remove")
@allowed("group.edit")
def remove_seat(code: str, seat_id: str) -> ResponseReturnValue:
    """Take a seat away."""
    session, group = db.session(), groups.get_group(db.session(), code)
    seat = groups.get_seat(session, group, seat_id)
    name = seat.user.name if seat.user else seat.organisation.name
    groups.remove_seat(session, group, seat, by=actor())
    session.commit()
    flash(_("%(name)s has left %(group)s.", name=name, group=group.code), "success")
    return redirect(url_for(".members", code=group.code))


@bp.post("/<code>/subscription")
def subscription(code: str) -> ResponseReturnValue:
    """Get the digest, or get it no longer."""
    session, group = db.session(), groups.get_group(db.session(), code)
    if request.form.get("wants") == "yes":
        subscriptions.subscribe(session, group, actor())
        words = _("The digest of %(group)s comes to you by mail.", group=group.code)
    else:
        subscriptions.unsubscribe(session, group, actor())
        words = _("The digest of %(group)s no longer comes to you.", group=group.code)
    session.commit()
    flash(words, "success")
    return redirect(url_for(".show", code=group.code))


@bp.get("/<code>/digest")
@allowed("digest.preview")
def digest(code: str) -> ResponseReturnValue:
    """What would the next digest say?"""
    session, group = db.session(), groups.get_group(db.session(), code)
    policy.require(actor(), "digest.preview", group)
    definition = find_definition(session, group)
    view = question().word("view", VIEWS) or "page"
    preview = _preview(group, definition, base_url="")
    html = render_template(
        "groups/digest.html",
        group=group,
        digest=preview,
        news=any(section.name in NEWS for section in preview.sections),
        previous=digests.last_issue(session, definition) if definition else None,
        definition=definition,
        text=text_of(_preview(group, definition)) if view == "text" else None,
        view=view,
        next=next_moment(definition, utcnow()) if definition else None,
        readers=len(subscriptions.list_readers(session, group)),
    )
    policy_words = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    policy_words += "connect-src 'self'; form-action 'self'; frame-src 'self'; "
    policy_words += "frame-ancestors 'none'; base-uri 'none'"
    return html, {"Content-Security-Policy": policy_words}


@bp.get("/<code>/digest/mail")
@allowed("digest.preview")
def mail(code: str) -> ResponseReturnValue:
    """The mail as it will be, for the frame in the preview: its own styles, and nothing that runs or loads."""
    session, group = db.session(), groups.get_group(db.session(), code)
    policy.require(actor(), "digest.preview", group)
    return html_of(_preview(group, find_definition(session, group))), {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
            "form-action 'none'; sandbox allow-popups allow-top-navigation-by-user-activation"
        ),
        "X-Frame-Options": "SAMEORIGIN",
    }


@bp.post("/<code>/digest")
@allowed("digest.send")
def send(code: str) -> ResponseReturnValue:
    """Let the next issue go out at once; the jobs process sends it within a minute."""
    session, group = db.session(), groups.get_group(db.session(), code)
    try:
        issue = digests.claim_now(session, group, by=actor(), now=utcnow())
    except Conflict:
        session.rollback()
        flash(_("Nothing has happened since the last issue, so nothing is sent."), "warning")
        return redirect(url_for(".digest", code=group.code))
    session.commit()
    flash(_("Issue %(number)s is on its way to the readers.", number=issue.number), "success")
    return redirect(url_for("digests.show", digest_id=issue.public_id))


def _preview(
    group: CoordinationGroup, definition: DigestDefinition | None, base_url: str | None = None
) -> Digest:
    """The next issue as who is signed in may see it; with links of the site's own address as in the mail."""
    session, now = db.session(), utcnow()
    content = compose(session, group, digests.next_span(session, group, now=now), viewer())
    return word(
        content,
        group,
        _words(definition),
        base_url=settings().base_url if base_url is None else base_url,
        introduction=definition.introduction if definition else "",
    )


def _words(definition: DigestDefinition | None) -> Words:
    return words_for(str(get_locale() or "en"), definition.time_zone if definition else "UTC")


def _scope_words(group: CoordinationGroup) -> list[str]:
    """What the group looks at, term by term; nothing for everything."""
    session, language = db.session(), str(get_locale() or "en")
    named = []
    for vocabulary in ("country", "region", "pillar"):
        codes = [code for code in group.codes(vocabulary) if code != groups.WORLD]
        if codes:
            known = labels(session, vocabulary, language)
            named += [known.get(code, code) for code in codes]
    return named


def _with_status(
    template: str, form: ScheduleForm | SeatForm, **values: object
) -> ResponseReturnValue:
    return render_template(template, form=form, **values), 422 if form.errors else 200
