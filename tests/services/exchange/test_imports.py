"""Files that wait to be imported: taken up once, and again after a crash; seen by their own organisation."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.models import (
    ImportJob,
    ImportState,
    Organisation,
    Project,
    Role,
    User,
    Visibility,
    utcnow,
)
from tacoord.services.exchange.import_runs import MOST_ATTEMPTS, run_waiting
from tacoord.services.exchange.imports import (
    count_look_alikes,
    get_import,
    import_checked,
    list_imports,
    may_be_imported,
    submit,
)
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.visibility import EVERYTHING, viewer_of
from tests.factories import make_organisation, make_user
from tests.services.exchanging import activity, file_of, steps_on
from tests.services.pairs import TEXT, TITLE, a_draft, a_project
from tests.support.databases import engine_for

ROOT = Path(__file__).resolve().parents[3]
CSV = b"title,countries\nOne,KH\nTwo,Atlantis\nThree,LA\n"


@pytest.fixture
def reporter(session: Session) -> User:
    """Somebody who may import for one organisation."""
    return make_user(session, Role.REPORTER)


def waiting(session: Session, user: User, data: bytes = CSV, *, dry_run: bool = False) -> ImportJob:
    return submit(
        session,
        data,
        name="projects.csv",
        organisation=user.organisation,
        by=user,
        dry_run=dry_run,
        max_bytes=1 << 20,
    )


def run(session: Session, **values: object) -> int:
    return run_waiting(
        session,
        steps_for=lambda keep: steps_on(session, keep=keep),
        max_bytes=1 << 20,
        **values,  # type: ignore[arg-type]
    )


def test_a_file_that_waits_is_imported_and_dropped(session: Session, reporter: User) -> None:
    job = waiting(session, reporter)
    assert (job.state, job.format) == (ImportState.WAITING, "csv")
    assert run(session) == 1
    assert job.state is ImportState.DONE
    assert job.counts == {
        "registered": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
    }
    assert count_look_alikes(session, job, EVERYTHING) == 0
    assert (job.payload, job.done) == (None, 3)
    (told,) = job.report
    assert (told["line"], told["reasons"][0]["field"]) == (3, "countries")
    assert run(session) == 0


def test_a_check_changes_nothing_and_its_file_can_be_imported(
    session: Session, reporter: User
) -> None:
    job = waiting(session, reporter, dry_run=True)
    run(session)
    assert job.counts["registered"] == 2
    assert session.scalar(select(func.count(Project.id))) == 0
    assert may_be_imported(job)
    earnest = import_checked(session, job, by=reporter)
    run(session)
    assert earnest.counts["registered"] == 2
    assert session.scalar(select(func.count(Project.id))) == 2
    with pytest.raises(Conflict):
        import_checked(session, job, by=reporter)


def test_a_checked_file_is_not_kept_for_ever(session: Session, reporter: User) -> None:
    job = waiting(session, reporter, dry_run=True)
    run(session)
    job.finished_at = utcnow() - timedelta(days=2)
    session.flush()
    waiting(session, reporter)
    session.refresh(job)
    assert job.payload is None
    assert not may_be_imported(job)


@pytest.mark.parametrize("data", [b"", b"\xd0\xcf\x11\xe0", b"x" * 2_000_000, b"\x00\x01\x02\x03"])
def test_what_cannot_be_imported_is_refused_at_once(
    session: Session, reporter: User, data: bytes
) -> None:
    with pytest.raises(Invalid) as caught:
        waiting(session, reporter, data)
    assert [each.field for each in caught.value.problems] == ["file"]


def test_a_file_of_which_nothing_can_be_read_fails_with_a_plain_line(
    session: Session, reporter: User
) -> None:
    job = waiting(session, reporter, b"colour,size\nblue,2\n")
    run(session)
    assert job.state is ImportState.FAILED
    assert "title" in job.error
    assert job.payload is None


def test_nobody_imports_for_others_or_sees_their_imports(session: Session, reporter: User) -> None:
    job = waiting(session, reporter)
    stranger = make_user(session, Role.REPORTER)
    with pytest.raises(Forbidden):
        submit(
            session,
            CSV,
            name="x",
            organisation=reporter.organisation,
            by=stranger,
            dry_run=False,
            max_bytes=1 << 20,
        )
    with pytest.raises(NotFound):
        get_import(session, job.public_id, viewer_of(session, stranger))
    assert list_imports(session, viewer_of(session, stranger)) == []
    own = viewer_of(session, reporter)
    assert get_import(session, job.public_id, own) is job
    assert list_imports(session, own) == [job]


def test_who_lost_the_right_meanwhile_imports_nothing(session: Session, reporter: User) -> None:
    job = waiting(session, reporter)
    reporter.grants.clear()
    session.flush()
    run(session)
    assert job.state is ImportState.FAILED
    assert session.scalar(select(func.count(Project.id))) == 0


def test_an_import_that_breaks_off_again_and_again_is_given_up(
    session: Session, reporter: User
) -> None:
    job = waiting(session, reporter)
    job.attempts = MOST_ATTEMPTS
    run(session)
    assert job.state is ImportState.FAILED


def test_a_killed_import_is_taken_up_again_and_adds_nothing_twice(database_url: str) -> None:
    data = file_of(activity(number) for number in range(60))
    engine = engine_for(database_url)
    try:
        with Session(engine) as session:
            organisation = make_organisation(
                session, "Reporting Bureau of Freedonia", ref="ZZ-REP-1"
            )
            user = make_user(session, Role.REPORTER, organisation=organisation)
            job_id = waiting(session, user, data).public_id
            session.commit()
        worker = [sys.executable, "-m", "tests.services.import_worker", database_url, "25"]
        died = subprocess.run(worker, cwd=ROOT, check=False, capture_output=True, timeout=60)
        assert died.returncode == -9, died.stderr
        with Session(engine) as session:
            left = session.scalar(select(func.count(Project.id)))
            assert left is not None
            assert 0 < left < 60
            assert run(session) == 0, "its process may still be alive"
            assert run(session, now=utcnow() + timedelta(minutes=5)) == 1
            job = session.scalars(select(ImportJob).where(ImportJob.public_id == job_id)).one()
            assert job.state is ImportState.DONE
            assert job.counts["registered"] + job.counts["unchanged"] == 60
            assert job.counts["unchanged"] == left
            assert session.scalar(select(func.count(Project.id))) == 60
            named = Organisation.name.like("Implementer %")
            assert session.scalar(select(func.count(Organisation.id)).where(named)) == 60
    finally:
        engine.dispose()


def test_look_alikes_of_an_import_are_counted_for_each_reader(
    session: Session, reporter: User
) -> None:
    for visibility in (Visibility.PUBLIC, Visibility.ORGANISATION):
        twin = a_project(session, make_organisation(session), a_draft(visibility=visibility))
        flag_overlaps(session, twin)
    line = json.dumps({"title": {"en": TITLE}, "description": {"en": TEXT}, "countries": ["KH"],
        "start": "2024-03-01", "end": "2029-02-28", "pillars": ["PROT"],
        "budget": [{"amount": 1250000, "currency": "USD"}]})  # fmt: skip
    job = waiting(session, reporter, f"{line}\n".encode())
    assert count_look_alikes(session, job, EVERYTHING) is None
    run(session)
    assert count_look_alikes(session, job, EVERYTHING) == 2
    assert count_look_alikes(session, job, viewer_of(session, reporter)) == 1
    assert "overlaps" not in job.counts, "a number that is kept would tell of hidden ones"
