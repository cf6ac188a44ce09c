"""One record against others that share a key with it: the form, the API and imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from tacoord.matching.columns import Columns, Weighted
from tacoord.matching.evidence import Floats, features
from tacoord.matching.facts import Facts
from tacoord.matching.match import Match, evidence_of, shown
from tacoord.matching.model import KIND_NUMBERS, KINDS, Judged, Kind, Model, probability
from tacoord.matching.pairing import Pairs
from tacoord.matching.prepared import Prepared, prepare
from tacoord.matching.rarity import Rarity, frozen
from tacoord.matching.rivals import Rows, margins
from tacoord.matching.sweep import check

Rivals = Callable[[Sequence[str]], Mapping[str, Sequence[Prepared]]]
"""Gives the candidates of each of some records, by their ids."""


def find_matches(
    subject: Facts | Prepared, others: Iterable[Facts | Prepared], *, model: Model | None = None,
    cutoff: float | None = None, rivals: Rivals | None = None, own: int | None = None,
    rarity: Rarity | None = None,
) -> list[Match]:  # fmt: skip
    """Judge `subject` against each of `others` (its candidates); `subject` itself is passed over.

    cutoff: None gives what the model would flag; a number, every pair of at least that score, 0..1.
    rivals: where given, the candidates of the others compete as well, and the result is that of a sweep; else only the
    others compete with each other: a clear best candidate scores higher than one of several equals.
    own: how many of the others, from the first on, are candidates of the subject; a later one counts only where
    `rivals` says that the subject is a candidate of it.
    rarity: how rare words are, where it is not as frozen with the package.
    Returns matches by falling score, equal scores by the other's rising id.
    Raises ValueError where `cutoff` is outside 0..1.
    """
    check(cutoff=cutoff, top=None)
    model = model or Model.load()
    one = _prepared(subject)
    rest = [other for other in map(_prepared, others) if other.facts.id != one.facts.id]
    if not rest:
        return []
    matches = _matches(model, one, rest, cutoff, rivals, own, rarity)
    return sorted(matches, key=lambda match: (-match.score, match.other(one.facts.id)))


def judge(a: Facts | Prepared, b: Facts | Prepared, *, model: Model | None = None) -> Match:
    """Judge one pair on its own, without rivals; the same for (a, b) and (b, a)."""
    first, second = _prepared(a), _prepared(b)
    if first.facts.id > second.facts.id:
        first, second = second, first
    return _matches(model or Model.load(), first, [second], 0.0, asked=True)[0]


def _matches(
    model: Model,
    one: Prepared,
    rest: Sequence[Prepared],
    cutoff: float | None,
    rivals: Rivals | None = None,
    own: int | None = None,
    rarity: Rarity | None = None,
    *,
    asked: bool = False,
) -> list[Match]:
    """The pairs that are wanted, in the order of `rest`; only for these evidence is put into words.

    asked: the kind is what a pair that is asked for is called, and not what it would be flagged as.
    """
    rarity = rarity or frozen()
    pairs = _star(len(rest), len(rest) if own is None else own)
    table = _compared([one, *rest], pairs.left, pairs.right, rarity)
    judged = Judged.of(model, table)
    records, every = [one, *rest], judged
    hopeful = np.flatnonzero(model.hopeful(judged))
    if rivals and len(hopeful):
        met = rivals([rest[int(at)].facts.id for at in hopeful])
        records, pairs = _with_rivals(records, pairs, met)
        more = pairs.taken(np.arange(len(rest), len(pairs)))
        compared = _compared(records, more.left, more.right, rarity)
        every = Judged.joined([judged, Judged.of(model, compared)])
    public = np.array([record.facts.public for record in records], dtype=bool)
    margin = margins(pairs, every.same, public, scale=model.margin_scale)
    extra = model.margin_contribution(margin)
    score = probability(every.same + extra)
    if asked:
        kinds = model.kinds(every, score)
    else:
        kinds = model.settled_kinds(every, score, pairs, public, _rank(records))[: len(rest)]
    wanted = (
        kinds != KIND_NUMBERS[Kind.UNRELATED] if cutoff is None else score[: len(rest)] >= cutoff
    )
    wanted &= (pairs.of_left | pairs.of_right)[: len(rest)]
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


def _rank(records: Sequence[Prepared]) -> Rows:
    """The place of each record in the order of the ids."""
    ids = [record.facts.id for record in records]
    return np.argsort(np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64))


def _compared(records: Sequence[Prepared], left: Rows, right: Rows, rarity: Rarity) -> Floats:
    columns = Columns.of(records)
    return features(columns, Weighted.of(columns, rarity), left, right)


def _star(others: int, own: int) -> Pairs:
    """The first row with each of the others, the first of which are its candidates; whose it is, is not known."""
    rows = np.arange(others)
    return Pairs(np.zeros(others, np.int64), rows + 1, rows < own, np.zeros(others, bool))


def _with_rivals(
    records: Sequence[Prepared], star: Pairs, met: Mapping[str, Sequence[Prepared]]
) -> tuple[list[Prepared], Pairs]:
    """The records and pairs with the candidates of some of the others; a pair may then stand there from both sides."""
    own, every = records[0].facts.id, {record.facts.id: record for record in records}
    for found in met.values():
        every.update((record.facts.id, record) for record in found if record.facts.id not in every)
    row = {key: number for number, key in enumerate(every)}
    has_own = star.of_right.copy()
    left, right = list[int](), list[int]()
    for key, found in met.items():
        for record in found:
            if record.facts.id == own:
                has_own[row[key] - 1] = True
            elif record.facts.id != key:
                left.append(row[key])
                right.append(row[record.facts.id])
    yes, none = np.ones(len(left), bool), np.zeros(len(left), bool)
    pairs = Pairs(
        np.append(star.left, np.array(left, np.int64)),
        np.append(star.right, np.array(right, np.int64)),
        np.append(star.of_left, yes),
        np.append(has_own, none),
    )
    return list(every.values()), pairs


def _prepared(record: Facts | Prepared) -> Prepared:
    return record if isinstance(record, Prepared) else prepare(record)
