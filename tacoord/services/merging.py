"""Two entries of the register that are one organisation, merged by hand: what belongs to one becomes the other's.

The entry that goes stays as an empty row, so that its id and code lead to the one that stays, and what the audit trail
says of it stays true. No name that only restricted records hold becomes known by it: such an entry gives its records
to the other one, and its names to nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, Problem
from tacoord.models import (
    AssistanceRequest,
    ImportJob,
    Member,
    MergedOrganisation,
    NameKind,
    Offer,
    OfferState,
    Organisation,
    OrganisationTag,
    Project,
    ProjectOrganisation,
    Provider,
    Role,
    RoleGrant,
    ToldApart,
    User,
)
from tacoord.policy import Actor
from tacoord.services.history import note_change
from tacoord.services.organisations.claims import unspeaking_code
from tacoord.services.organisations.organisations import SECRETARIAT, add_names
from tacoord.services.organisations.register import known_among, outdate
from tacoord.services.overlaps.overlaps import flag_all
from tacoord.services.projects.content import give_to
from tacoord.services.visibility import REGISTERED

COMPARED_AT_ONCE: Final = 50
"""Projects that are compared again in the same step; where there are more, the next sweep compares them all."""

ONE_INVENTED: Final = N_(
    "One of the two is invented for the demo, and the other is not. There is nothing to put together: "
    "an organisation of the demo is never put together with a real one. Leave them as they are."
)
MOST_NAMED: Final = 10
_BELONGINGS: Final[tuple[type[Any], ...]] = (AssistanceRequest, Offer, ImportJob, Provider, User)
"""What belongs to one organisation and is simply handed over."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much belongs to an entry. projects: that it reports; named_in: in which it takes part; people: accounts."""

    projects: int
    named_in: int
    people: int
    roles: int
    seats: int
    requests: int
    offers: int
    imports: int
    providers: int


def holdings_of(session: Session, organisation: Organisation) -> Holdings:
    """All that belongs to it, whoever may see it: for those who may merge, who see everything."""

    def number(table: type[Any]) -> int:
        owned = select(func.count()).where(table.organisation_id == organisation.id)
        return session.scalar(owned) or 0

    return Holdings(
        projects=number(Project),
        named_in=session.scalar(
            select(func.count(func.distinct(ProjectOrganisation.project_id))).where(
                ProjectOrganisation.organisation_id == organisation.id
            )
        )
        or 0,
        people=number(User),
        roles=number(RoleGrant),
        seats=number(Member),
        requests=number(AssistanceRequest),
        offers=number(Offer),
        imports=number(ImportJob),
        providers=number(Provider),
    )


def is_common(session: Session, organisation: Organisation) -> bool:
    """Whether everybody who signs in may know of the entry."""
    return bool(known_among(session, REGISTERED, [organisation.id]))


def merge(
    session: Session,
    keep: Organisation,
    other: Organisation,
    *,
    by: Actor,
    versions: tuple[int | None, int | None] = (None, None),
) -> None:
    """Let all that belongs to `other` belong to `keep`, in the session's transaction; it cannot be undone.

    versions: of `keep` and of `other` as they were looked at. Raises Forbidden, Conflict where one of them was changed
    since or merged by somebody else, and Invalid with every reason why the two cannot be merged.
    """
    for one in (keep, other):
        policy.require(by, "organisation.merge", one)
    _lock(session, keep, other)
    if versions[0] not in (None, keep.version) or versions[1] not in (None, other.version):
        raise Conflict("somebody changed one of the two organisations")
    problems = list(hindrances(session, keep, other))
    if problems:
        raise Invalid(problems)
    common = is_common(session, other)
    people = sorted(session.scalars(select(User.id).where(User.organisation_id == other.id)))
    said = {"into": keep.code, "from": other.code, "people": people}
    if common:
        _take_names(session, keep, other)
    else:
        other.code = (
            unspeaking_code()
        )  # one made of its name could be guessed, and would lead to the other
    _empty(session, other)
    touched = _hand_over(session, keep, other)
    if common:
        outdate(session, keep)  # its names and identifiers are evidence
    _move_told_apart(session, keep, other, common=common)
    session.add(MergedOrganisation(organisation_id=other.id, into_id=keep.id))
    session.execute(
        update(MergedOrganisation)
        .where(MergedOrganisation.into_id == other.id)
        .values(into_id=keep.id)
    )
    session.flush()
    # Of an entry that not everybody may know of, only those read who may know of everything.
    note_change(session, "organisation.merged", keep if common else other, by=by, details=said)
    session.expire_all()
    _compare(session, touched)


def hindrances(session: Session, keep: Organisation, other: Organisation) -> Iterator[Problem]:
    """Why `other` cannot be merged into `keep`."""
    if keep.id == other.id:
        yield Problem("keep", N_("This is one entry, not two."))
        return
    if SECRETARIAT in (keep.code, other.code):
        yield Problem("keep", N_("The secretariat itself is merged with nobody."))
    if keep.invented != other.invented:
        yield Problem("keep", ONE_INVENTED)
    if not is_common(session, keep):
        message = N_(
            "Not everybody may know of %(name)s: only restricted records name it, and its name would become known. "
            "Let the other entry stay, or look at this one and mark it as right first."
        )
        yield Problem("keep", message, {"name": keep.name})
    abroad = keep.country and other.country and keep.country != other.country
    if abroad and any(_speaks_for_a_government(session, one) for one in (keep, other)):
        message = N_("The two are of different countries, and one speaks for a government.")
        yield Problem("keep", message)
    if session.get(ToldApart, _ends(keep.id, other.id)) is not None:
        message = N_("Somebody said that these two are different. Take that back first.")
        yield Problem("keep", message)
    yield from _same_identifiers(session, keep, other)
    if _pending_between(session, keep, other):
        message = N_(
            "One of the two has offered to answer a request of the other. Answer or withdraw that offer first."
        )
        yield Problem("keep", message)


def _lock(session: Session, *entries: Organisation) -> None:
    """Keep both as they are until the transaction ends, always in one order."""
    ids = sorted(one.id for one in entries)
    session.scalars(
        select(Organisation)
        .where(Organisation.id.in_(ids))
        .order_by(Organisation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    merged = select(MergedOrganisation.organisation_id)
    if session.scalars(merged.where(MergedOrganisation.organisation_id.in_(ids))).all():
        raise Conflict("one of the two was merged already")


def _speaks_for_a_government(session: Session, organisation: Organisation) -> bool:
    wanted = select(RoleGrant.id).where(
        RoleGrant.organisation_id == organisation.id, RoleGrant.role == Role.FOCAL_POINT
    )
    return session.scalar(wanted.limit(1)) is not None


def _same_identifiers(
    session: Session, keep: Organisation, other: Organisation
) -> Iterator[Problem]:
    """Projects of both that have one identifier: an organisation uses each once."""
    theirs = aliased(Project)
    both = (
        select(Project.iati_identifier)
        .join(theirs, theirs.iati_identifier == Project.iati_identifier)
        .where(Project.organisation_id == keep.id, theirs.organisation_id == other.id)
        .order_by(Project.iati_identifier)
        .limit(MOST_NAMED)
    )
    for identifier in session.scalars(both):
        message = N_(
            "Both report a project with the identifier %(identifier)s. Give one of the two projects another one first."
        )
        yield Problem("keep", message, {"identifier": identifier})


def _pending_between(session: Session, keep: Organisation, other: Organisation) -> bool:
    offered = Offer.organisation_id
    asked = AssistanceRequest.organisation_id
    crossed: ColumnElement[bool] = or_(
        and_(offered == keep.id, asked == other.id), and_(offered == other.id, asked == keep.id)
    )
    found = (
        select(Offer.id)
        .join(AssistanceRequest, AssistanceRequest.id == Offer.request_id)
        .where(crossed, Offer.state == OfferState.PENDING)
    )
    return session.scalar(found.limit(1)) is not None


def _take_names(session: Session, keep: Organisation, other: Organisation) -> None:
    """The names and identifiers of `other`, and what it says of itself where `keep` says nothing."""
    said = [(row.kind, row.value) for row in other.names]
    tags = {(tag.vocabulary, tag.code) for tag in other.tags}
    _empty(session, other)
    aliases = [value for kind, value in said if kind in (NameKind.NAME, NameKind.ALIAS)]
    add_names(session, keep, NameKind.ALIAS, [other.name, *aliases])
    for kind in (NameKind.ACRONYM, NameKind.IDENTIFIER):
        add_names(session, keep, kind, [value for each, value in said if each is kind])
    for name in ("acronym", "type", "country", "description", "website"):
        setattr(keep, name, getattr(keep, name) or getattr(other, name))
    known = {(tag.vocabulary, tag.code) for tag in keep.tags}
    keep.tags.extend(
        OrganisationTag(vocabulary=vocabulary, code=code)
        for vocabulary, code in sorted(tags - known)
    )
    session.flush()


def _empty(session: Session, other: Organisation) -> None:
    """It is found by nothing any more."""
    other.names.clear()
    other.tags.clear()
    other.verified, other.search_text = False, ""
    session.flush()


def _hand_over(session: Session, keep: Organisation, other: Organisation) -> list[int]:
    """Move what belongs to `other`; gives the keys of the projects of which either reports or takes part in."""
    reported = session.scalars(
        select(Project).where(Project.organisation_id == other.id).order_by(Project.id)
    ).all()
    for project in reported:
        give_to(project, keep)
    named = _where(ProjectOrganisation, other)
    taking_part = session.scalars(select(ProjectOrganisation.project_id).where(named)).all()
    _move(session, ProjectOrganisation, named, keep)
    for table in _BELONGINGS:
        _move(session, table, _where(table, other), keep)
    _move_roles(session, keep, other)
    _move_seats(session, keep, other)
    touched = sorted({project.id for project in reported} | set(taking_part))
    rows = update(Project).where(Project.id.in_(touched))
    for outdated in (
        rows.values(compared_at=None),
        rows.where(Project.key_version.is_not(None)).values(key_version=0),
    ):
        session.execute(outdated, execution_options={"synchronize_session": False})
    return touched


def _where(table: type[Any], owner: Organisation) -> ColumnElement[bool]:
    found: ColumnElement[bool] = table.organisation_id == owner.id
    return found


def _move(
    session: Session, table: type[Any], rows: ColumnElement[bool], keep: Organisation
) -> None:
    values: dict[str, Any] = {"organisation_id": keep.id}
    if hasattr(table, "version"):
        values["version"] = table.version + 1  # whoever is writing at it is told that it moved
    session.execute(
        update(table).where(rows).values(values), execution_options={"synchronize_session": False}
    )


def _move_roles(session: Session, keep: Organisation, other: Organisation) -> None:
    """Each role once: one that somebody holds of both stays as it is."""
    for grant in session.scalars(select(RoleGrant).where(_where(RoleGrant, other))).all():
        same = select(RoleGrant.id).where(
            _where(RoleGrant, keep),
            RoleGrant.user_id == grant.user_id,
            RoleGrant.role == grant.role,
            RoleGrant.group_id.is_not_distinct_from(grant.group_id),
        )
        if session.scalar(same) is None:
            grant.organisation_id = keep.id
        else:
            session.delete(grant)
    session.flush()


def _move_seats(session: Session, keep: Organisation, other: Organisation) -> None:
    """Each seat once: of two in one group that of `keep` stays."""
    for seat in session.scalars(select(Member).where(_where(Member, other))).all():
        same = select(Member.id).where(
            _where(Member, keep),
            Member.group_id == seat.group_id,
            Member.user_id.is_not_distinct_from(seat.user_id),
        )
        if session.scalar(same) is None:
            seat.organisation = keep
        else:
            session.delete(seat)
    session.flush()


def _ends(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _move_told_apart(
    session: Session, keep: Organisation, other: Organisation, *, common: bool
) -> None:
    """Who is not `other` is not `keep` either; of an entry that is not common, no such word stays."""
    pairs = or_(ToldApart.first_id == other.id, ToldApart.second_id == other.id)
    for row in session.scalars(select(ToldApart).where(pairs)).all():
        third = row.second_id if row.first_id == other.id else row.first_id
        first, second = _ends(keep.id, third)
        if common and session.get(ToldApart, (first, second)) is None:
            session.add(ToldApart(first_id=first, second_id=second, by_id=row.by_id, at=row.at))
        session.delete(row)
    session.flush()


def _compare(session: Session, touched: list[int]) -> None:
    """Find again what the projects overlap with; where they are many, the next sweep does, because they stand open."""
    if len(touched) <= COMPARED_AT_ONCE:
        found = select(Project).where(Project.id.in_(touched)).order_by(Project.id)
        flag_all(session, session.scalars(found.with_for_update()).all())
