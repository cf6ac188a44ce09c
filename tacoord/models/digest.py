"""Digests: when a group gets one, each issue of it, and each copy on its way."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.group import CoordinationGroup
from tacoord.models.user import User


class Frequency(StrEnum):
    """How often a digest goes out."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class IssueState(StrEnum):
    """Where an issue is: claimed by a sender, composed for its readers, sent to all."""

    CLAIMED = "claimed"
    COMPOSED = "composed"
    SENT = "sent"


class DeliveryState(StrEnum):
    """Where one copy is. A failed one is not tried again; a skipped reader had left before it was sent."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class DigestDefinition(Public, Base):
    """When the digest of a group goes out: by the clock of its own time zone.

    weekday: 0 Monday to 6 Sunday, for weekly ones; day: 1 to 28, for monthly and quarterly ones.
    due_from: moments of the schedule before it are passed over, so that a new schedule does not send at once.
    """

    __tablename__ = "digest_definitions"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), unique=True)
    frequency: Mapped[Frequency] = mapped_column(enum_column(Frequency))
    weekday: Mapped[int] = mapped_column(default=0)
    day: Mapped[int] = mapped_column(default=1)
    hour: Mapped[int] = mapped_column(default=8)
    minute: Mapped[int] = mapped_column(default=0)
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    locale: Mapped[str] = mapped_column(String(16), default="en")
    active: Mapped[bool] = mapped_column(default=True)
    introduction: Mapped[str] = mapped_column(Text, default="")
    due_from: Mapped[datetime] = mapped_column(default=utcnow)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)

    group: Mapped[CoordinationGroup] = relationship()

    __mapper_args__ = {"version_id_col": version}


class DigestIssue(Public, Base):
    """One issue of a digest: a definition and a local period, claimed once by a unique row.

    period: the local date of the moment it was due; one that somebody sent by hand has its minute too.
    after_change, until_change: the changes it tells of are those with after_change < id <= until_change, so that each
    change stands in exactly one issue.
    """

    __tablename__ = "digest_issues"
    __table_args__ = (
        UniqueConstraint("definition_id", "period"),
        # Two issues cannot both follow the same one, or they would tell of the same changes.
        UniqueConstraint("definition_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("digest_definitions.id"))
    period: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    state: Mapped[IssueState] = mapped_column(enum_column(IssueState))
    due_at: Mapped[datetime]
    after_change: Mapped[int] = mapped_column(BigInteger, default=0)
    until_change: Mapped[int] = mapped_column(BigInteger, default=0)
    since_at: Mapped[datetime | None]
    introduction: Mapped[str] = mapped_column(Text, default="")
    claimed_at: Mapped[datetime] = mapped_column(default=utcnow)
    sent_at: Mapped[datetime | None]

    definition: Mapped[DigestDefinition] = relationship()
    deliveries: Mapped[list["DigestDelivery"]] = relationship(
        back_populates="issue", order_by="DigestDelivery.id"
    )


class DigestDelivery(Public, Base):
    """One copy of an issue for one reader; the outbox of the senders.

    leased_until: a sender is at work on it until then. message_id: the same at every try, so that a copy sent twice
    is known as one. content: what was sent, by section, for the archive of its reader.
    """

    __tablename__ = "digest_deliveries"
    __table_args__ = (
        UniqueConstraint("issue_id", "user_id"),
        Index("ix_digest_deliveries_state_next_try_at", "state", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("digest_issues.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState))
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    next_try_at: Mapped[datetime] = mapped_column(default=utcnow)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    sent_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)

    issue: Mapped[DigestIssue] = relationship(back_populates="deliveries")
    user: Mapped[User] = relationship()
