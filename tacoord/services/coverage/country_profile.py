"""What a viewer may know of one country: its projects by pillar, who is active there, contacts and indicators."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from tacoord.errors import NotFound
from tacoord.models import Indicator, Organisation, Project, ProjectTag, Term
from tacoord.services.projects.query import OVER, under_way
from tacoord.services.terms.regions import regions_around
from tacoord.services.visibility import Viewer, counted_projects

MOST_PROJECTS: Final = 300
ENDED_WITHIN: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Activity:
    """An organisation with the number of its projects, and what it does in them: IATI roles, or "report"."""

    organisation: Organisation
    projects: int
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask about a project, where its reporter lets others see that."""

    project: Project
    name: str | None
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """projects: under way, to come, or ended within a year, those ending last first; more: there are others.

    running: how many are under way, of how many organisations (`reporters`). regional: projects under way that name
    no country but a region around it.
    """

    projects: Sequence[Project]
    more: bool
    running: int
    reporters: int
    regional: Sequence[Project]
    activities: Sequence[Activity]
    contacts: Sequence[Contact]
    indicators: Sequence[Indicator]


def profile(session: Session, viewer: Viewer, country: str, *, today: date) -> Profile:
    """Everything of the country that `viewer` may know. Raises NotFound for a code that is no country."""
    require_country(session, country)
    here = _tagged("country", [country])
    running, reporters = session.execute(
        select(func.count(), func.count(func.distinct(Project.organisation_id))).where(
            counted_projects(viewer), under_way(today), here
        )
    ).one()
    recent = or_(Project.ends.is_(None), Project.ends >= today - ENDED_WITHIN)
    found = _projects(session, viewer, here, recent, most=MOST_PROJECTS + 1)
    current = [project for project in found[:MOST_PROJECTS] if goes_on(project, today)]
    return Profile(
        projects=found[:MOST_PROJECTS],
        more=len(found) > MOST_PROJECTS,
        running=running,
        reporters=reporters,
        regional=_regional(session, viewer, country, today),
        activities=_activities(current),
        contacts=[_contact(project) for project in current if project.contact_shown],
        indicators=list_indicators(session, country),
    )


def require_country(session: Session, country: str) -> None:
    """Go on where the code is that of a country, else raise NotFound."""
    if session.get(Term, ("country", country)) is None:
        raise NotFound(f"country {country}")


def goes_on(project: Project, today: date) -> bool:
    """Whether the project is under way or still to come."""
    return project.status not in OVER and (project.ends is None or project.ends >= today)


def by_pillar(projects: Sequence[Project]) -> dict[str, list[Project]]:
    """The projects of each pillar, in their order; those that state none under ""."""
    found: defaultdict[str, list[Project]] = defaultdict(list)
    for project in projects:
        for pillar in project.codes("pillar") or [""]:
            found[pillar].append(project)
    return dict(found)


def list_indicators(session: Session, country: str) -> Sequence[Indicator]:
    """What is said of the need of a country, the newest first."""
    rows = select(Indicator).where(Indicator.country == country)
    return session.scalars(rows.order_by(Indicator.as_of.desc(), Indicator.indicator)).all()


def _projects(
    session: Session, viewer: Viewer, *wanted: ColumnElement[bool], most: int
) -> Sequence[Project]:
    rows = (
        select(Project)
        .where(counted_projects(viewer), *wanted)
        .options(selectinload(Project.tags), selectinload(Project.participants))
        .order_by(Project.ends.is_(None).desc(), Project.ends.desc(), Project.id)
        .limit(most)
    )
    return session.scalars(rows).all()


def _regional(session: Session, viewer: Viewer, country: str, today: date) -> Sequence[Project]:
    around = regions_around(session, country)
    names_a_country = Project.tags.any(ProjectTag.vocabulary == "country")
    wanted = (under_way(today), _tagged("region", around), ~names_a_country)
    return _projects(session, viewer, *wanted, most=50)


def _tagged(vocabulary: str, codes: Sequence[str]) -> ColumnElement[bool]:
    return Project.tags.any(and_(ProjectTag.vocabulary == vocabulary, ProjectTag.code.in_(codes)))


def _activities(projects: Sequence[Project]) -> list[Activity]:
    """The organisations of `projects`, those with most projects first, then by name."""
    counts: Counter[Organisation] = Counter()
    roles: defaultdict[Organisation, set[str]] = defaultdict(set)
    for project in projects:
        roles[project.organisation].add("report")
        # What a restricted record alone names is in no register.
        parts = [
            (part.organisation, part.role) for part in project.participants if part.organisation
        ]
        for organisation, role in parts:
            roles[organisation].add(role)
        counts.update({project.organisation, *(organisation for organisation, _ in parts)})
    ordered = sorted(counts, key=lambda row: (-counts[row], row.name.casefold()))
    return [Activity(row, counts[row], frozenset(roles[row])) for row in ordered]


def _contact(project: Project) -> Contact:
    return Contact(project, project.contact_name, project.contact_email, project.contact_phone)
