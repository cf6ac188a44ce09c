"""Coordination groups: what they look at, and who sits in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, NotFound, Problem
from tacoord.models import (
    CoordinationGroup,
    Member,
    Organisation,
    Overlap,
    Project,
    ProjectTag,
    Term,
    User,
)
from tacoord.policy import Actor
from tacoord.services.history import note_change
from tacoord.services.terms.regions import countries_of

WORLD = "001"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a group looks at. None: not narrowed. regions: M49 codes of records that name no country."""

    countries: frozenset[str] | None = None
    regions: frozenset[str] = frozenset()
    pillars: frozenset[str] | None = None

    def projects(self) -> ColumnElement[bool]:
        """The projects that the group looks at."""
        return and_(self._places(), self._subjects())

    def overlaps(self) -> ColumnElement[bool]:
        """The overlaps of which the group looks at one project at least."""
        known = select(Project.id).where(self.projects())
        return or_(Overlap.first_id.in_(known), Overlap.second_id.in_(known))

    def _places(self) -> ColumnElement[bool]:
        if self.countries is None:
            return true()
        in_country = and_(ProjectTag.vocabulary == "country", ProjectTag.code.in_(self.countries))
        in_region = and_(ProjectTag.vocabulary == "region", ProjectTag.code.in_(self.regions))
        return exists().where(ProjectTag.project_id == Project.id, or_(in_country, in_region))

    def _subjects(self) -> ColumnElement[bool]:
        if self.pillars is None:
            return true()
        return exists().where(
            ProjectTag.project_id == Project.id,
            ProjectTag.vocabulary == "pillar",
            ProjectTag.code.in_(self.pillars),
        )


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group in a list, with the numbers of its seats."""

    group: CoordinationGroup
    organisations: int
    people: int


def list_groups(session: Session) -> Sequence[GroupLine]:
    """Every group by its code; all who are signed in may know of them."""
    rows = session.execute(
        select(
            CoordinationGroup,
            func.count(func.distinct(Member.organisation_id)),
            func.count(func.distinct(Member.user_id)),
        )
        .outerjoin(Member)
        .group_by(CoordinationGroup.id)
        .order_by(CoordinationGroup.code)
    )
    return [GroupLine(group, organisations, people) for group, organisations, people in rows]


def get_group(session: Session, code: str) -> CoordinationGroup:
    """The group with this code. Raises NotFound."""
    found = session.scalar(select(CoordinationGroup).where(CoordinationGroup.code == code))
    if found is None:
        raise NotFound(f"group {code}")
    return found


def scope_of(session: Session, group: CoordinationGroup) -> Scope:
    """What the tags of the group come to: its countries, those of its regions, and its pillars."""
    named, regions = set(group.codes("country")), set(group.codes("region"))
    pillars = frozenset(group.codes("pillar")) or None
    if WORLD in regions or not named | regions:
        return Scope(pillars=pillars)
    countries = named | countries_of(session, regions)
    return Scope(frozenset(countries), _regions(session, regions, countries), pillars)


def _regions(session: Session, regions: set[str], countries: set[str]) -> frozenset[str]:
    """The regions themselves, and those that a project of one of the countries would name: the nearest around it."""
    terms = session.scalars(
        select(Term).where(Term.vocabulary == "country", Term.code.in_(countries))
    )
    around = {term.attributes.get("region") for term in terms}
    return frozenset(regions | {code for code in around if code})


def list_seats(session: Session, group: CoordinationGroup) -> Sequence[Member]:
    """The seats of a group: by organisation, the organisation as a whole first, then its people by name."""
    return session.scalars(
        select(Member)
        .join(Organisation, Organisation.id == Member.organisation_id)
        .outerjoin(User, User.id == Member.user_id)
        .where(Member.group_id == group.id)
        .options(joinedload(Member.organisation), joinedload(Member.user))
        .order_by(
            func.lower(Organisation.name),
            Organisation.id,
            Member.user_id.is_not(None),
            User.name,
            Member.id,
        )
    ).all()


def add_seat(
    session: Session,
    group: CoordinationGroup,
    *,
    organisation: Organisation | None = None,
    user: User | None = None,
    by: Actor,
) -> Member:
    """Give an organisation as a whole, or one person, a seat.

    Raises Forbidden, Invalid where neither is named, and Conflict where the seat is taken already.
    """
    policy.require(by, "group.edit", group)
    if organisation is None and user is None:
        raise Invalid([Problem("", N_("Name an organisation or a person."))])
    sits = organisation or (user.organisation if user else None)
    assert sits is not None
    # Two seats of one organisation differ in nothing that a unique index could see: one at a time, then.
    session.get(CoordinationGroup, group.id, with_for_update=True)
    if find_seat(session, group, organisation=sits, user=user) is not None:
        raise Conflict(f"{(user or sits).name} sits in {group.code} already")
    seat = Member(group_id=group.id, organisation=sits, user=user)
    session.add(seat)
    session.flush()
    session.expire(group, ["members"])
    note_change(session, "group.seat-added", group, by=by, details=_told(seat))
    return seat


def find_seat(
    session: Session,
    group: CoordinationGroup,
    *,
    organisation: Organisation | None = None,
    user: User | None = None,
) -> Member | None:
    """The seat of a person, or, without one, of an organisation as a whole."""
    query = select(Member).where(Member.group_id == group.id)
    query = query.where(Member.user_id == (user.id if user else None))
    if organisation is not None:
        query = query.where(Member.organisation_id == organisation.id)
    return session.scalar(query.order_by(Member.id).limit(1))


def get_seat(session: Session, group: CoordinationGroup, public_id: str) -> Member:
    """A seat of the group. Raises NotFound."""
    found = session.scalar(
        select(Member).where(Member.public_id == public_id, Member.group_id == group.id)
    )
    if found is None:
        raise NotFound(f"seat {public_id}")
    return found


def remove_seat(session: Session, group: CoordinationGroup, seat: Member, *, by: Actor) -> int:
    """Take a seat away; with an organisation its people leave too. Gives how many seats went. Raises Forbidden."""
    policy.require(by, "group.edit", group)
    gone = [seat]
    if seat.user_id is None:
        gone += session.scalars(
            select(Member).where(
                Member.group_id == group.id,
                Member.organisation_id == seat.organisation_id,
                Member.id != seat.id,
            )
        )
    for each in gone:
        note_change(session, "group.seat-removed", group, by=by, details=_told(each))
        session.delete(each)
    session.flush()
    session.expire(group, ["members"])
    return len(gone)


def _told(seat: Member) -> dict[str, str | None]:
    return {
        "organisation": seat.organisation.code,
        "user": seat.user.public_id if seat.user else None,
    }
