"""What waits for somebody, by their roles, and what changed since they were last here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.matching.gaps import GapKind
from tacoord.models import (
    AssistanceRequest,
    Change,
    CoordinationGroup,
    DeliveryState,
    DigestDefinition,
    DigestDelivery,
    Offer,
    OfferState,
    Organisation,
    Overlap,
    Project,
    ProjectState,
    RequestState,
    RequestTag,
    Role,
    User,
)
from tacoord.services.coverage.gaps import GapQuery, list_gaps
from tacoord.services.digests.periods import next_due, schedule_of
from tacoord.services.organisations.footprint import Footprint, footprint_of
from tacoord.services.overlaps.query import OverlapQuery, count_overlaps
from tacoord.services.projects.query import ProjectQuery, count_projects
from tacoord.services.visibility import Viewer, counted_projects, overlap_clause, request_clause

MOST_NEWS: Final = 10
FIRST_VISIT: Final = timedelta(days=30)
"""How far back the news go for somebody who was never here before."""
_SCANNED: Final = 200


class TaskKind(StrEnum):
    """What may wait for somebody, in the order in which it is shown."""

    ANSWER_OFFERS = "answer_offers"
    JUDGE_OVERLAPS = "judge_overlaps"
    OWN_OVERLAPS = "own_overlaps"
    ANSWER_REQUESTS = "answer_requests"
    COVERAGE_ENDS = "coverage_ends"
    CONFIRM_PROJECTS = "confirm_projects"
    FINISH_PROJECTS = "finish_projects"
    FINISH_REQUESTS = "finish_requests"
    READ_DIGEST = "read_digest"
    VERIFY_ORGANISATIONS = "verify_organisations"
    FAILED_MAIL = "failed_mail"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits. count: how many; first: the one to begin with; at: when it is due, for what has a day.

    about: what a page needs to say of it and to lead there, such as the code of a country or group.
    """

    kind: TaskKind
    count: int
    first: Project | AssistanceRequest | Offer | None = None
    at: datetime | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """The last thing that happened to a record that the viewer may see."""

    action: str
    at: datetime
    record: Project | Overlap | AssistanceRequest


def list_tasks(session: Session, user: User, viewer: Viewer, *, now: datetime) -> list[Task]:
    """What waits for `user`, in the order of `TaskKind`; only what there is any of."""
    tasks = (
        *_government_tasks(session, user, viewer, now),
        *_review_tasks(session, user, viewer),
        *_offering_tasks(session, user, viewer),
        *_reporting_tasks(session, user, viewer, now),
        *_digest_tasks(session, user, now),
        *_care_tasks(session, user),
    )
    order = list(TaskKind)
    return sorted((task for task in tasks if task.count), key=lambda task: order.index(task.kind))


def list_news(
    session: Session, user: User, viewer: Viewer, *, since: datetime, most: int = MOST_NEWS
) -> list[News]:
    """What others did since then to records that `viewer` may see, newest first, each record once."""
    rows = (
        select(Change)
        .where(
            Change.at > since,
            or_(Change.by_id.is_(None), Change.by_id != user.id),
            or_(*_visible_subjects(viewer)),
        )
        .order_by(Change.id.desc())
        .limit(_SCANNED)
    )
    seen: dict[tuple[str, int], Change] = {}
    for change in session.scalars(rows):
        seen.setdefault((change.subject, change.subject_id), change)
    return [_news(session, change) for change in list(seen.values())[:most]]


def news_since(user: User, now: datetime) -> datetime:
    """The moment from which the news are told: the visit before this one."""
    return user.previous_sign_in_at or now - FIRST_VISIT


def _government_tasks(
    session: Session, user: User, viewer: Viewer, now: datetime
) -> Iterator[Task]:
    if not policy.has_role(user, Role.FOCAL_POINT):
        return
    asked = AssistanceRequest.organisation_id.in_(viewer.organisation_ids)
    waiting = session.scalars(
        select(Offer)
        .join(Offer.request)
        .where(asked, Offer.state == OfferState.PENDING)
        .order_by(Offer.id)
    ).all()
    yield Task(TaskKind.ANSWER_OFFERS, len(waiting), next(iter(waiting), None))
    drafts = session.scalars(
        select(AssistanceRequest)
        .where(asked, AssistanceRequest.state == RequestState.DRAFT)
        .order_by(AssistanceRequest.updated_at.desc())
    ).all()
    yield Task(TaskKind.FINISH_REQUESTS, len(drafts), next(iter(drafts), None))
    country = user.organisation.country
    if country:
        query = GapQuery(countries=[country], kinds=[GapKind.COVERAGE_ENDS])
        ending = list_gaps(session, viewer, now=now, query=query)
        yield Task(TaskKind.COVERAGE_ENDS, len(ending), about=country)


def _review_tasks(session: Session, user: User, viewer: Viewer) -> Iterator[Task]:
    if policy.may(user, "overlap.decide"):
        count = count_overlaps(session, viewer, OverlapQuery())
        yield Task(TaskKind.JUDGE_OVERLAPS, count)


def _offering_tasks(session: Session, user: User, viewer: Viewer) -> Iterator[Task]:
    if not policy.may(user, "offer.make"):
        return
    answered = select(Offer.request_id).where(
        Offer.organisation_id.in_(viewer.organisation_ids), Offer.request_id.is_not(None)
    )
    near = _near(footprint_of(session, viewer.organisation_ids))
    found = session.scalars(
        select(AssistanceRequest)
        .where(
            AssistanceRequest.state == RequestState.OPEN,
            request_clause(viewer),
            AssistanceRequest.id.not_in(answered),
            *near,
        )
        .order_by(AssistanceRequest.submitted_at.desc())
    ).all()
    yield Task(TaskKind.ANSWER_REQUESTS, len(found), next(iter(found), None))


def _near(footprint: Footprint) -> list[ColumnElement[bool]]:
    """Requests on a pillar and in a region where the organisation works; all of them where it works nowhere yet."""
    wanted: list[ColumnElement[bool]] = []
    if footprint.countries:
        places = footprint.countries | footprint.neighbours
        wanted.append(AssistanceRequest.country.in_(places))
    if footprint.pillars:
        on_it = and_(RequestTag.vocabulary == "pillar", RequestTag.code.in_(footprint.pillars))
        wanted.append(AssistanceRequest.tags.any(on_it))
    return wanted


def _reporting_tasks(session: Session, user: User, viewer: Viewer, now: datetime) -> Iterator[Task]:
    if not policy.may(user, "project.register") or not viewer.organisation_ids:
        return
    alike = count_overlaps(session, viewer, OverlapQuery(mine=True))
    yield Task(TaskKind.OWN_OVERLAPS, alike)
    today = now.date()
    stale = count_projects(session, viewer, ProjectQuery(today=today, mine=True, stale=True))
    yield Task(TaskKind.CONFIRM_PROJECTS, stale)
    drafts = session.scalars(
        select(Project)
        .where(
            Project.state == ProjectState.DRAFT,
            Project.organisation_id.in_(viewer.organisation_ids),
        )
        .order_by(Project.updated_at.desc())
    ).all()
    yield Task(TaskKind.FINISH_PROJECTS, len(drafts), next(iter(drafts), None))


def _digest_tasks(session: Session, user: User, now: datetime) -> Iterator[Task]:
    """For each group of a secretary: when its digest goes out, or, without a moment, that it has no schedule."""
    ids = {grant.group_id for grant in user.grants if grant.role is Role.SECRETARY}
    groups = select(CoordinationGroup).where(CoordinationGroup.id.in_(ids))
    for group in session.scalars(groups.order_by(CoordinationGroup.code)):
        definition = session.scalar(
            select(DigestDefinition).where(
                DigestDefinition.group_id == group.id, DigestDefinition.active
            )
        )
        due = next_due(schedule_of(definition), now).at if definition else None
        yield Task(TaskKind.READ_DIGEST, 1, at=due, about=group.code)


def _care_tasks(session: Session, user: User) -> Iterator[Task]:
    if policy.has_role(user, Role.COORDINATOR):
        unverified = select(func.count()).where(Organisation.verified.is_(False))
        yield Task(TaskKind.VERIFY_ORGANISATIONS, session.scalar(unverified) or 0)
    if policy.has_role(user, Role.ADMIN):
        failed = select(func.count()).where(DigestDelivery.state == DeliveryState.FAILED)
        yield Task(TaskKind.FAILED_MAIL, session.scalar(failed) or 0)


_NEWS: Final[dict[str, tuple[str, ...]]] = {
    "project": ("project.registered", "project.changed", "project.restored"),
    "overlap": ("overlap.decided", "overlap.reopened"),
    "request": (
        "request.submitted",
        "request.corrected",
        "request.accepted",
        "request.closed",
        "request.withdrawn",
    ),
}


def _visible_subjects(viewer: Viewer) -> Iterator[ColumnElement[bool]]:
    """The changes worth telling, each only where the viewer may know of its record."""
    records: dict[str, Any] = {
        "project": select(Project.id).where(counted_projects(viewer)),
        "overlap": select(Overlap.id).where(overlap_clause(viewer)),
        "request": select(AssistanceRequest.id).where(
            request_clause(viewer), AssistanceRequest.state != RequestState.DRAFT
        ),
    }
    for subject, known in records.items():
        actions: Sequence[str] = _NEWS[subject]
        yield and_(
            Change.subject == subject, Change.action.in_(actions), Change.subject_id.in_(known)
        )


def _news(session: Session, change: Change) -> News:
    record: Project | Overlap | AssistanceRequest
    if change.subject == "project":
        record = session.get_one(Project, change.subject_id)
    elif change.subject == "overlap":
        record = session.get_one(Overlap, change.subject_id)
    else:
        record = session.get_one(AssistanceRequest, change.subject_id)
    return News(change.action, change.at, record)
