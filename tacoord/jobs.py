"""What runs by the clock, and the ticker that reads the table.

The clock only asks "is anything due?"; what is due, and what is done already, stands in the database. So missed hours
are caught up, and two processes, or two hosts, do nothing twice.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Final, cast

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask, current_app
from sqlalchemy.orm import Session

from tacoord.config import Settings
from tacoord.extensions import WritingSteps, announce_writing, db, writing_transaction
from tacoord.models import utcnow
from tacoord.services import trail
from tacoord.services.accounts.asking import drop_old_requests
from tacoord.services.accounts.call_limits import drop_old_counts
from tacoord.services.accounts.invitations import drop_old_invitations
from tacoord.services.accounts.password_links import send_links
from tacoord.services.accounts.sessions import drop_old_sessions
from tacoord.services.accounts.sign_in_limits import drop_old_tries
from tacoord.services.coverage.gaps import refresh_gap_states
from tacoord.services.digests.delivery import run_digests
from tacoord.services.exchange import import_runs
from tacoord.services.overlaps import sweep as overlap_sweep
from tacoord.services.projects.sharing import drop_ended_roles
from tacoord.services.upkeep import health, job_runs
from tacoord.services.upkeep.job_schedule import LOOK_AGAIN, SCHEDULE
from tacoord.services.upkeep.statistics import refresh_statistics

LOG: Final = logging.getLogger("tacoord.jobs")
GRACE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the table.

    run: does what is due at a moment, in the application's context, and says what it did ("" for nothing).
    every: how often it is asked; at: for nightly jobs the hour in UTC after which a day's one run is due.
    """

    about: str
    run: Callable[[datetime], str]
    every: timedelta = LOOK_AGAIN
    at: time | None = None


def _beat(_now: datetime) -> str:
    with writing_transaction() as session:
        health.beat(session)
    return ""


def _clean_up(now: datetime) -> str:
    with writing_transaction() as session:
        gone = job_runs.drop_old_rows(session, now=now)
        gone += drop_old_counts(session, now=now)
        gone += drop_old_tries(session, now=now) + drop_old_invitations(session, now=now)
        gone += drop_ended_roles(session, now=now)
        gone += drop_old_sessions(session, now=now) + drop_old_requests(session, now=now)
        gone += trail.cut(session, before=now - timedelta(days=_settings().audit_days))
        refresh_statistics(session.connection())
    return f"{_counted(gone, 'old row')} deleted" if gone else ""


def _digests(_now: datetime) -> str:
    counts = run_digests(writing_transaction, _settings())
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if count)


def _password_links(_now: datetime) -> str:
    counts = send_links(writing_transaction, _settings())
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if count)


def _sweep(_now: datetime) -> str:
    session = db.session()
    begin = partial(announce_writing, session)
    few = overlap_sweep.changed_projects(session)
    if few is None:
        compared = overlap_sweep.compare(session, engine=_settings().match_engine)
        steps = overlap_sweep.save(session, compared, begin=begin)
    else:
        steps = overlap_sweep.sweep_changed(session, few, begin=begin)
    session.rollback()  # the comparison takes minutes; others write meanwhile
    _kept(session, steps)
    # No number: it counts hidden pairs, and who looks after the jobs may not know of them.
    return "all changed projects compared"


def _kept(session: Session, steps: Iterator[overlap_sweep.Counts]) -> overlap_sweep.Counts:
    """Go through the steps of a long work, each kept before the next begins; gives the last count."""
    last: overlap_sweep.Counts = Counter()
    for counts in steps:
        last = counts
        session.commit()
    session.commit()
    return last


def _gaps(now: datetime) -> str:
    with writing_transaction() as session:
        found = refresh_gap_states(session, now)
    return "1 gap is open" if found == 1 else f"{found} gaps are open"


def _imports(_now: datetime) -> str:
    session = db.session()
    count = import_runs.run_waiting(
        session,
        steps_for=lambda keep: WritingSteps(session, keep=keep),
        max_bytes=_settings().max_upload_bytes,
    )
    return f"{_counted(count, 'file')} taken up" if count else ""


def _counted(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else f'{one}s'}"


def _settings() -> Settings:
    return cast(Settings, current_app.config["SETTINGS"])


_RUNS: Final[Mapping[str, Callable[[datetime], str]]] = {
    "heartbeat": _beat,
    "imports": _imports,
    "digests": _digests,
    "password-links": _password_links,
    "overlaps": _sweep,
    "gaps": _gaps,
    "cleanup": _clean_up,
}
JOBS: Final[Mapping[str, Job]] = {
    name: Job(hours.about, _RUNS[name], hours.every, hours.at) for name, hours in SCHEDULE.items()
}


def run_job(name: str, *, now: datetime | None = None) -> str:
    """Run a job now, whatever the clock says; gives what it did, "" for nothing. Needs the application's context."""
    return JOBS[name].run(now or utcnow())


def tick(name: str, *, now: datetime | None = None) -> str:
    """Run a job if it is due: one with an hour once a day, on one host only. Needs the application's context."""
    job, now = JOBS[name], now or utcnow()
    if job.at is None:
        return job.run(now)
    period = due_day(job.at, now)
    with writing_transaction() as session:
        if not job_runs.claim_run(session, name, period, now=now):
            return ""
    try:
        result = job.run(now)
    except BaseException:
        with writing_transaction() as session:
            job_runs.release_run(session, name, period, now=now)
        raise
    with writing_transaction() as session:
        job_runs.finish_run(session, name, period, result)
    return result


def due_day(at: time, now: datetime) -> str:
    """The day whose run is the last one due at `now`: today, or yesterday before the hour has come."""
    today = now.astimezone(UTC)
    passed = today.timetz().replace(tzinfo=None) >= at
    return (today.date() if passed else today.date() - timedelta(days=1)).isoformat()


def run_forever(app: Flask) -> None:
    """Tick until SIGTERM or SIGINT; the first heartbeat is in the database before anything else runs."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    ticker = Ticker(app)
    ticker.start()
    while not stop.wait(3600):
        pass
    ticker.stop()
    _end_children()
    # A job may be in the middle of something long: its transaction is undone, and the next start does it again.
    logging.shutdown()
    os._exit(0)


class Ticker:
    """APScheduler as a mere clock: each job of the table in turn, and no error ends it."""

    def __init__(self, app: Flask, jobs: Mapping[str, Job] = JOBS) -> None:
        self._app = app
        self._jobs = jobs
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(jobs))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Beat once, then let every job run at once and by its interval from then on."""
        self._safely("heartbeat")
        now = utcnow()
        for name, job in self._jobs.items():
            self._scheduler.add_job(
                self._safely, IntervalTrigger(seconds=int(job.every.total_seconds()), timezone=UTC),
                args=(name,), id=name, next_run_time=now,
            )  # fmt: skip
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing more, and give what runs a moment to end."""
        ending = threading.Thread(target=self._scheduler.shutdown, daemon=True)
        ending.start()
        ending.join(GRACE_SECONDS)

    def _safely(self, name: str) -> None:
        """One tick; whatever goes wrong becomes one line of the log."""
        try:
            with self._app.app_context():
                result = tick(name)
        except Exception as error:
            LOG.error("%s: %s: %s", name, type(error).__name__, _first_line(error))
        else:
            if result:
                LOG.info("%s: %s", name, result)


def _end_children() -> None:
    """Processes that a job started for its work must not outlive us."""
    for child in multiprocessing.active_children():
        child.kill()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")
