"""Runs of the nightly jobs: each period is claimed once by its unique row, on however many hosts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tacoord.models import JobRun, KeptAnswer, utcnow

LOST_AFTER: Final = timedelta(hours=2)
"""A run that was claimed and has not ended since then is taken to be dead, and may be claimed again."""

RETRY_AFTER: Final = timedelta(minutes=15)
"""How long a run that failed rests before it is tried again."""

KEEP_ANSWERS: Final = timedelta(days=1)
KEEP_RUNS: Final = timedelta(days=90)


def claim_run(session: Session, job: str, period: str, *, now: datetime) -> bool:
    """Take the run of `job` for `period`: False where it is done, or somebody is at it.

    The caller commits at once, so that everybody else finds it taken.
    """
    known = select(JobRun.id).where(JobRun.job == job, JobRun.period == period)
    if session.scalar(known) is not None:
        return _take_over(session, job, period, now)
    try:
        with session.begin_nested():
            session.add(JobRun(job=job, period=period, claimed_at=now))
    except IntegrityError:
        return _take_over(session, job, period, now)
    return True


def _take_over(session: Session, job: str, period: str, now: datetime) -> bool:
    """Claim a run whose process died, if it is one; of several who try, one succeeds."""
    taken = session.execute(
        update(JobRun)
        .where(
            JobRun.job == job,
            JobRun.period == period,
            JobRun.finished_at.is_(None),
            JobRun.claimed_at < now - LOST_AFTER,
        )
        .values(claimed_at=now)
        .returning(JobRun.id)
    )
    return taken.first() is not None


def finish_run(session: Session, job: str, period: str, result: str) -> None:
    """Note how a claimed run ended."""
    session.execute(
        update(JobRun)
        .where(JobRun.job == job, JobRun.period == period)
        .values(finished_at=utcnow(), result=result)
    )


def release_run(session: Session, job: str, period: str, *, now: datetime) -> None:
    """Give a run back that failed, so that it is tried again after a rest."""
    session.execute(
        update(JobRun)
        .where(JobRun.job == job, JobRun.period == period, JobRun.finished_at.is_(None))
        .values(claimed_at=now - LOST_AFTER + RETRY_AFTER)
    )


def list_runs(session: Session, *, limit: int = 50) -> Sequence[JobRun]:
    """The newest runs, newest first."""
    return session.scalars(select(JobRun).order_by(JobRun.id.desc()).limit(limit)).all()


def drop_old_rows(session: Session, *, now: datetime) -> int:
    """Delete kept answers and notes of runs that nobody needs any more; gives their number."""
    answers = delete(KeptAnswer).where(KeptAnswer.created_at < now - KEEP_ANSWERS)
    runs = delete(JobRun).where(JobRun.claimed_at < now - KEEP_RUNS)
    gone = session.scalars(answers.returning(KeptAnswer.id)).all()
    return len(gone) + len(session.scalars(runs.returning(JobRun.id)).all())
