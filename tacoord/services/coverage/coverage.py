"""Coverage: how many projects, how much money and until when, by place and subject, as a viewer may know it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, select, union
from sqlalchemy.orm import Session, aliased

from tacoord.matching.gaps import months_between
from tacoord.models import (
    AssistanceRequest,
    Overlap,
    Project,
    ProjectTag,
    RequestState,
    RequestTag,
    Term,
    Verdict,
)
from tacoord.services.projects.query import OVER, under_way
from tacoord.services.projects.tag_parts import part_of, place_of, says_where
from tacoord.services.terms.regions import regions_by_country
from tacoord.services.visibility import Viewer, counted_projects, overlap_clause, request_clause

__all__ = ["NOT_STATED", "OVER", "CoverageCell", "Matrix", "MatrixQuery", "matrix"]

NOT_STATED: Final = ""
COUNTRY: Final = "country"


@dataclass(slots=True)
class CoverageCell:
    """One place and subject. usd_minor: the shares of the budgets that fall here, in cents of US dollars.

    until: the last day of the longest project; open_ended: one of them states no end.
    """

    projects: int = 0
    usd_minor: int = 0
    until: date | None = None
    open_ended: bool = False
    overlaps: int = 0
    requests: int = 0
    gaps: int = 0

    def months_left(self, today: date) -> int | None:
        """Whole months of coverage from `today`; None where nothing runs or no end is stated."""
        if not self.projects or self.open_ended or self.until is None:
            return None
        return months_between(today, self.until)


@dataclass(frozen=True, slots=True)
class MatrixQuery:
    """What the matrix is of.

    running_only: projects under way today, else all that are registered. by_region: a row for each M49 region instead
    of each country; projects that name no country stand in the row of their region either way. within: only these
    places; None for all, and NOT_STATED for projects that name none. subjects: the vocabulary of the columns, `pillar`
    or `measure` (parts of a measure count as the measure); codes: only these columns; None for all.
    """

    today: date
    running_only: bool = True
    by_region: bool = False
    within: Collection[str] | None = None
    subjects: str = "pillar"
    codes: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Cells by (place, subject); either is "" where the projects state none. totals: by place, each project once.

    A place is the code of a country, or of a region (figures) for the projects that name no country.
    """

    cells: dict[tuple[str, str], CoverageCell]
    subjects: Sequence[str]
    totals: dict[str, CoverageCell]

    def places(self) -> list[str]:
        """The places of which anything is known, in the order of their codes; "" is left out."""
        return sorted({place for place, _ in self.cells if place} | {p for p in self.totals if p})

    def cell(self, place: str, subject: str) -> CoverageCell:
        """The cell, an empty one where nobody is there."""
        return self.cells.get((place, subject), CoverageCell())

    def add_gap(self, place: str, subject: str) -> None:
        """Count one gap of a place and subject."""
        for cell in (
            self.cells.setdefault((place, subject), CoverageCell()),
            self.totals.setdefault(place, CoverageCell()),
        ):
            cell.gaps += 1

    def total(self, place: str) -> CoverageCell:
        """All subjects of `place` together, each project once."""
        return self.totals.get(place, CoverageCell())


def matrix(session: Session, viewer: Viewer, query: MatrixQuery) -> Matrix:
    """Coverage of every place that has a project, a request or an overlap which `viewer` may know of."""
    found = _Counting(session, viewer, query)
    found.count_projects()
    found.count_overlaps()
    found.count_requests()
    subjects = query.codes or session.scalars(_subjects(query.subjects)).all()
    chosen = {NOT_STATED, *subjects}
    cells = {key: cell for key, cell in found.cells.items() if key[1] in chosen}
    return Matrix(cells, subjects, dict(found.totals))


def _subjects(vocabulary: str) -> Select[Any]:
    return (
        select(Term.code)
        .where(Term.vocabulary == vocabulary, Term.parent.is_(None), Term.active)
        .order_by(Term.sort, Term.code)
    )


class _Counting:
    """The counts of one question on their way to a matrix."""

    def __init__(self, session: Session, viewer: Viewer, query: MatrixQuery) -> None:
        self.session, self.viewer, self.query = session, viewer, query
        self.cells: defaultdict[tuple[str, str], CoverageCell] = defaultdict(CoverageCell)
        self.totals: defaultdict[str, CoverageCell] = defaultdict(CoverageCell)

    def count_projects(self) -> None:
        """How many, how much money, until when."""
        where, subject = aliased(ProjectTag), aliased(ProjectTag)
        country, topic = aliased(Term), aliased(Term)
        place = func.coalesce(place_of(country, by_region=self.query.by_region), NOT_STATED)
        here = func.coalesce(part_of(where), 1.0)
        base = (
            select(place, *_sums(here))
            .select_from(Project)
            .outerjoin(where, and_(where.project_id == Project.id, says_where(where)))
            .outerjoin(country, _term_of(country, where))
            .where(counted_projects(self.viewer), *self._within(place))
        )
        if self.query.running_only:
            base = base.where(under_way(self.query.today))
        for at, *sums in self.session.execute(base.group_by(place)):
            _fill(self.totals[at], *sums)
        on_it = and_(subject.project_id == Project.id, subject.vocabulary == self.query.subjects)
        code = func.coalesce(topic.parent, subject.code, NOT_STATED)
        by_subject = (
            base.with_only_columns(place, code, *_sums(here * func.coalesce(part_of(subject), 1.0)))
            .outerjoin(subject, on_it)
            .outerjoin(topic, _term_of(topic, subject))
            .group_by(place, code)
        )
        for at, on, *sums in self.session.execute(by_subject):
            _fill(self.cells[at, on], *sums)

    def count_overlaps(self) -> None:
        """Open overlaps, where both projects name the country; by subject, where both name the subject.

        Put together here: a database joins pairs with four tables of tags in the wrong order.
        """
        still_open = and_(Overlap.verdict == Verdict.OPEN, ~Overlap.stale)
        pairs = select(Overlap.first_id, Overlap.second_id).where(
            still_open, overlap_clause(self.viewer)
        )
        tags = self._tags_of(pairs)
        regions = regions_by_country(self.session) if self.query.by_region else {}
        for first, second in self.session.execute(pairs):
            shared = tags[first] & tags[second]
            countries = {code for vocabulary, code in shared if vocabulary == COUNTRY}
            subjects = {code.partition(".")[0] for name, code in shared if name != COUNTRY}
            for place in {regions.get(code, code) for code in countries}:
                if self.query.within is None or place in self.query.within:
                    self.totals[place].overlaps += 1
                    for subject in subjects:
                        self.cells[place, subject].overlaps += 1

    def _tags_of(self, pairs: Select[int, int]) -> defaultdict[int, set[tuple[str, str]]]:
        """(vocabulary, code) of the countries and subjects of every project of some pairs."""
        sides = pairs.subquery()
        rows = select(ProjectTag.project_id, ProjectTag.vocabulary, ProjectTag.code).where(
            ProjectTag.vocabulary.in_((COUNTRY, self.query.subjects)),
            ProjectTag.project_id.in_(union(select(sides.c.first_id), select(sides.c.second_id))),
        )
        tags: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
        for project_id, vocabulary, code in self.session.execute(rows):
            tags[project_id].add((vocabulary, code))
        return tags

    def count_requests(self) -> None:
        """Open requests of the governments."""
        place = place_of(Term, by_region=self.query.by_region)
        base = (
            select(place, func.count())
            .select_from(AssistanceRequest)
            .join(Term, _is_country(AssistanceRequest.country))
            .where(AssistanceRequest.state == RequestState.OPEN, request_clause(self.viewer))
            .where(place.is_not(None), *self._within(place))
        )
        for at, number in self.session.execute(base.group_by(place)):
            self.totals[at].requests = number
        by_subject = (
            base.with_only_columns(place, RequestTag.code, func.count())
            .join(RequestTag, RequestTag.request_id == AssistanceRequest.id)
            .where(RequestTag.vocabulary == self.query.subjects)
            .group_by(place, RequestTag.code)
        )
        for at, on, number in self.session.execute(by_subject):
            self.cells[at, on.partition(".")[0]].requests += number

    def _within(self, place: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        return [] if self.query.within is None else [place.in_(sorted(self.query.within))]


def _sums(part: ColumnElement[float]) -> tuple[ColumnElement[Any], ...]:
    """Projects once each, their money by parts, the last day, and how many state no last day."""
    return (
        func.count(func.distinct(Project.id)),
        func.sum(Project.budget_usd_minor * part),
        func.max(Project.ends),
        func.count(func.distinct(case((Project.ends.is_(None), Project.id)))),
    )


def _fill(
    cell: CoverageCell, projects: int, usd: float | None, until: date | None, endless: int
) -> None:
    cell.projects, cell.usd_minor = projects, round(usd or 0)
    cell.until, cell.open_ended = until, endless > 0


def _term_of(term: type[Term], tag: type[ProjectTag]) -> ColumnElement[bool]:
    return and_(term.vocabulary == tag.vocabulary, term.code == tag.code)


def _is_country(code: Any) -> ColumnElement[bool]:
    return and_(Term.vocabulary == COUNTRY, Term.code == code)
