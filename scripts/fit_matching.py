"""Fit the weights of matching to a labelled development set and write them as a version of the model.

    python scripts/fit_matching.py FOLDER [--write VERSION]

FOLDER holds `dev_projects.jsonl.gz` and `dev_pairs.csv`. Without --write it only measures.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from matching_set import (
    EFFORT,
    HARD,
    PART,
    SAME,
    LabelledSet,
    cross_validated,
    fit_part,
    fit_same,
    load,
    with_settled,
)

from tacoord.matching.learning import average_precision, calibration_error
from tacoord.matching.model import KIND_NUMBERS, WEIGHTS, Kind, Line, Model, probability

# What was believed before any pair was seen: the order of size of each weight, for and against.
SAME_PRIOR = Line(
    -1.0,
    {
        "title_words": (2.0, 1.5),
        "title_spelling": (1.5, 1.5),
        "title_contained": (1.0, 0.5),
        "title_names": (0.3, 1.5),
        "no_title": (0.0, 1.5),
        "text_words": (1.6, 0.8),
        "text_spelling": (2.5, 1.0),
        "rare_words": (1.6, 0.0),
        "phase": (0.3, 6.0),
        "component": (0.0, 5.0),
        "numbers": (0.3, 1.2),
        "codes": (1.5, 0.4),
        "amount": (1.8, 0.9),
        "start": (0.8, 1.2),
        "end": (0.6, 0.6),
        "period": (0.2, 1.2),
        "countries": (0.8, 5.0),
        "reporter": (0.0, 6.0),
        "crossing": (1.2, 0.6),
        "partners": (0.8, 0.2),
        "strangers": (0.0, 2.0),
        "named": (0.8, 0.0),
        "sectors": (0.4, 0.8),
        "themes": (0.5, 2.0),
        "copy": (6.5, 0.0),
    },
)
# A part of a whole is told by the two belonging together; that they are not one activity, the score says.
PART_PRIOR = Line(
    -3.0,
    {
        "title_contained": (1.5, 0.5),
        "title_names": (0.8, 0.3),
        "rare_words": (1.0, 0.0),
        "phase": (0.0, 2.0),
        "part_of_amount": (0.5, 0.0),
        "period": (0.5, 1.0),
        "nested": (0.5, 1.5),
        "countries": (0.0, 2.0),
        "reporter": (0.0, 4.0),
        "crossing": (2.5, 0.3),
        "strangers": (0.0, 2.0),
        "named": (2.5, 0.0),
        "sectors": (0.0, 1.0),
        "themes": (0.0, 2.0),
    },
)
NEAR = Line(
    -3.5,
    {
        "countries": (1.5, 3.0),
        "period": (1.0, 2.5),
        "themes": (2.5, 1.5),
        "sectors": (0.8, 0.4),
        "text_words": (2.0, 0.8),
        "title_words": (1.0, 0.3),
        "rare_words": (0.5, 0.0),
        "partners": (0.7, 0.0),
        "crossing": (0.5, 0.0),
    },
)
THRESHOLDS = {
    "same_activity": 0.4,
    "parent_child": -0.35,
    "parent_child_flagged": 0.2,
    "parent_child_over_same": 3.0,
    "overlapping_effort": 2.2,
    "complementary": 1.8,
}
PRIORS = {"same": SAME_PRIOR, "part": PART_PRIOR}


def template() -> Model:
    """The parts of the model that are set by hand."""
    return Model(
        "0",
        SAME_PRIOR,
        PART_PRIOR,
        NEAR,
        margin=(0.8, 1.5),
        margin_scale=3.0,
        thresholds=THRESHOLDS,
    )


def fitted(pairs: LabelledSet, version: str) -> Model:
    """The model fitted to all pairs."""
    every = np.ones(len(pairs.label), dtype=bool)
    same = with_settled(fit_same(pairs, every, SAME_PRIOR))
    part = fit_part(pairs, every, PART_PRIOR)
    return replace(
        template(), version=version, same=same, part=part, note="fitted to the development set"
    )


def report(pairs: LabelledSet) -> None:
    """Print the measures by cross-validation."""
    unseen = cross_validated(pairs, template(), PRIORS)
    odds = np.where(pairs.candidate, unseen.odds, -99.0)
    same, hard = pairs.label == SAME, pairs.label == HARD
    rows = same | hard
    print(
        f"average precision, hard negatives: {average_precision(odds[rows], same[rows].astype(float)):.3f}"
    )
    rows = (same | hard | pairs.near) & pairs.different
    print(
        f"average precision, different reporters: {average_precision(odds[rows], same[rows].astype(float)):.3f}"
    )
    rows = same | hard
    chance = probability(unseen.odds)
    print(f"calibration error: {calibration_error(chance[rows], same[rows].astype(float)):.3f}")
    called = {
        kind: (unseen.kind == number) & pairs.candidate for kind, number in KIND_NUMBERS.items()
    }
    one = called[Kind.SAME_ACTIVITY] | called[Kind.FUNDER_IMPLEMENTER]
    for name, label in (("A", SAME), ("hard", HARD), ("B", PART), ("award", EFFORT)):
        rows = pairs.label == label
        kinds = {
            kind.value: round(float((called[kind] & rows).sum() / rows.sum()), 3) for kind in called
        }
        print(f"{name}: one activity {(one & rows).sum() / rows.sum():.3f}; {kinds}")
    asked = unseen.asked[pairs.label == PART] == KIND_NUMBERS[Kind.PARENT_CHILD]
    print(f"B called parent_child where asked of all of them: {asked.mean():.3f}")
    print(
        {
            kind.value: round(1000 * float(which.sum()) / pairs.records, 1)
            for kind, which in called.items()
        }
    )


def main() -> None:
    """Measure, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", metavar="VERSION")
    options = parser.parse_args()
    pairs = load(options.folder)
    report(pairs)
    model = fitted(pairs, options.write or "unwritten")
    for name, (pro, con) in model.same.weights.items():
        print(
            f"{name:16s} same {pro:6.2f} {con:6.2f}   part {model.part.weights.get(name, (0.0, 0.0))}"
        )
    print("base", model.same.base, model.part.base)
    if options.write:
        (WEIGHTS / f"model-{options.write}.json").write_text(
            model.to_json() + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
