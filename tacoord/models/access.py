"""Ways into an account: counted tries to sign in, links to set a password, and people who ask for an account."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.user import User


class SignInAttempt(Base):
    """How often signing in failed lately, of one account from one place, or from one place for any account.

    key: a hash of what is counted; neither addresses nor places are kept. waits_until: no try counts before it.
    """

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_last_at", "last_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    waits_until: Mapped[datetime | None]


class CallCount(Base):
    """How many calls of the API one token, or one place, has made in a minute (since 1970). key: a hash of which."""

    __tablename__ = "call_counts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    minute: Mapped[int] = mapped_column(index=True)
    calls: Mapped[int]


class Invitation(Base):
    """A link with which somebody sets a password, once; only a hash of its secret is kept.

    used_at: when it was used, or replaced by a newer one.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class PasswordAsk(Base):
    """An address for which somebody wants a link to set a password, until the jobs process has looked at it.

    Whether anybody has an account with it is asked only then. browser, system, network: of who asked, for the audit
    trail. leased_until: a sender is at work on it until then.
    """

    __tablename__ = "password_asks"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    browser: Mapped[str] = mapped_column(String(40), default="")
    system: Mapped[str] = mapped_column(String(40), default="")
    network: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    leased_until: Mapped[datetime | None]


class AskState(StrEnum):
    """Where a request for an account stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class AccountRequest(Public, Base):
    """Somebody who asks for an account; what they say of themselves has been checked by nobody.

    organisation: its name as they wrote it.
    """

    __tablename__ = "account_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    state: Mapped[AskState] = mapped_column(enum_column(AskState), index=True)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
