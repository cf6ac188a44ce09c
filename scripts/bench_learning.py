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


@dataclass(frozen=True, slots=True)
class Lesson:
    """Average precision on unseen pairs before and after so many decisions."""

    decisions: int
    before: float
    after: float
    kept: bool


def simulate(counts: tuple[int, ...] = (10, 100, 300, 1_000), *, size: int = 6_000) -> list[Lesson]:
    """Reviewers with 5 % error judge what the model puts in front of them; half of the pairs stay unseen."""
    prior = Model.load()
    table, labels, names = _material(size)
    chance = np.random.default_rng(7)
    table[chance.random(table.shape) < _BLANK] = np.nan
    odds = prior.same.sums(table)
    unseen = chance.random(len(labels)) < 0.5
    # The queue shows what is likely, mixed with what is doubtful.
    queue = np.flatnonzero(~unseen)
    queue = queue[np.argsort(-odds[queue])][: 6 * int(labels[~unseen].sum())]
    lessons = []
    for count in counts:
        shown = chance.permutation(queue)[:count]
        count = len(shown)
        wrong = chance.random(count) < _ERROR
        decisions = [
            _decision(table[row], names[row], bool(labels[row]) != bool(w))
            for row, w in zip(shown, wrong, strict=True)
        ]
        before = average_precision(odds[unseen], labels[unseen])
        try:
            result = refit(decisions, prior, version="trial")
        except ValueError:
            lessons.append(Lesson(count, before, before, False))
            continue
        after = average_precision(result.model.same.sums(table[unseen]), labels[unseen])
        lessons.append(Lesson(count, before, after if result.better else before, result.better))
    return lessons


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
