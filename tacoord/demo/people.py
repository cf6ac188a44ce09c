"""The demo's people: one sign-in for each role, seats in groups, and a few who read digests."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.demo.words import organisations
from tacoord.models import CoordinationGroup, Member, Organisation, Role, User
from tacoord.policy import OPERATOR
from tacoord.services.accounts.accounts import add_user
from tacoord.services.organisations.organisations import add_organisation

PASSWORD: Final = "coffee on monday morning"
HOST: Final = "demo.example"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody invented: the part before the @, the role, the organisation's code, perhaps a group's."""

    local: str
    name: str
    role: Role
    organisation: str
    group: str | None = None

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return f"{self.local}@{HOST}"


PEOPLE: Final = (
    DemoPerson("donor", "Dana (donor staff)", Role.REPORTER, "NORDVIK"),
    DemoPerson("org-admin", "Ola (organisation administrator)", Role.ORG_ADMIN, "INTERSAFE"),
    DemoPerson("reviewer", "Remy (agency reviewer)", Role.REVIEWER, "OJUST"),
    DemoPerson("focal-point", "Fay (focal point, Cambodia)", Role.FOCAL_POINT, "GOV-KH"),
    DemoPerson("secretary", "Sami (secretary of ICAT)", Role.SECRETARY, "OJUST", "ICAT"),
    DemoPerson("coordinator", "Coco (coordinator)", Role.COORDINATOR, "SECRETARIAT"),
    DemoPerson("focal-point-sn", "Fatou (focal point, Senegal)", Role.FOCAL_POINT, "GOV-SN"),
    DemoPerson("focal-point-md", "Mihai (focal point, Moldova)", Role.FOCAL_POINT, "GOV-MD"),
    DemoPerson("viewer", "Vic (viewer)", Role.VIEWER, "DATAWELL"),
    DemoPerson("admin", "Ada (system administrator)", Role.ADMIN, "SECRETARIAT"),
)
_SEATS: Final = {
    "ICAT": ("OJUST", "INTERSAFE", "WORKFAIR", "CHILDHAVEN"),
    "COMMIT": ("GOV-KH", "INTERSAFE", "LANTERN"),
    "BALI": ("GOV-KH", "NORDVIK", "COMPACT"),
    "PARIS": ("NORDVIK", "ALBECK", "LEXBRIDGE"),
}
_SITS: Final = {
    "ICAT": ("reviewer", "secretary", "org-admin"),
    "COMMIT": ("focal-point",),
    "BALI": ("donor", "focal-point"),
}


def add_organisations(session: Session) -> dict[str, Organisation]:
    """The invented organisations, and the secretariat, by code."""
    for each in organisations():
        add_organisation(
            session,
            name=each.name,
            code=each.code,
            acronym=each.acronym or None,
            type=each.type,
            country=each.country,
            verified=True,
            invented=True,
        )
    session.flush()
    return {row.code: row for row in session.scalars(select(Organisation))}


def add_people(session: Session, by_code: dict[str, Organisation]) -> dict[str, User]:
    """Everybody of PEOPLE, with the password of the demo, and their seats; by the part before the @."""
    groups = {row.code: row for row in session.scalars(select(CoordinationGroup))}
    people = {
        person.local: add_user(
            session,
            person.email,
            name=person.name,
            organisation=by_code[person.organisation],
            role=person.role,
            by=OPERATOR,
            group=groups.get(person.group or ""),
            password=PASSWORD,
        )
        for person in PEOPLE
    }
    _add_seats(session, by_code, groups, people)
    return people


def _add_seats(
    session: Session,
    by_code: dict[str, Organisation],
    groups: dict[str, CoordinationGroup],
    people: dict[str, User],
) -> None:
    for code, members in _SEATS.items():
        for member in members:
            session.add(Member(group_id=groups[code].id, organisation_id=by_code[member].id))
    for code, locals_ in _SITS.items():
        for local in locals_:
            user = people[local]
            session.add(
                Member(
                    group_id=groups[code].id,
                    organisation_id=user.organisation_id,
                    user_id=user.id,
                )
            )
    session.flush()
