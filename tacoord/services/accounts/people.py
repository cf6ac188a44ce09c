"""The people with an account, for who administers them: list, look at, close and open, take roles away."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import Conflict, Forbidden, NotFound
from tacoord.models import ApiToken, CoordinationGroup, Organisation, Role, RoleGrant, User, utcnow
from tacoord.policy import Actor, Operator
from tacoord.services.accounts.accounts import require_managing
from tacoord.services.accounts.second_factor import remove_all
from tacoord.services.accounts.sessions import end_all
from tacoord.services.history import note_change


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """text: part of a name or an address; organisation: a code; role; closed: only accounts that are closed."""

    text: str = ""
    organisation: str | None = None
    role: Role | None = None
    closed: bool = False
    page: int = 1
    size: int = 50


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """People by name; more: whether others follow."""

    rows: Sequence[User]
    more: bool
    total: int


@dataclass(frozen=True, slots=True)
class GivenRole:
    """A role of a person as people read it: of which organisation, for which group (None: all of its own).

    mine: whether who looks may take it away.
    """

    role: Role
    organisation: Organisation
    group: CoordinationGroup | None
    mine: bool


def list_people(session: Session, query: PeopleQuery, *, by: Actor) -> PeoplePage:
    """The people whom `by` may add roles to: all, or those of the own organisations. Raises Forbidden."""
    policy.require(by, "user.add")
    asked = select(User).where(_known_to(by), User.active.is_(not query.closed))
    if query.text.strip():
        asked = asked.where(
            or_(
                *(
                    func.lower(column).contains(query.text.strip().lower(), autoescape=True)
                    for column in (User.name, User.email)
                )
            )
        )
    if query.organisation:
        asked = asked.where(_of(Organisation.code == query.organisation))
    if query.role:
        asked = asked.where(
            User.id.in_(select(RoleGrant.user_id).where(RoleGrant.role == query.role))
        )
    total = session.scalar(select(func.count()).select_from(asked.subquery())) or 0
    ordered = asked.order_by(func.lower(User.name), User.id).limit(query.size + 1)
    rows = session.scalars(ordered.offset((query.page - 1) * query.size)).all()
    return PeoplePage(rows[: query.size], len(rows) > query.size, total)


def get_person(session: Session, public_id: str, *, by: Actor) -> User:
    """Somebody whom `by` administers. Raises Forbidden, and NotFound for others' people too."""
    policy.require(by, "user.add")
    found = session.scalar(select(User).where(User.public_id == public_id, _known_to(by)))
    if found is None:
        raise NotFound("person")
    return found


def roles_of(session: Session, user: User, *, by: Actor) -> list[GivenRole]:
    """The roles of `user`, oldest first."""
    rows = session.execute(
        select(RoleGrant, Organisation, CoordinationGroup)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .outerjoin(CoordinationGroup, CoordinationGroup.id == RoleGrant.group_id)
        .where(RoleGrant.user_id == user.id)
        .order_by(RoleGrant.id)
    )
    return [
        GivenRole(
            grant.role,
            organisation,
            group,
            mine=grant.role in policy.roles_to_give(by, grant.organisation_id),
        )
        for grant, organisation, group in rows
    ]


def take_role(
    session: Session,
    user: User,
    *,
    role: Role,
    organisation: Organisation,
    group: CoordinationGroup | None,
    by: Actor,
) -> None:
    """Take a role away. Raises Forbidden, NotFound, and Conflict where somebody takes the own administration."""
    if role not in policy.roles_to_give(by, organisation.id):
        raise Forbidden("user.add")
    if by.id == user.id and role in (Role.ADMIN, Role.ORG_ADMIN):
        raise Conflict("nobody takes the administration from themselves")
    wanted = (role, organisation.id, group.id if group else None)
    grant = next(
        (g for g in user.grants if (g.role, g.organisation_id, g.group_id) == wanted), None
    )
    if grant is None:
        raise NotFound("role")
    user.grants.remove(grant)
    session.flush()
    details = {"role": role, "organisation": organisation.code}
    note_change(session, "user.role_taken", user, by=by, details=details)


def close_account(session: Session, user: User, *, by: Actor) -> None:
    """Nobody can use the account any more; sessions and tokens end, what was done stays.

    Raises Forbidden, and Conflict for one's own.
    """
    require_managing(by, user)
    if by.id == user.id:
        raise Conflict("nobody closes their own account")
    user.active = False
    end_all(session, user)
    for token in session.scalars(
        select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    ):
        token.revoked_at = utcnow()
    session.flush()
    note_change(session, "user.closed", user, by=by)


def end_sessions(session: Session, user: User, *, by: Actor) -> None:
    """Sign somebody out everywhere. Raises Forbidden."""
    require_managing(by, user)
    end_all(session, user)
    note_change(session, "user.sessions_ended", user, by=by)


def remove_factors(session: Session, user: User, *, by: Actor) -> None:
    """Take away the second factors of somebody who has lost them, and end every session.

    Raises Forbidden, and Conflict for one's own: those are removed with a password.
    """
    require_managing(by, user)
    if by.id == user.id:
        raise Conflict("nobody removes their own factors without showing them")
    remove_all(session, user, by=by)
    end_all(session, user)


def open_account(session: Session, user: User, *, by: Actor) -> None:
    """Let a closed account be used again. Raises Forbidden."""
    require_managing(by, user)
    user.active = True
    session.flush()
    note_change(session, "user.opened", user, by=by)


def organisations_with_people(session: Session, *, by: Actor) -> Sequence[Organisation]:
    """The organisations of the people of whom `by` may know, by name."""
    known = select(User.organisation_id).where(_known_to(by))
    query = select(Organisation).where(Organisation.id.in_(known))
    return session.scalars(query.order_by(func.lower(Organisation.name), Organisation.id)).all()


def organisations_of(session: Session, *, by: Actor) -> Sequence[Organisation]:
    """The organisations to which `by` may add people, by name; all that are verified for the administrator."""
    query = select(Organisation).order_by(func.lower(Organisation.name), Organisation.id)
    if policy.has_role(by, Role.ADMIN):
        return session.scalars(query.where(Organisation.verified)).all()
    return session.scalars(query.where(Organisation.id.in_(_administered(by)))).all()


def _known_to(by: Actor) -> ColumnElement[bool]:
    if policy.has_role(by, Role.ADMIN):
        return true()
    return _of(Organisation.id.in_(_administered(by)))


def _of(clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """The people who belong to an organisation, or hold a role of it."""
    wanted = select(Organisation.id).where(clause)
    holders = select(RoleGrant.user_id).where(RoleGrant.organisation_id.in_(wanted))
    return or_(User.organisation_id.in_(wanted), User.id.in_(holders))


def _administered(by: Actor) -> list[int]:
    """The organisations of which `by` is the administrator; the operator never comes here."""
    grants = () if isinstance(by, Operator) else by.grants
    return [grant.organisation_id for grant in grants if grant.role is Role.ORG_ADMIN]
