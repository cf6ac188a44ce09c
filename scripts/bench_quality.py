"""How well tacoord and its peers find real double reporting: measures with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from matching_set import HARD, PART, SAME, LabelledSet, Numbers, Unseen

from tacoord.matching.learning import average_precision, calibration_error, folds_of
from tacoord.matching.model import KIND_NUMBERS, Kind, probability

_DRAWS = 300
_WORST = -1e9
_TOP = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with the interval in which 95 of 100 bootstrap draws lie."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


Figures = Mapping[str, Measure]


def ranking_figures(pairs: LabelledSet, scores: Numbers) -> dict[str, Measure]:
    """What a ranking alone can be judged by; NaN scores come last."""
    scores = np.where(np.isfinite(scores), scores, _WORST)
    same, hard = pairs.label == SAME, pairs.label == HARD
    rows = {"hard": same | hard, "different": (same | hard | pairs.near) & pairs.different}
    figures = {
        "average precision against hard negatives": _ap(pairs, scores, rows["hard"]),
        "average precision among different reporters": _ap(pairs, scores, rows["different"]),
    }
    places = _places(pairs, scores)
    for group in ("A_explicit", "A_gef"):
        chosen = np.flatnonzero(pairs.group == group)
        found = np.array([[place <= _TOP for place in places[int(row)]] for row in chosen]).mean(
            axis=1
        )
        figures[f"partner among the ten best, {group}"] = _mean(found)
    return figures


def kind_figures(pairs: LabelledSet, unseen: Unseen) -> dict[str, Measure]:
    """What kinds, thresholds and probabilities are judged by."""
    called = {
        kind: (unseen.kind == number) & pairs.candidate for kind, number in KIND_NUMBERS.items()
    }
    one = called[Kind.SAME_ACTIVITY] | called[Kind.FUNDER_IMPLEMENTER]
    same, hard, part = (pairs.label == label for label in (SAME, HARD, PART))
    flagged = pairs.candidate & ~called[Kind.UNRELATED]
    chance = probability(unseen.odds)
    rows = np.flatnonzero(same | hard)
    return {
        "A pairs called one activity": _mean(one[same]),
        "hard negatives called one activity": _mean(one[hard]),
        "B pairs not called one activity": _mean(~one[part]),
        "B pairs called parent_child": _mean(called[Kind.PARENT_CHILD][part]),
        "B pairs called parent_child, of those that are candidates": _mean(
            called[Kind.PARENT_CHILD][part & pairs.candidate]
        ),
        "B pairs called parent_child, where asked of all of them": _mean(
            unseen.asked[part] == KIND_NUMBERS[Kind.PARENT_CHILD]
        ),
        "flags of all kinds per 1,000 records": Measure(
            *[1000 * float(flagged.sum()) / pairs.records] * 3
        ),
        "expected calibration error": _drawn(
            pairs,
            rows,
            lambda chosen: calibration_error(chance[chosen], same[chosen].astype(float)),
        ),
    }


def calibration_bands(pairs: LabelledSet, unseen: Unseen) -> list[tuple[float, float, int]]:
    """Said and true share of one activity in each tenth of the score, with how many pairs it has."""
    rows = (pairs.label == SAME) | (pairs.label == HARD)
    chance, yes = probability(unseen.odds[rows]), pairs.label[rows] == SAME
    band = np.minimum((chance * 10).astype(int), 9)
    return [
        (
            float(chance[band == one].mean()),
            float(yes[band == one].mean()),
            int((band == one).sum()),
        )
        for one in range(10)
        if (band == one).any()
    ]


def precision_recall(pairs: LabelledSet, scores: Numbers) -> list[tuple[float, float]]:
    """Recall and precision after each true pair, against the hard negatives."""
    rows = (pairs.label == SAME) | (pairs.label == HARD)
    chosen = np.where(np.isfinite(scores), scores, _WORST)[rows]
    yes = (pairs.label[rows] == SAME)[np.argsort(-chosen, kind="stable")]
    hits = np.cumsum(yes)
    return [(float(hits[at] / yes.sum()), float(hits[at] / (at + 1))) for at in np.flatnonzero(yes)]


def _ap(pairs: LabelledSet, scores: Numbers, rows: np.ndarray) -> Measure:
    yes = (pairs.label == SAME).astype(float)
    return _drawn(
        pairs, np.flatnonzero(rows), lambda chosen: average_precision(scores[chosen], yes[chosen])
    )


def _drawn(pairs: LabelledSet, rows: np.ndarray, figure: Callable[[np.ndarray], float]) -> Measure:
    """Draw connected groups of records, not pairs: pairs of one record are no independent witnesses."""
    group = folds_of([pairs.ids(row) for row in rows], 10**9)
    members = [rows[group == one] for one in np.unique(group)]
    chance = np.random.default_rng(0)
    drawn = []
    for _ in range(_DRAWS):
        chosen = np.concatenate(
            [members[at] for at in chance.integers(0, len(members), len(members))]
        )
        drawn.append(figure(chosen))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Measure(figure(rows), float(low), float(high))


def _mean(values: np.ndarray) -> Measure:
    chance = np.random.default_rng(0)
    drawn = [values[chance.integers(0, len(values), len(values))].mean() for _ in range(_DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Measure(float(values.mean()), float(low), float(high))


def _places(pairs: LabelledSet, scores: Numbers) -> dict[int, tuple[int, int]]:
    """For each true pair the place of either record among the candidates of the other, from 1."""
    chosen = np.flatnonzero(pairs.candidate)
    order = chosen[np.argsort(-scores[chosen], kind="stable")]
    seen: dict[int, int] = {}
    places: dict[int, tuple[int, int]] = {
        int(row): (10**9, 10**9) for row in np.flatnonzero(pairs.label == SAME)
    }
    for row in order:
        left, right = int(pairs.left[row]), int(pairs.right[row])
        seen[left], seen[right] = seen.get(left, 0) + 1, seen.get(right, 0) + 1
        if int(row) in places:
            places[int(row)] = (seen[left], seen[right])
    return places
