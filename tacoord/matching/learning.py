"""Learning from decisions: weights fitted again, with the weights in use as what is believed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.evidence import FEATURES
from tacoord.matching.match import ONLY_FOR, Evidence
from tacoord.matching.model import Kind, Line, Model, probability

Numbers = NDArray[np.float64]

# One activity: what the score is the probability of.
ONE_ACTIVITY: Final = frozenset({Kind.SAME_ACTIVITY, Kind.FUNDER_IMPLEMENTER})
# How many decisions a belief is worth: with ten, weights hardly move, with a thousand they follow.
STRENGTH: Final = 3.0
# Fewer than this of either answer teach nothing.
FEWEST: Final = 5
_FOLDS: Final = 5
# That one amount could be a share of the other, and that both reporters take the same part.
_OF_KIND: Final = ("part_of_amount", "same_role")
# Average precision on some hundred decisions is not known more exactly than this.
_NOISE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer said of a pair, with the evidence that the pair was flagged with.

    known: the weights in use have learned from it.
    """

    left: str
    right: str
    kind: Kind
    evidence: tuple[Evidence, ...]
    reviewer: str | None = None
    known: bool = False

    @property
    def one_activity(self) -> bool:
        """Whether both records describe one activity."""
        return self.kind in ONE_ACTIVITY


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well weights fit decisions: average precision, mean log loss and expected calibration error."""

    average_precision: float
    log_loss: float
    calibration_error: float
    decisions: int


@dataclass(frozen=True, slots=True)
class Refit:
    """A candidate model, and both models judged on decisions that the candidate had not seen."""

    model: Model
    before: Judgement
    after: Judgement

    @property
    def better(self) -> bool:
        """Whether the candidate should be kept: less log loss, and an average precision that is not surely lower."""
        less_loss = self.after.log_loss < self.before.log_loss
        return less_loss and self.after.average_precision >= self.before.average_precision - _NOISE


def refit(
    decisions: Sequence[Decision], prior: Model, *, version: str, in_use: Model | None = None,
    strength: float = STRENGTH,
) -> Refit:  # fmt: skip
    """Fit the weights of `prior` again to decisions; judged by cross-validation over connected records.

    Records that decisions connect stay in one fold, so that no record is both learned from and judged on.
    in_use: what the result is measured against (None: the prior). Both are judged on decisions that are not `known`,
    as weights that have learned from a decision know its answer.
    Raises ValueError where there are fewer than FEWEST such decisions of either answer.
    """
    in_use = in_use or prior
    labels = np.array([decision.one_activity for decision in decisions], dtype=float)
    new = np.array([not decision.known for decision in decisions], dtype=bool)
    if min(labels[new].sum(), new.sum() - labels[new].sum()) < FEWEST:
        raise ValueError(f"fewer than {FEWEST} new decisions of either answer")
    table, extra = _table(decisions, prior)
    folds = folds_of([(decision.left, decision.right) for decision in decisions], _FOLDS)
    weights = np.ones(len(labels))
    unseen = np.zeros(len(labels))
    for fold in range(_FOLDS):
        test = folds == fold
        if not test.any():
            continue
        line = fit_line(
            table[~test],
            labels[~test],
            weights[~test],
            prior.same,
            strength=strength,
            offset=extra[~test],
        )
        unseen[test] = line.sums(table[test]) + extra[test]
    line = fit_line(table, labels, weights, prior.same, strength=strength, offset=extra)
    before = judged((in_use.same.sums(table) + extra)[new], labels[new])
    after = judged(unseen[new], labels[new])
    note = (
        f"fitted from {len(labels)} decisions, beginning from version {prior.version}; average precision on decisions "
        f"that it had not seen {after.average_precision:.3f}, of version {in_use.version} "
        f"{before.average_precision:.3f}"
    )
    return Refit(replace(prior, version=version, same=line, note=note), before, after)


def for_one_activity(table: Numbers) -> Numbers:
    """The table without what tells the kind of a pair alone, and nothing of whether it is one activity."""
    kept = table.copy()
    kept[:, [FEATURES.index(name) for name in _OF_KIND]] = np.nan
    return kept


def _table(decisions: Sequence[Decision], model: Model) -> tuple[Numbers, Numbers]:
    """The features of each decision's evidence again, and what the margin added."""
    at = {name: number for number, name in enumerate(FEATURES)}
    table = np.full((len(decisions), len(FEATURES)), np.nan)
    margin = np.full(len(decisions), np.nan)
    for row, decision in enumerate(decisions):
        for one in decision.evidence:
            if one.similarity is None:
                continue
            value = one.similarity if one.feature in ONLY_FOR else 2 * one.similarity - 1
            if one.feature == "margin":
                margin[row] = value
            elif one.feature in at:
                table[row, at[one.feature]] = value
    return for_one_activity(table), model.margin_contribution(margin)


def fit_line(
    table: Numbers, labels: Numbers, weights: Numbers, prior: Line, *, strength: float,
    offset: Numbers | None = None, base_strength: float | None = None, floor: float = 0.0,
) -> Line:  # fmt: skip
    """Weights of least log loss, pulled to `prior` by `strength`; none below 0.

    table: features as `evidence.features` gives them. labels: 1 for yes, 0 for no. weights: of each row.
    offset: log-odds already given for each row. base_strength: as `strength`, for the base (None: a tenth).
    floor: the share of its prior below which no weight falls, so that what these rows cannot show is kept.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - heavy

    known = np.nan_to_num(table)
    design = np.hstack([np.maximum(known, 0), np.minimum(known, 0)])
    pro, con = prior.arrays()
    start = np.concatenate([pro, con, [prior.base]]).astype(float)
    pull = np.full(len(start), strength)
    pull[-1] = strength / 10 if base_strength is None else base_strength
    given = np.zeros(len(labels)) if offset is None else offset

    def loss(at: Numbers) -> tuple[float, Numbers]:
        odds = design @ at[:-1] + at[-1] + given
        off = weights * (probability(odds) - labels)
        away = at - start
        value = float(
            (weights * (np.logaddexp(0, odds) - labels * odds)).sum() + (pull * away**2).sum()
        )
        return value, np.append(design.T @ off, off.sum()) + 2 * pull * away

    bounds = [(floor * one, None) for one in start[:-1]] + [(None, None)]
    found = minimize(
        loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 2000}
    ).x
    size = len(FEATURES)
    pairs = {name: (_short(found[i]), _short(found[size + i])) for i, name in enumerate(FEATURES)}
    return Line(
        _short(found[-1]), {name: pair for name, pair in pairs.items() if pair != (0.0, 0.0)}
    )


def _short(value: float) -> float:
    return round(float(value), 3) + 0.0


def folds_of(pairs: Sequence[tuple[str, str]], folds: int, *, seed: int = 0) -> NDArray[np.int64]:
    """A fold for each pair; pairs that share a record, also by way of others, come into one."""
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        parent.setdefault(one, one)
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for left, right in pairs:
        parent[root(left)] = root(right)
    groups = sorted({root(left) for left, _ in pairs})
    shuffled = np.random.default_rng(seed).permutation(len(groups)) % folds
    fold = dict(zip(groups, shuffled, strict=True))
    return np.array([fold[root(left)] for left, _ in pairs], dtype=np.int64)


def judged(odds: Numbers, labels: Numbers) -> Judgement:
    """How well log-odds fit labels (1 or 0)."""
    loss = float(np.mean(np.logaddexp(0, odds) - labels * odds))
    error = calibration_error(probability(odds), labels)
    return Judgement(average_precision(odds, labels), loss, error, len(labels))


def average_precision(scores: Numbers, labels: Numbers) -> float:
    """The mean precision at each yes, by falling score; equal scores share their place."""
    order = np.argsort(-scores, kind="stable")
    yes, ordered = labels[order], scores[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    hits, seen = np.cumsum(yes)[last], (np.flatnonzero(last) + 1)
    gained = np.diff(np.concatenate([[0.0], hits]))
    return float((gained * hits / seen).sum() / max(labels.sum(), 1))


def calibration_error(chances: Numbers, labels: Numbers, *, bands: int = 10) -> float:
    """The mean distance between what was said and what was so, over bands of the score."""
    band = np.minimum((chances * bands).astype(int), bands - 1)
    return float(
        sum(
            abs(chances[band == one].mean() - labels[band == one].mean()) * (band == one).mean()
            for one in range(bands)
            if (band == one).any()
        )
    )


def most_useful(odds: Mapping[str, float], patterns: Mapping[str, str], *, limit: int) -> list[str]:
    """The pairs whose answer would teach most: near even odds first, few of one pattern of evidence.

    odds: log-odds by pair. patterns: what kind of evidence a pair has (see `pattern`).
    """
    seen: dict[str, int] = {}
    chosen: list[tuple[float, str]] = []
    for pair in sorted(odds, key=lambda one: (abs(odds[one]), one)):
        kind = patterns.get(pair, "")
        # Each further pair of one pattern counts as if it were half a step surer.
        chosen.append((abs(odds[pair]) + 0.5 * seen.get(kind, 0), pair))
        seen[kind] = seen.get(kind, 0) + 1
    return [pair for _, pair in sorted(chosen)[:limit]]


def pattern(evidence: Iterable[Evidence]) -> str:
    """Which features speak strongly for and against a pair, as a short text."""
    strong = (one for one in evidence if abs(one.contribution) >= 0.5 and one.feature != "base")
    return " ".join(
        sorted(f"{'+' if one.contribution > 0 else '-'}{one.feature}" for one in strong)
    )
