"""Coordination groups, what they look at, and who sits in them."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, utcnow
from tacoord.models.organisation import Organisation
from tacoord.models.user import User
from tacoord.models.vocabulary import TermTag


class CoordinationGroup(Public, Base):
    """A group such as ICAT. scope: in words; its tags (countries, regions, pillars) narrow what it looks at."""

    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(64), default="")
    scope: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    members: Mapped[list["Member"]] = relationship(
        back_populates="group", cascade="all, delete-orphan", order_by="Member.id"
    )
    tags: Mapped[list["GroupTag"]] = relationship(cascade="all, delete-orphan")

    def codes(self, vocabulary: str) -> list[str]:
        """The codes of the tags of one vocabulary, in order."""
        return sorted(tag.code for tag in self.tags if tag.vocabulary == vocabulary)


class GroupTag(TermTag, Base):
    """A country, region or pillar that a group looks at."""

    __tablename__ = "group_tags"
    __table_args__ = (
        ForeignKeyConstraint(["vocabulary", "code"], ["terms.vocabulary", "terms.code"]),
    )

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), primary_key=True)


class Member(Public, Base):
    """A seat in a group: an organisation as a whole (no user), or one of its people.

    Sight of the group's records comes with either; digests go to people who want them.
    """

    __tablename__ = "members"
    __table_args__ = (
        Index("uq_members_seat", "group_id", "organisation_id", "user_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    receives_digest: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    group: Mapped[CoordinationGroup] = relationship(back_populates="members")
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User | None] = relationship()
