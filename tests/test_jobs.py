"""The table of jobs, its claims, and a ticker that nothing ends."""

import threading
import time as clock
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from tacoord import jobs
from tacoord.extensions import db, writing_transaction
from tacoord.models import Base, Heartbeat, JobRun, KeptAnswer, Role
from tacoord.services.upkeep import job_runs
from tests.factories import make_project, make_user

NIGHT = datetime(2026, 3, 2, 3, 45, tzinfo=UTC)


def rows_of(session):
    """How many rows each table has, without what merely says that something ran."""
    quiet = {"job_runs", "heartbeats"}
    return {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
        if table.name not in quiet
    }


@pytest.mark.parametrize("name", jobs.JOBS)
def test_every_job_has_words_and_a_clock(name):
    job = jobs.JOBS[name]
    assert job.about
    assert job.every >= timedelta(seconds=1)
    assert job.at is None or job.at.tzinfo is None


@pytest.mark.parametrize("name", jobs.JOBS)
def test_a_second_run_of_a_job_does_no_more_than_the_first(app, store, name):
    make_project(store)
    make_project(store)
    store.commit()
    with app.app_context():
        jobs.run_job(name)
        db.session.remove()
        first = rows_of(db.session())
        db.session.remove()
        jobs.run_job(name)
        db.session.remove()
        assert rows_of(db.session()) == first


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-02T03:39", "2026-03-01"),
        ("2026-03-02T03:40", "2026-03-02"),
        ("2026-03-02T23:59", "2026-03-02"),
    ],
)
def test_the_run_of_a_night_belongs_to_the_day_of_its_hour(now, day):
    assert jobs.due_day(time(3, 40), datetime.fromisoformat(now).replace(tzinfo=UTC)) == day


def test_a_nightly_job_runs_once_a_day_and_again_the_next(app, monkeypatch):
    ran = []
    job = replace(jobs.JOBS["cleanup"], run=lambda now: ran.append(now) or "done")
    monkeypatch.setattr(jobs, "JOBS", {"cleanup": job})
    with app.app_context():
        assert jobs.tick("cleanup", now=NIGHT) == "done"
        assert jobs.tick("cleanup", now=NIGHT + timedelta(hours=12)) == ""
        assert jobs.tick("cleanup", now=NIGHT + timedelta(days=3)) == "done"
    assert len(ran) == 2


def test_of_many_processes_one_runs_the_night(app, monkeypatch):
    ran, barrier = [], threading.Barrier(4)

    def run(now):
        ran.append(now)
        clock.sleep(0.2)
        return "done"

    monkeypatch.setattr(jobs, "JOBS", {"cleanup": replace(jobs.JOBS["cleanup"], run=run)})

    def process():
        with app.app_context():
            barrier.wait()
            jobs.tick("cleanup", now=NIGHT)

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 1


def test_a_night_that_failed_is_tried_again(app, monkeypatch):
    results = iter([ValueError("broken"), None])

    def run(_now):
        if (error := next(results)) is not None:
            raise error
        return "done"

    monkeypatch.setattr(jobs, "JOBS", {"cleanup": replace(jobs.JOBS["cleanup"], run=run)})
    with app.app_context():
        with pytest.raises(ValueError, match="broken"):
            jobs.tick("cleanup", now=NIGHT)
        assert jobs.tick("cleanup", now=NIGHT + timedelta(minutes=1)) == ""
        assert jobs.tick("cleanup", now=NIGHT + timedelta(minutes=16)) == "done"


def test_a_night_whose_process_died_is_taken_up_after_a_while(app):
    with app.app_context():
        with writing_transaction() as session:
            assert job_runs.claim_run(session, "cleanup", "2026-03-02", now=NIGHT)
        assert jobs.tick("cleanup", now=NIGHT + timedelta(minutes=30)) == ""
        jobs.tick("cleanup", now=NIGHT + job_runs.LOST_AFTER + timedelta(minutes=1))
        assert db.session.scalars(select(JobRun)).one().finished_at is not None


def test_old_answers_are_deleted_and_new_ones_kept(app, store):
    user = make_user(store, Role.REPORTER)
    for number, age in enumerate((timedelta(hours=1), timedelta(days=2))):
        store.add(
            KeptAnswer(
                user_id=user.id, key=str(number), question_hash="", status=201, body="{}",
                created_at=NIGHT - age,
            )
        )  # fmt: skip
    store.commit()
    with app.app_context():
        assert jobs.run_job("cleanup", now=NIGHT) == "1 old row deleted"
    assert store.scalar(select(func.count()).select_from(KeptAnswer)) == 1


def test_the_ticker_beats_before_anything_else_and_survives_any_error(app, store, caplog):
    calls = []

    def broken(_now):
        calls.append(1)
        raise RuntimeError("the database went away\nand more")

    table = {
        "heartbeat": jobs.JOBS["heartbeat"],
        "broken": jobs.Job("Break", broken, timedelta(seconds=1)),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "JOBS", table)
        ticker = jobs.Ticker(app, table)
        ticker.start()
        try:
            assert store.get(Heartbeat, "jobs") is not None
            patience = clock.monotonic() + 10
            while len(calls) < 2 and clock.monotonic() < patience:
                clock.sleep(0.05)
        finally:
            began = clock.monotonic()
            ticker.stop()
    assert clock.monotonic() - began < 2
    assert len(calls) >= 2
    lines = [record.getMessage() for record in caplog.records if record.name == "tacoord.jobs"]
    assert lines[0] == "broken: RuntimeError: the database went away"
