"""The policy, cell by cell: action x role x own or other's thing."""

from datetime import timedelta

import pytest
from make_permissions import PAGE, page_of_permissions
from sqlalchemy.orm.attributes import set_committed_value

from tacoord import policy
from tacoord.errors import Forbidden
from tacoord.models import (
    AssistanceRequest,
    CoordinationGroup,
    ImportJob,
    Member,
    Offer,
    Organisation,
    Overlap,
    Project,
    ProjectRole,
    ProjectState,
    Role,
    RoleGrant,
    User,
    utcnow,
)

OWN, OTHER, THIRD, GROUP, OTHER_GROUP = 1, 2, 3, 7, 8

# Who may: to own things, and to others'. A role that is not named may not.
EXPECTED = {
    "project.register": ({"reporter", "org-admin", "coordinator"}, {"coordinator"}),
    "project.edit": ({"reporter", "org-admin", "coordinator"}, {"coordinator"}),
    "project.widen": ({"reporter", "org-admin", "coordinator"}, {"coordinator"}),
    "project.confirm": ({"reporter", "org-admin", "coordinator"}, {"coordinator"}),
    "project.withdraw": ({"reporter", "org-admin", "coordinator"}, {"coordinator"}),
    "project.share": ({"org-admin"}, set()),
    "project.import": ({"reporter", "org-admin", "coordinator"}, {"coordinator"}),
    "organisation.edit": ({"org-admin", "coordinator", "admin"}, {"coordinator", "admin"}),
    "organisation.add": ({"coordinator", "admin"}, {"coordinator", "admin"}),
    "organisation.merge": (set(), {"coordinator"}),
    "overlap.list": (set(map(str, Role)), set(map(str, Role))),
    "overlap.decide": (set(), {"reviewer", "coordinator"}),
    "request.submit": ({"focal-point"}, set()),
    "request.edit": ({"focal-point"}, set()),
    "request.withdraw": ({"focal-point"}, set()),
    "request.close": ({"focal-point"}, set()),
    "request.answer": (set(), {"reporter", "org-admin"}),
    "offer.make": ({"reporter", "org-admin"}, set()),
    "offer.withdraw": ({"reporter", "org-admin"}, set()),
    "offer.answer": ({"focal-point"}, set()),
    "group.edit": ({"secretary", "coordinator"}, {"coordinator"}),
    "digest.preview": ({"secretary", "coordinator"}, {"coordinator"}),
    "digest.schedule": ({"secretary", "coordinator"}, {"coordinator"}),
    "digest.send": ({"secretary", "coordinator"}, {"coordinator"}),
    "export.run": (set(map(str, Role)), set(map(str, Role))),
    "token.make": (set(map(str, Role)), set(map(str, Role))),
    "user.add": ({"org-admin", "admin"}, {"admin"}),
    "vocabulary.edit": ({"admin", "coordinator"}, {"admin", "coordinator"}),
    "model.use": ({"coordinator"}, {"coordinator"}),
    "admin.view": ({"admin", "coordinator"}, {"admin", "coordinator"}),
    "job.run": ({"admin", "coordinator"}, {"admin", "coordinator"}),
}
# What a role on one project lets do to that project; to no other, and nothing else.
ON_ONE_PROJECT = {"viewer": set(), "reporter": {"project.edit"}}
KINDS = {"project": Project, "request": AssistanceRequest, "offer": Offer, "import": ImportJob}


def somebody(role: Role) -> User:
    group = GROUP if role is Role.SECRETARY else None
    grant = RoleGrant(role=role, organisation_id=OWN, group_id=group)
    return User(id=1, organisation_id=OWN, grants=[grant])


def thing_for(action: str, *, own: bool) -> policy.Thing:
    noun = action.partition(".")[0]
    if noun in ("group", "digest"):
        return CoordinationGroup(id=GROUP if own else OTHER_GROUP, members=[])
    owner = OWN if own else OTHER
    if noun == "overlap":
        ends = (Project(organisation_id=THIRD), Project(organisation_id=owner))
        return Overlap(first=ends[0], second=ends[1])
    if noun in KINDS:
        return KINDS[noun](organisation_id=owner)
    return Organisation(id=owner)


def test_every_action_is_in_the_table_and_no_other():
    assert policy.RULES.keys() == EXPECTED.keys()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", sorted(EXPECTED))
def test_a_role_may_what_the_table_says(action: str, role: Role):
    to_own, to_others = EXPECTED[action]
    by = somebody(role)
    assert policy.may(by, action, thing_for(action, own=True)) == (role.value in to_own)
    assert policy.may(by, action, thing_for(action, own=False)) == (role.value in to_others)
    assert policy.may(by, action) == (role.value in to_own | to_others)


@pytest.mark.parametrize("role", policy.PROJECT_ROLES)
@pytest.mark.parametrize("action", sorted(EXPECTED))
def test_a_role_on_one_project_allows_there_what_the_table_says(action: str, role: Role):
    by = User(id=1, organisation_id=OWN, grants=[])
    lent, other = (Project(id=key, organisation_id=OTHER) for key in (5, 6))
    given = ProjectRole(project_id=lent.id, project=lent, role=role)
    set_committed_value(by, "project_roles", [given])
    expected = action in ON_ONE_PROJECT[role.value]
    assert policy.may(by, action) == expected
    assert policy.may(by, action, lent) == expected
    assert not policy.may(by, action, other)
    if not action.startswith("project."):
        assert not policy.may(by, action, thing_for(action, own=True))
    given.until = utcnow().date()
    assert policy.may(by, action, lent) == expected
    given.until = utcnow().date() - timedelta(days=1)
    assert not policy.may(by, action)
    given.until, lent.state = None, ProjectState.WITHDRAWN
    assert not policy.may(by, action, lent)


@pytest.mark.parametrize("action", sorted(EXPECTED))
def test_the_operator_may_everything(action: str):
    policy.require(policy.OPERATOR, action, thing_for(action, own=False))


@pytest.mark.parametrize("action", sorted(EXPECTED))
def test_who_has_no_role_may_nothing(action: str):
    with pytest.raises(Forbidden):
        policy.require(User(id=1, organisation_id=OWN, grants=[]), action)


def test_a_secretary_without_a_group_keeps_the_groups_of_the_organisation():
    grant = RoleGrant(role=Role.SECRETARY, organisation_id=OWN, group_id=None)
    by = User(id=1, organisation_id=OWN, grants=[grant])
    ours = CoordinationGroup(id=3, members=[Member(organisation_id=OWN)])
    theirs = CoordinationGroup(id=4, members=[Member(organisation_id=OTHER)])
    assert policy.may(by, "group.edit", ours)
    assert not policy.may(by, "group.edit", theirs)


@pytest.mark.parametrize("action", ["overlap.decide", "request.answer"])
def test_nobody_is_judge_and_party_whichever_of_their_roles_makes_them_a_party(action: str):
    roles = (Role.COORDINATOR, Role.REVIEWER, Role.REPORTER)
    grants = [RoleGrant(role=role, organisation_id=THIRD) for role in roles]
    by = User(id=1, organisation_id=OWN, grants=grants)
    assert not policy.may(by, action, thing_for(action, own=True))
    grants.append(RoleGrant(role=Role.VIEWER, organisation_id=OTHER))
    by = User(id=1, organisation_id=THIRD, grants=grants)
    assert not policy.may(by, action, thing_for(action, own=False))


def test_the_page_of_permissions_says_what_the_table_says():
    assert PAGE.read_text("utf-8") == page_of_permissions(), "run scripts/make_permissions"


def test_an_unknown_action_is_a_mistake_in_the_code():
    with pytest.raises(KeyError):
        policy.may(policy.OPERATOR, "project.sell")


@pytest.mark.parametrize("role", Role)
def test_roles_that_reach_beyond_an_organisation_are_given_by_the_administrator_alone(role: Role):
    within = {Role.VIEWER, Role.REPORTER, Role.ORG_ADMIN}
    of_own = {Role.ADMIN: set(Role), Role.ORG_ADMIN: within}.get(role, set())
    of_others = set(Role) if role is Role.ADMIN else set()
    assert policy.roles_to_give(somebody(role), OWN) == of_own
    assert policy.roles_to_give(somebody(role), OTHER) == of_others


def test_the_operator_gives_every_role():
    assert policy.roles_to_give(policy.OPERATOR, OTHER) == set(Role)
