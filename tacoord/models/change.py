"""Who altered what, when: the sequence that histories, home pages and digests read from."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, utcnow
from tacoord.models.user import User


class Change(Base):
    """One thing that happened. action: noun and verb ("project.registered"); by: nobody for the operator or a job.

    subject, subject_id: the table's word and its key ("project", 7). details: what was said before and after.
    """

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_subject_subject_id", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    by: Mapped[User | None] = relationship()
