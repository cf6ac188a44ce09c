"""An import taken back: what nobody touched since goes, all else stays with its reason, and a file brings it again."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden
from tacoord.models import (
    AuditEntry,
    Fate,
    ImportedRecord,
    ImportJob,
    ImportState,
    Overlap,
    Project,
    ProjectState,
    Role,
    User,
    Verdict,
    Visibility,
    utcnow,
)
from tacoord.policy import OPERATOR
from tacoord.services.exchange.import_runs import run_waiting
from tacoord.services.exchange.imports import submit
from tacoord.services.exchange.undoing import (
    UNDOABLE,
    ask_for_undoing,
    forget_old,
    may_be_undone,
    records_of,
)
from tacoord.services.history import list_changes
from tacoord.services.overlaps.overlaps import decide, flag_overlaps
from tacoord.services.projects.drafts import Participant
from tacoord.services.projects.projects import confirm, draft_of, update_project, withdraw
from tacoord.services.visibility import viewer_of
from tests.factories import draft, make_organisation, make_project, make_user
from tests.services.exchanging import steps_on
from tests.services.pairs import TEXT, TITLE, a_draft, a_project


@pytest.fixture
def reporter(session: Session) -> User:
    """Somebody who may import for one organisation."""
    return make_user(session, Role.REPORTER)


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def record(number: int, title: str = "", **values: Any) -> dict[str, Any]:
    said = {"iati_identifier": f"ZZ-9-{number}", "title": {"en": title or f"Number {number}"}}
    return {**said, "countries": ["KH"], **values}


def imported(session: Session, user: User, *records: dict[str, Any]) -> ImportJob:
    """An import of these records that has ended."""
    job = submit(session, lines(*records), name="a.jsonl", organisation=user.organisation, by=user,
        dry_run=False, max_bytes=1 << 20)  # fmt: skip
    work(session)
    return job


def work(session: Session, **values: Any) -> None:
    run_waiting(
        session,
        steps_for=lambda keep: steps_on(session, keep=keep),
        max_bytes=1 << 20,
        **values,
    )


def take_back(session: Session, job: ImportJob, user: User) -> dict[str, Fate]:
    """Take the import back; the fate of each record by its title."""
    foretold = fates(session, job, user)
    ask_for_undoing(session, job, by=user)
    work(session)
    session.expire_all()
    assert job.state is ImportState.UNDONE
    assert list(fates(session, job, user).values()) == list(foretold.values())
    return foretold


def fates(session: Session, job: ImportJob, user: User) -> dict[str, Fate]:
    found = records_of(session, job, viewer_of(session, user), by=user)
    return {each.title: each.fate for each in found}


def projects(session: Session) -> list[Project]:
    return list(session.scalars(select(Project).order_by(Project.id)))


def test_what_it_registered_is_withdrawn_and_what_it_changed_says_what_it_said_before(
    session: Session, reporter: User
) -> None:
    full = draft(iati_identifier="ZZ-9-1", titles={"en": "Before", "fr": "Avant"})
    old = make_project(session, organisation=reporter.organisation, by=reporter, **values_of(full))
    before = draft_of(old)
    job = imported(session, reporter, record(1, "After"), record(2))
    assert (old.title, old.codes("measure")) == ("After", [])
    assert take_back(session, job, reporter) == {
        "After": Fate.PUT_BACK,
        "Number 2": Fate.WITHDRAWN,
    }
    assert draft_of(old) == before
    assert old.state is ProjectState.PUBLISHED
    new = projects(session)[1]
    assert new.state is ProjectState.WITHDRAWN
    assert [change.action for change in list_changes(session, old)][:2] == ["project.changed"] * 2
    assert list_changes(session, new)[0].action == "project.withdrawn"
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "import.undone"))
    assert (entry.by_id, entry.subject, entry.subject_id) == (reporter.id, "import", job.id)


def values_of(said: Any) -> dict[str, Any]:
    return {name: getattr(said, name) for name in said.__dataclass_fields__}


def changed(session: Session, project: Project, user: User) -> None:
    update_project(session, project, draft(titles={"en": "By hand"}), by=user)


def withdrawn(session: Session, project: Project, user: User) -> None:
    withdraw(session, project, by=user)


def confirmed(session: Session, project: Project, user: User) -> None:
    confirm(session, project, by=user)


@pytest.mark.parametrize(
    ("touch", "fate"),
    [(changed, Fate.CHANGED), (withdrawn, Fate.CHANGED), (confirmed, Fate.CONFIRMED)],
)
def test_what_somebody_worked_on_since_stays(
    session: Session,
    reporter: User,
    touch: Callable[[Session, Project, User], None],
    fate: Fate,
) -> None:
    make_project(session, organisation=reporter.organisation, by=reporter, iati_identifier="ZZ-9-1")
    job = imported(session, reporter, record(1), record(2))
    for project in projects(session):
        touch(session, project, reporter)
    stood = [(each.title, each.state) for each in projects(session)]
    assert set(take_back(session, job, reporter).values()) == {fate}
    assert [(each.title, each.state) for each in projects(session)] == stood


def test_what_somebody_judged_a_pair_of_stays(session: Session, reporter: User) -> None:
    flag_overlaps(session, a_project(session, make_organisation(session), a_draft()))
    job = imported(session, reporter, twin(), record(2, countries=["PE"]))
    (pair,) = session.scalars(select(Overlap))
    decide(session, pair.public_id, Verdict.SAME_ACTIVITY, by=make_user(session, Role.REVIEWER))
    assert take_back(session, job, reporter) == {
        TITLE: Fate.JUDGED,
        "Number 2": Fate.WITHDRAWN,
    }


def twin() -> dict[str, Any]:
    return record(1, TITLE, description={"en": TEXT}, start="2024-03-01", end="2029-02-28",
        pillars=["PROT"], budget=[{"amount": 1250000, "currency": "USD"}])  # fmt: skip


@pytest.mark.parametrize(
    ("visibility", "fate"),
    [(Visibility.PUBLIC, Fate.NAMED), (Visibility.ORGANISATION, Fate.WITHDRAWN)],
)
def test_what_another_record_names_stays_unless_that_one_is_hidden(
    session: Session, reporter: User, visibility: Visibility, fate: Fate
) -> None:
    job = imported(session, reporter, record(1))
    named = (Participant("Alder Fund", "1", activity_id="ZZ-9-1"),)
    make_project(session, participants=named, visibility=visibility)
    assert take_back(session, job, reporter) == {"Number 1": fate}


def test_a_record_in_the_file_twice_goes_back_to_before_the_file(
    session: Session, reporter: User
) -> None:
    make_project(session, organisation=reporter.organisation, by=reporter,
        iati_identifier="ZZ-9-1", titles={"en": "Before"})  # fmt: skip
    job = imported(
        session, reporter, record(1, "Once"), record(1, "Twice"), record(2), record(2, "x")
    )
    take_back(session, job, reporter)
    assert [(each.title, each.state.value) for each in projects(session)] == [
        ("Before", "published"),
        ("x", "withdrawn"),
    ]


def test_two_imports_are_taken_back_one_after_the_other(session: Session, reporter: User) -> None:
    first = imported(session, reporter, record(1, "One"))
    second = imported(session, reporter, record(1, "Two"))
    assert fates(session, first, reporter) == {"Two": Fate.CHANGED}
    assert take_back(session, second, reporter) == {"Two": Fate.PUT_BACK}
    assert take_back(session, first, reporter) == {"One": Fate.WITHDRAWN}


def test_a_file_brings_back_what_was_taken_back_and_not_what_was_withdrawn_by_hand(
    session: Session, reporter: User
) -> None:
    job = imported(session, reporter, record(1), record(2), record(3))
    by_hand = projects(session)[0]
    withdraw(session, by_hand, by=reporter)
    take_back(session, job, reporter)
    again = imported(session, reporter, record(1), record(2), record(3, "Corrected"))
    assert again.counts == {"registered": 2, "updated": 0, "unchanged": 1, "refused": 0}
    assert [(each.title, each.state.value) for each in projects(session)] == [
        ("Number 1", "withdrawn"),
        ("Number 2", "published"),
        ("Corrected", "published"),
    ]
    assert set(take_back(session, again, reporter).values()) == {Fate.WITHDRAWN}


def test_only_who_imported_and_may_still_report_takes_it_back(
    session: Session, reporter: User
) -> None:
    job = imported(session, reporter, record(1))
    colleague = make_user(session, Role.REPORTER, organisation=reporter.organisation)
    coordinator = make_user(session, Role.COORDINATOR)
    assert may_be_undone(session, job, by=reporter)
    assert may_be_undone(session, job, by=OPERATOR)
    reporter.grants.clear()
    for by in (colleague, coordinator, reporter):
        assert not may_be_undone(session, job, by=by)
        with pytest.raises(Forbidden):
            ask_for_undoing(session, job, by=by)


def test_an_import_is_taken_back_once_and_not_after_a_month(
    session: Session, reporter: User
) -> None:
    job = imported(session, reporter, record(1))
    old = imported(session, reporter, record(1, "Changed"))
    old.finished_at = utcnow() - UNDOABLE - timedelta(days=1)
    forget_old(session)
    session.expire_all()
    (kept,) = session.scalars(select(ImportedRecord).where(ImportedRecord.import_id == old.id))
    assert kept.before is None
    take_back(session, job, reporter)
    for each in (job, old):
        assert not may_be_undone(session, each, by=reporter)
        with pytest.raises(Conflict):
            ask_for_undoing(session, each, by=reporter)


def test_a_process_that_died_in_the_middle_is_followed_by_another(
    session: Session, reporter: User
) -> None:
    job = imported(session, reporter, record(1), record(2))
    ask_for_undoing(session, job, by=reporter)
    withdraw(session, projects(session)[0], by=reporter)
    session.get_one(ImportedRecord, (job.id, projects(session)[0].id)).fate = Fate.WITHDRAWN
    job.heartbeat_at = utcnow()
    work(session)
    assert job.state is ImportState.UNDOING, "its process may still be alive"
    work(session, now=utcnow() + timedelta(minutes=5))
    assert job.state is ImportState.UNDONE
    assert {each.state for each in projects(session)} == {ProjectState.WITHDRAWN}
