"""One record against others that share a key with it: the form, the API and imports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from tacoord.matching.columns import Columns, Weighted
from tacoord.matching.evidence import Floats, features
from tacoord.matching.facts import Facts
from tacoord.matching.match import Match, evidence_of, shown
from tacoord.matching.model import KIND_NUMBERS, KINDS, Judged, Kind, Model, probability
from tacoord.matching.prepared import Prepared, prepare
from tacoord.matching.rarity import frozen
from tacoord.matching.rivals import margins
from tacoord.matching.sweep import check


def find_matches(
    subject: Facts | Prepared, others: Iterable[Facts | Prepared], *, model: Model | None = None,
    cutoff: float | None = None,
) -> list[Match]:  # fmt: skip
    """Judge `subject` against each of `others` (its candidates); `subject` itself is passed over.

    cutoff: None gives what the model would flag; a number, every pair of at least that score, 0..1.
    Returns matches by falling score, equal scores by the other's rising id. The others compete with
    each other: a clear best candidate scores higher than one of several equals.
    Raises ValueError where `cutoff` is outside 0..1.
    """
    check(cutoff=cutoff, top=None)
    model = model or Model.load()
    one = _prepared(subject)
    rest = [other for other in map(_prepared, others) if other.facts.id != one.facts.id]
    if not rest:
        return []
    matches = _matches(model, one, rest, cutoff)
    return sorted(matches, key=lambda match: (-match.score, match.other(one.facts.id)))


def judge(a: Facts | Prepared, b: Facts | Prepared, *, model: Model | None = None) -> Match:
    """Judge one pair on its own, without rivals; the same for (a, b) and (b, a)."""
    first, second = _prepared(a), _prepared(b)
    if first.facts.id > second.facts.id:
        first, second = second, first
    return _matches(model or Model.load(), first, [second], 0.0)[0]


def _compared(one: Prepared, rest: Sequence[Prepared]) -> Floats:
    columns = Columns.of([one, *rest])
    weighted = Weighted.of(columns, frozen())
    right = np.arange(1, len(rest) + 1)
    return features(columns, weighted, np.zeros_like(right), right)


def _matches(
    model: Model, one: Prepared, rest: Sequence[Prepared], cutoff: float | None
) -> list[Match]:
    """The pairs that are wanted, in the order of `rest`; only for these evidence is put into words."""
    table = _compared(one, rest)
    judged = Judged.of(model, table)
    left, right = np.zeros(len(rest), dtype=np.int64), np.arange(1, len(rest) + 1)
    public = np.array([one.facts.public, *(other.facts.public for other in rest)], dtype=bool)
    margin = margins(left, right, judged.same, public, scale=model.margin_scale)
    extra = model.margin_contribution(margin)
    score = probability(judged.same + extra)
    kinds = model.settled_kinds(judged, score, left, right, public)
    wanted = kinds != KIND_NUMBERS[Kind.UNRELATED] if cutoff is None else score >= cutoff
    found = []
    for at in map(int, np.flatnonzero(wanted)):
        first, second = sorted((one, rest[at]), key=lambda record: record.facts.id)
        pieces = evidence_of(
            model, table[at], shown(first), shown(second), float(margin[at]), float(extra[at])
        )
        found.append(
            Match(
                left=first.facts.id,
                right=second.facts.id,
                score=float(score[at]),
                kind=KINDS[kinds[at]],
                evidence=pieces,
                model_version=model.version,
            )
        )
    return found


def _prepared(record: Facts | Prepared) -> Prepared:
    return record if isinstance(record, Prepared) else prepare(record)
