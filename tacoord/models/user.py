"""People with an account, the roles they hold, and the tokens of their programs."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.organisation import Organisation

if TYPE_CHECKING:
    from tacoord.models.project_role import ProjectRole


class Role(StrEnum):
    """What somebody may do; what each role means stands in `tacoord.policy`."""

    VIEWER = "viewer"
    REPORTER = "reporter"
    ORG_ADMIN = "org-admin"
    REVIEWER = "reviewer"
    FOCAL_POINT = "focal-point"
    SECRETARY = "secretary"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


class User(Public, Base):
    """Somebody with an account; belongs to one organisation and may hold several roles.

    email: in lower case. project_roles: on single projects, also those that have ended.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(300))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    locale: Mapped[str] = mapped_column(String(16), default="en")
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    signed_in_at: Mapped[datetime | None]
    previous_sign_in_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", lazy="selectin"
    )
    project_roles: Mapped[list["ProjectRole"]] = relationship(
        foreign_keys="ProjectRole.user_id", order_by="ProjectRole.id", viewonly=True
    )

    # What Flask-Login asks of a user; plain properties, so that models need no Flask.
    @property
    def is_authenticated(self) -> bool:
        """A user from the database is always somebody."""
        return True

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.active

    @property
    def is_anonymous(self) -> bool:
        """Never: see `is_authenticated`."""
        return False

    def get_id(self) -> str:
        """Who it is, for the outside; what signs in is a session's secret (`SignIn`), never this."""
        return self.public_id


class RoleGrant(Base):
    """One role of a user: on an organisation (with its country, for focal points), or on one group."""

    __tablename__ = "role_grants"
    __table_args__ = (
        Index(
            "uq_role_grants_whole", "user_id", "role", "organisation_id", "group_id", unique=True
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    user: Mapped[User] = relationship(back_populates="grants")


class TokenScope(StrEnum):
    """What a token may do besides reading, where its owner may; the operations of `tacoord.api` say which they need."""

    PROJECTS = "projects"
    OVERLAPS = "overlaps"
    ASSISTANCE = "assistance"


class ApiToken(Public, Base):
    """A token for a program that acts as its user; only the hash of the secret is kept.

    scopes: values of `TokenScope` in their order; none for a token that only reads.
    """

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
