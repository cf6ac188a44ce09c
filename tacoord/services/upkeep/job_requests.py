"""Nightly jobs that somebody wants at once, and how each ended last."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import Conflict
from tacoord.models import JobRun
from tacoord.policy import Actor

AGAIN: Final = " #"
"""Between a period and its number, where a job was asked for once more in that period."""


def ask_again(session: Session, job: str, *, by: Actor) -> None:
    """Let a nightly job be due once more: the next tick runs it. Nothing to do where it is due already.

    The last run keeps its place in the list, under the name of its period with a number. Raises Forbidden, and
    Conflict where the job has not ended.
    """
    policy.require(by, "job.run")
    newest = select(JobRun).where(JobRun.job == job).order_by(JobRun.id.desc()).limit(1)
    last = session.scalar(newest.with_for_update())
    if last is None:
        return
    if last.finished_at is None:
        raise Conflict(f"{job} is running, or rests after a failure")
    if AGAIN not in last.period:
        last.period = f"{last.period}{AGAIN}{last.id}"
        session.flush()


def last_runs(session: Session) -> dict[str, JobRun]:
    """The newest run of each job that has one."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    return {run.job: run for run in session.scalars(select(JobRun).where(JobRun.id.in_(newest)))}
