"""Roles on one project: what its organisation lets somebody do there, whatever their own organisation."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.project import Project, ProjectState
from tacoord.models.user import Role, User


class ProjectRole(Public, Base):
    """A role on one project, given to an address: viewer or reporter; what each means stands in `tacoord.policy`.

    Kept apart from `RoleGrant`, which opens a whole organisation. email: as it was named, in lower case. user: whose
    account had this address then; nobody's role where there was none, also if somebody gets one with it later.
    until: the last day (UTC) on which it holds; None: until it is taken back.
    """

    __tablename__ = "project_roles"
    __table_args__ = (UniqueConstraint("project_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    email: Mapped[str] = mapped_column(String(320))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    until: Mapped[date | None]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    project: Mapped[Project] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    given_by: Mapped[User | None] = relationship(foreign_keys=[given_by_id])

    def holds(self, today: date) -> bool:
        """Whether it counts on that day: it has not ended, and the record is not withdrawn."""
        return not self.has_ended(today) and self.project.state is not ProjectState.WITHDRAWN

    def has_ended(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.until is not None and self.until < today
