"""The labelled development set of real project pairs, and how matching is measured on it."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from tacoord.matching.collection import Collection, of_closed_file, prepare_chunk
from tacoord.matching.evidence import features
from tacoord.matching.facts import Facts
from tacoord.matching.learning import fit_line, folds_of, for_one_activity
from tacoord.matching.model import Judged, Line, Model, probability
from tacoord.matching.pairing import Pairs, pairs_of
from tacoord.matching.record import read_facts
from tacoord.matching.rivals import margins

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

SAME, HARD, PART, EFFORT, UNLABELLED = 1, 0, 2, 3, -1
_NEAREST = 20
# What it weighs against one activity that a reporter gives two identifiers of its own: as much as was believed.
_TWO_IDENTIFIERS = 3.0
# No weight falls below this share of what was believed: the set does not show every kind of record.
FLOOR = 0.5


@dataclass
class LabelledSet:
    """Pairs of a collection: all candidates, all labelled pairs, and near titles as further negatives.

    label: 1 the same activity, 0 a hard negative, 2 a part, 3 the same effort, -1 not labelled.
    group: the name of the set, "" where not labelled. candidate: whether the engine would compare the pair.
    compared: the candidates, in the same order.
    near: one of the nearest titles of another reporter in a shared country of a record with a partner.
    different: whether the two reporters differ.
    """

    facts: list[Facts]
    collection: Collection
    left: Rows
    right: Rows
    label: Rows
    group: NDArray[np.str_]
    candidate: Flags
    near: Flags
    different: Flags
    table: Numbers
    compared: Pairs

    @property
    def records(self) -> int:
        """How many records there are."""
        return len(self.facts)

    def ids(self, row: int | np.integer) -> tuple[str, str]:
        """The ids of a pair."""
        names = self.collection.columns.ids
        return names[self.left[row]], names[self.right[row]]

    def folds(self, *, folds: int, seed: int) -> Rows:
        """A fold for each record: records that labels connect come into one."""
        labelled = np.flatnonzero(self.label != UNLABELLED)
        given = folds_of([self.ids(row) for row in labelled], folds, seed=seed)
        names = self.collection.columns.ids
        known = {
            record: fold
            for row, fold in zip(labelled, given, strict=True)
            for record in self.ids(row)
        }
        rest = np.random.default_rng(seed).integers(0, folds, len(names))
        return np.array(
            [known.get(name, fold) for name, fold in zip(names, rest, strict=True)], dtype=np.int64
        )


def read_records(folder: Path) -> list[Facts]:
    """The records of the development set."""
    with gzip.open(folder / "dev_projects.jsonl.gz", "rt", encoding="utf-8") as file:
        return sorted((read_facts(json.loads(line))[0] for line in file), key=lambda one: one.id)


def read_pairs(folder: Path) -> list[tuple[str, str, int, str]]:
    """left, right, label and set of each labelled pair."""
    with (folder / "dev_pairs.csv").open(encoding="utf-8", newline="") as file:
        return [
            (row["left"], row["right"], int(row["label"]), row["set"])
            for row in csv.DictReader(file)
        ]


def load(folder: Path) -> LabelledSet:
    """The development set with the features of all its pairs."""
    facts = read_records(folder)
    collection = Collection.of([prepare_chunk(facts)])
    at = {name: row for row, name in enumerate(collection.columns.ids)}
    labelled = {
        (min(at[a], at[b]), max(at[a], at[b])): (label, group)
        for a, b, label, group in read_pairs(folder)
    }
    compared = pairs_of(collection.keyed())
    candidates = set(zip(compared.left.tolist(), compared.right.tolist(), strict=True))
    reporters = [one.reporter.name if one.reporter else None for one in facts]
    partnered = sorted(
        {row for pair, (label, _) in labelled.items() if label == SAME for row in pair}
    )
    near = set(_near_titles(collection, facts, reporters, partnered)) - set(labelled)
    pairs = sorted({*candidates, *labelled, *near})
    left, right = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    table = features(
        collection.columns, collection.weighted(of_closed_file(collection.columns)), left, right
    )
    return LabelledSet(
        facts=facts, collection=collection, left=left, right=right,
        label=np.array([labelled.get(pair, (UNLABELLED, ""))[0] for pair in pairs]),
        group=np.array([labelled.get(pair, (UNLABELLED, ""))[1] for pair in pairs]),
        candidate=np.array([pair in candidates for pair in pairs]),
        near=np.array([pair in near for pair in pairs]),
        different=np.array([reporters[a] != reporters[b] for a, b in pairs]),
        table=table.astype(np.float64),
        compared=compared,
    )  # fmt: skip


def titles_of(collection: Collection) -> list[str]:
    """The words of each record's titles."""
    columns = collection.columns
    bounds = zip(columns.face_of, columns.face_of[1:], strict=False)
    return [" ".join(columns.titles.listed(np.arange(first, last))) for first, last in bounds]


def _near_titles(
    collection: Collection,
    facts: Sequence[Facts],
    reporters: Sequence[str | None],
    rows: Sequence[int],
) -> Iterator[tuple[int, int]]:
    """The nearest titles of other reporters in a shared country, for each of some rows."""
    titles = titles_of(collection)
    countries = [frozenset(one.countries) for one in facts]
    for row in rows:
        others = [
            other for other in range(len(facts))
            if reporters[other] != reporters[row] and countries[other] & countries[row]
        ]  # fmt: skip
        if not others:
            continue
        alike = process.cdist(
            [titles[row]], [titles[other] for other in others], scorer=fuzz.ratio
        )[0]
        for place in np.argsort(-alike, kind="stable")[:_NEAREST]:
            yield min(row, others[place]), max(row, others[place])


def row_weights(pairs: LabelledSet) -> Numbers:
    """How much each pair counts in fitting: labelled ones fully, the many others together like 600."""
    weights = np.zeros(len(pairs.label))
    weights[(pairs.label == SAME) | (pairs.label == HARD)] = 1.0
    weights[pairs.label == PART] = 0.3
    loose = (pairs.label == UNLABELLED) & ~pairs.near
    weights[loose] = 300 / max(loose.sum(), 1)
    near = (pairs.label == UNLABELLED) & pairs.near
    weights[near] = 300 / max(near.sum(), 1)
    return weights


def fit_same(pairs: LabelledSet, rows: Flags, prior: Line, *, strength: float = 1.0) -> Line:
    """The line of `same` fitted to some of the pairs."""
    labels = (pairs.label == SAME).astype(float)
    return fit_line(
        for_one_activity(pairs.table[rows]),
        labels[rows],
        row_weights(pairs)[rows],
        prior,
        strength=strength,
        base_strength=0.0,
        floor=FLOOR,
    )


def fit_part(pairs: LabelledSet, rows: Flags, prior: Line, *, strength: float = 3.0) -> Line:
    """The line of `parent_child` fitted to some of the pairs; what is one activity belongs together as well."""
    labels = (pairs.label == PART).astype(float)
    weights = np.where(pairs.label == PART, 1.0, 0.5)
    weights[(pairs.label == EFFORT) | (pairs.label == SAME)] = 0.0
    loose = pairs.label == UNLABELLED
    weights[loose] = 1000 / max(loose.sum(), 1)
    return fit_line(
        pairs.table[rows], labels[rows], weights[rows], prior, strength=strength, base_strength=0.0
    )


@dataclass(frozen=True)
class Unseen:
    """What models say of pairs that they were not fitted on: log-odds, and the kind's number.

    kind: what a pair is flagged as. asked: what it is called when asked for.
    """

    odds: Numbers
    kind: NDArray[np.int8]
    asked: NDArray[np.int8]


def cross_validated(
    pairs: LabelledSet, model: Model, priors: Mapping[str, Line], *, folds: int = 5, seed: int = 0
) -> Unseen:
    """Judge every pair by a model fitted without the records of its fold."""
    fold = pairs.folds(folds=folds, seed=seed)
    odds = np.full(len(pairs.label), np.nan)
    kind, asked = (np.zeros(len(pairs.label), np.int8) for _ in range(2))
    for one in range(folds):
        touched = (fold[pairs.left] == one) | (fold[pairs.right] == one)
        same = with_settled(fit_same(pairs, ~touched, priors["same"]))
        part = fit_part(pairs, ~touched, priors["part"])
        said = judge_all(pairs, replace(model, same=same, part=part))
        # A pair between two folds is judged by the model of its left record, which saw neither.
        mine = fold[pairs.left] == one
        odds[mine], kind[mine], asked[mine] = said.odds[mine], said.kind[mine], said.asked[mine]
    return Unseen(odds, kind, asked)


def judge_all(pairs: LabelledSet, model: Model) -> Unseen:
    """What a model says of all pairs; only candidates have rivals."""
    judged = Judged.of(model, pairs.table)
    chosen = np.flatnonzero(pairs.candidate)
    public = pairs.collection.columns.public
    among = judged.taken(chosen)
    margin = np.full(len(judged.same), np.nan)
    margin[chosen] = margins(pairs.compared, among.same, public, scale=model.margin_scale)
    odds = judged.same + model.margin_contribution(margin)
    score = probability(odds)
    asked = model.kinds(judged, score)
    kinds = asked.copy()
    kinds[chosen] = model.settled_kinds(among, score[chosen], pairs.compared, public)
    return Unseen(odds, kinds, asked)


def with_settled(line: Line) -> Line:
    """The line with the weights of identifiers, of which no labelled pair tells: a named one settles any pair."""
    against = sum(con for _, con in line.weights.values())
    settles = round(against + abs(line.base) + 7.0, 1)
    return Line(line.base, {**line.weights, "identifier": (settles, _TWO_IDENTIFIERS)})
