"""Rows for tests: each function fills in what the test is not about, and flushes."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tacoord.models import (
    CoordinationGroup,
    Mask,
    Organisation,
    Project,
    ProjectState,
    Role,
    RoleGrant,
    Source,
    User,
    Visibility,
    utcnow,
)
from tacoord.policy import OPERATOR, Actor
from tacoord.services.accounts.passwords import set_password
from tacoord.services.organisations.organisations import add_organisation
from tacoord.services.projects.drafts import (
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
    Share,
)
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


def full_draft(**values: Any) -> ProjectDraft:
    """A draft in which every field says something, and that can be registered where the group ICAT is."""
    said: dict[str, Any] = {
        "titles": {"fr": "Aide aux victimes", "en": "Help for victims"},
        "descriptions": {"fr": "Accueil et conseil.", "en": "First line\nsecond line"},
        "iati_identifier": "ZZ-TEST-1-9",
        "other_identifiers": (OtherIdentifier("A1", "7/2026"), OtherIdentifier("A9", "other")),
        "participants": (
            Participant("Ministry of Quiet Harbours", "1", "XX-GOV-77", "10"),
            Participant("Lantern Trust", "4", None, "22", "LT-9"),
        ),
        "countries": (Share("LA", Decimal("33.5")), Share("KH", Decimal("66.5"))),
        "regions": (Share("035"),),
        "dac_regions": (Share("689"),),
        "pillars": (Share("PREV", Decimal(40)), Share("PROT", Decimal(60))),
        "sectors": (Sector("15160", "1", Decimal(100)), Sector("A7", "99")),
        "measures": frozenset({"PROT-1", "PREV-4"}),
        "policy_areas": frozenset({"PREV-AWA"}),
        "mandates": frozenset({"TIP-6"}),
        "exploitation": frozenset({"SEXUAL"}),
        "target_groups": frozenset({"VICTIM"}),
        "assistance_kinds": frozenset({"LAW"}),
        "sdg_targets": frozenset({"5.2"}),
        "status": "2",
        "planned_start": date(2024, 1, 1),
        "actual_start": date(2024, 2, 1),
        "planned_end": date(2028, 12, 31),
        "actual_end": date(2028, 12, 30),
        "budget": (
            BudgetAmount(
                100_050, "USD", "2", "2", date(2024, 1, 1), date(2024, 12, 31), date(2024, 3, 1)
            ),
            BudgetAmount(7, "JPY"),
        ),
        "contact_name": "The desk",
        "contact_email": "desk@example.org",
        "contact_phone": "+1 555 0100",
        "contact_shown": True,
        "website": "https://example.org/aid",
        "visibility": Visibility.GROUP,
        "groups": frozenset({"ICAT"}),
        "masks": frozenset({Mask.PLACES, Mask.DESCRIPTION}),
        "record": {"scope": "4"},
    }
    return ProjectDraft(**{**said, **values})


def open_draft(**values: Any) -> ProjectDraft:
    """As `full_draft`, for everybody and with nothing withheld."""
    everybody = {"visibility": Visibility.PUBLIC, "groups": frozenset(), "masks": frozenset()}
    return full_draft(**{**everybody, **values})


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
