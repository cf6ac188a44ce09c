"""What somebody has besides a password: an authenticator app, recovery codes, passkeys."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from tacoord.models.base import Base, Public, utcnow


class Authenticator(Base):
    """The app that makes somebody's six-digit codes; it counts from `confirmed_at`, when its first code was right.

    secret: sealed with the installation's key; last_step: the time step of the last code taken, which ends with it all
    codes up to that step.
    """

    __tablename__ = "authenticators"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), default=0)


class RecoveryCode(Base):
    """A code for who has lost everything else, good once: its row is deleted with its use. Only a hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)


class Passkey(Public, Base):
    """A key that a device or a key ring keeps for somebody. name: what its owner calls it.

    credential_id: as the device names it, in base64url; public_key: COSE; sign_count: of the device, or always 0.
    """

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    used_at: Mapped[datetime | None]
