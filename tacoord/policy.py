"""Who may do what: small rules in two tables. Sight of records is not here but in `services.visibility`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tacoord.errors import Forbidden
from tacoord.models.assistance import AssistanceRequest, Offer
from tacoord.models.base import utcnow
from tacoord.models.group import CoordinationGroup
from tacoord.models.job import ImportJob
from tacoord.models.organisation import Organisation
from tacoord.models.overlap import Overlap
from tacoord.models.project import Project
from tacoord.models.user import Role, RoleGrant, User


class Operator:
    """Whoever runs the commands on the machine itself: may do everything, stands in no table."""

    id: None = None


OPERATOR: Final = Operator()
Actor = User | Operator
Thing = Project | AssistanceRequest | Offer | Organisation | CoordinationGroup | ImportJob | Overlap


class Reach(StrEnum):
    """How far a rule goes: what belongs to the organisation or group of the role, anybody's, or others' alone.

    OTHERS is for decisions of which one may not be the judge and a party at once.
    """

    OWN = "own"
    ANY = "any"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: a role may do an action to things within a reach."""

    role: Role
    reach: Reach


def _own(*roles: Role) -> tuple[Rule, ...]:
    return tuple(Rule(role, Reach.OWN) for role in roles)


def _any(*roles: Role) -> tuple[Rule, ...]:
    return tuple(Rule(role, Reach.ANY) for role in roles)


def _others(*roles: Role) -> tuple[Rule, ...]:
    return tuple(Rule(role, Reach.OTHERS) for role in roles)


_EVERYBODY: Final = tuple(Role)
_REPORTERS: Final = _own(Role.REPORTER, Role.ORG_ADMIN) + _any(Role.COORDINATOR)
_GOVERNMENT: Final = _own(Role.FOCAL_POINT)
_SECRETARIES: Final = _own(Role.SECRETARY) + _any(Role.COORDINATOR)

WITHIN_ORGANISATION: Final = frozenset({Role.VIEWER, Role.REPORTER, Role.ORG_ADMIN})
"""Roles that reach no further than the records of one organisation."""

RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "project.register": _REPORTERS,
    "project.edit": _REPORTERS,
    "project.widen": _REPORTERS,
    "project.confirm": _REPORTERS,
    "project.withdraw": _REPORTERS,
    "project.share": _own(Role.ORG_ADMIN),
    "project.import": _REPORTERS,
    "organisation.edit": _own(Role.ORG_ADMIN) + _any(Role.COORDINATOR, Role.ADMIN),
    "organisation.add": _any(Role.COORDINATOR, Role.ADMIN),
    "organisation.merge": _others(Role.COORDINATOR),
    "overlap.list": _any(*_EVERYBODY),
    "overlap.decide": _others(Role.REVIEWER, Role.COORDINATOR),
    "request.submit": _GOVERNMENT,
    "request.edit": _GOVERNMENT,
    "request.withdraw": _GOVERNMENT,
    "request.close": _GOVERNMENT,
    "request.answer": _others(Role.REPORTER, Role.ORG_ADMIN),
    "offer.make": _own(Role.REPORTER, Role.ORG_ADMIN),
    "offer.withdraw": _own(Role.REPORTER, Role.ORG_ADMIN),
    "offer.answer": _GOVERNMENT,
    "group.edit": _SECRETARIES,
    "digest.preview": _SECRETARIES,
    "digest.schedule": _SECRETARIES,
    "digest.send": _SECRETARIES,
    "export.run": _any(*_EVERYBODY),
    "token.make": _any(*_EVERYBODY),
    "user.add": _own(Role.ORG_ADMIN) + _any(Role.ADMIN),
    "vocabulary.edit": _any(Role.ADMIN, Role.COORDINATOR),
    "model.use": _any(Role.COORDINATOR),
    "admin.view": _any(Role.ADMIN, Role.COORDINATOR),
    "job.run": _any(Role.ADMIN, Role.COORDINATOR),
}

ON_ONE_PROJECT: Final[dict[str, frozenset[Role]]] = {
    "project.edit": frozenset({Role.REPORTER}),
}
"""What a role on one project allows there beyond sight of it; whatever does not stand here, it does not allow."""

PROJECT_ROLES: Final = (Role.VIEWER, Role.REPORTER)
"""The roles that there are on one project."""


def may(by: Actor, action: str, thing: Thing | None = None) -> bool:
    """Whether `by` may do `action`: to `thing`, or, without one, to anything at all.

    Raises KeyError for an action that is not in the table: a mistake in the code.
    """
    rules = RULES[action]
    if isinstance(by, Operator):
        return True
    return any(
        grant.role is rule.role and (thing is None or _reaches(rule.reach, by, grant, thing))
        for rule in rules
        for grant in by.grants
    ) or _may_on_one_project(by, action, thing)


def _may_on_one_project(by: User, action: str, thing: Thing | None) -> bool:
    """Whether a role on one project, that holds today, lets `by` do `action` to it."""
    enough = ON_ONE_PROJECT.get(action)
    if enough is None or not (thing is None or isinstance(thing, Project)):
        return False
    today = utcnow().date()
    return any(
        each.role in enough and (thing is None or each.project_id == thing.id) and each.holds(today)
        for each in by.project_roles
    )


def require(by: Actor, action: str, thing: Thing | None = None) -> None:
    """Go on where `by` may do `action`, else raise Forbidden."""
    if not may(by, action, thing):
        raise Forbidden(action)


def roles_to_give(by: Actor, organisation_id: int) -> frozenset[Role]:
    """The roles of an organisation that `by` may give to people and take from them.

    Whoever administers an organisation gives no role that reaches beyond it, lest they rise by it themselves.
    """
    if has_role(by, Role.ADMIN):
        return frozenset(Role)
    assert isinstance(by, User)
    own = any(
        grant.role is Role.ORG_ADMIN and grant.organisation_id == organisation_id
        for grant in by.grants
    )
    return WITHIN_ORGANISATION if own else frozenset()


def has_role(by: Actor, role: Role) -> bool:
    """Whether `by` holds `role` anywhere; the operator holds every one."""
    return isinstance(by, Operator) or any(grant.role is role for grant in by.grants)


def _reaches(reach: Reach, by: User, grant: RoleGrant, thing: Thing) -> bool:
    if reach is Reach.OTHERS:
        return _owners(thing).isdisjoint(organisations_of(by))
    return reach is Reach.ANY or _belongs(thing, grant)


def organisations_of(user: User) -> frozenset[int]:
    """The organisations to which somebody belongs, by their account or by any role."""
    return frozenset({user.organisation_id, *(grant.organisation_id for grant in user.grants)})


def _owners(thing: Thing) -> frozenset[int]:
    """The organisations whose thing it is; of an overlap, those that report either project."""
    if isinstance(thing, Overlap):
        return frozenset({thing.first.organisation_id, thing.second.organisation_id})
    if isinstance(thing, CoordinationGroup):
        return frozenset(member.organisation_id for member in thing.members)
    return frozenset({thing.id if isinstance(thing, Organisation) else thing.organisation_id})


def _belongs(thing: Thing, grant: RoleGrant) -> bool:
    """Whether `thing` is within a role's own: its group or its organisation."""
    if isinstance(thing, CoordinationGroup):
        if grant.group_id is not None:
            return thing.id == grant.group_id
        return any(member.organisation_id == grant.organisation_id for member in thing.members)
    return grant.organisation_id in _owners(thing)
