"""How well tacoord and its peers find real double reporting: measures with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matching_set import HARD, PART, SAME, LabelledSet, Numbers, Unseen
from msgspec.structs import replace

from tacoord.matching import sweep
from tacoord.matching.facts import Facts
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
        found = np.zeros(len(pairs.label))
        found[chosen] = [np.mean([place <= _TOP for place in places[int(row)]]) for row in chosen]
        figures[f"partner among the ten best, {group}"] = _share(pairs, found, pairs.group == group)
    return figures


def kind_figures(pairs: LabelledSet, unseen: Unseen) -> dict[str, Measure]:
    """What kinds, thresholds and probabilities are judged by."""
    called = {
        kind: (unseen.kind == number) & pairs.candidate for kind, number in KIND_NUMBERS.items()
    }
    one = called[Kind.SAME_ACTIVITY] | called[Kind.FUNDER_IMPLEMENTER]
    same, hard, part = (pairs.label == label for label in (SAME, HARD, PART))
    chance = probability(unseen.odds)
    rows = np.flatnonzero(same | hard)
    whole = unseen.asked == KIND_NUMBERS[Kind.PARENT_CHILD]
    return {
        "A pairs called one activity": _share(pairs, one, same),
        "hard negatives called one activity": _share(pairs, one, hard),
        "B pairs not called one activity": _share(pairs, ~one, part),
        "B pairs called parent_child": _share(pairs, called[Kind.PARENT_CHILD], part),
        "B pairs called parent_child, of those that are candidates": _share(
            pairs, called[Kind.PARENT_CHILD], part & pairs.candidate
        ),
        "B pairs called parent_child, where asked of all of them": _share(pairs, whole, part),
        "flags of all kinds per 1,000 records": _flags(
            pairs, pairs.candidate & ~called[Kind.UNRELATED]
        ),
        "expected calibration error": _drawn(
            pairs,
            rows,
            lambda chosen: calibration_error(chance[chosen], same[chosen].astype(float)),
        ),
    }


def named_pairs(facts: Sequence[Facts], labelled: Iterable[tuple[str, str, int, str]]) -> Measure:
    """How many pairs of one activity are called so where the second record gives the first one's identifier as its own.

    The model that ships judges them, in a sweep of all records.
    """
    wanted = {(left, right) for left, right, label, _ in labelled if label == SAME}
    given = {
        right: tuple(f"XX-NAMED-{left}" for left, other in sorted(wanted) if other == right)
        for _, right in wanted
    }
    own = {left: f"XX-NAMED-{left}" for left, _ in wanted}
    records = [
        replace(
            one,
            iati_identifier=own.get(one.id, one.iati_identifier),
            other_identifiers=(*one.other_identifiers, *given.get(one.id, ())),
        )
        for one in facts
    ]
    called = {
        frozenset((match.left, match.right))
        for match in sweep(records)
        if match.kind in (Kind.SAME_ACTIVITY, Kind.FUNDER_IMPLEMENTER)
    }
    found = np.array([frozenset(pair) in called for pair in sorted(wanted)])
    return Measure(float(found.mean()), float(found.mean()), float(found.mean()))


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


def _share(pairs: LabelledSet, values: np.ndarray, among: np.ndarray) -> Measure:
    return _drawn(pairs, np.flatnonzero(among), lambda chosen: float(values[chosen].mean()))


def _flags(pairs: LabelledSet, flagged: np.ndarray) -> Measure:
    """Each record has half of a flag for each of its flagged pairs; records are drawn."""
    ends = np.concatenate([pairs.left[flagged], pairs.right[flagged]])
    halves = 500 * np.bincount(ends, minlength=pairs.records)
    chance = np.random.default_rng(0)
    drawn = [halves[chance.integers(0, len(halves), len(halves))].mean() for _ in range(_DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Measure(float(halves.mean()), float(low), float(high))


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
