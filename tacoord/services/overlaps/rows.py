"""Rows of flagged pairs: inserted once whoever comes first, brought up to date, retired; and what matters most."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tacoord.matching.match import Match
from tacoord.models import Change, Kind, Overlap, Project, Verdict, new_public_id, utcnow
from tacoord.services.history import note_change, subject_of

# What a kind is worth in the queue: money may be spent twice, effort may be doubled, or two should merely be linked.
KIND_WORTH: Final[Mapping[Kind, float]] = {
    Kind.SAME_ACTIVITY: 1.0,
    Kind.OVERLAPPING_EFFORT: 0.8,
    Kind.FUNDER_IMPLEMENTER: 0.6,
    Kind.PARENT_CHILD: 0.5,
    Kind.COMPLEMENTARY: 0.3,
}
_BATCH: Final = 500
_SMALLEST_SUM: Final = 4.0
_LARGEST_SUM: Final = 8.0


Ends = tuple[int, int]
"""The keys of the two projects of a pair, lower first."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A flagged pair on its way to its row, lower key first."""

    first_id: int
    second_id: int
    kind: Kind
    score: float
    evidence: list[dict[str, Any]]
    model_version: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """What of a project the queue weighs: its budget in cents of US dollars, its first and last day."""

    budget_usd_minor: int | None
    starts: date | None
    ends: date | None


def pair_of(left_id: int, right_id: int, match: Match) -> Pair:
    """The pair of the projects that `match` calls left and right; evidence is turned so that the first stands left."""
    turned = left_id > right_id
    evidence = [one.as_json() for one in match.evidence]
    if turned:
        evidence = [{**one, "left": one["right"], "right": one["left"]} for one in evidence]
    return Pair(
        first_id=min(left_id, right_id),
        second_id=max(left_id, right_id),
        kind=Kind(match.kind),
        score=match.score,
        evidence=evidence,
        model_version=match.model_version,
    )


def insert_missing(session: Session, pairs: Sequence[Pair]) -> set[Ends]:
    """Add the pairs that have no row yet, and note that they were flagged; returns those that this call added.

    A pair that another session is adding at this moment is waited for, and left to that one.
    """
    added: set[Ends] = set()
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    make: Callable[..., Any] = sqlite.insert if on_sqlite else postgresql.insert
    ordered = sorted(pairs, key=lambda pair: (pair.first_id, pair.second_id))
    for start in range(0, len(ordered), _BATCH):
        batch = {(pair.first_id, pair.second_id): pair for pair in ordered[start : start + _BATCH]}
        weighed = _weighed(session, batch.values())
        today = utcnow().date()
        statement = (
            make(Overlap)
            .on_conflict_do_nothing(index_elements=[Overlap.first_id, Overlap.second_id])
            .returning(Overlap.id, Overlap.first_id, Overlap.second_id)
        )
        values = [_row(pair, weighed, today) for pair in batch.values()]
        ids = {(first, second): key for key, first, second in session.execute(statement, values)}
        if ids:
            notes = [_flagged(key, batch[ends]) for ends, key in ids.items()]
            session.execute(insert(Change), notes)
        added.update(ids)
    return added


def refresh(session: Session, found: Iterable[tuple[Overlap, Pair]]) -> None:
    """Bring rows in line with what matching says now. A decided one keeps its verdict; a change of it is noted."""
    still_open = []
    for overlap, pair in found:
        if overlap.verdict is Verdict.OPEN:
            _refresh_open(session, overlap, pair)
            still_open.append(overlap)
        elif _differs(overlap, pair):
            before = _told(overlap.kind, overlap.score)
            _say_again(overlap, pair)
            details = {"before": before, "after": _told(pair.kind, pair.score)}
            note_change(session, "overlap.changed", overlap, by=None, details=details)
    weigh_again(session, still_open)


def _refresh_open(session: Session, overlap: Overlap, pair: Pair) -> None:
    if overlap.stale:
        overlap.stale = False
        session.add(Change(**_flagged(overlap.id, pair)))
    if _differs(overlap, pair):
        _say_again(overlap, pair)


def _differs(overlap: Overlap, pair: Pair) -> bool:
    return overlap.evidence != pair.evidence or overlap.kind is not pair.kind


def retire(session: Session, overlap: Overlap) -> None:
    """Say of an open pair that it is no longer flagged; a decided one stays as it is."""
    if overlap.verdict is Verdict.OPEN and not overlap.stale:
        overlap.stale = True
        note_change(session, "overlap.stale", overlap, by=None)


def weigh_again(session: Session, overlaps: Iterable[Overlap]) -> None:
    """Work out anew what is at stake and how much it matters: days pass and budgets change."""
    today = utcnow().date()
    rows = list(overlaps)
    if not rows:
        return
    weighed = _weighed(session, rows)
    for overlap in rows:
        first, second = weighed[overlap.first_id], weighed[overlap.second_id]
        stake = at_stake(first, second)
        priority = priority_of(overlap.kind, overlap.score, first, second, today)
        if overlap.at_stake_usd_minor != stake:
            overlap.at_stake_usd_minor = stake
        if not math.isclose(overlap.priority, priority, abs_tol=1e-9):
            overlap.priority = priority


def at_stake(first: Weighed, second: Weighed) -> int | None:
    """The smaller budget of the two, in cents of US dollars: what may be spent twice. None where neither is known."""
    known = [b for b in (first.budget_usd_minor, second.budget_usd_minor) if b is not None]
    return min(known) if known else None


def priority_of(kind: Kind, score: float, first: Weighed, second: Weighed, today: date) -> float:
    """How much a pair matters, 0 to about 3.3: its kind, how sure it is, the money, and whether there is still time.

    Money counts from 100 dollars (0) to 100 million (0.8) by its order of magnitude; both records not yet ended adds
    0.5, both running now 0.2 more.
    """
    money = at_stake(first, second)
    size = math.log10(max(money, 1)) if money else _SMALLEST_SUM
    size = min(max((size - _SMALLEST_SUM) / (_LARGEST_SUM - _SMALLEST_SUM), 0.0), 1.5)
    ahead = all(one.ends is not None and one.ends >= today for one in (first, second))
    begun = all(one.starts is not None and one.starts <= today for one in (first, second))
    time = (0.5 if ahead else 0.0) + (0.2 if ahead and begun else 0.0)
    return round(KIND_WORTH[kind] + 0.6 * score + 0.53 * size + time, 6)


def _row(pair: Pair, weighed: Mapping[int, Weighed], today: date) -> dict[str, Any]:
    first, second = weighed[pair.first_id], weighed[pair.second_id]
    now = utcnow()
    return {
        "public_id": new_public_id(),
        "first_id": pair.first_id,
        "second_id": pair.second_id,
        "kind": pair.kind,
        "score": pair.score,
        "evidence": pair.evidence,
        "model_version": pair.model_version,
        "priority": priority_of(pair.kind, pair.score, first, second, today),
        "at_stake_usd_minor": at_stake(first, second),
        "stale": False,
        "verdict": Verdict.OPEN,
        "flagged_at": now,
        "updated_at": now,
        "version": 1,
    }


def _weighed(session: Session, pairs: Iterable[Pair | Overlap]) -> dict[int, Weighed]:
    ids = {one for pair in pairs for one in (pair.first_id, pair.second_id)}
    rows = session.execute(
        select(Project.id, Project.budget_usd_minor, Project.starts, Project.ends).where(
            Project.id.in_(ids)
        )
    )
    return {row.id: Weighed(row.budget_usd_minor, row.starts, row.ends) for row in rows}


def _say_again(overlap: Overlap, pair: Pair) -> None:
    overlap.kind, overlap.score = pair.kind, pair.score
    overlap.evidence, overlap.model_version = pair.evidence, pair.model_version


def _flagged(overlap_id: int, pair: Pair) -> dict[str, Any]:
    """The note of its history that a pair was flagged."""
    return {
        "action": "overlap.flagged",
        "subject": subject_of(Overlap),
        "subject_id": overlap_id,
        "details": _told(pair.kind, pair.score),
    }


def _told(kind: Kind, score: float) -> dict[str, Any]:
    return {"kind": kind.value, "score": round(score, 4)}
