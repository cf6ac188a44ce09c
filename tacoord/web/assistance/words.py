"""Requests and offers in words: their states, the steps of a request, and why something fits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from tacoord.matching.fit import LONG_ENOUGH_MONTHS, OFFERED, SENTENCES, Fit, Reason
from tacoord.matching.gaps import within_sentence
from tacoord.models import AssistanceRequest, Offer, OfferState, RequestState
from tacoord.services.assistance.fitting import Fits
from tacoord.web.filters import day_distance, day_words, sentence_list
from tacoord.web.term_choices import words_of

_VOCABULARIES = {
    Reason.SAME_COUNTRY: "country",
    Reason.SAME_REGION: "country",
    Reason.PILLAR: "pillar",
    Reason.MEASURE: "measure",
    Reason.KIND: "assistance-kind",
    Reason.TARGET_GROUP: "target-group",
    Reason.MANDATE: "mandate",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a request's way. state: done, now, todo or stopped; note: its date or clock."""

    words: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FitLine:
    """Something that fits: its title, whose it is, until when, and why. offer: where to offer it, for an own one."""

    title: str
    who: str
    address: str
    until: date | None
    reasons: Sequence[str]
    own: bool
    offer: str | None = None


def request_state(state: RequestState) -> tuple[str, str]:
    """(words, tone of the mark) of a request's state."""
    return {
        RequestState.DRAFT: (_("Draft"), "stale"),
        RequestState.OPEN: (_("Open"), "request"),
        RequestState.ACCEPTED: (_("Offer accepted"), "covered"),
        RequestState.WITHDRAWN: (_("Withdrawn"), "stale"),
        RequestState.CLOSED: (_("Closed"), "stale"),
    }[state]


def offer_state(state: OfferState) -> tuple[str, str]:
    """(words, tone of the mark) of an offer's state."""
    return {
        OfferState.STANDING: (_("Standing offer"), "covered"),
        OfferState.PENDING: (_("Waits for an answer"), "request"),
        OfferState.ACCEPTED: (_("Accepted"), "covered"),
        OfferState.DECLINED: (_("Declined"), "stale"),
        OfferState.WITHDRAWN: (_("Withdrawn"), "stale"),
    }[state]


def steps(
    request: AssistanceRequest, today: date, offers: Sequence[Offer], *, knows_all: bool
) -> list[Step]:
    """The way of a request, from its first words to its end.

    offers: those that the reader may know of; knows_all: whether these are all that there are.
    """
    sent, state = request.submitted_at, request.state
    if sent is None:
        saved = _("saved %(day)s", day=day_words(request.updated_at.date()))
        written = Step(_("Written"), "now" if state is RequestState.DRAFT else "stopped", saved)
        rest = (_("Sent"), _("Offers"), _("Accepted"), _("Done"))
        return [written, *(Step(words, "todo") for words in rest)]
    return [
        Step(_("Written"), "done", day_words(request.created_at.date())),
        Step(_("Sent"), "done", day_words(sent.date())),
        _offers_step(request, today, offers, knows_all),
        _accepted_step(request),
        _end_step(request),
    ]


def _offers_step(
    request: AssistanceRequest, today: date, offers: Sequence[Offer], knows_all: bool
) -> Step:
    """Offers are known to the two sides alone; to others a request is open or not, whatever was offered."""
    words = _("Offers")
    first = min(
        (made.created_at for made in offers if made.state is not OfferState.WITHDRAWN),
        default=None,
    )
    if request.state is not RequestState.OPEN:
        met = bool(first) or request.state is RequestState.ACCEPTED
        none = _("none") if knows_all else ""
        note = _("first %(day)s", day=day_words(first.date())) if first else none
        return Step(words, "done" if met else "stopped", note)
    if any(made.state is OfferState.PENDING for made in offers) and first:
        return Step(words, "now", _("waits for the government’s answer"))
    assert request.submitted_at is not None
    days = (today - request.submitted_at.date()).days
    if not knows_all:
        return Step(words, "now", ngettext("open for %(num)s day", "open for %(num)s days", days))
    waiting = ngettext("none for %(num)s day", "none for %(num)s days", days)
    return Step(words, "now", waiting if days else _("none yet"))


def _accepted_step(request: AssistanceRequest) -> Step:
    taken = [made for made in request.offers if made.state is OfferState.ACCEPTED]
    if taken:
        when = max(made.answered_at for made in taken if made.answered_at)
        return Step(_("Accepted"), "done", day_words(when.date()))
    return Step(_("Accepted"), "todo" if request.state is RequestState.OPEN else "stopped")


def _end_step(request: AssistanceRequest) -> Step:
    if request.closed_at is None:
        now = request.state is RequestState.ACCEPTED
        note = ""
        if request.needed_by:
            distance = day_distance(request.needed_by)
            note = _(
                "needed by %(day)s, %(distance)s",
                day=day_words(request.needed_by),
                distance=distance,
            )
        return Step(_("Done"), "now" if now else "todo", note)
    ended = day_words(request.closed_at.date())
    if request.state is RequestState.WITHDRAWN:
        return Step(_("Withdrawn"), "stopped", ended)
    return Step(_("Closed"), "done", ended)


def fit_lines(
    fits: Fits, request: AssistanceRequest, own: frozenset[int]
) -> dict[str, list[FitLine]]:
    """What fits, by its kind: offers, projects, organisations; own: ids of the reader's organisations."""
    offers = [
        FitLine(
            title=row.title,
            who=row.organisation.name,
            address=url_for("assistance.show_offer", offer_id=row.public_id),
            until=row.available_until,
            reasons=list(reason_words(fit, offer=True)),
            own=row.organisation_id in own,
            offer=_offer_address(request, row) if row.organisation_id in own else None,
        )
        for row, fit in fits.offers
    ]
    projects = [
        FitLine(
            title=project.title,
            who=project.organisation.name,
            address=url_for("projects.show", project_id=project.public_id),
            until=project.ends,
            reasons=list(reason_words(fit)),
            own=project.organisation_id in own,
        )
        for project, fit in fits.projects
    ]
    organisations = [
        FitLine(
            title=organisation.name,
            who="",
            address=url_for("organisations.show", organisation_id=organisation.public_id),
            until=None,
            reasons=list(reason_words(fit)),
            own=organisation.id in own,
        )
        for organisation, fit in fits.organisations
    ]
    return {"offers": offers, "projects": projects, "organisations": organisations}


def reason_words(fit: Fit, *, offer: bool = False) -> Iterator[str]:
    """Why it fits, each reason as a few words. offer: what fits is a standing offer."""
    sentences = SENTENCES | OFFERED if offer else SENTENCES
    for reason, codes in fit.reasons:
        if reason is Reason.RUNS_LONG_ENOUGH:
            yield _(SENTENCES[reason]) % {"months": fit.months}
        elif reason is Reason.ENDS_SOON:
            yield _(SENTENCES[reason]) % {"months": LONG_ENOUGH_MONTHS}
        else:
            vocabulary = _VOCABULARIES[reason]
            words = words_of(vocabulary)
            told = [words.get(code, code) for code in codes]
            if vocabulary != "country":
                told = [within_sentence(each) for each in told]
            yield _(sentences[reason]) % {"what": str(sentence_list(told))}


def term_names(vocabulary: str, codes: Sequence[str]) -> str:
    """What some codes are called, as a list in words."""
    words: Mapping[str, str] = words_of(vocabulary)
    return str(sentence_list(words.get(code, code) for code in codes))


def _offer_address(request: AssistanceRequest, offer: Offer) -> str | None:
    if request.state is not RequestState.OPEN:
        return None
    return url_for("assistance.offer", request_id=request.public_id, like=offer.public_id)
