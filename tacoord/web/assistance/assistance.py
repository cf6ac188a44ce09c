"""Requests of governments for assistance, and the offers that answer them."""

from functools import partial
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from tacoord import policy
from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.extensions import db
from tacoord.models import AssistanceRequest, Offer, OfferState, RequestState, utcnow
from tacoord.services.assistance import assistance
from tacoord.services.assistance.fitting import fits_for
from tacoord.services.history import list_changes
from tacoord.web.assistance import listing as request_list
from tacoord.web.assistance.forms import (
    AnswerForm,
    OfferForm,
    RequestForm,
    answer_data,
    offer_data,
    request_data,
)
from tacoord.web.assistance.starting_points import starting_data, starting_points
from tacoord.web.assistance.words import fit_lines, offer_state, request_state, steps, term_names
from tacoord.web.forms import version_of
from tacoord.web.gate import actor, allowed, viewer
from tacoord.web.once import pressed_once
from tacoord.web.query import address_with, chips_of, page_asked
from tacoord.web.term_choices import words_of

bp = Blueprint("assistance", __name__)

SEND: Final = "send"
ACCEPT: Final = "accept"
CORRECTED: Final = "request.corrected"


for word in (request_state, offer_state, term_names):
    bp.add_app_template_global(word)


@bp.get("/requests")
@allowed("overlap.list")
def index() -> ResponseReturnValue:
    """Who asks for what?"""
    number = page_asked()
    query = request_list.asked(page=number)
    rows = assistance.list_requests(db.session(), viewer(), query)
    address = partial(address_with, ".index")
    return render_template(
        "assistance/index.html",
        requests=rows[: query.limit],
        more=len(rows) > query.limit,
        number=number,
        total=assistance.count_requests(db.session(), viewer(), query),
        query=query,
        tabs=request_list.tabs(query, asks=policy.may(actor(), "request.submit")),
        chips=chips_of(request_list.filters(), ".index"),
        options=request_list.filters(),
        address=address,
    )


@bp.route("/requests/new", methods=["GET", "POST"])
@allowed("request.submit")
@pressed_once
def new() -> ResponseReturnValue:
    """What do you need?"""
    country = _own_country()
    form = RequestForm(data=starting_data(country, request.args))
    if not form.validate_on_submit():
        return _request_page(form)
    return _take_request(form, country, None)


@bp.route("/requests/<request_id>/edit", methods=["GET", "POST"])
@allowed("request.edit")
def edit(request_id: str) -> ResponseReturnValue:
    """What should it say otherwise?"""
    asked = assistance.get_request(db.session(), request_id, viewer())
    policy.require(actor(), "request.edit", asked)
    if asked.state is not RequestState.DRAFT and not assistance.may_be_corrected(asked):
        flash(_("Somebody has answered it, so it can no longer be changed."), "warning")
        return redirect(url_for(".show", request_id=request_id))
    form = RequestForm(data=request_data(asked))
    if not form.validate_on_submit():
        return _request_page(form, asked)
    return _take_request(form, asked.country, asked)


@bp.get("/requests/<request_id>")
@allowed("overlap.list")
def show(request_id: str) -> ResponseReturnValue:
    """Where does it stand?"""
    session, today = db.session(), utcnow().date()
    asked = assistance.get_request(session, request_id, viewer())
    own = policy.may(actor(), "request.edit", asked)
    offers = assistance.offers_on(session, asked, viewer())
    fits = None
    if own or policy.may(actor(), "offer.make"):
        found = fits_for(session, asked, viewer(), today=today)
        fits = fit_lines(found, asked, viewer().organisation_ids)
    return render_template(
        "assistance/show.html",
        asked=asked,
        own=own,
        may_correct=own and assistance.may_be_corrected(asked),
        can_offer=policy.may(actor(), "request.answer", asked) and asked.state is RequestState.OPEN,
        steps=steps(asked, today, offers, knows_all=_is_party(asked)),
        corrected=next(
            (each.at for each in list_changes(session, asked) if each.action == CORRECTED), None
        ),
        running=assistance.running_projects(session, asked, viewer()),
        offers=offers,
        own_ids=viewer().organisation_ids,
        fits=fits,
        country=words_of("country")[asked.country],
        groups=[link.group for link in asked.group_links],
    )


def _is_party(asked: AssistanceRequest) -> bool:
    """Whether the reader is of the government that asked, and so knows of every offer; or sees everything."""
    return viewer().sees_all or asked.organisation_id in viewer().organisation_ids


@bp.post("/requests/<request_id>/withdraw")
@allowed("request.withdraw")
def withdraw(request_id: str) -> ResponseReturnValue:
    """It is no longer asked for."""
    asked = assistance.get_request(db.session(), request_id, viewer())
    draft = asked.state is RequestState.DRAFT
    try:
        assistance.withdraw(db.session(), asked, by=actor())
    except Conflict:
        return _changed_meanwhile(url_for(".show", request_id=request_id))
    db.session.commit()
    flash(_("The draft is put away.") if draft else _("The request is withdrawn."), "success")
    return redirect(url_for(".show", request_id=request_id))


@bp.post("/requests/<request_id>/close")
@allowed("request.close")
def close(request_id: str) -> ResponseReturnValue:
    """It is done."""
    asked = assistance.get_request(db.session(), request_id, viewer())
    try:
        assistance.close(db.session(), asked, by=actor())
    except Conflict:
        return _changed_meanwhile(url_for(".show", request_id=request_id))
    db.session.commit()
    flash(_("The request is closed."), "success")
    return redirect(url_for(".show", request_id=request_id))


@bp.route("/requests/<request_id>/offer", methods=["GET", "POST"])
@allowed("offer.make")
@pressed_once
def offer(request_id: str) -> ResponseReturnValue:
    """What can you offer?"""
    asked = assistance.get_request(db.session(), request_id, viewer())
    policy.require(actor(), "request.answer", asked)
    form = OfferForm(data={**answer_data(asked), **_like()})
    del form.countries, form.regions
    if not form.validate_on_submit():
        return _offer_page(form, asked)
    try:
        made = assistance.offer(db.session(), form.draft(), by=actor(), request=asked)
    except Invalid as error:
        db.session.rollback()
        form.show(error)
        return _offer_page(form, asked)
    except Conflict:
        return _changed_meanwhile(url_for(".show", request_id=request_id))
    flash(_("Your offer is sent. The government sees it now."), "success")
    return redirect(url_for(".show_offer", offer_id=made.public_id))


@bp.get("/offers")
@allowed("overlap.list")
def offers() -> ResponseReturnValue:
    """Who offers what?"""
    found = assistance.list_offers(db.session(), viewer())
    own = [each for each in found if each.organisation_id in viewer().organisation_ids]
    return render_template(
        "assistance/offers.html",
        standing=[each for each in found if each.state is OfferState.STANDING],
        own=own,
        own_ids=viewer().organisation_ids,
        waiting=sum(1 for each in own if each.state is OfferState.PENDING),
    )


@bp.route("/offers/new", methods=["GET", "POST"])
@allowed("offer.make")
@pressed_once
def new_offer() -> ResponseReturnValue:
    """What can you offer to whoever needs it?"""
    form = OfferForm(data=_like())
    if not form.validate_on_submit():
        return _offer_page(form)
    try:
        made = assistance.offer(db.session(), form.draft(), by=actor())
    except Invalid as error:
        db.session.rollback()
        form.show(error)
        return _offer_page(form)
    flash(_("Your offer stands. Governments see it where it fits their requests."), "success")
    return redirect(url_for(".show_offer", offer_id=made.public_id))


@bp.get("/offers/<offer_id>")
@allowed("overlap.list")
def show_offer(offer_id: str) -> ResponseReturnValue:
    """What is offered, and what became of it?"""
    return _shown_offer(assistance.get_offer(db.session(), offer_id, viewer()), AnswerForm())


@bp.post("/offers/<offer_id>/answer")
@allowed("offer.answer")
def answer(offer_id: str) -> ResponseReturnValue:
    """Yes or no."""
    made = assistance.get_offer(db.session(), offer_id, viewer())
    form = AnswerForm()
    says_yes = request.form.get("answer") == ACCEPT
    say = assistance.accept if says_yes else assistance.decline
    try:
        if form.validate_on_submit():
            say(db.session(), made, by=actor(), note=(form.note.data or "").strip())
    except Invalid as error:
        db.session.rollback()
        form.show(error)
    except Conflict:
        return _changed_meanwhile(url_for(".show_offer", offer_id=offer_id))
    if form.errors:
        return _shown_offer(made, form)
    db.session.commit()
    flash(_("The offer is accepted.") if says_yes else _("The offer is declined."), "success")
    return redirect(url_for(".show_offer", offer_id=offer_id))


@bp.post("/offers/<offer_id>/withdraw")
@allowed("offer.withdraw")
def withdraw_offer(offer_id: str) -> ResponseReturnValue:
    """It is no longer offered."""
    made = assistance.get_offer(db.session(), offer_id, viewer())
    try:
        assistance.withdraw_offer(db.session(), made, by=actor())
    except Conflict:
        return _changed_meanwhile(url_for(".show_offer", offer_id=offer_id))
    db.session.commit()
    flash(_("The offer is withdrawn."), "success")
    return redirect(url_for(".show_offer", offer_id=offer_id))


def _own_country() -> str:
    """The country that the person asks for. Raises Forbidden where the organisation has none."""
    country = actor().organisation.country
    if country is None:
        raise Forbidden("the organisation has no country")
    return country


def _take_request(
    form: RequestForm, country: str, asked: AssistanceRequest | None
) -> ResponseReturnValue:
    """Send what was entered, keep it as a draft, or correct what was sent."""
    draft, version = form.draft(country), version_of(form.version.data)
    try:
        if asked is not None and asked.state is not RequestState.DRAFT:
            taken = assistance.correct(
                db.session(), draft, by=actor(), request=asked, version=version
            )
            words = _("Your request is corrected.")
        elif request.form.get("do") == SEND:
            taken = assistance.submit(
                db.session(), draft, by=actor(), request=asked, version=version
            )
            words = _("Your request is sent. Below is what fits it already.")
        else:
            taken = assistance.save_request(
                db.session(), draft, by=actor(), request=asked, version=version
            )
            words = _("Draft saved. Only your organisation sees it until you send it.")
    except Invalid as error:
        db.session.rollback()
        form.show(error)
        return _request_page(form, asked)
    except (Conflict, StaleDataError):
        if asked is None:
            raise
        return _request_conflict(form, asked.public_id)
    if asked is not None:  # a new one is committed by `pressed_once`
        db.session.commit()
    flash(words, "success")
    return redirect(url_for(".show", request_id=taken.public_id))


def _request_conflict(form: RequestForm, request_id: str) -> ResponseReturnValue:
    """What was typed, to be saved once more where that is still possible."""
    db.session.rollback()
    asked = assistance.get_request(db.session(), request_id, viewer())
    if asked.state is not RequestState.DRAFT and not assistance.may_be_corrected(asked):
        return _changed_meanwhile(url_for(".show", request_id=request_id))
    form.version.data, form.version.raw_data = str(asked.version), None
    form.form_errors.append(
        _(
            "Somebody changed this while you were writing. Your text is kept; save again to put it in place of theirs."
        )
    )
    page, _status = _request_page(form, asked)
    return page, 409


def _request_page(form: RequestForm, asked: AssistanceRequest | None = None) -> tuple[str, int]:
    country = _own_country()
    page = render_template(
        "assistance/form.html",
        form=form,
        asked=asked,
        country=words_of("country")[country],
        points=starting_points(country) if asked is None else None,
    )
    return page, 422 if form.errors or form.form_errors else 200


def _offer_page(form: OfferForm, asked: AssistanceRequest | None = None) -> ResponseReturnValue:
    country = words_of("country")[asked.country] if asked else None
    page = render_template("assistance/offer_form.html", form=form, asked=asked, country=country)
    return page, 422 if form.errors or form.form_errors else 200


def _like() -> dict[str, Any]:
    """The values of the offer that a link names, to begin another one with."""
    like = request.args.get("like")
    if not like:
        return {}
    try:
        made = assistance.get_offer(db.session(), like, viewer())
    except NotFound:
        return {}
    return offer_data(made) if made.organisation_id in viewer().organisation_ids else {}


def _shown_offer(made: Offer, form: AnswerForm) -> ResponseReturnValue:
    answers = (
        made.request is not None
        and made.state is OfferState.PENDING
        and policy.may(actor(), "offer.answer", made.request)
    )
    page = render_template(
        "assistance/show_offer.html",
        made=made,
        form=form,
        answers=answers,
        sides=_is_side(made),
        own_ids=viewer().organisation_ids,
        may_withdraw=policy.may(actor(), "offer.withdraw", made)
        and made.state in (OfferState.PENDING, OfferState.STANDING),
        country=words_of("country").get(made.request.country) if made.request else None,
    )
    return page, 422 if form.errors or form.form_errors else 200


def _is_side(made: Offer) -> bool:
    """Whether the reader belongs to who offered or to who asked: they see the answer."""
    ids = viewer().organisation_ids
    return made.organisation_id in ids or (
        made.request is not None and made.request.organisation_id in ids
    )


def _changed_meanwhile(address: str) -> ResponseReturnValue:
    db.session.rollback()
    flash(_("Somebody changed this in the meantime. Here it is as it stands now."), "warning")
    return redirect(address)
