"""Who could help: running projects, standing offers and organisations that fit a request."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, select, union
from sqlalchemy.orm import Session, selectinload

from tacoord.matching.fit import SUBJECTS, VOCABULARIES, Fit, Need, Resource, rank
from tacoord.models import (
    AssistanceRequest,
    Offer,
    OfferState,
    OfferTag,
    Organisation,
    OrganisationTag,
    Project,
    ProjectOrganisation,
    ProjectTag,
)
from tacoord.services.projects.query import under_way
from tacoord.services.terms.regions import countries_of, neighbours
from tacoord.services.visibility import Viewer, counted_projects, offer_clause, organisation_clause

MOST_PROJECTS: Final = 2000
Row = TypeVar("Row", Project, Offer, Organisation)


@dataclass(frozen=True, slots=True)
class Fits:
    """What fits a request, best first, each row with its fit."""

    projects: Sequence[tuple[Project, Fit]]
    offers: Sequence[tuple[Offer, Fit]]
    organisations: Sequence[tuple[Organisation, Fit]]


def fits_for(
    session: Session, request: AssistanceRequest, viewer: Viewer, *, today: date, most: int = 10
) -> Fits:
    """What fits `request` among the records that `viewer` may see: suggestions, not rows."""
    need = need_of(session, request)
    projects = _projects(session, need, viewer, today)
    offers = _offers(session, viewer)
    organisations = _organisations(session, need, viewer, today)
    return Fits(
        _ranked(need, projects, [_project(row) for row in projects], today, most),
        _ranked(need, offers, [_offer(session, row) for row in offers], today, most),
        _ranked(need, list(organisations), list(organisations.values()), today, most),
    )


def need_of(session: Session, request: AssistanceRequest) -> Need:
    """What the request asks for, with the other countries of its region."""
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for tag in request.tags:
        codes[tag.vocabulary].add(tag.code)
    return Need(request.country, neighbours(session, request.country), codes)


def _ranked(
    need: Need, rows: Sequence[Row], resources: Sequence[Resource], today: date, most: int
) -> list[tuple[Row, Fit]]:
    by_id = {row.public_id: row for row in rows}
    return [(by_id[fit.id], fit) for fit in rank(need, resources, today=today, most=most)]


def _projects(session: Session, need: Need, viewer: Viewer, today: date) -> Sequence[Project]:
    """Projects under way in the country or next door, on a pillar or measure asked for."""
    places = {need.country, *need.neighbours}
    rows = (
        select(Project)
        .where(
            counted_projects(viewer),
            under_way(today),
            Project.tags.any(and_(ProjectTag.vocabulary == "country", ProjectTag.code.in_(places))),
            Project.tags.any(or_(*_on_subjects(need))),
        )
        .options(selectinload(Project.tags), selectinload(Project.participants))
        .order_by(Project.ends.desc(), Project.id)
        .limit(MOST_PROJECTS)
    )
    return session.scalars(rows).all()


def _on_subjects(need: Need) -> Iterator[ColumnElement[bool]]:
    for vocabulary in SUBJECTS:
        codes = need.codes.get(vocabulary, frozenset())
        yield and_(ProjectTag.vocabulary == vocabulary, ProjectTag.code.in_(codes))


def _project(row: Project) -> Resource:
    codes = _by_vocabulary(row.tags)
    return Resource(row.public_id, frozenset(codes.pop("country", ())), codes, ends=row.ends)


def _offers(session: Session, viewer: Viewer) -> Sequence[Offer]:
    rows = select(Offer).where(Offer.state == OfferState.STANDING, offer_clause(viewer))
    return session.scalars(rows.options(selectinload(Offer.tags))).all()


def _offer(session: Session, row: Offer) -> Resource:
    """An offer for a region is one for each of its countries; one without either is for everywhere."""
    codes = _by_vocabulary(row.tags)
    countries = codes.pop("country", set())
    regions = codes.pop("region", set())
    countries |= countries_of(session, regions)
    return Resource(
        row.public_id,
        frozenset(countries),
        codes,
        everywhere=not countries,
        ends=row.available_until,
    )


def _organisations(
    session: Session, need: Need, viewer: Viewer, today: date
) -> dict[Organisation, Resource]:
    """Organisations by what they declare, and by what the projects that the viewer may see say they do.

    One that works near on something else and on the subject elsewhere counts: it knows both.
    """
    codes: defaultdict[int, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    declared = select(
        OrganisationTag.organisation_id, OrganisationTag.vocabulary, OrganisationTag.code
    )
    for rows in (declared, _codes_by_projects(need, viewer, today)):
        for organisation_id, vocabulary, code in session.execute(rows):
            codes[organisation_id][vocabulary].add(code)
    known = and_(Organisation.id.in_(codes), organisation_clause(viewer))
    found = session.scalars(select(Organisation).where(known))
    return {
        row: Resource(row.public_id, frozenset(codes[row.id].pop("country", ())), codes[row.id])
        for row in found
    }


def _codes_by_projects(need: Need, viewer: Viewer, today: date) -> Select[Any]:
    """(organisation, vocabulary, code) of those who work near and on the subject, in whatever projects under way."""
    seen = and_(counted_projects(viewer), under_way(today))
    reports = select(Project.organisation_id, Project.id.label("project_id")).where(seen)
    takes_part = (
        select(ProjectOrganisation.organisation_id, ProjectOrganisation.project_id)
        .join(Project, Project.id == ProjectOrganisation.project_id)
        .where(seen)
    )
    works = union(reports, takes_part).cte("works")
    places = {need.country, *need.neighbours}
    near = and_(ProjectTag.vocabulary == "country", ProjectTag.code.in_(places))

    def who(condition: ColumnElement[bool]) -> Select[Any]:
        tagged = select(works.c.organisation_id).join(
            ProjectTag, ProjectTag.project_id == works.c.project_id
        )
        return tagged.where(condition)

    return (
        select(works.c.organisation_id, ProjectTag.vocabulary, ProjectTag.code)
        .join(ProjectTag, ProjectTag.project_id == works.c.project_id)
        .where(
            works.c.organisation_id.in_(who(near)),
            works.c.organisation_id.in_(who(or_(*_on_subjects(need)))),
            ProjectTag.vocabulary.in_(("country", *VOCABULARIES)),
        )
        .distinct()
    )


def _by_vocabulary(
    tags: Iterable[ProjectTag] | Iterable[OfferTag],
) -> defaultdict[str, set[str]]:
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for tag in tags:
        codes[tag.vocabulary].add(tag.code)
    return codes
