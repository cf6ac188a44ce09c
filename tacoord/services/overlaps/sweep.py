"""All projects against all: for what two transactions missed in one instant, for bulk loads, and after new weights.

Everybody who judges overlaps may see public and registered projects, so those are compared in one go. Projects for
fewer people are compared one by one: among all at once they would crowd out pairs that others see.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from tacoord.matching.collection import Chunk, prepare_chunk
from tacoord.matching.engine import LOCAL, Engine, opened
from tacoord.matching.facts import Facts
from tacoord.matching.match import Match
from tacoord.matching.sweep import Swept, compare_all
from tacoord.models import Overlap, Project, ProjectKey, ProjectState, Verdict, Visibility, utcnow
from tacoord.services.overlaps.keys import forget_projects, index_keys
from tacoord.services.overlaps.matching_models import current_model
from tacoord.services.overlaps.overlaps import MOST_FLAGS, flag_overlaps
from tacoord.services.overlaps.rows import (
    Ends,
    Pair,
    insert_missing,
    pair_of,
    refresh,
    retire,
    weigh_again,
)
from tacoord.services.projects.facts import read_facts

Progress = Callable[[str, int, int | None], None]
Counts = Counter[str]
"""How many pairs are flagged, by kind."""

# One by one costs some 30 ms a project, all against all less than 1 ms a project of the whole register.
FEW_CHANGED: Final = 200
_SHARE_CHANGED: Final = 50
_READ: Final = 1_000
_CHUNK: Final = 2_000
_SAVED: Final = 500
_RECENT_DAYS: Final = 8
_DAY: Final = timedelta(hours=25)
_OPEN: Final = (Visibility.PUBLIC, Visibility.REGISTERED)

T = TypeVar("T")


@dataclass(slots=True)
class Compared:
    """What a comparison of all has found, not saved yet. ids: key of each compared project by its public id.

    keys: of the projects that are not in the index as they are now. restricted: the projects that are still to be
    compared, one by one. began: when reading began.
    """

    began: datetime
    swept: Swept
    ids: Mapping[str, int]
    keys: Mapping[int, Collection[int]]
    restricted: Sequence[int]


@dataclass(slots=True)
class _Reading:
    """What is noted while projects are read: their keys in the database, and which must be indexed anew."""

    ids: dict[str, int] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)


def sweep(
    session: Session,
    *,
    workers: int = 1,
    engine: str = LOCAL,
    only_changed: bool = False,
    progress: Progress | None = None,
) -> Counts:
    """Compare every published project with every other, and bring all rows in line; how many are flagged, by kind.

    only_changed: compare only those that changed since they were last compared. What is one activity, or a part of
    one, is flagged as if the projects came one by one; of pairs that are merely near, a sweep knows the rivals of both
    sides. Raises ValueError for an unknown engine, OSError where a scheduler does not answer.
    """
    few = changed_projects(session) if only_changed else None
    if few is not None:
        steps = sweep_changed(session, few, progress)
    else:
        compared = compare(session, workers=workers, engine=engine, progress=progress)
        steps = save(session, compared, progress)
    return list(steps)[-1]


def changed_projects(session: Session) -> list[int] | None:
    """The projects that changed since they were compared, or None where all against all is quicker.

    Those of the last day count as changed: two that were registered in one instant did not see each other.
    """
    stale = or_(
        Project.compared_at.is_(None),
        Project.compared_at < Project.updated_at,
        Project.updated_at >= utcnow() - _DAY,
    )
    known = or_(
        Project.state == ProjectState.PUBLISHED,
        select(ProjectKey.key).where(ProjectKey.project_id == Project.id).exists(),
    )
    ids = session.scalars(select(Project.id).where(stale, known).order_by(Project.id)).all()
    if len(ids) <= FEW_CHANGED:
        return list(ids)
    every = select(func.count()).where(Project.state == ProjectState.PUBLISHED)
    return list(ids) if len(ids) * _SHARE_CHANGED <= (session.scalar(every) or 0) else None


def sweep_changed(
    session: Session,
    ids: Sequence[int],
    progress: Progress | None = None,
    *,
    words: str = "changed projects",
) -> Iterator[Counts]:
    """Compare some projects one by one; after each the caller may commit. Yields the pairs flagged so far, by kind."""
    found: dict[str, str] = {}
    for done, project_id in enumerate(ids, start=1):
        for overlap in flag_overlaps(session, session.get_one(Project, project_id)):
            found[overlap.public_id] = overlap.kind.value
        if progress:
            progress(words, done, len(ids))
        yield Counter(found.values())
    weigh_recent(session)
    yield Counter(found.values())


def compare(
    session: Session,
    *,
    workers: int = 1,
    engine: str = LOCAL,
    progress: Progress | None = None,
) -> Compared:
    """Read every published project and compare all with all; writes nothing."""
    began, reading = utcnow(), _Reading()
    facts = _facts(session, reading, progress)
    with opened(engine, workers=workers) as running:
        chunks = list(_chunks(running, facts))
        keys = _keys_of(chunks, reading)
        swept = compare_all(chunks, model=current_model(session), engine=running, progress=progress)
    restricted = session.scalars(
        select(Project.id)
        .where(Project.state == ProjectState.PUBLISHED, Project.visibility.not_in(_OPEN))
        .order_by(Project.id)
    ).all()
    return Compared(began, swept, reading.ids, keys, restricted)


def save(
    session: Session, compared: Compared, progress: Progress | None = None
) -> Iterator[Counts]:
    """Write down what a comparison of all has found, step by step; after each the caller may commit.

    Yields the pairs flagged so far, by kind; the last one counts all.
    """
    counts: Counts = Counter()
    for done, batch in _batches(compared.keys.items(), _READ):
        index_keys(session, dict(batch))
        _tell(progress, "projects indexed", done, len(compared.keys))
        yield counts
    _forget_unpublished(session)
    existing = _existing(session)
    met: set[Ends] = set()
    chosen = compared.swept.select(cutoff=None, top=None)
    matches = _within_caps(compared.swept.matches(chosen), compared.ids, existing)
    for done, pairs in _batches(matches, _SAVED):
        _save_pairs(session, pairs, existing)
        met.update((pair.first_id, pair.second_id) for pair in pairs)
        counts.update(pair.kind.value for pair in pairs)
        _tell(progress, "pairs saved", done, None)
        yield counts
    _retire_rest(session, existing, met, compared.ids.values())
    _mark_compared(session, compared)
    for more in sweep_changed(session, compared.restricted, progress, words="restricted projects"):
        yield counts + more


def weigh_recent(session: Session) -> None:
    """Weigh the open pairs anew of which a project has begun or ended in the last days: days pass by themselves."""
    today = utcnow().date()
    recent = (today - timedelta(days=_RECENT_DAYS), today)
    turned = select(Project.id).where(
        or_(Project.starts.between(*recent), Project.ends.between(*recent))
    )
    rows = session.scalars(
        select(Overlap).where(
            Overlap.verdict == Verdict.OPEN,
            or_(Overlap.first_id.in_(turned), Overlap.second_id.in_(turned)),
        )
    ).all()
    weigh_again(session, rows)
    session.flush()


def _facts(session: Session, reading: _Reading, progress: Progress | None) -> Iterator[Facts]:
    """The facts of every published project that is open to all who judge, in the order of the table."""
    last = 0
    while True:
        page = session.execute(
            select(Project.id, Project.compared_at, Project.updated_at)
            .where(
                Project.state == ProjectState.PUBLISHED,
                Project.visibility.in_(_OPEN),
                Project.id > last,
            )
            .order_by(Project.id)
            .limit(_READ)
        ).all()
        if not page:
            return
        last = page[-1].id
        facts = read_facts(session, [row.id for row in page])
        for row in page:
            public_id = facts[row.id].id
            reading.ids[public_id] = row.id
            if row.compared_at is None or row.compared_at < row.updated_at:
                reading.changed.add(public_id)
        yield from facts.values()
        _tell(progress, "projects read", len(reading.ids), None)


def _chunks(engine: Engine, facts: Iterator[Facts]) -> Iterator[Chunk]:
    return engine.map(prepare_chunk, (batch for _, batch in _batches(facts, _CHUNK)))


def _keys_of(chunks: Iterable[Chunk], reading: _Reading) -> dict[int, list[int]]:
    return {
        reading.ids[public_id]: chunk.keys.of(row).tolist()
        for chunk in chunks
        for row, public_id in enumerate(chunk.columns.ids)
        if public_id in reading.changed
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """What a row says already."""

    kind: str
    score: float
    model_version: str
    open: bool
    stale: bool


def _existing(session: Session) -> dict[Ends, _Known]:
    rows = session.execute(
        select(
            Overlap.first_id,
            Overlap.second_id,
            Overlap.kind,
            Overlap.score,
            Overlap.model_version,
            Overlap.verdict,
            Overlap.stale,
        )
    )
    return {
        (first, second): _Known(kind, score, version, verdict is Verdict.OPEN, stale)
        for first, second, kind, score, version, verdict, stale in rows
    }


def _within_caps(
    matches: Iterable[Match], ids: Mapping[str, int], existing: Collection[Ends]
) -> Iterator[Pair]:
    """The pairs among the best MOST_FLAGS of either project; those that are there already do not go for being many.

    matches: best first.
    """
    taken: Counter[int] = Counter()
    for match in matches:
        pair = pair_of(ids[match.left], ids[match.right], match)
        ends = (pair.first_id, pair.second_id)
        taken.update(ends)
        if ends in existing or any(taken[end] <= MOST_FLAGS for end in ends):
            yield pair


def _save_pairs(session: Session, pairs: Sequence[Pair], existing: Mapping[Ends, _Known]) -> None:
    new, other = [], {}
    for pair in pairs:
        ends = (pair.first_id, pair.second_id)
        known = existing.get(ends)
        if known is None:
            new.append(pair)
        elif _differs(known, pair):
            other[ends] = pair
    insert_missing(session, new)
    for overlap in _rows(session, other):
        refresh(session, overlap, other[overlap.first_id, overlap.second_id])
    session.flush()


def _differs(known: _Known, pair: Pair) -> bool:
    return (
        known.kind != pair.kind
        or abs(known.score - pair.score) > 1e-6
        or known.model_version != pair.model_version
        or (known.open and known.stale)
    )


def _retire_rest(
    session: Session,
    existing: Mapping[Ends, _Known],
    met: Collection[Ends],
    compared: Collection[int],
) -> None:
    """Say of the open pairs that were not flagged again that they are stale; not of projects that came meanwhile."""
    gone = set(session.scalars(select(Project.id).where(Project.state != ProjectState.PUBLISHED)))
    judged = gone.union(compared)
    rest = {
        ends
        for ends, row in existing.items()
        if row.open and not row.stale and ends not in met and judged.issuperset(ends)
    }
    for _, batch in _batches(sorted(rest), _SAVED):
        for overlap in _rows(session, batch):
            retire(session, overlap)
        session.flush()


def _rows(session: Session, ends: Collection[Ends]) -> Sequence[Overlap]:
    """The rows of some pairs, in the order of their keys."""
    if not ends:
        return []
    firsts = {first for first, _ in ends}
    seconds = {second for _, second in ends}
    rows = session.scalars(
        select(Overlap)
        .where(Overlap.first_id.in_(firsts), Overlap.second_id.in_(seconds))
        .order_by(Overlap.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [row for row in rows if (row.first_id, row.second_id) in ends]


def _forget_unpublished(session: Session) -> None:
    gone = select(Project.id).where(
        Project.state != ProjectState.PUBLISHED,
        select(ProjectKey.key).where(ProjectKey.project_id == Project.id).exists(),
    )
    ids = session.scalars(gone).all()
    for _, batch in _batches(ids, _READ):
        forget_projects(session, batch)


def _mark_compared(session: Session, compared: Compared) -> None:
    session.execute(
        update(Project)
        .where(Project.state == ProjectState.PUBLISHED, Project.created_at <= compared.began)
        .values(compared_at=compared.began)
        .execution_options(synchronize_session=False)
    )


def _batches(values: Iterable[T], size: int) -> Iterator[tuple[int, list[T]]]:
    """Lists of at most `size` values in order, each with how many there were up to its end."""
    source, done = iter(values), 0
    while batch := list(islice(source, size)):
        done += len(batch)
        yield done, batch


def _tell(progress: Progress | None, stage: str, done: int, whole: int | None) -> None:
    if progress:
        progress(stage, done, whole)
