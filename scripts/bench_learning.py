"""What decisions of reviewers teach: simulated on generated records whose fields are half blank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from generated_records import records

from tacoord.matching import Kind, Model, read_facts
from tacoord.matching.collection import Collection, prepare_chunk
from tacoord.matching.evidence import FEATURES, features
from tacoord.matching.learning import Decision, average_precision, refit
from tacoord.matching.match import ONLY_FOR, Evidence
from tacoord.matching.pairing import pairs_of
from tacoord.matching.rarity import frozen

_ERROR = 0.05
_BLANK = 0.55
DRAWS = 20


@dataclass(frozen=True, slots=True)
class Lesson:
    """Average precision on unseen pairs before and after so many decisions, as means over some draws.

    least: the smallest gain of a draw, below 0 where one did harm. kept: in how many draws the new weights were kept.
    """

    decisions: int
    before: float
    after: float
    least: float
    kept: int


def simulate(
    counts: tuple[int, ...] = (10, 100, 300, 1_000), *, size: int = 8_000, draws: int = DRAWS
) -> list[Lesson]:
    """Reviewers with 5 % error judge what the model puts in front of them; half of the pairs stay unseen.

    Raises ValueError where there are not so many pairs to judge.
    """
    material = _material(size)
    drawn = [_drawn(*material, counts, np.random.default_rng(seed)) for seed in range(draws)]
    lessons = []
    for count, results in zip(counts, zip(*drawn, strict=True), strict=True):
        before, after, kept = (np.array(column) for column in zip(*results, strict=True))
        least = float((after - before).min())
        lessons.append(Lesson(count, before.mean(), after.mean(), least, int(kept.sum())))
    return lessons


def _drawn(
    table: np.ndarray,
    labels: np.ndarray,
    names: list[tuple[str, str]],
    counts: tuple[int, ...],
    chance: np.random.Generator,
) -> list[tuple[float, float, bool]]:
    """What each count of decisions gives: average precision before and after, and whether weights were kept."""
    prior = Model.load()
    table = np.where(chance.random(table.shape) < _BLANK, np.nan, table)
    odds = prior.same.sums(table)
    unseen = chance.random(len(labels)) < 0.5
    before = average_precision(odds[unseen], labels[unseen])
    # The queue shows what is likely, mixed with what is doubtful.
    queue = np.flatnonzero(~unseen)
    queue = queue[np.argsort(-odds[queue])][: 6 * int(labels[~unseen].sum())]
    if len(queue) < max(counts):
        raise ValueError(f"{len(queue)} pairs to judge are fewer than {max(counts)}")
    found = []
    for count in counts:
        decisions = [
            _decision(table[row], names[row], bool(labels[row]) != (chance.random() < _ERROR))
            for row in chance.permutation(queue)[:count]
        ]
        model = _learned(decisions, prior)
        after = average_precision(model.same.sums(table[unseen]), labels[unseen])
        found.append((before, after, model is not prior))
    return found


def _learned(decisions: list[Decision], prior: Model) -> Model:
    """The weights that `tacoord model fit` would leave in use."""
    try:
        result = refit(decisions, prior, version="trial")
    except ValueError:  # too few of either answer
        return prior
    return result.model if result.better else prior


def _material(size: int) -> tuple[np.ndarray, np.ndarray, list[tuple[str, str]]]:
    made = [(read_facts(record)[0], truth) for record, truth in records(size)]
    truth = {one.id: activity for one, activity in made}
    collection = Collection.of([prepare_chunk([one for one, _ in made])])
    pairs = pairs_of(collection.keyed())
    left, right = pairs.left, pairs.right
    ids = collection.columns.ids
    names = [(ids[a], ids[b]) for a, b in zip(left, right, strict=True)]
    labels = np.array([truth[a] == truth[b] for a, b in names], dtype=float)
    weighted = collection.weighted(frozen())
    return features(collection.columns, weighted, left, right).astype(float), labels, names


def _decision(row: np.ndarray, pair: tuple[str, str], yes: bool) -> Decision:
    evidence = tuple(
        Evidence(
            name,
            None,
            None,
            round(float(value if name in ONLY_FOR else (value + 1) / 2), 4),
            0.0,
            0.0,
        )
        for name, value in zip(FEATURES, row, strict=True)
        if np.isfinite(value)
    )
    return Decision(*pair, Kind.SAME_ACTIVITY if yes else Kind.UNRELATED, evidence)
