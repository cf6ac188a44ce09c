"""What a digest tells of: what changed in a group's scope since the last issue, as one reader may know it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, selectinload

from tacoord.matching.gaps import GapKind
from tacoord.models import (
    AssistanceRequest,
    Change,
    CoordinationGroup,
    GapState,
    Offer,
    OfferState,
    OfferTag,
    Overlap,
    Project,
    RequestState,
    RequestTag,
    Verdict,
)
from tacoord.months import months_after
from tacoord.services.groups.groups import Scope, scope_of
from tacoord.services.projects.query import under_way
from tacoord.services.visibility import (
    Viewer,
    counted_projects,
    offer_clause,
    overlap_clause,
    request_clause,
)

T = TypeVar("T")

ENDS_WITHIN_MONTHS: Final = 3
MOST: Final = 10
"""How many lines a section has at most; the rest is a number and a link."""

_SENT: Final = (RequestState.OPEN, RequestState.ACCEPTED, RequestState.CLOSED)
_NEW: Final = ("project.registered",)
_CHANGED: Final = ("project.changed", "project.restored")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What an issue is about. The changes with after < id <= until; at: the moment that it stands for."""

    after: int
    until: int
    since: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The first rows of a section, and how many there are in all."""

    rows: Sequence[T] = ()
    total: int = 0

    def __bool__(self) -> bool:
        return self.total > 0


@dataclass(slots=True, kw_only=True)
class Content:
    """Everything that an issue tells one reader."""

    span: Span
    overlaps: Found[Overlap] = field(default_factory=Found)
    requests: Found[AssistanceRequest] = field(default_factory=Found)
    offers: Found[Offer] = field(default_factory=Found)
    gaps: Found[GapState] = field(default_factory=Found)
    registered: Found[Project] = field(default_factory=Found)
    changed: Found[Project] = field(default_factory=Found)
    decided: Found[Overlap] = field(default_factory=Found)
    ending: Found[Project] = field(default_factory=Found)
    known_requests: frozenset[int] = frozenset()

    def ids(self) -> dict[str, Any]:
        """What was told, by section, as public ids and totals: kept with each copy."""
        told = {}
        for name in SECTIONS:
            found: Found[Any] = getattr(self, name)
            keys = [getattr(row, "public_id", None) or row.key for row in found.rows]
            told[name] = {"total": found.total, "ids": keys}
        return told


SECTIONS: Final = (
    "overlaps", "requests", "offers", "gaps", "registered", "changed", "decided", "ending",
)  # fmt: skip
"""In the order of the page and of the mail: what needs the reader comes first."""

NEWS: Final = tuple(name for name in SECTIONS if name != "ending")
"""The sections that something must have happened for."""


def agenda(
    session: Session, group: CoordinationGroup, viewer: Viewer, *, now: datetime, most: int = 5
) -> Content:
    """What stands open in the group's scope at this moment: overlaps, requests, gaps, and projects that end soon."""
    span = Span(after=0, until=0, since=None, at=now)
    told = _Composer(session, scope_of(session, group), span, viewer, most=most, standing=True)
    return Content(
        span=span,
        overlaps=told.overlaps(),
        requests=told.requests(),
        gaps=told.gaps(),
        ending=told.ending(),
    )


def compose(session: Session, group: CoordinationGroup, span: Span, viewer: Viewer) -> Content:
    """What `span` holds for the group's scope, of what `viewer` may know at this moment."""
    told = _Composer(session, scope_of(session, group), span, viewer)
    offers = told.offers()
    return Content(
        span=span,
        overlaps=told.overlaps(),
        requests=told.requests(),
        offers=offers,
        gaps=told.gaps(),
        registered=told.registered(),
        changed=told.changed(),
        decided=told.decided(),
        ending=told.ending(),
        known_requests=told.known(offers.rows),
    )


class _Composer:
    """One reader, one span, one scope. standing: all that is open, whenever it happened."""

    def __init__(
        self,
        session: Session,
        scope: Scope,
        span: Span,
        viewer: Viewer,
        *,
        most: int = MOST,
        standing: bool = False,
    ) -> None:
        self._session = session
        self._scope = scope
        self._span = span
        self._viewer = viewer
        self._most = most
        self._standing = standing

    def overlaps(self) -> Found[Overlap]:
        return self._overlaps(
            self._told(Overlap.id, "overlap", "overlap.flagged", "overlap.reopened"),
            Overlap.verdict == Verdict.OPEN,
            ~Overlap.stale,
        )

    def decided(self) -> Found[Overlap]:
        happened = self._told(Overlap.id, "overlap", "overlap.decided")
        return self._overlaps(happened, Overlap.verdict != Verdict.OPEN)

    def registered(self) -> Found[Project]:
        return self._projects(self._told(Project.id, "project", *_NEW))

    def changed(self) -> Found[Project]:
        return self._projects(
            self._told(Project.id, "project", *_CHANGED),
            ~self._told(Project.id, "project", *_NEW),
        )

    def ending(self) -> Found[Project]:
        today = self._span.at.date()
        return self._projects(
            under_way(today),
            Project.ends <= months_after(today, ENDS_WITHIN_MONTHS),
            order=(Project.ends, Project.id),
        )

    def gaps(self) -> Found[GapState]:
        query = select(GapState).where(
            self._told(GapState.id, "gap", "gap.opened"),
            GapState.closed_at.is_(None),
            *self._cell(GapState.country, GapState.pillar),
        )
        urgency = case(
            {kind.value: place for place, kind in enumerate(GapKind)}, value=GapState.kind
        )
        return self._found(query, urgency, GapState.country, GapState.pillar)

    def requests(self) -> Found[AssistanceRequest]:
        query = select(AssistanceRequest).where(
            self._told(AssistanceRequest.id, "request", "request.submitted"),
            AssistanceRequest.state.in_((RequestState.OPEN,) if self._standing else _SENT),
            request_clause(self._viewer),
            self._asked(),
        )
        return self._found(query, AssistanceRequest.id.desc())

    def offers(self) -> Found[Offer]:
        query = select(Offer).where(
            self._told(Offer.id, "offer", "offer.made", "offer.accepted", "offer.declined"),
            Offer.state != OfferState.WITHDRAWN,
            offer_clause(self._viewer),
            self._offered(),
        )
        return self._found(query.options(selectinload(Offer.request)), Offer.id.desc())

    def known(self, offers: Sequence[Offer]) -> frozenset[int]:
        """The requests behind offers that the reader may know of."""
        wanted = {offer.request_id for offer in offers if offer.request_id}
        query = select(AssistanceRequest.id).where(
            AssistanceRequest.id.in_(wanted), request_clause(self._viewer)
        )
        return frozenset(self._session.scalars(query)) if wanted else frozenset()

    def _told(self, key: Any, subject: str, *actions: str) -> ColumnElement[bool]:
        """The rows with which one of `actions` happened in the span."""
        if self._standing:
            return true()
        happened = select(Change.subject_id).where(
            Change.id > self._span.after,
            Change.id <= self._span.until,
            Change.subject == subject,
            Change.action.in_(actions),
        )
        return cast(ColumnElement[bool], key.in_(happened))

    def _projects(self, *clauses: ColumnElement[bool], order: Any = None) -> Found[Project]:
        query = (
            select(Project)
            .where(counted_projects(self._viewer), self._scope.projects(), *clauses)
            .options(selectinload(Project.tags))
        )
        return self._found(query, *(order or (Project.updated_at.desc(), Project.id.desc())))

    def _overlaps(self, *clauses: ColumnElement[bool]) -> Found[Overlap]:
        query = (
            select(Overlap)
            .where(overlap_clause(self._viewer), self._scope.overlaps(), *clauses)
            .options(selectinload(Overlap.first), selectinload(Overlap.second))
        )
        return self._found(query, Overlap.priority.desc(), Overlap.id)

    def _asked(self) -> ColumnElement[bool]:
        """Requests of a country of the scope, on one of its pillars."""
        if self._scope.pillars is None:
            subjects: ColumnElement[bool] = true()
        else:
            subjects = exists().where(
                RequestTag.request_id == AssistanceRequest.id,
                RequestTag.vocabulary == "pillar",
                RequestTag.code.in_(self._scope.pillars),
            )
        return and_(subjects, *self._place(AssistanceRequest.country))

    def _offered(self) -> ColumnElement[bool]:
        """Offers to a request of the scope, and standing ones that name no other places or subjects."""
        answered = exists().where(AssistanceRequest.id == Offer.request_id, self._asked())
        standing: list[ColumnElement[bool]] = [Offer.request_id.is_(None)]
        for vocabulary, wanted in (
            ("country", self._scope.countries),
            ("pillar", self._scope.pillars),
        ):
            if wanted is not None:
                named = and_(OfferTag.offer_id == Offer.id, OfferTag.vocabulary == vocabulary)
                standing.append(
                    or_(exists().where(named, OfferTag.code.in_(wanted)), ~exists().where(named))
                )
        return or_(answered, and_(*standing))

    def _cell(self, country: Any, pillar: Any) -> list[ColumnElement[bool]]:
        pillars = self._scope.pillars
        return self._place(country) + ([pillar.in_(pillars)] if pillars is not None else [])

    def _place(self, country: Any) -> list[ColumnElement[bool]]:
        countries = self._scope.countries
        return [country.in_(countries)] if countries is not None else []

    def _found(self, query: Select[Any], *order: Any) -> Found[Any]:
        rows = self._session.scalars(query.order_by(*order).limit(self._most)).all()
        if len(rows) < self._most:
            return Found(rows, len(rows))
        count = select(func.count()).select_from(query.order_by(None).subquery())
        return Found(rows, self._session.scalar(count) or 0)
