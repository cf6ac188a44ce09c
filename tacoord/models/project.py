"""Projects as registered: the record, its organisations, tags, budget lines and identifiers."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.group import CoordinationGroup
from tacoord.models.organisation import Organisation
from tacoord.models.vocabulary import TermTag


class Visibility(StrEnum):
    """Who may know of a record; what each means stands in `services.visibility` alone."""

    PUBLIC = "public"
    REGISTERED = "registered"
    GROUP = "group"
    ORGANISATION = "organisation"


class Mask(StrEnum):
    """A part of a record that its owner keeps from all others; what each keeps stands in `projects.masking` alone."""

    PLACES = "places"
    PARTICIPANTS = "participants"
    DESCRIPTION = "description"


class ProjectState(StrEnum):
    """Where a record is on its way; only published ones are matched, counted and sent."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Source(StrEnum):
    """Through which door a record came."""

    FORM = "form"
    API = "api"
    FILE = "file"
    IATI = "iati"
    DEMO = "demo"


class Project(Public, Base):
    """One project (IATI: activity) as one organisation reports it.

    titles, descriptions: text by language code; title: the main one, for lists and sorting.
    organisation: who reports the record and may change it. status: IATI activity status, 1 to 6.
    starts, ends: first and last day, both included; the actual day where stated, else the planned one.
    budget_usd_minor: the whole budget in cents of US dollars at the rates of its dates, for comparison only.
    search_text: title, description, organisations and identifiers made comparable, for search.
    content_hash: of what the reporter said, so that an import knows what has not changed.
    confirmed_at: when the reporter last said that the record is still true.
    compared_at: when it was last compared with all others. key_version: of the keys with which it stands in the index
    of look-alikes, 0 where its reporter has changed since; None where it does not.
    sectors: code, vocabulary and share of each, as reported; those of a vocabulary of ours are tags besides.
    record: what a source said beyond the columns (scope, locations, transactions …), by IATI's names.
    masks: which parts are kept from others. withheld: what these parts say, by fields of a draft; every other column
    and every other table holds what all may read who may know of the record.
    """

    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("organisation_id", "iati_identifier"),
        Index("ix_projects_state_updated_at", "state", "updated_at"),
        Index("ix_projects_state_ends", "state", "ends"),
        # All that coverage needs of a project: no page of the wide table is read for it.
        Index(
            "ix_projects_coverage",
            "state",
            "visibility",
            "organisation_id",
            "status",
            "starts",
            "ends",
            "budget_usd_minor",
            "public_id",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    on_behalf: Mapped[bool] = mapped_column(default=False)
    invented: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ProjectState] = mapped_column(enum_column(ProjectState))
    visibility: Mapped[Visibility] = mapped_column(enum_column(Visibility))
    source: Mapped[Source] = mapped_column(enum_column(Source))
    iati_identifier: Mapped[str | None] = mapped_column(String(300), index=True)
    title: Mapped[str] = mapped_column(Text)
    titles: Mapped[dict[str, Any]] = mapped_column(default=dict)
    descriptions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str | None] = mapped_column(String(8))
    planned_start: Mapped[date | None]
    actual_start: Mapped[date | None]
    planned_end: Mapped[date | None]
    actual_end: Mapped[date | None]
    starts: Mapped[date | None]
    ends: Mapped[date | None]
    budget_usd_minor: Mapped[int | None] = mapped_column(BigInteger)
    contact_name: Mapped[str | None] = mapped_column(String(300))
    contact_email: Mapped[str | None] = mapped_column(String(320))
    contact_phone: Mapped[str | None] = mapped_column(String(100))
    contact_shown: Mapped[bool] = mapped_column(default=False)
    website: Mapped[str | None] = mapped_column(String(500))
    sectors: Mapped[list[Any]] = mapped_column(default=list)
    record: Mapped[dict[str, Any]] = mapped_column(default=dict)
    masks: Mapped[list[Any]] = mapped_column(default=list)
    withheld: Mapped[dict[str, Any]] = mapped_column(default=dict)
    search_text: Mapped[str] = mapped_column(Text, default="")
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
    published_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    key_version: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    participants: Mapped[list["ProjectOrganisation"]] = relationship(
        cascade="all, delete-orphan", order_by="ProjectOrganisation.position"
    )
    tags: Mapped[list["ProjectTag"]] = relationship(
        cascade="all, delete-orphan", order_by="(ProjectTag.vocabulary, ProjectTag.code)"
    )
    budget_lines: Mapped[list["BudgetLine"]] = relationship(
        cascade="all, delete-orphan", order_by="BudgetLine.position"
    )
    identifiers: Mapped[list["ProjectIdentifier"]] = relationship(
        cascade="all, delete-orphan", order_by="ProjectIdentifier.id"
    )
    group_links: Mapped[list["ProjectGroup"]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    def codes(self, vocabulary: str) -> list[str]:
        """The codes of the tags of one vocabulary, in the order of their codes."""
        return [tag.code for tag in self.tags if tag.vocabulary == vocabulary]


class ProjectTag(TermTag, Base):
    """A term that a project is tagged with; percentage: its share, 0 to 100, where stated."""

    __tablename__ = "project_tags"
    __table_args__ = (
        ForeignKeyConstraint(["vocabulary", "code"], ["terms.vocabulary", "terms.code"]),
        CheckConstraint("percentage >= 0 AND percentage <= 100", name="percentage"),
        Index("ix_project_tags_vocabulary_code", "vocabulary", "code", "project_id", "percentage"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    percentage: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))


class ProjectOrganisation(Base):
    """An organisation that takes part in a project; role: IATI organisation role, 1 to 4.

    name, ref, type: as the reporter wrote them; activity_id: that organisation's own identifier of the activity.
    organisation: the entry of the register that is meant; none where only a record that is hidden from some names it.
    """

    __tablename__ = "project_organisations"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    role: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(500))
    ref: Mapped[str | None] = mapped_column(String(300))
    type: Mapped[str | None] = mapped_column(String(8))
    activity_id: Mapped[str | None] = mapped_column(String(300))

    organisation: Mapped[Organisation | None] = relationship(lazy="joined")


class BudgetLine(Base):
    """One amount of a budget, in whole minor units of its currency, for the days from starts to ends."""

    __tablename__ = "budget_lines"
    __table_args__ = (CheckConstraint("amount_minor >= 0", name="not_negative"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(8), default="1")
    status: Mapped[str] = mapped_column(String(8), default="1")
    starts: Mapped[date | None]
    ends: Mapped[date | None]
    value_date: Mapped[date | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))


class ProjectIdentifier(Base):
    """Another identifier of a project (IATI other-identifier), by its type."""

    __tablename__ = "project_identifiers"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    type: Mapped[str] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(String(300), index=True)


class ProjectGroup(Base):
    """A group whose members may see a project of visibility `group`."""

    __tablename__ = "project_groups"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), primary_key=True, index=True)

    group: Mapped[CoordinationGroup] = relationship()


class ProjectKey(Base):
    """One blocking key of a published project: the index that names the candidates of a record.

    audience: who may see the project, as a number; see `services.overlaps.keys`. There is no index by project: which
    rows a project has, its `PreparedProject` tells, and a second index would double what is written.
    """

    __tablename__ = "project_keys"
    __table_args__ = {"sqlite_with_rowid": False}

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    audience: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)


class PreparedProject(Base):
    """A published project as it stands in the index, prepared for comparison: preparing it takes longer than comparing.

    version: of the project that was prepared. audience, keys: of its rows in the index, the keys as 8 bytes each, the
    lowest byte first. record: see `matching.packed`.
    """

    __tablename__ = "prepared_projects"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("projects.id"), primary_key=True, autoincrement=False
    )
    version: Mapped[int]
    audience: Mapped[int] = mapped_column(BigInteger)
    keys: Mapped[bytes] = mapped_column(LargeBinary)
    record: Mapped[bytes] = mapped_column(LargeBinary)
