"""Organisations: donors, agencies, governments and NGOs, and the names they go by."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.matching.words import normalise
from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.vocabulary import TermTag


def _searchable_name(context: Any) -> str:
    """What an organisation is found by until more names are known: its name alone."""
    return normalise(context.get_current_parameters()["name"])


class NameKind(StrEnum):
    """What an organisation can be recognised by."""

    IDENTIFIER = "identifier"
    NAME = "name"
    ALIAS = "alias"
    ACRONYM = "acronym"


class Organisation(Public, Base):
    """A donor, agency, government body or NGO.

    type: a code of the vocabulary `organisation-type` (IATI); verified: somebody has looked at the entry,
    which imports add unseen. search_text: all its names and identifiers, normalised.
    """

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(500), index=True)
    acronym: Mapped[str | None] = mapped_column(String(64))
    type: Mapped[str | None] = mapped_column(String(8))
    country: Mapped[str | None] = mapped_column(String(2), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str | None] = mapped_column(String(500))
    verified: Mapped[bool] = mapped_column(default=False)
    invented: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    search_text: Mapped[str] = mapped_column(Text, default=_searchable_name)
    version: Mapped[int] = mapped_column(default=1)

    names: Mapped[list["OrganisationName"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", order_by="OrganisationName.id"
    )
    tags: Mapped[list["OrganisationTag"]] = relationship(
        cascade="all, delete-orphan", order_by="OrganisationTag.code"
    )

    __mapper_args__ = {"version_id_col": version}


class OrganisationName(Base):
    """One identifier, name, alias or acronym of an organisation.

    key: the text made comparable (see `matching.names`); two organisations may share a name or an acronym,
    never an identifier.
    """

    __tablename__ = "organisation_names"
    __table_args__ = (
        Index("ix_organisation_names_kind_key", "kind", "key"),
        Index(
            "uq_organisation_names_identifier",
            "key",
            unique=True,
            sqlite_where=text("kind = 'identifier'"),
            postgresql_where=text("kind = 'identifier'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[NameKind] = mapped_column(enum_column(NameKind))
    value: Mapped[str] = mapped_column(String(500))
    key: Mapped[str] = mapped_column(String(500))

    organisation: Mapped[Organisation] = relationship(back_populates="names")


class OrganisationTag(TermTag, Base):
    """What an organisation says of itself: mandates, pillars, countries, kinds of assistance."""

    __tablename__ = "organisation_tags"
    __table_args__ = (
        ForeignKeyConstraint(["vocabulary", "code"], ["terms.vocabulary", "terms.code"]),
        Index("ix_organisation_tags_vocabulary_code", "vocabulary", "code"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)


class MergedOrganisation(Base):
    """An entry that turned out to be another one: nothing belongs to it any more, and its id and code lead there."""

    __tablename__ = "merged_organisations"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    merged_at: Mapped[datetime] = mapped_column(default=utcnow)
