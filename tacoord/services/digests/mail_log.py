"""The copies of digests on their way: what was sent, what waits, what failed and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from tacoord.models import (
    CoordinationGroup,
    DeliveryState,
    DigestDefinition,
    DigestDelivery,
    DigestIssue,
    User,
)


@dataclass(frozen=True, slots=True)
class MailQuery:
    """state: only copies in this one; group: the code of a group; text: part of a reader's address."""

    state: DeliveryState | None = None
    group: str | None = None
    text: str = ""
    page: int = 1
    size: int = 50


@dataclass(frozen=True, slots=True)
class MailPage:
    """Copies, newest first."""

    rows: Sequence[DigestDelivery]
    more: bool


def count_mail(session: Session) -> dict[DeliveryState, int]:
    """How many copies are in each state, also in those with none."""
    query = select(DigestDelivery.state, func.count()).group_by(DigestDelivery.state)
    counts = dict.fromkeys(DeliveryState, 0)
    for state, number in session.execute(query):
        counts[state] = number
    return counts


def list_mail(session: Session, query: MailQuery) -> MailPage:
    """One page of the copies, with their readers and groups."""
    asked = select(DigestDelivery)
    if query.state is not None:
        asked = asked.where(DigestDelivery.state == query.state)
    if query.group:
        issues = (
            select(DigestIssue.id)
            .join(DigestIssue.definition)
            .join(DigestDefinition.group)
            .where(CoordinationGroup.code == query.group)
        )
        asked = asked.where(DigestDelivery.issue_id.in_(issues))
    if text := query.text.strip().lower():
        asked = asked.where(DigestDelivery.user.has(User.email.contains(text, autoescape=True)))
    rows = session.scalars(
        asked.options(
            joinedload(DigestDelivery.user),
            joinedload(DigestDelivery.issue)
            .joinedload(DigestIssue.definition)
            .joinedload(DigestDefinition.group),
        )
        .order_by(DigestDelivery.id.desc())
        .limit(query.size + 1)
        .offset((query.page - 1) * query.size)
    ).all()
    return MailPage(rows[: query.size], len(rows) > query.size)
