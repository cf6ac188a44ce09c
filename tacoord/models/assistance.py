"""Requests for assistance by governments, and the offers that answer them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.group import CoordinationGroup
from tacoord.models.organisation import Organisation
from tacoord.models.project import Visibility
from tacoord.models.user import User
from tacoord.models.vocabulary import TermTag


class RequestState(StrEnum):
    """Where a request is on its way."""

    DRAFT = "draft"
    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class OfferState(StrEnum):
    """Where an offer is: standing ones answer no request yet."""

    STANDING = "standing"
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class AssistanceRequest(Public, Base):
    """What a government asks for. country: ISO code; needed_from, needed_by: first and last day.

    running: the projects that ran in the country on the pillars asked for when the request was sent (public ids),
    frozen so that everyone discusses the same list; what a viewer may see of it is decided when it is shown.
    """

    __tablename__ = "assistance_requests"
    __table_args__ = (Index("ix_assistance_requests_country_state", "country", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[RequestState] = mapped_column(enum_column(RequestState))
    visibility: Mapped[Visibility] = mapped_column(
        enum_column(Visibility), default=Visibility.REGISTERED
    )
    invented: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(300))
    need: Mapped[str] = mapped_column(Text, default="")
    needed_from: Mapped[date | None]
    needed_by: Mapped[date | None]
    contact: Mapped[str] = mapped_column(String(500), default="")
    running: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    submitted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    created_by: Mapped[User] = relationship()
    tags: Mapped[list["RequestTag"]] = relationship(cascade="all, delete-orphan")
    group_links: Mapped[list["RequestGroup"]] = relationship(cascade="all, delete-orphan")
    offers: Mapped[list["Offer"]] = relationship(back_populates="request", order_by="Offer.id")

    __mapper_args__ = {"version_id_col": version}

    def codes(self, vocabulary: str) -> list[str]:
        """The codes of the tags of one vocabulary, in order."""
        return sorted(tag.code for tag in self.tags if tag.vocabulary == vocabulary)


class RequestTag(TermTag, Base):
    """A term that a request asks for: pillar, measure, mandate, kind of assistance, target group."""

    __tablename__ = "request_tags"
    __table_args__ = (
        ForeignKeyConstraint(["vocabulary", "code"], ["terms.vocabulary", "terms.code"]),
        Index("ix_request_tags_vocabulary_code", "vocabulary", "code"),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("assistance_requests.id"), primary_key=True)


class RequestGroup(Base):
    """A group whose members may see a request of visibility `group`."""

    __tablename__ = "request_groups"

    request_id: Mapped[int] = mapped_column(ForeignKey("assistance_requests.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), primary_key=True, index=True)

    group: Mapped[CoordinationGroup] = relationship()


class Offer(Public, Base):
    """What an organisation offers: in answer to one request, or standing, for whoever needs it."""

    __tablename__ = "offers"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("assistance_requests.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[OfferState] = mapped_column(enum_column(OfferState))
    invented: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text, default="")
    available_from: Mapped[date | None]
    available_until: Mapped[date | None]
    answer_note: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)

    request: Mapped[AssistanceRequest | None] = relationship(back_populates="offers")
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id])
    tags: Mapped[list["OfferTag"]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    def codes(self, vocabulary: str) -> list[str]:
        """The codes of the tags of one vocabulary, in order."""
        return sorted(tag.code for tag in self.tags if tag.vocabulary == vocabulary)


class OfferTag(TermTag, Base):
    """A term that an offer covers: country, region, pillar, measure, kind of assistance."""

    __tablename__ = "offer_tags"
    __table_args__ = (
        ForeignKeyConstraint(["vocabulary", "code"], ["terms.vocabulary", "terms.code"]),
        Index("ix_offer_tags_vocabulary_code", "vocabulary", "code"),
    )

    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), primary_key=True)
