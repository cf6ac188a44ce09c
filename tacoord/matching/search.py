"""One record against others that share a key with it: the form, the API and imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.columns import Columns, Weighted
from tacoord.matching.evidence import features
from tacoord.matching.facts import Facts
from tacoord.matching.match import Match, evidence_of
from tacoord.matching.model import KIND_NUMBERS, KINDS, Judged, Kind, Model, probability
from tacoord.matching.pairing import Pairs
from tacoord.matching.prepared import Prepared, prepare
from tacoord.matching.rarity import Rarity, frozen
from tacoord.matching.rivals import Rows, margins
from tacoord.matching.shared import Floats
from tacoord.matching.shown import shown
from tacoord.matching.sweep import check

Rivals = Callable[[Sequence[str]], Mapping[str, Sequence[Prepared]]]
"""Gives the candidates of each of some records, by their ids."""


@dataclass(frozen=True, slots=True)
class Star:
    """A record and those that it is compared with.

    own: how many of the others, from the first on, are candidates of the subject (None: all); a later one counts only
    where the subject is a candidate of it.
    """

    subject: Prepared
    others: Sequence[Prepared]
    own: int | None = None


def find_matches(
    subject: Facts | Prepared, others: Iterable[Facts | Prepared], *, model: Model | None = None,
    cutoff: float | None = None, rivals: Rivals | None = None, own: int | None = None,
    rarity: Rarity | None = None,
) -> list[Match]:  # fmt: skip
    """Judge `subject` against each of `others` (its candidates); `subject` itself is passed over.

    own: see `Star`. All else as in `find_all_matches`.
    """
    star = Star(_prepared(subject), list(map(_prepared, others)), own)
    return find_all_matches([star], model=model, cutoff=cutoff, rivals=rivals, rarity=rarity)[0]


def find_all_matches(
    stars: Sequence[Star], *, model: Model | None = None, cutoff: float | None = None,
    rivals: Rivals | None = None, rarity: Rarity | None = None,
) -> list[list[Match]]:  # fmt: skip
    """Judge each subject against its candidates, all in one go; the same as one by one.

    cutoff: None gives what the model would flag; a number, every pair of at least that score, 0..1.
    rivals: where given, the candidates of the others compete as well, and the result is that of a sweep; else only the
    others compete with each other: a clear best candidate scores higher than one of several equals.
    rarity: how rare words are, where it is not as frozen with the package.
    Returns for each subject its matches by falling score, equal scores by the other's rising id.
    Raises ValueError where `cutoff` is outside 0..1.
    """
    check(cutoff=cutoff, top=None)
    found = _matches(model or Model.load(), stars, cutoff, rivals, rarity)
    return [
        sorted(matches, key=lambda match: (-match.score, match.other(star.subject.facts.id)))
        for star, matches in zip(stars, found, strict=True)
    ]


def judge(a: Facts | Prepared, b: Facts | Prepared, *, model: Model | None = None) -> Match:
    """Judge one pair on its own, without rivals; the same for (a, b) and (b, a); their ids differ."""
    first, second = sorted((_prepared(a), _prepared(b)), key=lambda one: one.facts.id)
    return _matches(model or Model.load(), [Star(first, [second])], 0.0, asked=True)[0][0]


def _matches(
    model: Model,
    stars: Sequence[Star],
    cutoff: float | None,
    rivals: Rivals | None = None,
    rarity: Rarity | None = None,
    *,
    asked: bool = False,
) -> list[list[Match]]:
    """The pairs of each subject that are wanted; only for these evidence is put into words.

    asked: the kind is what a pair that is asked for is called, and not what it would be flagged as.
    """
    rarity = rarity or frozen()
    graph = _Graph()
    spokes = [graph.add_star(star) for star in stars]
    first = np.unique(np.concatenate([np.zeros(0, np.int64), *spokes]))
    if not len(first):
        return [[] for _ in stars]
    table = _compared(graph.records, first, rarity)
    judged = Judged.of(model, table)
    codes, every = first, judged
    if rivals:
        graph.add_rivals(rivals, first[model.hopeful(judged)])
        more = np.setdiff1d(graph.pairs_of_candidates(), first)
        codes = np.append(first, more)
        every = Judged.joined([judged, Judged.of(model, _compared(graph.records, more, rarity))])
    pairs, public = graph.pairs(codes), graph.public()
    margin = margins(pairs, every.same, public, scale=model.margin_scale)
    score = probability(every.same + model.margin_contribution(margin))
    kinds = (
        model.kinds(every, score)
        if asked
        else model.settled_kinds(every, score, pairs, public, graph.rank())
    )
    wanted = kinds != KIND_NUMBERS[Kind.UNRELATED] if cutoff is None else score >= cutoff
    wanted &= pairs.of_left | pairs.of_right

    places = [np.searchsorted(first, spoke).tolist() for spoke in spokes]
    asked_for = sorted({at for some in places for at in some if wanted[at]})
    rows = np.array(asked_for, np.int64)
    ends = [
        graph.ends(one, two) for one, two in zip(pairs.left[rows], pairs.right[rows], strict=True)
    ]
    told = {one.facts.id: one for both in ends for one in both}
    seen = {key: shown(one) for key, one in told.items()}
    pieces = evidence_of(
        model, table[rows], margin[rows], [(seen[a.facts.id], seen[b.facts.id]) for a, b in ends]
    )
    made = {
        at: Match(
            left=left.facts.id,
            right=right.facts.id,
            score=float(score[at]),
            kind=KINDS[kinds[at]],
            evidence=evidence,
            model_version=model.version,
        )
        for at, (left, right), evidence in zip(asked_for, ends, pieces, strict=True)
    }
    return [[made[at] for at in some if at in made] for some in places]


_BITS = 31


class _Graph:
    """Records by row, and who has whom among its candidates; a pair is one number: lower row, then higher row."""

    def __init__(self) -> None:
        self.records: list[Prepared] = []
        self._rows: dict[str, int] = {}
        self._known: set[int] = set()
        self._directed: list[int] = []

    def add_star(self, star: Star) -> Rows:
        """The pairs of a subject with its others, itself left out."""
        subject = self._row(star.subject)
        rows = [self._row(one) for one in star.others]
        self._add_candidates(subject, rows[: star.own])
        return np.unique(_codes(subject, [row for row in rows if row != subject]))

    def add_rivals(self, rivals: Rivals, hopeful: Rows) -> None:
        """Ask for the candidates of all records of the hopeful pairs of which they are not known."""
        ends = np.unique(np.concatenate([hopeful >> _BITS, hopeful & (2**_BITS - 1)]))
        asked = [row for row in ends.tolist() if row not in self._known]
        met = rivals([self.records[row].facts.id for row in asked]) if asked else {}
        for key, found in met.items():
            self._add_candidates(self._rows[key], [self._row(one) for one in found])

    def pairs_of_candidates(self) -> Rows:
        """All pairs of which one has the other among its candidates."""
        directed = np.array(self._directed, np.int64)
        one, other = directed >> _BITS, directed & (2**_BITS - 1)
        return np.unique(np.minimum(one, other) << _BITS | np.maximum(one, other))

    def pairs(self, codes: Rows) -> Pairs:
        """Pairs of these numbers, and who has whom among its candidates."""
        left, right = codes >> _BITS, codes & (2**_BITS - 1)
        directed = np.array(self._directed, np.int64)
        return Pairs(
            left, right, np.isin(codes, directed), np.isin(right << _BITS | left, directed)
        )

    def ends(self, one: int, other: int) -> tuple[Prepared, Prepared]:
        """Two records in the order of their ids."""
        first, second = self.records[one], self.records[other]
        return (first, second) if first.facts.id <= second.facts.id else (second, first)

    def public(self) -> NDArray[np.bool_]:
        """Which records everybody may see."""
        return np.array([record.facts.public for record in self.records], dtype=bool)

    def rank(self) -> Rows:
        """The place of each record in the order of the ids."""
        ids = [record.facts.id for record in self.records]
        return np.argsort(np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64))

    def _row(self, record: Prepared) -> int:
        row = self._rows.setdefault(record.facts.id, len(self.records))
        if row == len(self.records):
            self.records.append(record)
        return row

    def _add_candidates(self, row: int, others: Iterable[int]) -> None:
        self._known.add(row)
        self._directed += [row << _BITS | other for other in others if other != row]


def _codes(row: int, others: Sequence[int]) -> Rows:
    columns = np.array(others, np.int64)
    return np.minimum(row, columns) << _BITS | np.maximum(row, columns)


def _compared(records: Sequence[Prepared], codes: Rows, rarity: Rarity) -> Floats:
    """The features of some pairs of records."""
    ends = np.concatenate([codes >> _BITS, codes & (2**_BITS - 1)])
    rows, place = np.unique(ends, return_inverse=True)
    columns = Columns.of([records[row] for row in rows.tolist()])
    left, right = place[: len(codes)], place[len(codes) :]
    return features(columns, Weighted.of(columns, rarity), left, right)


def _prepared(record: Facts | Prepared) -> Prepared:
    return record if isinstance(record, Prepared) else prepare(record)
