"""What an import did to one project: enough to take it back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tacoord.models.base import Base, enum_column


class Fate(StrEnum):
    """What becomes of a record when its import is taken back: the first two undo it, the others say why it stays."""

    WITHDRAWN = "withdrawn"
    PUT_BACK = "put-back"
    CHANGED = "changed-since"
    CONFIRMED = "confirmed-since"
    JUDGED = "judged"
    NAMED = "named"
    NOT_ALLOWED = "not-allowed"
    NOT_VALID = "not-valid"


class ImportedRecord(Base):
    """A project that an import registered or changed; one row, however often the file names it.

    line: where the file has it. registered: it was new, or had been withdrawn by taking an import back. before: of a
    changed one, what it said before, as `services.projects.kept` writes it; dropped when the import can no longer be
    taken back. stood_at, left_at: the project's `updated_at` before and after. fate: what became of it since.
    """

    __tablename__ = "imported_records"

    import_id: Mapped[int] = mapped_column(ForeignKey("import_jobs.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True, index=True)
    line: Mapped[int | None]
    registered: Mapped[bool]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    stood_at: Mapped[datetime | None]
    left_at: Mapped[datetime]
    fate: Mapped[Fate | None] = mapped_column(enum_column(Fate))
