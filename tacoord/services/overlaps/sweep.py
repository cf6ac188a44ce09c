"""All projects against all: for what two transactions missed in one instant, for bulk loads, and after new weights.

Everybody who judges overlaps may see public and registered projects, so those are compared in one go. Projects for
fewer people are compared one by one: among all at once they would crowd out pairs that others see.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, defer

from tacoord.matching.candidates import KEY_VERSION
from tacoord.matching.engine import LOCAL, opened
from tacoord.matching.match import Match
from tacoord.matching.model import KINDS
from tacoord.matching.rarity import WordCounts
from tacoord.matching.sweep import Swept, compare_all
from tacoord.models import Overlap, Project, ProjectState, Verdict, utcnow
from tacoord.services.overlaps import register_words
from tacoord.services.overlaps.index import Entry, forget_projects, indexing
from tacoord.services.overlaps.matching_models import current_model
from tacoord.services.overlaps.overlaps import MOST_FLAGS, NEIGHBOUR_CHANGED, flag_all
from tacoord.services.overlaps.reading import OPEN, Reading
from tacoord.services.overlaps.rows import (
    Ends,
    Pair,
    insert_missing,
    pair_of,
    refresh,
    retire,
    weigh_again,
)
from tacoord.services.overlaps.steps import Begin, Progress, batches, start, tell
from tacoord.services.upkeep.statistics import refresh_statistics

Counts = Counter[str]
"""How many pairs are flagged, by kind."""

# One by one costs some 30 ms a project, all against all less than 1 ms a project of the whole register.
FEW_CHANGED: Final = 200
_SHARE_CHANGED: Final = 50
_READ: Final = 1_000
_SAVED: Final = 250
_TOGETHER: Final = 25
_RECENT_DAYS: Final = 8
_DAY: Final = timedelta(hours=25)
_INSTANT: Final = timedelta(minutes=10)


@dataclass(slots=True)
class Compared:
    """What a comparison of all has found, not saved yet. ids: key of each compared project by that key as a text.

    entries: of the projects that are not in the index as they are now. restricted: the projects that are still to be
    compared, one by one. words: those of the register, where they were counted anew. began: when reading began.
    """

    began: datetime
    swept: Swept
    ids: Mapping[str, int]
    entries: Mapping[int, Entry]
    restricted: Sequence[int]
    words: WordCounts | None


def sweep(
    session: Session,
    *,
    workers: int = 1,
    engine: str = LOCAL,
    only_changed: bool = False,
    progress: Progress | None = None,
) -> Counts:
    """Compare every published project with every other, and bring all rows in line; how many are flagged, by kind.

    only_changed: compare only those that changed since they were last compared; the result is the same.
    Raises ValueError for an unknown engine, OSError where a scheduler does not answer.
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

    One that was compared while others may have been registered in the same instant counts as changed once more.
    """
    if register_words.are_outdated(session):
        return None
    stale = session.scalars(select(Project.id).where(_stale())).all()
    ids = sorted({*stale, *_compared_at_once(session)})
    if len(ids) <= FEW_CHANGED:
        return ids
    every = select(func.count()).where(Project.state == ProjectState.PUBLISHED)
    return ids if len(ids) * _SHARE_CHANGED <= (session.scalar(every) or 0) else None


def _stale() -> ColumnElement[bool]:
    """Projects that the index or the flags do not know as they are now."""
    published = Project.state == ProjectState.PUBLISHED
    unknown = or_(_moved(), Project.key_version.is_distinct_from(KEY_VERSION))
    return or_(and_(published, unknown), and_(~published, Project.key_version.is_not(None)))


def _moved() -> ColumnElement[bool]:
    return or_(Project.compared_at.is_(None), Project.compared_at < Project.updated_at)


def _compared_at_once(session: Session) -> set[int]:
    """Compared within minutes of its change: what was written in the same instant did not see it, and has ended now."""
    now = utcnow()
    rows = session.execute(
        select(Project.id, Project.updated_at, Project.compared_at).where(
            Project.state == ProjectState.PUBLISHED,
            Project.updated_at.between(now - _DAY, now - _INSTANT),
            Project.compared_at.is_not(None),
        )
    )
    return {key for key, updated, compared in rows if compared and compared < updated + _INSTANT}


def sweep_changed(
    session: Session,
    ids: Sequence[int],
    progress: Progress | None = None,
    *,
    words: str = "changed projects",
    begin: Begin | None = None,
) -> Iterator[Counts]:
    """Compare some projects, and then those whose flags that may have changed, some at a time; after each step the
    caller may commit. begin: called before each step writes. Yields the pairs flagged so far, by kind.
    """
    found: dict[str, str] = {}
    waiting, seen, done = list(ids), set(ids), 0
    while done < len(waiting):
        start(begin)
        batch = waiting[done : done + _TOGETHER]
        done += len(batch)
        for overlap in flag_all(session, _locked(session, batch)):
            found[overlap.public_id] = overlap.kind.value
        if done == len(waiting):
            more = select(Project.id).where(Project.compared_at == NEIGHBOUR_CHANGED)
            fresh = [one for one in session.scalars(more.order_by(Project.id)) if one not in seen]
            seen.update(fresh)
            waiting += fresh
        if progress:
            progress(words, done, len(waiting))
        yield Counter(found.values())
    start(begin)
    weigh_recent(session)
    yield Counter(found.values())


def _locked(session: Session, ids: Sequence[int]) -> Sequence[Project]:
    """Some projects, in the order of their keys, so that two sweeps never wait for each other in a ring."""
    return session.scalars(
        select(Project)
        .where(Project.id.in_(ids))
        .order_by(Project.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def compare(
    session: Session,
    *,
    workers: int = 1,
    engine: str = LOCAL,
    progress: Progress | None = None,
) -> Compared:
    """Read every published project and compare all with all; writes nothing."""
    began, reading, counting = (
        utcnow(),
        Reading(session, progress),
        register_words.Counting(session),
    )
    with opened(engine, workers=workers) as running:
        chunks = list(reading.chunks(running))
        swept = compare_all(
            chunks,
            model=current_model(session),
            engine=running,
            rarity=counting,
            progress=progress,
        )
    restricted = session.scalars(
        select(Project.id)
        .where(Project.state == ProjectState.PUBLISHED, Project.visibility.not_in(OPEN))
        .order_by(Project.id)
    ).all()
    return Compared(began, swept, reading.ids, reading.entries, restricted, counting.new)


def save(
    session: Session,
    compared: Compared,
    progress: Progress | None = None,
    *,
    begin: Begin | None = None,
) -> Iterator[Counts]:
    """Write down what a comparison of all has found, step by step; after each the caller may commit.

    begin: called before each step writes, so that what is worked out between them keeps nobody waiting. Yields the
    pairs flagged so far, by kind; the last one counts all.
    """
    counts: Counts = Counter()
    for _ in indexing(session, compared.entries, begin=begin, progress=progress):
        yield counts
    start(begin)
    refresh_statistics(session.connection())
    _forget_unpublished(session)
    if compared.words:
        register_words.keep(session, compared.words)
    existing = _existing(session)
    yield counts
    flags = _Flags.of(compared.swept, existing)
    counts.update(flags.kinds())
    met = flags.ends()
    changed = flags.changed(existing)
    told = chain.from_iterable(compared.swept.told(changed, _as_pairs))
    for done, pairs in batches(told, _SAVED):
        start(begin)
        _save_pairs(session, pairs, existing)
        tell(progress, "pairs saved", done, len(changed))
        yield counts
    for _ in _retire_rest(session, existing, met, compared.ids.values(), begin):
        yield counts
    start(begin)
    _mark_compared(session, compared)
    yield counts
    restricted = compared.restricted
    for more in sweep_changed(
        session, restricted, progress, words="restricted projects", begin=begin
    ):
        yield counts + more


def _as_pairs(matches: Iterable[Match]) -> list[Pair]:
    return [pair_of(int(match.left), int(match.right), match) for match in matches]


@dataclass(frozen=True, slots=True)
class _Flags:
    """The flagged pairs of a sweep that are within the caps: their numbers in it, and what is said of them."""

    numbers: NDArray[np.int64]
    told: list[tuple[Ends, str, float]]
    version: str

    @classmethod
    def of(cls, swept: Swept, existing: Collection[Ends]) -> "_Flags":
        """Pairs among the best MOST_FLAGS of either project; one that is there already does not go for being many."""
        chosen = swept.select(cutoff=None, top=None)
        ids = [int(one) for one in swept.collection.columns.ids]
        taken: Counter[int] = Counter()
        numbers, told = [], []
        rows = zip(
            chosen.tolist(),
            swept.left[chosen].tolist(),
            swept.right[chosen].tolist(),
            swept.kind[chosen].tolist(),
            swept.score[chosen].tolist(),
            strict=True,
        )
        for number, left, right, kind, score in rows:
            ends = (ids[left], ids[right])
            taken.update(ends)
            if ends in existing or any(taken[end] <= MOST_FLAGS for end in ends):
                numbers.append(number)
                told.append((ends, KINDS[kind].value, score))
        return cls(np.array(numbers, np.int64), told, swept.material.model.version)

    def kinds(self) -> Iterator[str]:
        """The kind of each."""
        return (kind for _, kind, _ in self.told)

    def ends(self) -> set[Ends]:
        """The projects of each."""
        return {ends for ends, _, _ in self.told}

    def changed(self, existing: Mapping[Ends, "_Known"]) -> NDArray[np.int64]:
        """Those whose rows say something else, or are not there: only for these evidence is worked out."""
        differs = [
            known is None or _differs(known, kind, score, self.version)
            for (ends, kind, score), known in zip(
                self.told, (existing.get(one[0]) for one in self.told), strict=True
            )
        ]
        chosen: NDArray[np.int64] = self.numbers[np.array(differs, bool)]
        return chosen


def weigh_recent(session: Session) -> None:
    """Weigh the open pairs anew of which a project has begun or ended in the last days: days pass by themselves."""
    today = utcnow().date()
    recent = (today - timedelta(days=_RECENT_DAYS), today)
    turned = select(Project.id).where(
        or_(Project.starts.between(*recent), Project.ends.between(*recent))
    )
    rows = session.scalars(
        select(Overlap)
        .where(
            Overlap.verdict == Verdict.OPEN,
            or_(Overlap.first_id.in_(turned), Overlap.second_id.in_(turned)),
        )
        .options(defer(Overlap.evidence))
    ).all()
    weigh_again(session, rows)
    session.flush()


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


def _save_pairs(session: Session, pairs: Sequence[Pair], existing: Mapping[Ends, _Known]) -> None:
    new = [pair for pair in pairs if (pair.first_id, pair.second_id) not in existing]
    other = {(one.first_id, one.second_id): one for one in pairs}
    other = {ends: pair for ends, pair in other.items() if ends in existing}
    insert_missing(session, new)
    rows = _rows(session, other)
    refresh(session, ((row, other[row.first_id, row.second_id]) for row in rows))
    session.flush()


def _differs(known: _Known, kind: str, score: float, version: str) -> bool:
    return (
        known.kind != kind
        or abs(known.score - score) > 1e-6
        or known.model_version != version
        or (known.open and known.stale)
    )


def _retire_rest(
    session: Session,
    existing: Mapping[Ends, _Known],
    met: Collection[Ends],
    compared: Collection[int],
    begin: Begin | None,
) -> Iterator[None]:
    """Say of the open pairs that were not flagged again that they are stale; not of projects that came meanwhile."""
    gone = set(session.scalars(select(Project.id).where(Project.state != ProjectState.PUBLISHED)))
    judged = gone.union(compared)
    rest = {
        ends
        for ends, row in existing.items()
        if row.open and not row.stale and ends not in met and judged.issuperset(ends)
    }
    for _, batch in batches(sorted(rest), _SAVED):
        start(begin)
        for overlap in _rows(session, batch):
            retire(session, overlap)
        session.flush()
        yield


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
        Project.key_version.is_not(None),
    )
    ids = session.scalars(gone).all()
    for _, batch in batches(ids, _READ):
        forget_projects(session, batch)


def _mark_compared(session: Session, compared: Compared) -> None:
    """Note when projects were compared; not of those that were compared long after their last change as well."""
    session.execute(
        update(Project)
        .where(Project.state == ProjectState.PUBLISHED, Project.created_at <= compared.began)
        .where(or_(_moved(), Project.updated_at > compared.began - _DAY))
        .values(compared_at=compared.began)
        .execution_options(synchronize_session=False)
    )
