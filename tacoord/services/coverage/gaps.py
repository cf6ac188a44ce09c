"""Gaps as a viewer may know them, and the state of those that everyone may know, for digests to tell of."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, partial
from typing import Any, Final

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from tacoord.errors import N_
from tacoord.matching.gaps import (
    Ask,
    Cell,
    CellFacts,
    Gap,
    GapKind,
    Sign,
    Work,
    find_gaps,
    lasts_long,
)
from tacoord.models import (
    AssistanceRequest,
    GapState,
    Indicator,
    Offer,
    OfferState,
    Project,
    ProjectTag,
    RequestState,
    RequestTag,
    Term,
)
from tacoord.services.coverage.portions import COUNTRY, FEW, Tags, plain_rows, read_tags
from tacoord.services.history import note_change
from tacoord.services.projects.query import OVER
from tacoord.services.visibility import (
    REGISTERED,
    Viewer,
    counted_projects,
    offer_clause,
    request_clause,
)

INDICATOR_MEASURES: Final = {"not-party-tip-protocol": ("PROS", "PROS-1")}
"""What an indicator of need says help is needed with: its pillar and measure."""

INDICATOR_WORDS: Final = {
    "not-party-tip-protocol": N_("Not a party to the Trafficking in Persons Protocol")
}
"""What an indicator says of a country where its value is `yes`."""

_Key = tuple[str, str, str | None]
"""A cell while many are looked at: country, pillar, measure."""

_ANSWERS: Final = (OfferState.PENDING, OfferState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class GapQuery:
    """Which gaps. Empty collections mean all; measures: also look at each measure, not at pillars alone."""

    countries: Collection[str] = ()
    pillars: Collection[str] = ()
    kinds: Collection[GapKind] = ()
    measures: bool = False


@dataclass(slots=True)
class _Known:
    """What is known of each cell."""

    work: defaultdict[Cell, list[Work]] = field(default_factory=lambda: defaultdict(list))
    asks: defaultdict[Cell, list[Ask]] = field(default_factory=lambda: defaultdict(list))
    signs: defaultdict[Cell, list[Sign]] = field(default_factory=lambda: defaultdict(list))

    def active_countries(self) -> set[str]:
        """Those with a project or a request."""
        return {cell.country for part in (self.work, self.asks) for cell in part}


def list_gaps(
    session: Session, viewer: Viewer, *, now: datetime, query: GapQuery | None = None
) -> list[Gap]:
    """The gaps among what `viewer` may see, the most pressing first.

    Looked at is every pillar of the countries that have a project or a request, or that are asked for, and what an
    indicator of need points to in any country.
    """
    query = query or GapQuery()
    known = _Known()
    _add_work(session, viewer, query, known, now.date())
    _add_asks(session, viewer, query, known)
    _add_signs(session, query, known)
    cells = _cells(session, query, query.countries or known.active_countries())
    more = (cell for cell in known.signs.keys() - set(cells) if _asked(cell, query))
    cells += sorted(more, key=lambda cell: (cell.country, cell.pillar, cell.measure or ""))
    facts = (CellFacts(c, known.work[c], known.asks[c], known.signs[c]) for c in cells)
    gaps = find_gaps(facts, today=now.date())
    return [gap for gap in gaps if not query.kinds or gap.kind in query.kinds]


def ensure_gap_states(session: Session, now: datetime) -> None:
    """Note the gaps where that was never done: a first digest that did not know of them would make the next one call
    all of them new.
    """
    if session.scalar(select(GapState.id).limit(1)) is None:
        refresh_gap_states(session, now)


def refresh_gap_states(session: Session, now: datetime) -> int:
    """Compare the gaps that every signed-in person may know with those on record; note what is new and what closed.

    Returns how many are open.
    """
    found = {gap.key: gap for gap in list_gaps(session, REGISTERED, now=now)}
    kept = {state.key: state for state in session.scalars(select(GapState))}
    for key, gap in found.items():
        state = kept.get(key)
        if state is None or state.closed_at is not None:
            _open_gap(session, gap, state, now)
        else:
            state.evidence = evidence_of(gap)
    for key, state in kept.items():
        if key not in found and state.closed_at is None:
            state.closed_at = now
            note_change(session, "gap.closed", state, by=None)
    return len(found)


def evidence_of(gap: Gap) -> dict[str, Any]:
    """The evidence as plain values, for storing and for machines."""
    return {
        "since": gap.since.isoformat() if gap.since else None,
        "until": gap.until.isoformat() if gap.until else None,
        "projects": [
            {"id": work.id, "ends": work.ends.isoformat() if work.ends else None}
            for work in gap.work
        ],
        "requests": [{"id": ask.id, "sent": ask.sent.isoformat()} for ask in gap.asks],
        "indicators": [
            {
                "indicator": sign.indicator,
                "value": sign.value,
                "as_of": sign.as_of,
                "source": sign.source,
            }
            for sign in gap.signs
        ],
    }


def _open_gap(session: Session, gap: Gap, state: GapState | None, now: datetime) -> None:
    if state is None:
        state = GapState(
            key=gap.key,
            kind=gap.kind,
            country=gap.cell.country,
            pillar=gap.cell.pillar,
            measure=gap.cell.measure,
        )
        session.add(state)
    state.since, state.evidence = gap.since or now.date(), evidence_of(gap)
    state.opened_at, state.closed_at = now, None
    session.flush()
    note_change(session, "gap.opened", state, by=None)


def _asked(cell: Cell, query: GapQuery) -> bool:
    """Whether the question reaches this cell, whatever its country."""
    in_pillars = not query.pillars or cell.pillar in query.pillars
    return not query.countries and in_pillars and (cell.measure is None or query.measures)


def _cells(session: Session, query: GapQuery, countries: Iterable[str]) -> list[Cell]:
    pillars = session.scalars(select(Term.code).where(Term.vocabulary == "pillar")).all()
    chosen = [code for code in pillars if not query.pillars or code in query.pillars]
    cells = [Cell(country, pillar) for country in sorted(countries) for pillar in chosen]
    if query.measures:
        measures = whole_measures(session)
        cells += [
            Cell(country, pillar, measure)
            for country in sorted(countries)
            for measure, pillar in measures.items()
            if pillar in chosen
        ]
    return cells


def whole_measures(session: Session) -> Mapping[str, str]:
    """The pillar of each whole measure (not of its parts)."""
    terms = session.scalars(
        select(Term).where(Term.vocabulary == "measure", Term.parent.is_(None), Term.active)
    )
    return {term.code: term.attributes["pillar"] for term in terms}


def _add_work(
    session: Session, viewer: Viewer, query: GapQuery, known: _Known, today: date
) -> None:
    """The projects of each cell; of a cell that somebody covers for long enough only the first who does.

    Rows are read narrow and put together here, as for the matrix.
    """
    vocabularies = [COUNTRY, "pillar", *(["measure"] if query.measures else [])]
    inside = _naming(query.countries)
    tags = read_tags(session, vocabularies, *(ProjectTag.project_id.in_(each) for each in inside))
    pillars = whole_measures(session) if query.measures else {}
    rows = select(
        Project.id, Project.public_id, Project.starts, Project.ends, Project.status
    ).where(counted_projects(viewer), *(Project.id.in_(each) for each in inside))
    lasts = cache(partial(lasts_long, today=today))
    covered: set[_Key] = set()
    for project, public_id, starts, ends, status in plain_rows(session, rows):
        work: Work | None = None
        for key in _cells_of(tags, project, pillars, query):
            if key in covered:
                continue
            work = work or Work(public_id, starts, ends, over=status in OVER)
            known.work[Cell(*key)].append(work)
            if work.comes(today) or (work.runs(today) and lasts(work.ends)):
                covered.add(key)


def _naming(countries: Collection[str]) -> list[Select[Any]]:
    """The projects (keys) that name one of a few countries; no condition where many or all are asked for."""
    named = select(ProjectTag.project_id).where(
        ProjectTag.vocabulary == COUNTRY, ProjectTag.code.in_(countries)
    )
    return [named] if 0 < len(countries) <= FEW else []


def _cells_of(
    tags: Tags, project: int, pillars: Mapping[str, str], query: GapQuery
) -> Iterator[_Key]:
    """The cells of a project, each once, also where it names several parts of one measure."""
    topics: list[tuple[str, str | None]] = [
        (code, None) for code, _share in tags.of(project, "pillar")
    ] or [("", None)]
    if pillars:
        named = (code.partition(".")[0] for code, _share in tags.of(project, "measure"))
        topics += [(pillars[code], code) for code in dict.fromkeys(named) if code in pillars]
    for country, _share in tags.of(project, COUNTRY):
        if not query.countries or country in query.countries:
            for pillar, measure in topics:
                yield country, pillar, measure


def _add_asks(session: Session, viewer: Viewer, query: GapQuery, known: _Known) -> None:
    # An answer that the viewer may not know of must not show by a gap that is missing.
    answered = exists().where(
        Offer.request_id == AssistanceRequest.id, Offer.state.in_(_ANSWERS), offer_clause(viewer)
    )
    rows = (
        select(
            AssistanceRequest.public_id,
            AssistanceRequest.submitted_at,
            AssistanceRequest.country,
            RequestTag.code,
        )
        .join(RequestTag, RequestTag.request_id == AssistanceRequest.id)
        .where(
            RequestTag.vocabulary == "pillar",
            AssistanceRequest.state == RequestState.OPEN,
            ~answered,
            request_clause(viewer),
        )
    )
    if query.countries:
        rows = rows.where(AssistanceRequest.country.in_(query.countries))
    for public_id, sent, country, pillar in session.execute(rows):
        if sent is not None:
            known.asks[Cell(country, pillar)].append(Ask(public_id, sent.date()))


def _add_signs(session: Session, query: GapQuery, known: _Known) -> None:
    rows = select(Indicator).order_by(Indicator.as_of)
    if query.countries:
        rows = rows.where(Indicator.country.in_(query.countries))
    for row in session.scalars(rows):
        place = INDICATOR_MEASURES.get(row.indicator)
        if place is None:
            continue
        sign = Sign(row.indicator, row.value, row.as_of, row.source)
        for cell in (Cell(row.country, place[0]), Cell(row.country, *place)):
            known.signs[cell].append(sign)
