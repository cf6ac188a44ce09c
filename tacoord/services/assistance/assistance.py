"""Requests for assistance: submit, offer, accept, decline."""

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, NotFound, Problem
from tacoord.models import (
    AssistanceRequest,
    CoordinationGroup,
    Offer,
    OfferState,
    OfferTag,
    Project,
    ProjectTag,
    RequestGroup,
    RequestState,
    RequestTag,
    User,
    Visibility,
    utcnow,
)
from tacoord.services.assistance.drafts import (
    LONGEST_TEXT,
    REQUEST_CODES,
    OfferDraft,
    RequestDraft,
    text_problems,
)
from tacoord.services.assistance.query import (
    RequestQuery,
    count_requests,
    get_offer,
    get_request,
    list_offers,
    list_requests,
    offers_on,
    running_projects,
)
from tacoord.services.history import note_change
from tacoord.services.projects.query import under_way
from tacoord.services.terms.vocabularies import term_sets
from tacoord.services.visibility import (
    Viewer,
    counted_projects,
    viewer_of,
)

__all__ = [
    "RequestQuery",
    "accept",
    "close",
    "correct",
    "count_requests",
    "decline",
    "get_offer",
    "get_request",
    "list_offers",
    "list_requests",
    "may_be_corrected",
    "offer",
    "offers_on",
    "running_projects",
    "save_request",
    "submit",
    "withdraw",
    "withdraw_offer",
]


def save_request(
    session: Session,
    draft: RequestDraft,
    *,
    by: User,
    request: AssistanceRequest | None = None,
    version: int | None = None,
) -> AssistanceRequest:
    """Keep an unfinished request, which only the own organisation sees.

    version: of `request` as the writer read it. Raises Forbidden, Invalid, Conflict.
    """
    _be_as_read(request, RequestState.DRAFT, version)
    _check(session, draft, by, request, complete=False)
    request = _write(session, draft, by, request)
    note_change(session, "request.saved", request, by=by)
    return request


def submit(
    session: Session,
    draft: RequestDraft,
    *,
    by: User,
    request: AssistanceRequest | None = None,
    version: int | None = None,
) -> AssistanceRequest:
    """Send a request, new or kept before. The projects that run now are kept with it.

    Raises Forbidden for who is no focal point, Invalid with all problems, Conflict where it was sent or changed before.
    """
    _be_as_read(request, RequestState.DRAFT, version)
    _check(session, draft, by, request, complete=True)
    request = _write(session, draft, by, request)
    request.state, request.submitted_at = RequestState.OPEN, utcnow()
    request.running = _running(session, request, viewer_of(session, by), request.submitted_at)
    session.flush()
    note_change(session, "request.submitted", request, by=by)
    return request


def correct(
    session: Session,
    draft: RequestDraft,
    *,
    by: User,
    request: AssistanceRequest,
    version: int | None = None,
) -> AssistanceRequest:
    """Change what a sent request says while nobody has offered anything.

    Raises as `submit`; Conflict also where an offer was made, because then two talk about one text.
    """
    policy.require(by, "request.edit", request)
    request = _locked(session, request.id)
    _be_as_read(request, RequestState.OPEN, version)
    if request.offers:
        raise Conflict(f"request {request.public_id} was answered")
    _check(session, draft, by, request, complete=True)
    before = _said(request)
    request = _write(session, draft, by, request)
    request.running = _running(session, request, viewer_of(session, by), utcnow())
    session.flush()
    after = _said(request)
    changed = sorted(name for name in after if after[name] != before[name])
    if changed:
        note_change(session, "request.corrected", request, by=by, details={"fields": changed})
    return request


def may_be_corrected(request: AssistanceRequest) -> bool:
    """Whether a request was sent and nobody has offered anything."""
    return request.state is RequestState.OPEN and not request.offers


def withdraw(session: Session, request: AssistanceRequest, *, by: User) -> None:
    """Take a request back. Raises Forbidden, and Conflict where it is over."""
    policy.require(by, "request.withdraw", request)
    _end(session, request, RequestState.WITHDRAWN, by=by, action="request.withdrawn")


def close(session: Session, request: AssistanceRequest, *, by: User) -> None:
    """Say that the need is met or gone. Raises Forbidden, and Conflict where it is over."""
    policy.require(by, "request.close", request)
    _end(session, request, RequestState.CLOSED, by=by, action="request.closed")


def offer(
    session: Session, draft: OfferDraft, *, by: User, request: AssistanceRequest | None = None
) -> Offer:
    """Offer help: in answer to `request`, or, without one, standing for whoever needs it.

    Raises Forbidden, Invalid, Conflict where the request is no longer open, NotFound where `by` may not know of it.
    """
    policy.require(by, "offer.make", by.organisation)
    if request is not None:
        get_request(session, request.public_id, viewer_of(session, by))
        policy.require(by, "request.answer", request)
        request = _locked(session, request.id)
        if request.state is not RequestState.OPEN:
            raise Conflict(f"request {request.public_id} is {request.state}")
    if problems := draft.problems(term_sets(session)):
        raise Invalid(problems)
    made = Offer(
        request=request,
        organisation=by.organisation,
        created_by_id=by.id,
        state=OfferState.PENDING if request else OfferState.STANDING,
        title=draft.title.strip(),
        text=draft.text,
        available_from=draft.available_from,
        available_until=draft.available_until,
        tags=[OfferTag(vocabulary=v, code=c) for v, c in sorted(draft.tags())],
    )
    session.add(made)
    session.flush()
    note_change(session, "offer.made", made, by=by)
    return made


def accept(session: Session, made: Offer, *, by: User, note: str = "") -> None:
    """Take an offer; the other pending ones of the request are declined.

    Raises Forbidden for who is not of the government that asked, Invalid where the note is too long, and Conflict
    where the offer or its request has been answered or ended since.
    """
    request = _answerable(session, made, by, note)
    _answer(session, made, OfferState.ACCEPTED, by=by, note=note)
    for other in request.offers:
        if other is not made and other.state is OfferState.PENDING:
            _answer(session, other, OfferState.DECLINED, by=by, note="")
    request.state = RequestState.ACCEPTED
    note_change(session, "request.accepted", request, by=by)


def decline(session: Session, made: Offer, *, by: User, note: str = "") -> None:
    """Say no to an offer. Raises as `accept`."""
    _answerable(session, made, by, note)
    _answer(session, made, OfferState.DECLINED, by=by, note=note)


def withdraw_offer(session: Session, made: Offer, *, by: User) -> None:
    """Take an offer back while nobody has answered it. Raises Forbidden, Conflict."""
    policy.require(by, "offer.withdraw", made)
    if made.state not in (OfferState.PENDING, OfferState.STANDING):
        raise Conflict(f"offer {made.public_id} is {made.state}")
    made.state = OfferState.WITHDRAWN
    session.flush()
    note_change(session, "offer.withdrawn", made, by=by)


def _be_as_read(
    request: AssistanceRequest | None, state: RequestState, version: int | None
) -> None:
    """Raise Conflict where the request is in another state, or is not the one that was read."""
    if request is None:
        return
    if request.state is not state or version not in (None, request.version):
        raise Conflict(f"request {request.public_id} is {request.state}, version {request.version}")


def _said(request: AssistanceRequest) -> dict[str, object]:
    """What a request says, by field."""
    said: dict[str, object] = {
        name: getattr(request, name)
        for name in ("title", "need", "needed_from", "needed_by", "contact", "visibility")
    }
    said |= {name: request.codes(vocabulary) for name, vocabulary in REQUEST_CODES.items()}
    return {**said, "groups": sorted(link.group_id for link in request.group_links)}


def _check(
    session: Session,
    draft: RequestDraft,
    by: User,
    request: AssistanceRequest | None,
    *,
    complete: bool,
) -> None:
    policy.require(by, "request.submit", request or by.organisation)
    if problems := request_problems(session, draft, by, complete=complete):
        raise Invalid(problems)


def request_problems(
    session: Session, draft: RequestDraft, by: User, *, complete: bool = True
) -> list[Problem]:
    """Everything that is wrong with `draft` as a request by `by`; complete: as in `RequestDraft.problems`."""
    problems = draft.problems(term_sets(session), today=utcnow().date(), complete=complete)
    if by.organisation.country and draft.country != by.organisation.country:
        problems.append(Problem("country", N_("You can ask for your own country only.")))
    known = session.scalars(select(CoordinationGroup.code)).all()
    for code in sorted(draft.groups - set(known)):
        problems.append(Problem("groups", N_("There is no group %(code)s."), {"code": code}))
    return problems


def _write(
    session: Session, draft: RequestDraft, by: User, request: AssistanceRequest | None
) -> AssistanceRequest:
    if request is None:
        request = AssistanceRequest(
            organisation=by.organisation, created_by_id=by.id, state=RequestState.DRAFT
        )
        session.add(request)
    request.country, request.title, request.need = draft.country, draft.title.strip(), draft.need
    request.needed_from, request.needed_by = draft.needed_from, draft.needed_by
    request.contact, request.visibility = draft.contact, draft.visibility
    wanted = draft.tags()
    kept = [tag for tag in request.tags if (tag.vocabulary, tag.code) in wanted]
    new = wanted - {(tag.vocabulary, tag.code) for tag in kept}
    request.tags = [*kept, *(RequestTag(vocabulary=v, code=c) for v, c in sorted(new))]
    request.group_links = _group_links(session, draft, request)
    session.flush()
    return request


def _group_links(
    session: Session, draft: RequestDraft, request: AssistanceRequest
) -> list[RequestGroup]:
    codes = draft.groups if draft.visibility is Visibility.GROUP else frozenset()
    ids = session.scalars(
        select(CoordinationGroup.id).where(CoordinationGroup.code.in_(codes))
    ).all()
    kept = {link.group_id: link for link in request.group_links}
    return [kept.get(group_id) or RequestGroup(group_id=group_id) for group_id in sorted(ids)]


def _running(
    session: Session, request: AssistanceRequest, viewer: Viewer, now: datetime
) -> list[str]:
    here = Project.tags.any(
        and_(ProjectTag.vocabulary == "country", ProjectTag.code == request.country)
    )
    on_it = Project.tags.any(
        and_(ProjectTag.vocabulary == "pillar", ProjectTag.code.in_(request.codes("pillar")))
    )
    rows = select(Project.public_id).where(
        counted_projects(viewer), under_way(now.date()), here, on_it
    )
    return list(session.scalars(rows.order_by(Project.title, Project.id).limit(500)))


def _end(
    session: Session, request: AssistanceRequest, state: RequestState, *, by: User, action: str
) -> None:
    request = _locked(session, request.id)
    if request.state not in (RequestState.DRAFT, RequestState.OPEN, RequestState.ACCEPTED):
        raise Conflict(f"request {request.public_id} is {request.state}")
    request.state, request.closed_at = state, utcnow()
    for made in request.offers:
        if made.state is OfferState.PENDING:
            _answer(session, made, OfferState.DECLINED, by=by, note="")
    session.flush()
    note_change(session, action, request, by=by)


def _locked(session: Session, request_id: int) -> AssistanceRequest:
    """The request as it is now, until the end of the transaction: offers and answers wait for each other."""
    return session.get_one(AssistanceRequest, request_id, with_for_update=True)


def _answerable(session: Session, made: Offer, by: User, note: str) -> AssistanceRequest:
    """The request that `made` answers, locked. Raises NotFound for a standing offer, Forbidden, Conflict."""
    if made.request_id is None:
        raise NotFound(f"offer {made.public_id} answers no request")
    request = _locked(session, made.request_id)
    policy.require(by, "offer.answer", request)
    session.refresh(made, ["state"])
    if made.state is not OfferState.PENDING or request.state is not RequestState.OPEN:
        raise Conflict(f"offer {made.public_id} is {made.state}, its request {request.state}")
    if problems := list(text_problems("note", note, LONGEST_TEXT)):
        raise Invalid(problems)
    return request


def _answer(session: Session, made: Offer, state: OfferState, *, by: User, note: str) -> None:
    made.state, made.answer_note = state, note
    made.answered_by_id, made.answered_at = by.id, utcnow()
    session.flush()
    note_change(session, f"offer.{state.value}", made, by=by)
