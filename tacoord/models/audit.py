"""The audit trail: who signed in, saw or took out what is restricted, widened it, decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, utcnow
from tacoord.models.user import User

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class AuditEntry(Base):
    """One entry; the database refuses to change it, and to delete it but by an `AuditCut`.

    n: without a hole, in the order of writing; previous, hash: of the entry before, and of this one with it.
    subject, subject_id: as in `Change`. details: plain values, no words about a person that could need erasing.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_subject_subject_id", "subject", "subject_id"),)

    n: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    by: Mapped[User | None] = relationship()


class AuditCut(Base):
    """Where old entries were taken away: all up to `through`, whose hash the next entry holds. Never changed either."""

    __tablename__ = "audit_cuts"

    through: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=utcnow)
