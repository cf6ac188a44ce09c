"""The evidence of a pair: from the strongest on, and together the log-odds."""

import math

import numpy as np
import pytest

from tacoord.matching import Model
from tacoord.matching.evidence import FEATURES
from tacoord.matching.match import Evidence, Match, evidence_of
from tacoord.matching.model import Kind

MODEL = Model.load()
LEFT, RIGHT = {"title": "One house", "amount": "7 USD"}, {"title": "Two bridges"}


def pieces(margin: float = math.nan, **values: float) -> tuple[Evidence, ...]:
    table = np.full((1, len(FEATURES)), np.nan, np.float32)
    for name, value in values.items():
        table[0, FEATURES.index(name)] = value
    (found,) = evidence_of(MODEL, table, np.array([margin]), [(LEFT, RIGHT)])
    return found


def test_of_no_pairs_there_is_no_evidence():
    assert not list(evidence_of(MODEL, np.zeros((0, len(FEATURES))), np.zeros(0), []))


def test_where_nothing_is_known_the_base_stands_alone():
    assert [one.feature for one in pieces()] == ["base"]


def test_the_strongest_comes_first_with_what_both_records_say():
    found = pieces(title_words=0.5, amount=-0.1)
    assert [one.feature for one in found] == ["base", "title_words", "amount"]
    assert (found[1].left, found[1].right) == ("One house", "Two bridges")
    assert (found[2].left, found[2].right) == ("7 USD", None)
    assert found[1].similarity == 0.75
    assert found[2].similarity == 0.45


def test_together_they_are_the_sum_of_the_model():
    found = pieces(margin=-0.5, title_words=0.5, amount=-0.1, countries=1.0, phase=-1.0)
    table = np.full((1, len(FEATURES)), np.nan, np.float32)
    for name, value in (("title_words", 0.5), ("amount", -0.1), ("countries", 1.0), ("phase", -1)):
        table[0, FEATURES.index(name)] = value
    expected = MODEL.same.sums(table)[0] + MODEL.margin_contribution(np.array([-0.5]))[0]
    assert sum(one.contribution for one in found) == pytest.approx(expected)


def test_what_only_speaks_for_a_pair_is_left_out_where_it_does_not():
    assert [one.feature for one in pieces(named=0.0, part_of_amount=0.0)] == ["base"]
    assert [one.similarity for one in pieces(named=0.25)] == [None, 0.25]


def test_the_margin_is_told_only_where_there_is_a_rival():
    assert [one.feature for one in pieces(margin=0.4)] == ["base", "margin"]
    assert pieces(margin=0.4)[1].contribution == pytest.approx(0.4 * MODEL.margin[0])


def test_equal_strengths_come_by_name():
    found = pieces(title_words=0.0, amount=0.0, countries=0.0)
    assert [one.feature for one in found] == ["base", "amount", "countries", "title_words"]


def test_a_match_knows_its_other_record_and_whether_it_is_flagged():
    one = Match("a", "b", 0.9, Kind.SAME_ACTIVITY, (), "1")
    assert (one.other("a"), one.other("b"), one.flagged) == ("b", "a", True)
    assert not Match("a", "b", 0.1, Kind.UNRELATED, (), "1").flagged
