"""Sessions: who is signed in, with which browser, since when."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, utcnow
from tacoord.models.user import User


class SignIn(Public, Base):
    """A session of a browser; its row is deleted when it ends. Only a hash of the cookie's secret is kept.

    seen_at: when it was last used, at most some minutes late; confirmed_at: when the person last proved who they are;
    browser, system: what the browser said of itself, in a word each; method: how the person signed in,
    with a + between two steps.
    """

    __tablename__ = "sign_ins"
    # Two who end one session at a time both succeed.
    __mapper_args__ = {"confirm_deleted_rows": False}

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    confirmed_at: Mapped[datetime] = mapped_column(default=utcnow)
    browser: Mapped[str] = mapped_column(String(40), default="")
    system: Mapped[str] = mapped_column(String(40), default="")
    method: Mapped[str] = mapped_column(String(32), default="password")

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
