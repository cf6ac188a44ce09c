"""Which projects a viewer may see, and those of them that were asked for, in a said order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from tacoord.models import (
    Organisation,
    Project,
    ProjectOrganisation,
    ProjectState,
    ProjectTag,
    utcnow,
)
from tacoord.months import months_after
from tacoord.services.search_text import has_words
from tacoord.services.terms.regions import countries_of
from tacoord.services.visibility import Viewer, counted_projects, project_clause

PAGE_SIZE: Final = 25
LARGEST_PAGE_SIZE: Final = 100
LAST_PAGE: Final = 400
MOST_COUNTED: Final = 10_000
STALE_AFTER: Final = timedelta(days=183)
"""How long a record counts as fresh after its reporter last said that it is true."""
OVER: Final = ("4", "5", "6")
"""The IATI activity statuses of projects that are closed, cancelled or suspended."""


class ProjectSort(StrEnum):
    """The orders of the list; a minus falls."""

    TITLE = "title"
    TITLE_FALLING = "-title"
    ENDS = "ends"
    ENDS_FALLING = "-ends"
    BUDGET = "budget"
    BUDGET_FALLING = "-budget"
    UPDATED = "updated"
    UPDATED_FALLING = "-updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectQuery:
    """What is asked of the projects; a field of None (or "") asks nothing.

    text: words that the record holds, each. country, region (M49, with what lies in it), pillar, measure: tagged so.
    organisation: its code; it reports the project or takes part in it. status: IATI activity status. running: under
    way on `today`. ends_within: months from `today` in which it ends. stale: running, and not confirmed lately.
    mine: of the viewer's own organisations. state: drafts and withdrawn records are only ever those that
    `project_clause` opens. among: asks for keys; only these. page: from 1.
    """

    today: date
    text: str = ""
    country: str | None = None
    region: str | None = None
    pillar: str | None = None
    measure: str | None = None
    organisation: str | None = None
    status: str | None = None
    running: bool = False
    ends_within: int | None = None
    stale: bool = False
    mine: bool = False
    state: ProjectState = ProjectState.PUBLISHED
    among: Select[int] | None = None
    sort: ProjectSort = ProjectSort.UPDATED_FALLING
    page: int = 1
    size: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """A page of projects with their tags.

    total: how many there are, at most MOST_COUNTED; more: there is a next page.
    """

    rows: Sequence[Project]
    page: int
    more: bool
    total: int

    @property
    def counted_all(self) -> bool:
        """Whether `total` is the whole number, and not just where the counting stopped."""
        return self.total < MOST_COUNTED


def list_projects(session: Session, viewer: Viewer, query: ProjectQuery) -> ProjectPage:
    """The projects that `query` asks for and `viewer` may see; ties by public id."""
    wanted = select_projects(session, viewer, query)
    page = max(1, min(query.page, LAST_PAGE))
    size = max(1, min(query.size, LARGEST_PAGE_SIZE))
    rows = session.scalars(
        wanted.order_by(*_order(query.sort), Project.public_id)
        .options(selectinload(Project.tags))
        .offset((page - 1) * size)
        .limit(size + 1)
    ).all()
    return ProjectPage(
        rows=rows[:size],
        page=page,
        more=len(rows) > size and page < LAST_PAGE,
        total=count_projects(session, viewer, query),
    )


def count_projects(session: Session, viewer: Viewer, query: ProjectQuery) -> int:
    """How many projects `query` asks for, of those that `viewer` may see; at most MOST_COUNTED."""
    some = select_projects(session, viewer, query).with_only_columns(Project.id)
    counted = select(func.count()).select_from(some.limit(MOST_COUNTED).subquery())
    return session.scalar(counted) or 0


def facets(
    session: Session, viewer: Viewer, query: ProjectQuery, vocabulary: str, *, most: int = 8
) -> list[tuple[str, int]]:
    """(code, number of projects) of the terms of a vocabulary among what `query` asks for; the commonest first."""
    some = select_projects(session, viewer, query).with_only_columns(Project.id)
    number = func.count()
    counted = (
        select(ProjectTag.code, number)
        .where(ProjectTag.vocabulary == vocabulary, ProjectTag.project_id.in_(some))
        .group_by(ProjectTag.code)
        .order_by(number.desc(), ProjectTag.code)
        .limit(most)
    )
    return [(code, count) for code, count in session.execute(counted)]


def select_projects(session: Session, viewer: Viewer, query: ProjectQuery) -> Select[Any]:
    """The projects that `query` asks for and `viewer` may see, without order and page."""
    if query.state is ProjectState.PUBLISHED:
        seen = counted_projects(viewer)
    else:
        seen = and_(Project.state == query.state, project_clause(viewer))
    return select(Project).where(seen, *_conditions(session, viewer, query))


def under_way(today: date) -> ColumnElement[bool]:
    """The projects under way on `today`; the same rule as `matching.gaps.Work.runs`, for rows."""
    return and_(
        or_(Project.status.is_(None), Project.status.not_in(OVER)),
        or_(Project.starts.is_(None), Project.starts <= today),
        or_(Project.ends.is_(None), Project.ends >= today),
    )


def is_stale(project: Project, today: date) -> bool:
    """Whether a registered project that has not ended was not confirmed for long."""
    if project.state is not ProjectState.PUBLISHED or (project.ends and project.ends < today):
        return False
    confirmed = project.confirmed_at or project.published_at
    return confirmed is None or confirmed.date() < today - STALE_AFTER


def _conditions(session: Session, viewer: Viewer, query: ProjectQuery) -> list[ColumnElement[bool]]:
    wanted = [has_words(Project.search_text, query.text)] if query.text else []
    for vocabulary in ("country", "pillar", "measure"):
        code = getattr(query, vocabulary)
        if code:
            wanted.append(_tagged(vocabulary, [code]))
    if query.region:
        wanted.append(_in_region(session, query.region))
    if query.organisation:
        wanted.append(_with_organisation(query.organisation))
    if query.status:
        wanted.append(Project.status == query.status)
    if query.among is not None:
        wanted.append(Project.id.in_(query.among))
    if query.running:
        wanted.append(under_way(query.today))
    if query.ends_within is not None:
        last = months_after(query.today, query.ends_within)
        wanted.append(and_(Project.ends >= query.today, Project.ends <= last))
    if query.stale:
        long_ago = utcnow() - STALE_AFTER
        wanted.append(or_(Project.confirmed_at.is_(None), Project.confirmed_at < long_ago))
        wanted.append(or_(Project.ends.is_(None), Project.ends >= query.today))
    if query.mine:
        wanted.append(Project.organisation_id.in_(viewer.organisation_ids))
    return wanted


def _tagged(vocabulary: str, codes: Sequence[str]) -> ColumnElement[bool]:
    """A list of ids and no EXISTS: the index is then read once, and not for each project again."""
    return Project.id.in_(
        select(ProjectTag.project_id).where(
            ProjectTag.vocabulary == vocabulary, ProjectTag.code.in_(codes)
        )
    )


def _in_region(session: Session, region: str) -> ColumnElement[bool]:
    countries = sorted(countries_of(session, [region]))
    return or_(_tagged("region", [region]), _tagged("country", countries))


def _with_organisation(code: str) -> ColumnElement[bool]:
    meant = select(Organisation.id).where(Organisation.code == code).scalar_subquery()
    takes_part = select(ProjectOrganisation.project_id).where(
        ProjectOrganisation.organisation_id == meant
    )
    return or_(Project.organisation_id == meant, Project.id.in_(takes_part))


def _order(sort: ProjectSort) -> tuple[ColumnElement[Any], ...]:
    """What is not stated comes last in either direction."""
    columns: dict[str, ColumnElement[Any]] = {
        "title": func.lower(Project.title),
        "ends": Project.ends.expression,
        "budget": Project.budget_usd_minor.expression,
        "updated": Project.updated_at.expression,
    }
    column = columns[sort.value.lstrip("-")]
    ordered = column.desc() if sort.value.startswith("-") else column.asc()
    return (ordered,) if "updated" in sort.value else (column.is_(None), ordered)
