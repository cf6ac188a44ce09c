"""Which overlaps a viewer may see, and those of them that were asked for, in a said order."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from tacoord.errors import NotFound
from tacoord.models import (
    Decision,
    Kind,
    Organisation,
    Overlap,
    Project,
    ProjectOrganisation,
    ProjectTag,
    Verdict,
)
from tacoord.services.projects.projects import note_read
from tacoord.services.visibility import Viewer, counted_projects, overlap_clause

MOST_COUNTED: Final = 1_000
LARGEST_PAGE: Final = 100


class Stand(StrEnum):
    """Where a pair stands: to be judged, decided, or no longer flagged and never decided."""

    OPEN = "open"
    DECIDED = "decided"
    STALE = "stale"
    ALL = "all"


class Sort(StrEnum):
    """The orders of the queue: what matters first, the surest, the most money, the oldest, what teaches most."""

    PRIORITY = "priority"
    SCORE = "score"
    MONEY = "money"
    AGE = "age"
    LEARNING = "learning"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapQuery:
    """What is asked of the overlaps; a field of None asks nothing.

    country, pillar: either project is tagged with it. organisation: its code; it reports one of the two or takes part
    in it. min_score: 0 to 1. verdict: one verdict among the decided. mine: one of the two is of the viewer's own
    organisations. project: public id of one of the two. among: asks for keys, of which one of the two has one. since:
    flagged at or after. cursor: public id of the last overlap that was shown.
    """

    country: str | None = None
    pillar: str | None = None
    organisation: str | None = None
    kind: Kind | None = None
    min_score: float | None = None
    stand: Stand = Stand.OPEN
    verdict: Verdict | None = None
    mine: bool = False
    project: str | None = None
    among: Select[int] | None = None
    since: datetime | None = None
    sort: Sort = Sort.PRIORITY
    cursor: str | None = None
    limit: int = 25


@dataclass(frozen=True, slots=True)
class OverlapPage:
    """A page of overlaps. next: the cursor of the page after it. total: how many there are, at most MOST_COUNTED."""

    rows: Sequence[Overlap]
    next: str | None
    total: int
    counted_all: bool


def list_overlaps(session: Session, viewer: Viewer, query: OverlapQuery) -> OverlapPage:
    """The overlaps that `query` asks for and `viewer` may see, both projects loaded; ties by public id."""
    limit = max(1, min(query.limit, LARGEST_PAGE))
    wanted = _wanted(viewer, query)
    total = session.scalar(
        select(func.count()).select_from(
            wanted.with_only_columns(Overlap.id).limit(MOST_COUNTED + 1).subquery()
        )
    )
    # The keys first: ordering whole rows with their evidence costs ten times as much.
    page = _after(session, viewer, wanted.with_only_columns(Overlap.id), query)
    ids = session.scalars(page.order_by(*_order(query.sort)).limit(limit + 1)).all()
    rows = _rows(session, ids[:limit])
    return OverlapPage(
        rows=rows,
        next=rows[-1].public_id if len(ids) > limit else None,
        total=min(total or 0, MOST_COUNTED),
        counted_all=(total or 0) <= MOST_COUNTED,
    )


def count_overlaps(session: Session, viewer: Viewer, query: OverlapQuery) -> int:
    """How many overlaps `query` asks for, of those that `viewer` may see, at most MOST_COUNTED."""
    return list_overlaps(session, viewer, replace(query, limit=1)).total


def get_overlap(session: Session, public_id: str, viewer: Viewer) -> Overlap:
    """The overlap with this public id, its projects, decisions and deciders loaded.

    Raises NotFound, also where the viewer may not see both projects.
    """
    query = _loaded(select(Overlap).where(Overlap.public_id == public_id, overlap_clause(viewer)))
    found: Overlap | None = session.scalar(
        query.options(selectinload(Overlap.decisions).joinedload(Decision.by)).execution_options(
            populate_existing=True
        )
    )
    if found is None:
        raise NotFound(f"overlap {public_id}")
    note_read(session, found.first)
    note_read(session, found.second)
    return found


def overlaps_of_project(session: Session, project: Project, viewer: Viewer) -> Sequence[Overlap]:
    """The overlaps of one project that are not stale: open ones first, the most likely first."""
    query = _loaded(
        select(Overlap).where(
            or_(Overlap.first_id == project.id, Overlap.second_id == project.id),
            overlap_clause(viewer),
            or_(Overlap.stale.is_(False), Overlap.verdict != Verdict.OPEN),
        )
    )
    return session.scalars(
        query.order_by(Overlap.verdict != Verdict.OPEN, *_order(Sort.SCORE)).limit(LARGEST_PAGE)
    ).all()


def visible_among(session: Session, viewer: Viewer, overlaps: Iterable[Overlap]) -> frozenset[int]:
    """The keys of those of some overlaps that `viewer` may know of."""
    ids = [overlap.id for overlap in overlaps]
    query = select(Overlap.id).where(Overlap.id.in_(ids), overlap_clause(viewer))
    return frozenset(session.scalars(query)) if ids else frozenset()


def next_open(
    session: Session, viewer: Viewer, query: OverlapQuery, *, after: Overlap
) -> tuple[Overlap | None, bool]:
    """The open overlap that follows `after` in the queue that `query` asks for, and whether the queue began anew.

    Behind the last one comes the first again, so that what was skipped is met once more; None where no other is open.
    """
    asked = replace(query, stand=Stand.OPEN, verdict=None, cursor=after.public_id)
    if beyond := _first(session, viewer, asked, but=after):
        return beyond, False
    return _first(session, viewer, replace(asked, cursor=None), but=after), True


def organisations_of_queue(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Code and name of the organisations that report a project of an open overlap, by name."""
    # Put together here from two narrow reads: asked pair by pair of the database it takes ten times as long.
    known = select(Project.id, Project.organisation_id).where(counted_projects(viewer))
    reporter = {row.id: row.organisation_id for row in session.execute(known)}
    pairs = select(Overlap.first_id, Overlap.second_id).where(
        Overlap.verdict == Verdict.OPEN, Overlap.stale.is_(False)
    )
    wanted: set[int] = set()
    for first, second in session.execute(pairs):
        if first in reporter and second in reporter:
            wanted.update((reporter[first], reporter[second]))
    query = select(Organisation.code, Organisation.name).where(Organisation.id.in_(wanted))
    return [(row.code, row.name) for row in session.execute(query.order_by(Organisation.name))]


def capped_projects(
    session: Session, viewer: Viewer, rows: Sequence[Overlap], most: int
) -> list[Project]:
    """The projects of these overlaps of which `most` or more are flagged, as `viewer` may know them."""
    shown = {project.id: project for row in rows for project in (row.first, row.second)}
    pairs = select(Overlap.first_id, Overlap.second_id).where(
        or_(Overlap.first_id.in_(shown), Overlap.second_id.in_(shown)),
        Overlap.stale.is_(False),
        overlap_clause(viewer),
    )
    times = Counter(end for pair in session.execute(pairs) for end in pair)
    return [project for key, project in shown.items() if times[key] >= most]


def _first(
    session: Session, viewer: Viewer, query: OverlapQuery, *, but: Overlap
) -> Overlap | None:
    wanted = _wanted(viewer, query).where(Overlap.id != but.id)
    found: Overlap | None = session.scalar(
        _after(session, viewer, wanted, query).order_by(*_order(query.sort)).limit(1)
    )
    return found


def _rows(session: Session, ids: Sequence[int]) -> list[Overlap]:
    """The overlaps with these keys, in this order."""
    found = session.scalars(_loaded(select(Overlap).where(Overlap.id.in_(ids)))) if ids else ()
    by_id = {overlap.id: overlap for overlap in found}
    return [by_id[overlap_id] for overlap_id in ids]


def _wanted(viewer: Viewer, query: OverlapQuery) -> Select[Any]:
    return select(Overlap).where(*_conditions(viewer, query), overlap_clause(viewer))


def _conditions(viewer: Viewer, query: OverlapQuery) -> list[ColumnElement[bool]]:
    wanted = [*_stand(query)]
    if query.kind is not None:
        wanted.append(Overlap.kind == query.kind)
    if query.min_score is not None:
        wanted.append(Overlap.score >= query.min_score)
    if query.since is not None:
        wanted.append(Overlap.flagged_at >= query.since)
    for vocabulary, code in (("country", query.country), ("pillar", query.pillar)):
        if code is not None:
            wanted.append(_tagged(vocabulary, code))
    if query.organisation is not None:
        wanted.append(_with_organisation(query.organisation))
    if query.mine:
        wanted.append(_either(Project.organisation_id.in_(viewer.organisation_ids)))
    if query.project is not None:
        wanted.append(_either(Project.public_id == query.project))
    if query.among is not None:
        wanted.append(_either(Project.id.in_(query.among)))
    return wanted


def _stand(query: OverlapQuery) -> list[ColumnElement[bool]]:
    if query.verdict is not None and query.verdict is not Verdict.OPEN:
        return [Overlap.verdict == query.verdict]
    still_open = Overlap.verdict == Verdict.OPEN
    return {
        Stand.OPEN: [still_open, Overlap.stale.is_(False)],
        Stand.STALE: [still_open, Overlap.stale.is_(True)],
        Stand.DECIDED: [Overlap.verdict != Verdict.OPEN],
        Stand.ALL: [],
    }[query.stand]


def _either(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether one of the two projects meets a condition on Project."""
    return exists().where(Project.id.in_((Overlap.first_id, Overlap.second_id)), condition)


def _tagged(vocabulary: str, code: str) -> ColumnElement[bool]:
    projects = select(ProjectTag.project_id).where(
        ProjectTag.vocabulary == vocabulary, ProjectTag.code == code
    )
    return or_(Overlap.first_id.in_(projects), Overlap.second_id.in_(projects))


def _with_organisation(code: str) -> ColumnElement[bool]:
    wanted = select(Organisation.id).where(Organisation.code == code).scalar_subquery()
    takes_part = exists().where(
        ProjectOrganisation.project_id.in_((Overlap.first_id, Overlap.second_id)),
        ProjectOrganisation.organisation_id == wanted,
    )
    return or_(_either(Project.organisation_id == wanted), takes_part)


def _key(sort: Sort) -> tuple[ColumnElement[Any], bool]:
    """What an order goes by, and whether it falls."""
    keys: dict[Sort, tuple[ColumnElement[Any], bool]] = {
        Sort.PRIORITY: (Overlap.priority.expression, True),
        Sort.SCORE: (Overlap.score.expression, True),
        Sort.MONEY: (func.coalesce(Overlap.at_stake_usd_minor, -1), True),
        Sort.AGE: (Overlap.flagged_at.expression, False),
        Sort.LEARNING: (func.abs(Overlap.score - 0.5), False),
    }
    return keys[sort]


def _order(sort: Sort) -> tuple[Any, ...]:
    key, falling = _key(sort)
    return (key.desc() if falling else key.asc(), Overlap.public_id)


def _after(
    session: Session, viewer: Viewer, wanted: Select[Any], query: OverlapQuery
) -> Select[Any]:
    """Only what comes after the cursor; all where the cursor names nothing."""
    if query.cursor is None:
        return wanted
    key, falling = _key(query.sort)
    place = select(key).where(Overlap.public_id == query.cursor, overlap_clause(viewer))
    last = session.execute(place).one_or_none()
    if last is None:
        return wanted
    beyond = key < last[0] if falling else key > last[0]
    return wanted.where(or_(beyond, and_(key == last[0], Overlap.public_id > query.cursor)))


def _loaded(query: Select[Any]) -> Select[Any]:
    """With both projects, who reports them, and their tags."""
    return query.options(
        joinedload(Overlap.first, innerjoin=True).selectinload(Project.tags),
        joinedload(Overlap.second, innerjoin=True).selectinload(Project.tags),
    )
