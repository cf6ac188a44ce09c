"""Roles on one project: who gives them, what they open and let do, and that they end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.models import (
    AuditEntry,
    Change,
    Mask,
    Project,
    ProjectRole,
    ProjectState,
    Role,
    User,
    Visibility,
    utcnow,
)
from tacoord.policy import OPERATOR
from tacoord.services.organisations.organisations import get_organisation
from tacoord.services.projects import sharing
from tacoord.services.projects.content import draft_for, whole_draft_of
from tacoord.services.projects.projects import (
    confirm,
    find_project,
    publish,
    restore,
    update_project,
    withdraw,
)
from tacoord.services.projects.query import ProjectQuery, list_projects
from tacoord.services.projects.sharing import RoleDraft, give_role, take_role
from tacoord.services.visibility import counted_projects, project_clause, viewer_of, whole_clause
from tests.factories import draft, make_group, make_project, make_user

TODAY = timedelta(0)
YESTERDAY = timedelta(days=-1)


@pytest.fixture
def owner(session: Session) -> User:
    """The administrator of the organisation that reports the projects here."""
    return make_user(session, Role.ORG_ADMIN)


@pytest.fixture
def stranger(session: Session) -> User:
    """Somebody of another organisation, who may do nothing at all so far."""
    return make_user(session)


@pytest.fixture
def hidden(session: Session, owner: User) -> Project:
    """A record that its own organisation alone may see, and of which it withholds everything it can."""
    return make_project(
        session,
        organisation=owner.organisation,
        visibility=Visibility.ORGANISATION,
        masks=frozenset(Mask),
        iati_identifier="XX-LENT-1",
    )


def lend(
    session: Session, project: Project, user: User, role: Role, *, by: User, ends: timedelta | None
) -> ProjectRole:
    until = None if ends is None else utcnow().date() + max(ends, TODAY)
    given = give_role(session, project, RoleDraft(user.email, role, until), by=by)
    if ends is not None and ends < TODAY:
        given.until = utcnow().date() + ends
        session.flush()
    return given


def knows(session: Session, user: User, project: Project) -> bool:
    return find_project(session, project.public_id, viewer_of(session, user)) is not None


@pytest.mark.parametrize("role", policy.PROJECT_ROLES)
@pytest.mark.parametrize("ends", [None, TODAY, timedelta(days=3)])
@pytest.mark.parametrize("state", [ProjectState.DRAFT, ProjectState.PUBLISHED])
def test_a_role_opens_the_one_project_and_no_other(session, owner, stranger, role, ends, state):
    said = {"organisation": owner.organisation, "visibility": Visibility.ORGANISATION}
    lent, other = (make_project(session, state=state, **said) for _ in range(2))
    assert not knows(session, stranger, lent)
    lend(session, lent, stranger, role, by=owner, ends=ends)
    assert knows(session, stranger, lent)
    assert not knows(session, stranger, other)
    assert not knows(session, make_user(session, organisation=stranger.organisation), lent)
    assert get_organisation(session, owner.organisation.code, viewer_of(session, stranger))


def test_a_role_that_has_ended_or_is_taken_back_leaves_nothing(session, owner, stranger, hidden):
    before = viewer_of(session, stranger)
    given = lend(session, hidden, stranger, Role.REPORTER, by=owner, ends=YESTERDAY)
    assert viewer_of(session, stranger) == before
    assert sharing.roles_held_by(session, stranger) == []
    assert sharing.list_roles(session, hidden, by=owner) == []
    assert not policy.may(stranger, "project.edit", hidden)
    given = lend(session, hidden, stranger, Role.REPORTER, by=owner, ends=None)
    assert policy.may(stranger, "project.edit", hidden)
    assert sharing.roles_held_by(session, stranger) == [given]
    take_role(session, hidden, given.public_id, by=owner)
    assert viewer_of(session, stranger) == before
    assert not policy.may(stranger, "project.edit", hidden)
    with pytest.raises(NotFound):
        take_role(session, hidden, given.public_id, by=owner)


def test_a_role_rests_while_the_record_is_withdrawn(session, owner, stranger, hidden):
    lend(session, hidden, stranger, Role.REPORTER, by=owner, ends=None)
    withdraw(session, hidden, by=owner)
    assert not knows(session, stranger, hidden)
    assert not policy.may(stranger, "project.edit")
    assert sharing.roles_held_by(session, stranger) == []
    with pytest.raises(Conflict):
        lend(session, hidden, make_user(session), Role.VIEWER, by=owner, ends=None)
    restore(session, hidden, by=owner)
    assert knows(session, stranger, hidden)


def test_a_reporter_reads_what_is_withheld_and_a_viewer_does_not(session, owner, stranger, hidden):
    whole = whole_draft_of(hidden)
    for role, reads in ((Role.VIEWER, False), (Role.REPORTER, True)):
        lend(session, hidden, stranger, role, by=owner, ends=None)
        viewer = viewer_of(session, stranger)
        assert (draft_for(hidden, viewer) == whole) == reads
        found = session.scalar(select(Project.id).where(whole_clause(viewer)))
        assert (found == hidden.id) == reads
    assert len(sharing.list_roles(session, hidden, by=owner)) == 1


def test_who_sees_it_by_a_role_finds_it_in_lists_and_others_do_not(
    session, owner, stranger, hidden
):
    lend(session, hidden, stranger, Role.VIEWER, by=owner, ends=None)
    for user, found in ((stranger, [hidden]), (make_user(session), [])):
        page = list_projects(session, viewer_of(session, user), ProjectQuery(today=utcnow().date()))
        assert list(page.rows) == found
    mine = ProjectQuery(today=utcnow().date(), mine=True)
    assert list(list_projects(session, viewer_of(session, stranger), mine).rows) == []


def test_a_role_changes_nothing_for_anybody_else(session, owner, stranger, hidden):
    others = [make_user(session, role) for role in Role] + [OPERATOR]
    others.append(make_user(session, organisation=stranger.organisation))

    def seen() -> list[object]:
        return [
            (
                viewer_of(session, each),
                session.scalars(
                    select(Project.id).where(project_clause(viewer_of(session, each)))
                ).all(),
                session.scalars(
                    select(Project.id).where(counted_projects(viewer_of(session, each)))
                ).all(),
            )
            for each in others
        ]

    before, version, updated = seen(), hidden.version, hidden.updated_at
    changes = session.scalars(select(Change.id)).all()
    given = lend(session, hidden, stranger, Role.REPORTER, by=owner, ends=None)
    assert seen() == before
    take_role(session, hidden, given.public_id, by=owner)
    assert seen() == before
    assert (hidden.version, hidden.updated_at) == (version, updated)
    assert session.scalars(select(Change.id)).all() == changes  # what histories and news tell


def test_only_the_administrator_of_its_organisation_gives_and_takes_roles(session, owner, stranger):
    project = make_project(session, organisation=owner.organisation)
    given = lend(session, project, stranger, Role.REPORTER, by=owner, ends=None)
    others = [make_user(session, role) for role in Role]
    others += [make_user(session, Role.REPORTER, organisation=owner.organisation), stranger]
    for by in others:
        with pytest.raises(Forbidden):
            give_role(session, project, RoleDraft("who@example.org", Role.VIEWER), by=by)
        with pytest.raises(Forbidden):
            take_role(session, project, given.public_id, by=by)
        with pytest.raises(Forbidden):
            sharing.list_roles(session, project, by=by)


def test_giving_again_changes_the_role_and_its_end(session, owner, stranger, hidden):
    lend(session, hidden, stranger, Role.REPORTER, by=owner, ends=TODAY)
    lend(session, hidden, stranger, Role.VIEWER, by=owner, ends=None)
    (held,) = sharing.roles_held_by(session, stranger)
    assert (held.role, held.until) == (Role.VIEWER, None)
    assert not policy.may(stranger, "project.edit", hidden)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (RoleDraft("no address", Role.VIEWER), "email"),
        (RoleDraft("who@example.org", Role.ORG_ADMIN), "role"),
        (RoleDraft("who@example.org", Role.COORDINATOR), "role"),
        (RoleDraft("who@example.org", Role.VIEWER, utcnow().date() - timedelta(days=9)), "until"),
    ],
)
def test_what_is_no_role_on_a_project_is_refused(session, owner, hidden, said, field):
    with pytest.raises(Invalid) as refused:
        give_role(session, hidden, said, by=owner)
    assert [each.field for each in refused.value.problems] == [field]


def test_nobody_gives_a_role_to_themselves(session, owner, hidden):
    with pytest.raises(Invalid):
        give_role(session, hidden, RoleDraft(owner.email.upper(), Role.REPORTER), by=owner)


def test_there_is_an_end_to_how_many_roles_one_project_has(session, owner, hidden, monkeypatch):
    monkeypatch.setattr(sharing, "MOST_ROLES", 1)
    give_role(session, hidden, RoleDraft("one@example.org", Role.VIEWER), by=owner)
    give_role(session, hidden, RoleDraft("one@example.org", Role.REPORTER), by=owner)
    with pytest.raises(Invalid):
        give_role(session, hidden, RoleDraft("two@example.org", Role.VIEWER), by=owner)


def test_an_account_that_is_made_later_takes_up_no_role(session, owner, hidden):
    said = RoleDraft("later@example.org", Role.REPORTER)
    given = give_role(session, hidden, said, by=owner)
    assert given.user is None
    late = make_user(session, email="later@example.org")
    assert not knows(session, late, hidden)
    assert not policy.may(late, "project.edit")
    give_role(session, hidden, said, by=owner)
    assert knows(session, late, hidden)


def test_giving_and_taking_back_stand_in_the_trail_without_an_address(session, owner, hidden):
    somebody = make_user(session)
    for email in (somebody.email, "nobody@example.org"):
        given = give_role(session, hidden, RoleDraft(email, Role.VIEWER), by=owner)
        take_role(session, hidden, given.public_id, by=owner)
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == "project", AuditEntry.subject_id == hidden.id)
        .order_by(AuditEntry.n)
    ).all()
    told = [(each.action, each.by_id, each.details["person"]) for each in entries[-4:]]
    assert told == [
        (action, owner.id, person)
        for person in (somebody.public_id, "")
        for action in ("project.shared", "project.unshared")
    ]
    assert "@" not in str([each.details for each in entries])


def test_a_reporter_of_one_project_changes_it_and_loses_nothing(session, owner, stranger, hidden):
    lend(session, hidden, stranger, Role.REPORTER, by=owner, ends=None)
    confirmed, before = hidden.confirmed_at, whole_draft_of(hidden)
    said = replace(before, titles={"en": "Shelter, said anew"})
    assert update_project(session, hidden, said, by=stranger, version=hidden.version)
    after = whole_draft_of(hidden)
    assert after.titles == {"en": "Shelter, said anew"}
    assert (after.countries, after.participants) == (before.countries, before.participants)
    assert after.masks == before.masks
    assert hidden.confirmed_at == confirmed  # whether it is true is still the organisation's word


@pytest.mark.parametrize(
    "change",
    [
        {"visibility": Visibility.PUBLIC},
        {"visibility": Visibility.GROUP, "groups": frozenset({"G"})},
        {"masks": frozenset()},
        {"contact_shown": True},
        {"iati_identifier": "XX-LENT-2"},
    ],
    ids=str,
)
@pytest.mark.parametrize("state", [ProjectState.DRAFT, ProjectState.PUBLISHED])
def test_what_the_organisation_alone_decides_stays_its_own(session, owner, stranger, change, state):
    make_group(session, "G")
    project = make_project(
        session,
        organisation=owner.organisation,
        state=state,
        visibility=Visibility.ORGANISATION,
        masks=frozenset({Mask.PLACES}),
    )
    lend(session, project, stranger, Role.REPORTER, by=owner, ends=None)
    said = replace(whole_draft_of(project), **change)
    with pytest.raises(Forbidden):
        update_project(session, project, said, by=stranger)
    assert update_project(session, project, said, by=owner)


def test_a_reporter_of_one_project_cannot_feel_for_others_of_the_organisation(session, owner):
    """Whether an identifier is taken would tell of a record that is hidden."""
    stranger, said = make_user(session), {"organisation": owner.organisation}
    make_project(session, iati_identifier="XX-9", visibility=Visibility.ORGANISATION, **said)
    lent = make_project(session, **said)
    lend(session, lent, stranger, Role.REPORTER, by=owner, ends=None)
    for identifier in ("XX-9", "XX-10"):
        with pytest.raises(Forbidden):
            update_project(
                session,
                lent,
                replace(whole_draft_of(lent), iati_identifier=identifier),
                by=stranger,
            )


def test_a_role_lets_nobody_register_withdraw_or_confirm(session, owner, stranger, hidden):
    plan = make_project(session, organisation=owner.organisation, state=ProjectState.DRAFT)
    for project in (hidden, plan):
        lend(session, project, stranger, Role.REPORTER, by=owner, ends=None)
    for act, project in ((publish, plan), (withdraw, hidden), (confirm, hidden)):
        with pytest.raises(Forbidden):
            act(session, project, by=stranger)
    lend(session, hidden, stranger, Role.VIEWER, by=owner, ends=None)
    with pytest.raises(Forbidden):
        update_project(session, hidden, draft(), by=stranger)


def test_roles_that_have_ended_are_swept_away(session, owner, hidden):
    for number, ends in enumerate((YESTERDAY, TODAY, None)):
        user = make_user(session, email=f"p{number}@example.org")
        lend(session, hidden, user, Role.VIEWER, by=owner, ends=ends)
    assert sharing.drop_ended_roles(session, now=utcnow()) == 1
    session.expire_all()
    left = [each.email for each in sharing.list_roles(session, hidden, by=owner)]
    assert left == ["p1@example.org", "p2@example.org"]
