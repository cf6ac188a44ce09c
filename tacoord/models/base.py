"""The ground of all tables: constraint names, UTC times, enums by value, public ids."""

import base64
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PUBLIC_ID_LENGTH = 16


def utcnow() -> datetime:
    """The present moment, in UTC, with its zone."""
    return datetime.now(UTC)


def new_public_id() -> str:
    """A random id of 80 bits for the world outside: neither order nor number can be read from it."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: stored as UTC without zone on every database, always with its zone in Python."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without zone; turn any other into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


def enum_column(kind: type[StrEnum]) -> Enum:
    """A column type for `kind`, stored by value, guarded by a check, no type of its own."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=32,
        validate_strings=True,
    )


class Base(DeclarativeBase):
    """What every table has in common."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: JSON, list[Any]: JSON}


class Public:
    """Mixin for what is seen from outside: it has a random id, and only that leaves the database."""

    public_id: Mapped[str] = mapped_column(
        String(PUBLIC_ID_LENGTH), default=new_public_id, unique=True
    )
