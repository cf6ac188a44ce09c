"""How the installation is doing: database, jobs process, mail that waits."""

from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.models import (
    DeliveryState,
    DigestDelivery,
    GapState,
    Heartbeat,
    Overlap,
    PasswordAsk,
    Project,
    utcnow,
)
from tacoord.services.visibility import REGISTERED, counted_projects, overlap_clause

JOBS = "jobs"
HEARTBEAT_LIMIT = timedelta(minutes=3)
MAIL_LIMIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What `/readyz` says. Ages in seconds; None where there is nothing to be old."""

    jobs_age: float | None
    oldest_mail_age: float | None

    @property
    def ready(self) -> bool:
        """The jobs process beats, and no mail waits too long."""
        jobs = self.jobs_age is not None and self.jobs_age < HEARTBEAT_LIMIT.total_seconds()
        mail = self.oldest_mail_age is None or self.oldest_mail_age < MAIL_LIMIT.total_seconds()
        return jobs and mail

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "status": "ready" if self.ready else "unready",
            "database": "ok",
            "jobs_heartbeat_age_seconds": self.jobs_age,
            "oldest_unsent_mail_age_seconds": self.oldest_mail_age,
        }


def readiness(session: Session) -> Readiness:
    """Ask the database. Raises SQLAlchemyError where it does not answer."""
    now = utcnow()
    beat = session.get(Heartbeat, JOBS)
    waiting = session.scalar(
        select(func.min(DigestDelivery.created_at)).where(
            DigestDelivery.state == DeliveryState.PENDING
        )
    )
    asked = session.scalar(select(func.min(PasswordAsk.created_at)))
    waiting = min(filter(None, (waiting, asked)), default=None)
    return Readiness(
        jobs_age=(now - beat.at).total_seconds() if beat else None,
        oldest_mail_age=(now - waiting).total_seconds() if waiting else None,
    )


def beat(session: Session, name: str = JOBS) -> None:
    """Note that the process `name` is alive."""
    session.merge(Heartbeat(name=name, at=utcnow()))


def fill_metrics(session: Session, registry: CollectorRegistry) -> None:
    """Put the figures of this moment into `registry`: of records only those that everybody who signs in may know of."""
    state = readiness(session)
    published = select(func.count()).select_from(Project).where(counted_projects(REGISTERED))
    by_verdict = (
        select(Overlap.verdict, func.count())
        .where(overlap_clause(REGISTERED))
        .group_by(Overlap.verdict)
    )
    open_gaps = select(func.count(GapState.id)).where(GapState.closed_at.is_(None))
    Gauge("tacoord_projects", "Published projects.", registry=registry).set(
        session.scalar(published) or 0
    )
    overlaps = Gauge("tacoord_overlaps", "Overlaps by verdict.", ["verdict"], registry=registry)
    for verdict, count in session.execute(by_verdict):
        overlaps.labels(verdict.value).set(count)
    Gauge("tacoord_gaps", "Open gaps.", registry=registry).set(session.scalar(open_gaps) or 0)
    if state.jobs_age is not None:
        Gauge(
            "tacoord_jobs_heartbeat_age_seconds", "Age of the last heartbeat.", registry=registry
        ).set(state.jobs_age)
    Gauge(
        "tacoord_oldest_unsent_mail_age_seconds", "0 where no mail waits.", registry=registry
    ).set(state.oldest_mail_age or 0)
