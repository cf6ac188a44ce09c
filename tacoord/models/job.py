"""Work that takes long or runs by the clock: imports with their progress, runs of jobs, heartbeats, kept answers."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tacoord.models.base import Base, Public, enum_column, utcnow
from tacoord.models.organisation import Organisation


class ImportState(StrEnum):
    """Where an import is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


class ImportJob(Public, Base):
    """A file that somebody gave to be imported; payload is dropped when it is done (of a check: a day later).

    created_by_id: nobody where a command on the machine imports; that reads its file itself, and keeps no payload.

    format: iati, csv, xlsx or jsonl. counts: registered, updated, unchanged and refused. report:
    the records of which something is to be said, by line; remarks: what is to be said of the whole file.
    heartbeat_at: a running job that has not beaten for a while is taken up again; attempts: how often it was.
    taken: the file of a check was imported afterwards. compared_at: when its records had been compared with all others;
    what was found is counted for each reader anew. undone_by_id: who took it back, nobody for a command; undone_at:
    when that was asked for.
    """

    __tablename__ = "import_jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    state: Mapped[ImportState] = mapped_column(enum_column(ImportState), index=True)
    format: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(300))
    size: Mapped[int]
    payload: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    dry_run: Mapped[bool] = mapped_column(default=False)
    done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[list[Any]] = mapped_column(default=list)
    remarks: Mapped[list[Any]] = mapped_column(default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    taken: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()


class JobRun(Base):
    """One run of a job for one period, claimed by its unique row."""

    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(64))
    claimed_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(Text, default="")


class Heartbeat(Base):
    """When a process of a kind was last alive."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]


class KeptAnswer(Base):
    """The answer to a POST with an Idempotency-Key: the same key gets the same answer, and nothing is done twice."""

    __tablename__ = "kept_answers"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_kept_answers_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(200))
    question_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
