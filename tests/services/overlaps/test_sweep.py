"""The sweep: the same flags as one by one, brought up to date, bounded on hostile shapes."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tacoord.demo.people import add_organisations
from tacoord.demo.plants import plant
from tacoord.models import (
    Change,
    Kind,
    Overlap,
    PreparedProject,
    Project,
    ProjectKey,
    ProjectState,
    Role,
    Verdict,
    Visibility,
    utcnow,
)
from tacoord.policy import OPERATOR
from tacoord.services.overlaps.overlaps import MOST_FLAGS, decide, flag_all, flag_overlaps
from tacoord.services.overlaps.sweep import changed_projects, sweep
from tacoord.services.projects.projects import update_project, withdraw
from tests.factories import make_organisation, make_user
from tests.services.pairs import a_draft, a_project

TOWNS = ("Kigali", "Lagos", "Chisinau", "Vientiane", "Tbilisi", "Medan")


@pytest.fixture
def projects(session: Session) -> list[Project]:
    """Look-alikes of two organisations in each of some towns, and one project like no other."""
    owners = [make_organisation(session, name) for name in ("Alder Fund", "Birch Society")]
    made = []
    for number, town in enumerate(TOWNS):
        said = a_draft(
            title=f"Shelter for boys who were made to beg in {town}",
            text=f"A house with thirty beds in {town}, lessons in the morning, and a search for families.",
            amount=(number + 3) * 140_000_00,
            starts=date(2024, 1 + number, 9),
        )
        made.append(a_project(session, owners[0], said))
        later = replace(
            said, actual_start=said.actual_start and said.actual_start + timedelta(number * 9)
        )
        made.append(a_project(session, owners[1], later))
    alone = a_draft(title="Survey of recruitment fees", text="", country="KE", amount=9_000_00)
    made.append(a_project(session, owners[0], alone))
    return made


def flagged(session: Session) -> dict[tuple[int, int], tuple[str, float]]:
    rows = session.scalars(
        select(Overlap).where(Overlap.stale.is_(False)).execution_options(populate_existing=True)
    )
    return {(row.first_id, row.second_id): (row.kind.value, row.score) for row in rows}


def kinds(session: Session) -> dict[tuple[int, int], str]:
    return {ends: kind for ends, (kind, _) in flagged(session).items()}


def forget_flags(session: Session) -> None:
    """As if nothing had ever been compared."""
    for table in (Change, Overlap, ProjectKey, PreparedProject):
        session.execute(delete(table))
    session.execute(update(Project).values(compared_at=None, key_version=None))
    session.expire_all()


def versions(session: Session) -> dict[int, int]:
    rows = session.execute(select(Overlap.id, Overlap.version))
    return dict(iter(rows))


def one_by_one(session: Session, order: list[int]) -> dict[tuple[int, int], str]:
    """The flags where projects come in some order, and a sweep of what changed follows."""
    forget_flags(session)
    for project_id in order:
        flag_overlaps(session, session.get_one(Project, project_id))
    sweep(session, only_changed=True)
    return kinds(session)


def test_a_sweep_flags_what_flagging_one_by_one_does(
    session: Session, projects: list[Project]
) -> None:
    order = [project.id for project in projects]
    found = one_by_one(session, order)
    assert one_by_one(session, order[::-1]) == found
    forget_flags(session)
    counts = sweep(session)
    assert kinds(session) == found
    assert set(found) >= {
        (projects[at].id, projects[at + 1].id) for at in range(0, len(TOWNS) * 2, 2)
    }
    assert counts == Counter(kind for kind, _ in flagged(session).values())


def test_the_demonstration_has_the_same_flags_however_it_was_compared(session: Session) -> None:
    by_code = add_organisations(session)
    for one in plant(today=date(2026, 3, 1)):
        a_project(session, by_code[one.reporter], one.draft)
    sweep(session)
    everything = kinds(session)
    assert {Kind.OVERLAPPING_EFFORT.value, Kind.PARENT_CHILD.value} <= set(everything.values())
    order = list(session.scalars(select(Project.id).where(Project.state == ProjectState.PUBLISHED)))
    Random(3).shuffle(order)
    assert one_by_one(session, order) == everything
    sweep(session)
    assert kinds(session) == everything


def test_many_in_one_go_are_told_the_same_as_one_by_one(session: Session) -> None:
    """Also where the circles of those who may see them differ, and with the same scores."""
    by_code = add_organisations(session)
    for one in plant(today=date(2026, 3, 1))[:60]:
        a_project(session, by_code[one.reporter], one.draft)
    chosen = select(Project).where(Project.state == ProjectState.PUBLISHED).order_by(Project.id)
    projects = list(session.scalars(chosen))
    for project in projects:
        flag_overlaps(session, project)
    for project in projects:
        flag_overlaps(session, project)
    singly = flagged(session)
    assert len(singly) > 20
    forget_flags(session)
    flag_all(session, list(session.scalars(chosen)))
    together = flagged(session)
    assert {ends: kind for ends, (kind, _) in together.items()} == {
        ends: kind for ends, (kind, _) in singly.items()
    }
    for ends, (_, score) in together.items():
        assert score == pytest.approx(singly[ends][1], abs=1e-6)


def test_an_index_of_another_version_of_the_keys_is_made_anew(
    session: Session, projects: list[Project]
) -> None:
    sweep(session)
    before = flagged(session)
    old = {projects[2].id, projects[3].id}
    long_ago = utcnow() - timedelta(days=9)
    session.execute(update(Project).values(updated_at=long_ago))
    session.execute(update(Project).where(Project.id.in_(old)).values(key_version=1))
    session.execute(update(ProjectKey).values(key=ProjectKey.key + 1))
    assert set(changed_projects(session) or ()) == old
    session.execute(update(Project).values(key_version=1))
    sweep(session)
    assert changed_projects(session) == []
    session.execute(delete(Overlap))
    flag_overlaps(session, projects[2])
    assert {ends for ends in before if projects[2].id in ends} <= set(flagged(session))


def test_a_second_sweep_changes_nothing(session: Session, projects: list[Project]) -> None:
    first = sweep(session)
    rows = versions(session)
    changes = session.scalar(select(func.count()).select_from(Change))
    assert sweep(session) == first
    assert versions(session) == rows
    assert session.scalar(select(func.count()).select_from(Change)) == changes


def test_a_sweep_fills_the_index_that_a_single_project_is_looked_up_in(
    session: Session, projects: list[Project]
) -> None:
    sweep(session)
    session.execute(delete(Change))
    session.execute(delete(Overlap))
    assert [one.second_id for one in flag_overlaps(session, projects[0])][:1] == [projects[1].id]


def test_a_sweep_retires_what_is_no_longer_alike_and_keeps_verdicts(
    session: Session, projects: list[Project]
) -> None:
    sweep(session)
    reviewer = make_user(session, Role.REVIEWER)
    rows = {(row.first_id, row.second_id): row for row in session.scalars(select(Overlap))}
    decided = rows[projects[0].id, projects[1].id]
    decide(session, decided.public_id, Verdict.UNRELATED, by=reviewer)
    other = a_draft(
        title="Survey of fees", text="", country="PE", amount=1_00, starts=date(2001, 1, 1)
    )
    update_project(session, projects[2], other, by=OPERATOR)
    withdraw(session, projects[4], by=OPERATOR)
    sweep(session)
    session.refresh(decided)
    assert (decided.verdict, decided.stale) == (Verdict.UNRELATED, False)
    for at in (2, 4):
        row = rows[projects[at].id, projects[at + 1].id]
        session.refresh(row)
        assert row.stale
    indexed = select(ProjectKey.key).where(ProjectKey.project_id == projects[4].id)
    assert not session.scalars(indexed).all()


def test_only_what_changed_is_compared_again(session: Session, projects: list[Project]) -> None:
    sweep(session)
    long_ago = utcnow() - timedelta(days=9)
    session.execute(update(Project).values(updated_at=long_ago))
    assert changed_projects(session) == []
    other = a_draft(
        title="Survey of fees", text="", country="PE", amount=1_00, starts=date(2001, 1, 1)
    )
    update_project(session, projects[0], other, by=OPERATOR)
    assert changed_projects(session) == [projects[0].id]
    sweep(session, only_changed=True)
    assert (projects[0].id, projects[1].id) not in flagged(session)


def test_restricted_projects_are_swept_too_and_crowd_out_nothing(
    session: Session, projects: list[Project]
) -> None:
    sweep(session)
    before = flagged(session)
    hidden_of = make_organisation(session, "Quiet Fund")
    said = a_draft(
        title=f"Shelter for boys who were made to beg in {TOWNS[0]}",
        text=f"A house with thirty beds in {TOWNS[0]}, lessons in the morning, and a search for families.",
        amount=3 * 140_000_00, starts=date(2024, 1, 9), visibility=Visibility.ORGANISATION,
    )  # fmt: skip
    hidden = [a_project(session, hidden_of, said) for _ in range(3)]
    sweep(session)
    after = flagged(session)
    assert {ends: after[ends] for ends in before} == before
    found = {end for ends in after.keys() - before.keys() for end in ends}
    assert {one.id for one in hidden} <= found


def test_three_hundred_projects_with_one_title_stay_within_bounds(session: Session) -> None:
    owners = [make_organisation(session) for _ in range(3)]
    for number in range(300):
        a_project(session, owners[number % 3], a_draft(title="Hotline", text=""))
    sweep(session)
    per_project = Counter(end for ends in flagged(session) for end in ends)
    assert len(flagged(session)) <= 300 * MOST_FLAGS
    assert max(per_project.values()) <= 4 * MOST_FLAGS
