"""What is in this installation, in numbers, for who looks after it."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from tacoord.models import (
    ApiToken,
    AssistanceRequest,
    ImportJob,
    ImportState,
    Organisation,
    Overlap,
    Project,
    RequestState,
    User,
    Verdict,
    utcnow,
)
from tacoord.services.visibility import (
    Viewer,
    counted_projects,
    import_clause,
    organisation_clause,
    overlap_clause,
    request_clause,
)

LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts of the projects, overlaps, requests, organisations and imports that the viewer may see, and of the rest.

    lately: people who signed in during the last 30 days; unverified: organisations that nobody has looked at.
    """

    projects: int
    open_overlaps: int
    open_requests: int
    organisations: int
    unverified: int
    people: int
    lately: int
    tokens: int
    imports_waiting: int
    imports_failed: int


def numbers_of(session: Session, viewer: Viewer) -> Numbers:
    """Count."""

    def count(table: type, *clauses: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(table).where(*clauses)) or 0

    month, known = utcnow() - LATELY, organisation_clause(viewer)
    to_judge = and_(Overlap.verdict == Verdict.OPEN, Overlap.stale.is_(False))
    is_open = AssistanceRequest.state == RequestState.OPEN
    waiting = ImportJob.state.in_((ImportState.WAITING, ImportState.RUNNING))
    failed = ImportJob.state == ImportState.FAILED
    return Numbers(
        projects=count(Project, counted_projects(viewer)),
        open_overlaps=count(Overlap, to_judge, overlap_clause(viewer)),
        open_requests=count(AssistanceRequest, is_open, request_clause(viewer)),
        organisations=count(Organisation, known),
        unverified=count(Organisation, known, Organisation.verified.is_(False)),
        people=count(User, User.active.is_(True)),
        lately=count(User, User.active.is_(True), User.signed_in_at > month),
        tokens=count(ApiToken, ApiToken.revoked_at.is_(None)),
        imports_waiting=count(ImportJob, waiting, import_clause(viewer)),
        imports_failed=count(
            ImportJob, failed, import_clause(viewer), ImportJob.created_at > month
        ),
    )
