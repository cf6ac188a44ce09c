"""Learning from decisions: a model is kept only where it is better."""

from dataclasses import replace

import numpy as np
import pytest

from tacoord.matching import Kind, Model
from tacoord.matching.evidence import FEATURES
from tacoord.matching.learning import (
    Decision,
    average_precision,
    calibration_error,
    folds_of,
    most_useful,
    refit,
)
from tacoord.matching.match import Evidence


def decisions(count, *, seed, truth, error=0.0):
    """Decisions of a reviewer who judges by the feature `truth` alone and is sometimes wrong."""
    chance = np.random.default_rng(seed)
    found = []
    for number in range(count):
        values = dict(
            zip(
                ("title_words", "amount", "countries", "sectors"),
                chance.uniform(0, 1, 4),
                strict=True,
            )
        )
        yes = (values[truth] > 0.5) != (chance.random() < error)
        evidence = tuple(
            Evidence(name, None, None, round(value, 4), 1.0, 0.0) for name, value in values.items()
        )
        kind = Kind.SAME_ACTIVITY if yes else Kind.UNRELATED
        found.append(Decision(f"l{number}", f"r{number}", kind, evidence))
    return found


def test_many_decisions_move_the_weights_to_what_reviewers_look_at():
    prior = Model.load()
    result = refit(decisions(600, seed=1, truth="sectors", error=0.05), prior, version="2")
    assert result.better
    assert result.after.average_precision > result.before.average_precision + 0.1
    assert (
        result.model.same.weights["sectors"][0] > prior.same.weights.get("sectors", (0.0, 0.0))[0]
    )
    assert result.model.version == "2"
    judged_at = (
        f"{result.after.average_precision:.3f}, of version 1 {result.before.average_precision:.3f}"
    )
    assert judged_at in result.model.note


def test_weights_that_have_learned_are_judged_only_on_what_they_have_not_seen():
    prior = Model.load()
    early, late = decisions(300, seed=1, truth="sectors"), decisions(200, seed=4, truth="sectors")
    in_use = refit(early, prior, version="2").model
    known = [replace(one, known=True) for one in early]
    again = refit([*known, *late], prior, in_use=in_use, version="3")
    assert again.before.decisions == again.after.decisions == 200
    assert again.before.average_precision > refit(late, prior, version="3").before.average_precision
    with pytest.raises(ValueError, match="new decisions"):
        refit(known, prior, in_use=in_use, version="3")


def test_ten_decisions_do_no_harm():
    prior = Model.load()
    few = refit(decisions(14, seed=3, truth="title_words", error=0.1), prior, version="2").model
    moved = [
        abs(few.same.weights.get(name, (0, 0))[side] - prior.same.weights.get(name, (0, 0))[side])
        for name in FEATURES
        for side in (0, 1)
    ]
    assert max(moved) < 0.6


def test_weights_never_turn_round():
    turned = [
        Decision(
            one.left,
            one.right,
            Kind.UNRELATED if one.one_activity else Kind.SAME_ACTIVITY,
            one.evidence,
        )
        for one in decisions(300, seed=5, truth="title_words")
    ]
    weights = refit(turned, Model.load(), version="2").model.same.weights
    assert all(pro >= 0 and con >= 0 for pro, con in weights.values())


def test_one_sided_decisions_teach_nothing():
    one_sided = [one for one in decisions(60, seed=2, truth="amount") if one.one_activity]
    with pytest.raises(ValueError, match="fewer than"):
        refit(one_sided, Model.load(), version="2")


def test_records_that_pairs_connect_come_into_one_fold():
    folds = folds_of([("a", "b"), ("b", "c"), ("d", "e"), ("e", "f"), ("c", "x")], 5)
    assert folds[0] == folds[1] == folds[4]
    assert folds[2] == folds[3]


def test_average_precision_and_calibration_error():
    scores, labels = np.array([3.0, 2.0, 1.0, 0.0]), np.array([1.0, 0.0, 1.0, 0.0])
    assert average_precision(scores, labels) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.zeros(4), labels) == pytest.approx(0.5)
    assert calibration_error(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == pytest.approx(0.0)
    assert calibration_error(np.array([0.95, 0.95]), np.array([1.0, 0.0])) == pytest.approx(0.45)


def test_doubtful_pairs_of_new_patterns_come_first():
    odds = {"sure": 6.0, "even": 0.1, "again": 0.2, "other": 0.4}
    patterns = {"even": "+amount", "again": "+amount", "other": "-phase"}
    assert most_useful(odds, patterns, limit=3) == ["even", "other", "again"]
