"""Overlaps: flagged pairs of projects, and what reviewers decided of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.project import Project
from tacoord.models.user import User


class Kind(StrEnum):
    """What two records can be to each other, as the engine proposes it."""

    SAME_ACTIVITY = "same_activity"
    FUNDER_IMPLEMENTER = "funder_implementer"
    PARENT_CHILD = "parent_child"
    OVERLAPPING_EFFORT = "overlapping_effort"
    COMPLEMENTARY = "complementary"


class Verdict(StrEnum):
    """What a reviewer says of a pair; open until somebody has decided."""

    OPEN = "open"
    SAME_ACTIVITY = "same_activity"
    FUNDER_IMPLEMENTER = "funder_implementer"
    PARENT_CHILD = "parent_child"
    OVERLAPPING_EFFORT = "overlapping_effort"
    COMPLEMENTARY = "complementary"
    UNRELATED = "unrelated"


class Overlap(Public, Base):
    """A flagged pair; the lower id comes first, so that a pair is flagged once.

    score: probability, 0 to 1, that both records describe one activity. evidence: what spoke for and against,
    as `matching` gave it. at_stake_usd_minor: the smaller budget of the two, in cents of US dollars.
    priority: what the queue is sorted by, higher first. stale: the engine no longer flags the pair.
    """

    __tablename__ = "overlaps"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="ordered"),
        CheckConstraint("score >= 0 AND score <= 1", name="score"),
        Index("ix_overlaps_verdict_priority", "verdict", "priority"),
        Index("ix_overlaps_verdict_ends", "verdict", "stale", "first_id", "second_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    score: Mapped[float]
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    model_version: Mapped[str] = mapped_column(String(64))
    priority: Mapped[float] = mapped_column(default=0.0)
    at_stake_usd_minor: Mapped[int | None] = mapped_column(BigInteger)
    stale: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict), default=Verdict.OPEN)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    flagged_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)

    first: Mapped[Project] = relationship(foreign_keys=[first_id])
    second: Mapped[Project] = relationship(foreign_keys=[second_id])
    decided_by: Mapped[User | None] = relationship()
    decisions: Mapped[list["Decision"]] = relationship(
        back_populates="overlap", order_by="Decision.id"
    )

    __mapper_args__ = {"version_id_col": version}


class Decision(Public, Base):
    """One verdict of one reviewer, kept for good; the newest stands on the overlap itself."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    overlap_id: Mapped[int] = mapped_column(ForeignKey("overlaps.id"), index=True)
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    note: Mapped[str] = mapped_column(Text, default="")
    score: Mapped[float]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=utcnow)

    overlap: Mapped[Overlap] = relationship(back_populates="decisions")
    by: Mapped[User] = relationship()


class RegisterWords(Public, Base):
    """How common words are in the register, counted over what everybody may read.

    records: how many records were counted. counts: pairs of a word's bucket and in how many records it stands.
    """

    __tablename__ = "register_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    records: Mapped[int]
    counts: Mapped[list[Any]]
    counted_at: Mapped[datetime] = mapped_column(default=utcnow)


class MatchingModel(Base):
    """A version of the matching model: its weights, how it was judged, and whether it is in use."""

    __tablename__ = "matching_models"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(64), unique=True)
    weights: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    in_use: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    # Every comparison asks for the one in use: two would be judged by in turn.
    __table_args__ = (
        Index(
            "uq_matching_models_in_use",
            "in_use",
            unique=True,
            sqlite_where=text("in_use"),
            postgresql_where=text("in_use"),
        ),
    )
