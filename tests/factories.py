"""Rows for tests: each function fills in what the test is not about, and flushes."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tacoord.models import (
    CoordinationGroup,
    Organisation,
    Project,
    ProjectState,
    Role,
    RoleGrant,
    Source,
    User,
    utcnow,
)
from tacoord.policy import OPERATOR, Actor
from tacoord.services.accounts.passwords import set_password
from tacoord.services.organisations.organisations import add_organisation
from tacoord.services.projects.drafts import BudgetAmount, Participant, ProjectDraft, Share
from tacoord.services.projects.projects import add_project

PASSWORD = "a long enough sentence"
_numbers = itertools.count(1)


def make_organisation(session: Session, name: str | None = None, **values: Any) -> Organisation:
    """An organisation with a name that no other has."""
    number = next(_numbers)
    return add_organisation(session, name=name or f"Amity Bureau {number}", **values)


def make_user(
    session: Session,
    role: Role = Role.VIEWER,
    *,
    organisation: Organisation | None = None,
    group: CoordinationGroup | None = None,
    password: str | None = None,
    **values: Any,
) -> User:
    """Somebody with one role of an organisation; without `password` nobody can sign in as them."""
    number = next(_numbers)
    organisation = organisation or make_organisation(session)
    said = {"email": f"person{number}@example.org", "name": f"Person {number}", **values}
    user = User(organisation=organisation, **said)
    user.grants.append(
        RoleGrant(role=role, organisation_id=organisation.id, group_id=group.id if group else None)
    )
    if password:
        set_password(user, password)
    session.add(user)
    session.flush()
    return user


def make_group(session: Session, code: str | None = None, **values: Any) -> CoordinationGroup:
    """A coordination group without members."""
    number = next(_numbers)
    group = CoordinationGroup(
        code=code or f"GROUP{number}", **{"name": f"Group {number}", **values}
    )
    session.add(group)
    session.flush()
    return group


def draft(**values: Any) -> ProjectDraft:
    """A draft that can be registered: in Cambodia, on protection, running for a year from today."""
    today = utcnow().date()
    said: dict[str, Any] = {
        "titles": {"en": f"Shelter and legal aid number {next(_numbers)}"},
        "descriptions": {
            "en": "Shelter, counselling and legal aid for people who were trafficked."
        },
        "participants": (Participant("Harbour Light Foundation", "4"),),
        "countries": (Share("KH", Decimal(100)),),
        "pillars": (Share("PROT", Decimal(100)),),
        "measures": frozenset({"PROT-1"}),
        "status": "2",
        "planned_start": today - timedelta(days=30),
        "planned_end": today + timedelta(days=365),
        "budget": (BudgetAmount(120_000_000, "EUR"),),
    }
    return ProjectDraft(**{**said, **values})


def make_project(
    session: Session,
    *,
    organisation: Organisation | None = None,
    state: ProjectState = ProjectState.PUBLISHED,
    by: Actor = OPERATOR,
    source: Source = Source.FORM,
    invented: bool = False,
    **values: Any,
) -> Project:
    """A project as the register itself would add it, not compared with others; `values` go into its draft."""
    return add_project(
        session,
        draft(**values),
        organisation=organisation or make_organisation(session),
        by=by,
        source=source,
        state=state,
        invented=invented,
    )
