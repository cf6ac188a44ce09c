"""Issues of digests: which is due, who has claimed it, which changes it holds, and for whom it is."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import Conflict, NotFound
from tacoord.models import (
    CoordinationGroup,
    DeliveryState,
    DigestDefinition,
    DigestDelivery,
    DigestIssue,
    IssueState,
    new_public_id,
)
from tacoord.policy import Actor
from tacoord.services.coverage.gaps import ensure_gap_states
from tacoord.services.digests.content import NEWS, Span, compose
from tacoord.services.digests.periods import Due, last_due, schedule_of
from tacoord.services.digests.schedules import (
    ensure_definitions,
    find_definition,
    locked_definition,
)
from tacoord.services.groups.subscriptions import list_readers
from tacoord.services.history import note_change
from tacoord.services.projects.change_horizon import change_horizon, last_change
from tacoord.services.visibility import Viewer, viewer_of


def due(session: Session, now: datetime) -> list[tuple[DigestDefinition, Due]]:
    """The definitions whose last moment has no issue yet, with that moment: several missed ones make one issue."""
    query = select(DigestDefinition).where(DigestDefinition.active).order_by(DigestDefinition.id)
    found = []
    for definition in session.scalars(query):
        moment = last_due(schedule_of(definition), now)
        if _is_due(session, definition, moment):
            found.append((definition, moment))
    return found


def _is_due(session: Session, definition: DigestDefinition, moment: Due) -> bool:
    if moment.at < definition.due_from:
        return False
    same_period = DigestIssue.period == moment.period.isoformat()
    later = DigestIssue.due_at >= moment.at
    issued = select(DigestIssue.id).where(
        DigestIssue.definition_id == definition.id, same_period | later
    )
    return session.scalar(issued.limit(1)) is None


def claim(
    session: Session, definition: DigestDefinition, moment: Due, *, now: datetime
) -> DigestIssue | None:
    """Take an issue that is due. None where somebody took it, or where it is not yet known which changes it holds.

    The caller commits before anything else is done, so that everybody else finds it taken.
    """
    definition = locked_definition(session, definition.group)
    if not _is_due(session, definition, moment):
        return None
    return _add_issue(session, definition, moment.period.isoformat(), due_at=moment.at, now=now)


def claim_now(
    session: Session, group: CoordinationGroup, *, by: Actor, now: datetime
) -> DigestIssue:
    """Take the next issue at once, by hand; one that is due at this moment anyway is taken as that.

    Raises Forbidden, and Conflict where nothing happened since the last issue or work is going on that would be cut.
    """
    policy.require(by, "digest.send", group)
    ensure_definitions(session)
    definition = locked_definition(session, group)
    moment = last_due(schedule_of(definition), now)
    if definition.active and _is_due(session, definition, moment):
        issue = _add_issue(session, definition, moment.period.isoformat(), moment.at, now=now)
    else:
        previous = last_issue(session, definition)
        if previous and not _has_news(session, group, by, now=now):
            raise Conflict(f"nothing has happened since issue {previous.number} of {group.code}")
        minute = now.astimezone(ZoneInfo(definition.time_zone)).strftime("%Y-%m-%dT%H:%M")
        issue = _add_issue(session, definition, minute, now, now=now)
    if issue is None:
        raise Conflict(f"the register is being written to; send the digest of {group.code} later")
    note_change(session, "digest.sent", definition, by=by, details={"number": issue.number})
    return issue


def _has_news(session: Session, group: CoordinationGroup, by: Actor, *, now: datetime) -> bool:
    """Whether anything happened since the last issue of which a digest would tell `by`: nothing else may show here."""
    viewer = viewer_of(session, by)
    content = compose(session, group, next_span(session, group, now=now), viewer)
    return any(getattr(content, name) for name in NEWS)


def _add_issue(
    session: Session, definition: DigestDefinition, period: str, due_at: datetime, *, now: datetime
) -> DigestIssue | None:
    taken = select(DigestIssue.id).where(
        DigestIssue.definition_id == definition.id, DigestIssue.period == period
    )
    if session.scalar(taken) is not None:
        return None
    ensure_gap_states(session, now)
    until = change_horizon(session)
    if until is None:
        return None
    previous = last_issue(session, definition)
    issue = DigestIssue(
        definition=definition,
        period=period,
        number=previous.number + 1 if previous else 1,
        state=IssueState.CLAIMED,
        due_at=due_at,
        after_change=previous.until_change if previous else 0,
        until_change=max(until, previous.until_change if previous else 0),
        since_at=previous.due_at if previous else None,
        introduction=definition.introduction,
        claimed_at=now,
    )
    definition.introduction = ""
    session.add(issue)
    session.flush()
    return issue


def list_claimed(session: Session) -> Sequence[DigestIssue]:
    """Issues that were claimed, and then left by whoever claimed them: to be addressed now."""
    query = select(DigestIssue).where(DigestIssue.state == IssueState.CLAIMED)
    return session.scalars(query.order_by(DigestIssue.id)).all()


def address(session: Session, issue: DigestIssue, *, host: str, now: datetime) -> int:
    """Make a copy of `issue` wait for each reader, once; gives how many. host: what message ids end with."""
    issue = session.get_one(DigestIssue, issue.id, with_for_update=True, populate_existing=True)
    if issue.state is not IssueState.CLAIMED:
        return 0
    readers = list_readers(session, issue.definition.group)
    for user in readers:
        public_id = new_public_id()
        session.add(
            DigestDelivery(
                public_id=public_id,
                issue=issue,
                user=user,
                state=DeliveryState.PENDING,
                message_id=f"{public_id}.{issue.public_id}@{host}",
                next_try_at=now,
                created_at=now,
            )
        )
    issue.state = IssueState.COMPOSED
    session.flush()
    return len(readers)


def close_sent(session: Session, *, now: datetime) -> None:
    """Mark the issues of which no copy waits any more as sent."""
    waiting = exists().where(
        DigestDelivery.issue_id == DigestIssue.id, DigestDelivery.state == DeliveryState.PENDING
    )
    query = select(DigestIssue).where(DigestIssue.state == IssueState.COMPOSED, ~waiting)
    for issue in session.scalars(query):
        issue.state, issue.sent_at = IssueState.SENT, now
    session.flush()


def span_of(issue: DigestIssue) -> Span:
    """What an issue is about."""
    return Span(
        after=issue.after_change, until=issue.until_change, since=issue.since_at, at=issue.due_at
    )


def next_span(session: Session, group: CoordinationGroup, *, now: datetime) -> Span:
    """What the next issue would be about if it went out now."""
    definition = find_definition(session, group)
    previous = last_issue(session, definition) if definition else None
    return Span(
        after=previous.until_change if previous else 0,
        until=last_change(session),
        since=previous.due_at if previous else None,
        at=now,
    )


def last_issue(session: Session, definition: DigestDefinition) -> DigestIssue | None:
    """The newest issue."""
    query = select(DigestIssue).where(DigestIssue.definition_id == definition.id)
    return session.scalar(query.order_by(DigestIssue.number.desc()).limit(1))


def list_issues(
    session: Session, group: CoordinationGroup, viewer: Viewer, *, limit: int = 50
) -> Sequence[DigestIssue]:
    """The issues of a group, newest first; none for who does not belong to it."""
    if not may_read(group, viewer):
        return []
    query = select(DigestIssue).join(DigestDefinition).where(DigestDefinition.group_id == group.id)
    return session.scalars(query.order_by(DigestIssue.number.desc()).limit(limit)).all()


def get_issue(session: Session, public_id: str, viewer: Viewer) -> DigestIssue:
    """The issue with this id. Raises NotFound, also for who does not belong to its group."""
    found = session.scalar(select(DigestIssue).where(DigestIssue.public_id == public_id))
    if found is None or not may_read(found.definition.group, viewer):
        raise NotFound(f"digest {public_id}")
    return found


def may_read(group: CoordinationGroup, viewer: Viewer) -> bool:
    """Whether the issues of a group are open to `viewer`: to its members and secretaries, and to who sees all."""
    return viewer.sees_all or group.id in viewer.group_ids


def count_copies(session: Session, issue: DigestIssue) -> dict[DeliveryState, int]:
    """How many copies of an issue are in each state."""
    query = (
        select(DigestDelivery.state, func.count())
        .where(DigestDelivery.issue_id == issue.id)
        .group_by(DigestDelivery.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def list_failed(session: Session, issue: DigestIssue) -> Sequence[DigestDelivery]:
    """The copies that did not arrive, for whom it may concern."""
    query = select(DigestDelivery).where(
        DigestDelivery.issue_id == issue.id, DigestDelivery.state == DeliveryState.FAILED
    )
    return session.scalars(query.order_by(DigestDelivery.id)).all()
