"""Roles on one project: its organisation gives them to people of any organisation, and takes them back.

Whether somebody has an account is told to nobody: a role is given to an address, and stands in the list as the address
that was typed. It works for who had an account with that address at that moment, and never for who gets one later:
an account is made by whoever administers an organisation, and none of them shall take up what was lent to another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, NotFound, Problem
from tacoord.models import Project, ProjectRole, ProjectState, Role, User, utcnow
from tacoord.policy import Actor
from tacoord.services import trail
from tacoord.services.accounts.accounts import find_user, is_address
from tacoord.services.visibility import not_ended

MOST_ROLES: Final = 200
"""On one project: a list that people can still look after."""


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """A role to be given. until: the last day (UTC) on which it holds, None for no end."""

    email: str
    role: Role
    until: date | None = None

    def problems(self, today: date) -> list[Problem]:
        """Everything that is wrong with it."""
        found = []
        if not is_address(self.email):
            found.append(Problem("email", N_("This is not an e-mail address.")))
        if self.role not in policy.PROJECT_ROLES:
            found.append(Problem("role", N_("There is no such role on one project.")))
        if self.until is not None and self.until < today:
            found.append(Problem("until", N_("This day is over. Choose today or a later day.")))
        return found


def give_role(session: Session, project: Project, said: RoleDraft, *, by: Actor) -> ProjectRole:
    """Give the role; who holds another one on the project, or one to another day, holds this one from now on.

    Raises Forbidden, Conflict where the record is withdrawn, and Invalid.
    """
    policy.require(by, "project.share", project)
    if project.state is ProjectState.WITHDRAWN:
        raise Conflict(f"project {project.public_id} is withdrawn")
    said = RoleDraft(said.email.strip().lower(), said.role, said.until)
    # Two roles of one address differ in nothing that could be locked: one at a time, then.
    session.scalar(select(Project.id).where(Project.id == project.id).with_for_update())
    problems = [*said.problems(utcnow().date()), *_more_problems(session, project, said, by)]
    if problems:
        raise Invalid(problems)
    given = _find(session, project, said.email) or ProjectRole(project=project, email=said.email)
    given.user = find_user(session, said.email)
    given.role, given.until = said.role, said.until
    given.given_by_id, given.created_at = by.id, utcnow()
    session.add(given)
    session.flush()
    _note(session, "project.shared", given, by=by)
    return given


def take_role(session: Session, project: Project, public_id: str, *, by: Actor) -> str:
    """Take a role back; it is gone at once. Gives the address it was given to. Raises Forbidden and NotFound."""
    policy.require(by, "project.share", project)
    given = session.scalar(
        select(ProjectRole).where(
            ProjectRole.project_id == project.id, ProjectRole.public_id == public_id
        )
    )
    if given is None:
        raise NotFound(f"role {public_id}")
    _note(session, "project.unshared", given, by=by)
    session.delete(given)
    session.flush()
    return given.email


def list_roles(session: Session, project: Project, *, by: Actor) -> Sequence[ProjectRole]:
    """The roles on the project that have not ended, by address. Raises Forbidden."""
    policy.require(by, "project.share", project)
    rows = session.scalars(
        select(ProjectRole)
        .where(ProjectRole.project_id == project.id, not_ended(utcnow().date()))
        .options(joinedload(ProjectRole.given_by))
        .order_by(ProjectRole.email)
    )
    return rows.all()


def roles_held_by(session: Session, user: User) -> Sequence[ProjectRole]:
    """The roles of `user` on single projects that hold today, oldest first."""
    rows = session.scalars(
        select(ProjectRole)
        .join(ProjectRole.project)
        .where(
            ProjectRole.user_id == user.id,
            not_ended(utcnow().date()),
            Project.state != ProjectState.WITHDRAWN,
        )
        .options(joinedload(ProjectRole.project))
        .order_by(ProjectRole.id)
    )
    return rows.all()


def drop_ended_roles(session: Session, *, now: datetime) -> int:
    """Delete the roles that have ended, which count for nothing already; gives their number."""
    old = delete(ProjectRole).where(ProjectRole.until < now.date())
    return len(session.scalars(old.returning(ProjectRole.id)).all())


def _more_problems(
    session: Session, project: Project, said: RoleDraft, by: Actor
) -> Sequence[Problem]:
    """What is wrong with a role beyond its own words."""
    if isinstance(by, User) and by.email == said.email:
        return [Problem("email", N_("Nobody gives a role to themselves."))]
    known = _find(session, project, said.email)
    count = select(func.count()).where(ProjectRole.project_id == project.id)
    if known is None and (session.scalar(count) or 0) >= MOST_ROLES:
        problem = N_("At most %(most)d people have a role on one project. Take one back first.")
        return [Problem("email", problem, {"most": MOST_ROLES})]
    return []


def _find(session: Session, project: Project, email: str) -> ProjectRole | None:
    return session.scalar(
        select(ProjectRole).where(ProjectRole.project_id == project.id, ProjectRole.email == email)
    )


def _note(session: Session, action: str, given: ProjectRole, *, by: Actor) -> None:
    """In the audit trail alone: the history of a record is read by all who may know of it, and who else may is none of
    their business. Of who got it the number alone, "" where nobody has an account: an address could need erasing.
    """
    if given.user is not None:
        session.expire(given.user, ["project_roles"])
    trail.append(
        session,
        action,
        by=by,
        subject="project",
        subject_id=given.project_id,
        details={
            "role": given.role.value,
            "person": given.user.public_id if given.user else "",
            "until": given.until.isoformat() if given.until else None,
        },
    )
