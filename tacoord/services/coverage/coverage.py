"""Coverage: how many projects, how much money and until when, by place and subject, as a viewer may know it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

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
from tacoord.months import months_between
from tacoord.services.coverage.portions import (
    COUNTRY,
    FEW,
    NOT_STATED,
    PLACES,
    naming,
    places_meant,
    plain_rows,
    portions,
    read_tags,
    subjects_meant,
)
from tacoord.services.projects.query import under_way
from tacoord.services.visibility import Viewer, counted_projects, request_clause

__all__ = ["NOT_STATED", "CoverageCell", "Matrix", "MatrixQuery", "matrix"]

_LAST: Final = date.min


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


class _Sum:
    """What is added up for one cell."""

    __slots__ = ("endless", "projects", "until", "usd")

    def __init__(self) -> None:
        self.projects, self.usd, self.until, self.endless = 0, 0.0, _LAST, False

    def add(self, usd: float, ends: date | None) -> None:
        """Count one project with its part of the money."""
        self.projects += 1
        self.usd += usd
        if ends is None:
            self.endless = True
        elif ends > self.until:
            self.until = ends

    def cell(self) -> CoverageCell:
        """The sum as a cell."""
        until = None if self.until == _LAST else self.until
        return CoverageCell(self.projects, round(self.usd), until, self.endless)


class _Counting:
    """The counts of one question on their way to a matrix.

    Rows are read narrow, each table by one index, and put together here: a database joins projects, their tags and
    pairs of them several times as slowly.
    """

    def __init__(self, session: Session, viewer: Viewer, query: MatrixQuery) -> None:
        self.session, self.viewer, self.query = session, viewer, query
        self.cells: defaultdict[tuple[str, str], CoverageCell] = defaultdict(CoverageCell)
        self.totals: defaultdict[str, CoverageCell] = defaultdict(CoverageCell)
        self.places = places_meant(session, by_region=query.by_region)
        self.parents = subjects_meant(session, query.subjects)
        inside = [ProjectTag.project_id.in_(self._inside())] if self._is_part() else []
        self.tags = read_tags(session, [*PLACES, query.subjects], *inside)
        self.known: set[int] = set()

    def count_projects(self) -> None:
        """How many, how much money, until when."""
        sums: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
        totals: defaultdict[str, _Sum] = defaultdict(_Sum)
        for project, usd, ends, counts in plain_rows(self.session, self._projects()):
            self.known.add(project)
            if not counts:
                continue
            where = self._where(project)
            topics = portions(self.tags.of(project, self.query.subjects), self.parents)
            for place, here in where.items():
                money = (usd or 0) * here
                totals[place].add(money, ends)
                for topic, part in topics.items():
                    sums[place, topic].add(money * part, ends)
        self.cells.update((key, each.cell()) for key, each in sums.items())
        self.totals.update((key, each.cell()) for key, each in totals.items())

    def count_overlaps(self) -> None:
        """Open overlaps, where both projects name the country; by subject, where both name the subject.

        Of the projects that were counted before: a viewer who may know both may know the pair.
        """
        pairs = select(Overlap.first_id, Overlap.second_id).where(
            Overlap.verdict == Verdict.OPEN, Overlap.stale.is_(False)
        )
        if self._is_part():
            pairs = pairs.where(Overlap.first_id.in_(self._inside()))
        alike: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
        for first, second in plain_rows(self.session, pairs):
            if first in self.known and second in self.known:
                countries = self.tags.shared(first, second, COUNTRY)
                if countries:
                    subjects = self.tags.shared(first, second, self.query.subjects)
                    alike[countries, subjects] += 1
        for (countries, subjects), number in alike.items():
            self._add_overlaps(countries, subjects, number)

    def count_requests(self) -> None:
        """Open requests of the governments."""
        meant = self.places[COUNTRY]
        asked = select(AssistanceRequest.id, AssistanceRequest.country).where(
            AssistanceRequest.state == RequestState.OPEN, request_clause(self.viewer)
        )
        places = {}
        for request, country in self.session.execute(asked):
            place = meant.get(country)
            if place and self._counts(place):
                places[request] = place
                self.totals[place].requests += 1
        subjects = select(RequestTag.request_id, RequestTag.code).where(
            RequestTag.vocabulary == self.query.subjects, RequestTag.request_id.in_(places)
        )
        named = {(request, self._whole(code)) for request, code in self.session.execute(subjects)}
        for request, subject in named:
            self.cells[places[request], subject].requests += 1

    def _projects(self) -> Select[Any]:
        """Key, money and last day of every project that the viewer may know, and whether it is asked for."""
        counts = under_way(self.query.today) if self.query.running_only else literal(True)
        columns: tuple[Any, ...] = (Project.id, Project.budget_usd_minor, Project.ends, counts)
        rows = select(*columns).where(counted_projects(self.viewer))
        return rows.where(Project.id.in_(self._inside())) if self._is_part() else rows

    def _where(self, project: int) -> dict[str, float]:
        """The places asked for that the project names, with its part in each."""
        vocabulary, named = self.tags.places_of(project)
        found = portions(named, self.places[vocabulary])
        return {place: part for place, part in found.items() if self._counts(place)}

    def _add_overlaps(self, countries: Iterable[str], subjects: Iterable[str], number: int) -> None:
        topics = {self._whole(code) for code in subjects}
        for place in {self.places[COUNTRY].get(code, code) for code in countries}:
            if place and self._counts(place):
                self.totals[place].overlaps += number
                for topic in topics:
                    self.cells[place, topic].overlaps += number

    def _whole(self, code: str) -> str:
        return self.parents.get(code, code)

    def _counts(self, place: str) -> bool:
        return self.query.within is None or place in self.query.within

    def _is_part(self) -> bool:
        """Whether only the projects that name a few places are looked up."""
        within = self.query.within
        return within is not None and NOT_STATED not in within and len(within) <= FEW

    def _inside(self) -> Select[Any]:
        return naming(self.places, self.query.within or ())
