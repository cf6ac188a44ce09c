"""The one clause, row by row: whose eyes a record of each visibility and state is open to."""

import pytest
from sqlalchemy import select

from tacoord.models import Member, Overlap, Project, ProjectState, Role, Visibility
from tacoord.models.overlap import Kind
from tacoord.policy import OPERATOR
from tacoord.services.visibility import (
    PUBLIC,
    REGISTERED,
    counted_projects,
    overlap_clause,
    project_clause,
    viewer_of,
)
from tests.factories import make_group, make_organisation, make_project, make_user

ALL = {"anybody", "stranger", "member", "seat", "owner", "coordinator"}
SEES = {
    (Visibility.PUBLIC, ProjectState.PUBLISHED): ALL,
    (Visibility.REGISTERED, ProjectState.PUBLISHED): ALL - {"anybody"},
    (Visibility.GROUP, ProjectState.PUBLISHED): {"member", "seat", "owner", "coordinator"},
    (Visibility.ORGANISATION, ProjectState.PUBLISHED): {"owner", "coordinator"},
    **{(v, ProjectState.DRAFT): {"owner", "coordinator"} for v in Visibility},
    **{(v, ProjectState.WITHDRAWN): {"owner", "coordinator"} for v in Visibility},
}


@pytest.fixture
def cast(session):
    """Somebody of each kind, seen from a record of `owner`'s organisation that group G may see."""
    group = make_group(session, "G")
    owner, stranger, member = (make_user(session, Role.REPORTER) for _ in range(3))
    seat = make_user(session, Role.VIEWER)
    session.add(Member(group_id=group.id, organisation_id=member.organisation_id))
    session.add(Member(group_id=group.id, organisation_id=seat.organisation_id, user_id=seat.id))
    session.flush()
    people = {"owner": owner, "stranger": stranger, "member": member, "seat": seat}
    people["coordinator"] = make_user(session, Role.COORDINATOR)
    viewers = {name: viewer_of(session, user) for name, user in people.items()}
    return owner.organisation, {**viewers, "anybody": PUBLIC}


def make_record(session, organisation, visibility, state):
    groups = frozenset({"G"}) if visibility is Visibility.GROUP else frozenset()
    project = make_project(session, organisation=organisation, visibility=visibility, groups=groups)
    project.state = state
    session.flush()
    return project


@pytest.mark.parametrize(("visibility", "state"), SEES)
def test_a_record_is_open_to_whom_the_table_says(session, cast, visibility, state):
    organisation, viewers = cast
    project = make_record(session, organisation, visibility, state)
    seen = {
        name
        for name, viewer in viewers.items()
        if session.scalar(
            select(Project.id).where(Project.id == project.id, project_clause(viewer))
        )
    }
    assert seen == SEES[visibility, state]


@pytest.mark.parametrize("state", [ProjectState.DRAFT, ProjectState.WITHDRAWN])
def test_what_is_not_published_is_counted_for_nobody(session, cast, state):
    organisation, viewers = cast
    project = make_record(session, organisation, Visibility.PUBLIC, state)
    for viewer in viewers.values():
        counted = select(Project.id).where(Project.id == project.id, counted_projects(viewer))
        assert session.scalar(counted) is None


def test_an_overlap_is_open_only_to_who_may_see_both_sides(session, cast):
    organisation, viewers = cast
    ours = make_record(session, organisation, Visibility.ORGANISATION, ProjectState.PUBLISHED)
    theirs = make_project(session, visibility=Visibility.PUBLIC)
    first, second = sorted((ours, theirs), key=lambda project: project.id)
    overlap = Overlap(
        first=first, second=second, kind=Kind.SAME_ACTIVITY, score=0.9, model_version="1"
    )
    session.add(overlap)
    session.flush()
    seen = {
        name
        for name, viewer in viewers.items()
        if session.scalar(
            select(Overlap.id).where(Overlap.id == overlap.id, overlap_clause(viewer))
        )
    }
    assert seen == {"owner", "coordinator"}


def test_a_country_implies_no_sight(session):
    government = make_user(
        session, Role.FOCAL_POINT, organisation=make_organisation(session, country="KH")
    )
    make_project(session, visibility=Visibility.ORGANISATION)
    clause = project_clause(viewer_of(session, government))
    assert session.scalars(select(Project).where(clause)).all() == []


def test_leaving_a_group_ends_its_sight(session, cast):
    organisation, _ = cast
    project = make_record(session, organisation, Visibility.GROUP, ProjectState.PUBLISHED)
    user = make_user(session)
    seat = Member(
        group_id=project.group_links[0].group_id,
        organisation_id=user.organisation_id,
        user_id=user.id,
    )
    session.add(seat)
    session.flush()
    query = select(Project.id).where(Project.id == project.id)
    assert session.scalar(query.where(project_clause(viewer_of(session, user)))) == project.id
    session.delete(seat)
    session.flush()
    assert session.scalar(query.where(project_clause(viewer_of(session, user)))) is None


def test_the_operator_sees_everything_and_registered_people_what_is_registered(session):
    hidden = make_project(session, visibility=Visibility.ORGANISATION)
    plain = make_project(session, visibility=Visibility.REGISTERED)
    everything = session.scalars(
        select(Project).where(project_clause(viewer_of(session, OPERATOR)))
    )
    assert set(everything) >= {hidden, plain}
    assert session.scalars(select(Project).where(project_clause(REGISTERED))).all() == [plain]
