"""Needs that somebody indicated, and the gaps that stood open when the register was last looked through."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tacoord.matching.gaps import GapKind
from tacoord.models.base import Base, enum_column, utcnow


class Indicator(Base):
    """A sign of need in a country, dated as what it is, with its source."""

    __tablename__ = "indicators"
    __table_args__ = (UniqueConstraint("country", "indicator", "as_of"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2), index=True)
    indicator: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(300))


class GapState(Base):
    """A gap as every signed-in person may know it, from the day it was found until the day it closed.

    It is computed from records that every signed-in person sees, never from hidden ones, so that digests can tell of
    new gaps without telling of hidden projects. key: kind, country, pillar and measure in one text.
    """

    __tablename__ = "gap_states"
    __table_args__ = (Index("ix_gap_states_country_pillar", "country", "pillar"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[GapKind] = mapped_column(enum_column(GapKind))
    country: Mapped[str] = mapped_column(String(2))
    pillar: Mapped[str] = mapped_column(String(32))
    measure: Mapped[str | None] = mapped_column(String(32))
    since: Mapped[date]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opened_at: Mapped[datetime] = mapped_column(default=utcnow)
    closed_at: Mapped[datetime | None]
