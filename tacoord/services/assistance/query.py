"""Requests for assistance and offers that a viewer may know of: get one, list those that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from tacoord.errors import NotFound
from tacoord.models import (
    AssistanceRequest,
    Offer,
    OfferState,
    Project,
    RequestState,
    RequestTag,
)
from tacoord.services import trail
from tacoord.services.visibility import (
    RESTRICTED,
    Viewer,
    counted_projects,
    offer_clause,
    request_clause,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQuery:
    """Which requests. state: None for all that were sent; mine: those of the viewer's own organisations."""

    country: str | None = None
    pillar: str | None = None
    state: RequestState | None = None
    mine: bool = False
    limit: int = 50
    offset: int = 0


def get_request(session: Session, public_id: str, viewer: Viewer) -> AssistanceRequest:
    """The request with this id. Raises NotFound, also where the viewer may not know of it."""
    found = session.scalar(
        select(AssistanceRequest).where(
            AssistanceRequest.public_id == public_id, request_clause(viewer)
        )
    )
    if found is None:
        raise NotFound(f"request {public_id}")
    note_read(session, found)
    return found


def note_read(session: Session, request: AssistanceRequest) -> None:
    """Whoever reads a restricted request stands in the audit trail."""
    if request.visibility in RESTRICTED:
        trail.note_sight(session, "request", request.id)


def list_requests(
    session: Session, viewer: Viewer, query: RequestQuery
) -> Sequence[AssistanceRequest]:
    """The requests that `viewer` may know of, newest first; one more than `limit` where there are more.

    Drafts are listed for their own organisation alone.
    """
    rows = (
        _wanted(viewer, query)
        .options(selectinload(AssistanceRequest.tags), selectinload(AssistanceRequest.offers))
        .order_by(AssistanceRequest.id.desc())
        .limit(query.limit + 1)
        .offset(query.offset)
    )
    return session.scalars(rows).all()


def get_offer(session: Session, public_id: str, viewer: Viewer) -> Offer:
    """The offer with this id. Raises NotFound, also where the viewer may not know of it."""
    found = session.scalar(select(Offer).where(Offer.public_id == public_id, offer_clause(viewer)))
    if found is None:
        raise NotFound(f"offer {public_id}")
    return found


def list_offers(
    session: Session, viewer: Viewer, *, state: OfferState | None = None, limit: int = 100
) -> Sequence[Offer]:
    """The offers that `viewer` may know of, newest first."""
    rows = select(Offer).where(offer_clause(viewer))
    if state is not None:
        rows = rows.where(Offer.state == state)
    return session.scalars(
        rows.options(selectinload(Offer.tags)).order_by(Offer.id.desc()).limit(limit)
    ).all()


def count_requests(session: Session, viewer: Viewer, query: RequestQuery) -> int:
    """How many requests `query` asks for, of those that `viewer` may know of."""
    return session.scalar(select(func.count()).select_from(_wanted(viewer, query).subquery())) or 0


def offers_on(session: Session, request: AssistanceRequest, viewer: Viewer) -> Sequence[Offer]:
    """The offers made to `request` that `viewer` may know of, oldest first."""
    rows = select(Offer).where(Offer.request_id == request.id, offer_clause(viewer))
    return session.scalars(rows.order_by(Offer.id)).all()


def running_projects(
    session: Session, request: AssistanceRequest, viewer: Viewer
) -> Sequence[Project]:
    """Those of the projects kept with the request that `viewer` may see now, by title."""
    rows = select(Project).where(Project.public_id.in_(request.running), counted_projects(viewer))
    return session.scalars(rows.order_by(Project.title, Project.id)).all()


def _wanted(viewer: Viewer, query: RequestQuery) -> Select[Any]:
    own = AssistanceRequest.organisation_id.in_(viewer.organisation_ids)
    wanted = [request_clause(viewer), or_(AssistanceRequest.state != RequestState.DRAFT, own)]
    if query.country:
        wanted.append(AssistanceRequest.country == query.country)
    if query.pillar:
        wanted.append(
            AssistanceRequest.tags.any(
                and_(RequestTag.vocabulary == "pillar", RequestTag.code == query.pillar)
            )
        )
    if query.state is not None:
        wanted.append(AssistanceRequest.state == query.state)
    if query.mine:
        wanted.append(own)
    return select(AssistanceRequest).where(*wanted)
