"""How well the matching model does here: what reviewers said of the scores, and which verdicts would teach most."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from tacoord.matching.learning import ONE_ACTIVITY, most_useful, pattern
from tacoord.matching.match import Evidence
from tacoord.models import Decision, Overlap, Verdict
from tacoord.services.overlaps.matching_models import Version, current_model, list_models
from tacoord.services.visibility import Viewer, overlap_clause

BANDS: Final = ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.0))
_CONFIDENT: Final = 1.96
_MOST_READ: Final = 5_000


@dataclass(frozen=True, slots=True)
class Band:
    """Scores from `lowest` up to `highest`: how many pairs were judged, and how many of them are one activity.

    low, high: where the true share lies with a confidence of 95 %; 0 to 1 where nothing was judged.
    """

    lowest: float
    highest: float
    judged: int
    one_activity: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share of one activity among the judged."""
        return self.one_activity / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of the model. judged_twice, agreed: pairs that two reviewers judged, and how many of them alike.

    useful: public ids of open pairs whose verdict would teach most, the first most.
    """

    version: str
    versions: Sequence[Version]
    bands: Sequence[Band]
    decisions: int
    reviewers: int
    judged_twice: int
    agreed: int
    useful: Sequence[str]


def report_on_model(session: Session, viewer: Viewer, *, most: int = 10) -> Report:
    """The report over the pairs that `viewer` may see; at most `most` useful ones."""
    rows = session.scalars(
        select(Overlap)
        .where(overlap_clause(viewer), Overlap.decisions.any())
        .options(selectinload(Overlap.decisions))
    ).all()
    said = [
        (row, [one for one in row.decisions if one.verdict is not Verdict.OPEN]) for row in rows
    ]
    twice = [
        verdicts for verdicts in map(_by_reviewer, (each for _, each in said)) if len(verdicts) > 1
    ]
    standing = [
        (each[-1].score, row.verdict.value in ONE_ACTIVITY)
        for row, each in said
        if each and row.verdict is not Verdict.OPEN
    ]
    return Report(
        version=current_model(session).version,
        versions=list_models(session),
        bands=[_band(standing, *limits) for limits in BANDS],
        decisions=len(standing),
        reviewers=len({one.by_id for _, each in said for one in each}),
        judged_twice=len(twice),
        agreed=sum(len(set(verdicts)) == 1 for verdicts in twice),
        useful=useful_pairs(session, viewer, most=most),
    )


def useful_pairs(session: Session, viewer: Viewer, *, most: int) -> list[str]:
    """The public ids of the open pairs whose verdict would teach the model most."""
    rows = session.execute(
        select(Overlap.public_id, Overlap.score, Overlap.evidence)
        .where(overlap_clause(viewer), Overlap.verdict == Verdict.OPEN, Overlap.stale.is_(False))
        # Where there are more than can be weighed, those of which the model is least sure.
        .order_by(func.abs(Overlap.score - 0.5), Overlap.public_id)
        .limit(_MOST_READ)
    )
    odds: dict[str, float] = {}
    patterns: dict[str, str] = {}
    for public_id, score, evidence in rows:
        odds[public_id] = _log_odds(score)
        patterns[public_id] = pattern(Evidence(**one) for one in evidence)
    return most_useful(odds, patterns, limit=most)


def _by_reviewer(decisions: Iterable[Decision]) -> list[Verdict]:
    """The last verdict of each reviewer of a pair."""
    return list({decision.by_id: decision.verdict for decision in decisions}.values())


def _band(standing: Iterable[tuple[float, bool]], lowest: float, highest: float) -> Band:
    top = highest if highest < 1 else math.inf
    inside = [yes for score, yes in standing if lowest <= score < top]
    low, high = _interval(sum(inside), len(inside))
    return Band(lowest, highest, len(inside), sum(inside), low, high)


def _interval(hits: int, tries: int) -> tuple[float, float]:
    """Wilson's interval of a share."""
    if not tries:
        return 0.0, 1.0
    square = _CONFIDENT**2
    share = hits / tries
    middle = share + square / (2 * tries)
    half = _CONFIDENT * math.sqrt(share * (1 - share) / tries + square / (4 * tries**2))
    whole = 1 + square / tries
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def _log_odds(score: float) -> float:
    kept = min(max(score, 1e-9), 1 - 1e-9)
    return math.log(kept / (1 - kept))
