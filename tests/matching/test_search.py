"""Judging pairs: what a score means, and what it may not depend on."""

import json
import math
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tacoord.matching import Kind, explained, find_matches, judge, keys_of, prepare, read_facts
from tests.matching.records import facts, implementers_side, record


def judged(one, two):
    return judge(read_facts(one)[0], read_facts(two)[0])


def test_funder_and_implementer_of_one_activity_are_found():
    match = judged(record("a"), implementers_side("b"))
    assert match.kind is Kind.FUNDER_IMPLEMENTER
    assert match.score > 0.9
    assert keys_of(facts("a")) & keys_of(read_facts(implementers_side("b"))[0])


def test_contributions_add_up_to_the_log_odds():
    match = judged(record("a"), implementers_side("b", end="2025"))
    odds = math.log(match.score / (1 - match.score))
    assert sum(one.contribution for one in match.evidence) == pytest.approx(odds, abs=1e-6)


def test_the_phase_speaks_against():
    title = "Court clerks for faster justice, phase {}"
    first = record("a", title={"en": title.format("I")}, start=None, end=None, budget=None)
    second = implementers_side(
        "b", title={"en": title.format("II")}, start=None, end=None, budget=None
    )
    same = implementers_side(
        "b", title={"en": title.format("1")}, start=None, end=None, budget=None
    )
    assert judged(first, second).score < judged(first, same).score - 0.2
    phase = next(one for one in judged(first, second).evidence if one.feature == "phase")
    assert phase.contribution < 0


def test_one_reporter_hardly_registers_an_activity_twice():
    other = {"budget": [{"amount": 790000, "currency": "USD"}], "start": "2020-03-20"}
    twice = judged(record("a"), record("b", **other)).score
    assert twice < judged(record("a"), implementers_side("b", **other)).score - 0.2


def test_an_identifier_that_the_other_names_settles_the_pair():
    named = record(
        "a", iati_identifier="XI-NGO-7-2020-14", title={"en": "Something else"}, countries=None
    )
    other = implementers_side("b", start="2001", end="2002", title={"en": "Boats"})
    other["participating_orgs"] = [
        {"name": "Northern Fund", "role": "1", "activity_id": "XI NGO-7-2020/14"}
    ]
    match = judged(named, other)
    assert match.score > 0.99
    assert match.kind in (Kind.SAME_ACTIVITY, Kind.FUNDER_IMPLEMENTER)


def test_a_grant_that_two_records_of_one_reporter_name_settles_nothing():
    grant = [{"type": "A9", "value": "XI-GRANT-2020-5"}]
    one = record("a", iati_identifier="XI-DONOR-1-71", other_identifiers=grant)
    part = record(
        "b", iati_identifier="XI-DONOR-1-72", other_identifiers=grant, title={"en": "Boats"},
        start="2001", end="2002", budget=None,
    )  # fmt: skip
    assert judged(one, part).score < 0.01
    assert judged(one, {**part, "other_identifiers": [{"value": "XI-DONOR-1-71"}]}).score > 0.99
    other_reporter = {**part, "reporting_org": {"ref": "XI-NGO-7"}}
    assert judged(one, other_reporter).score > 0.99


@pytest.mark.parametrize(
    "name", ["start", "end", "budget", "countries", "sectors", "pillars", "description"]
)
def test_what_is_missing_speaks_neither_for_nor_against(name):
    pair = judged(record("a", **{name: None}), implementers_side("b"))
    features = {"budget": {"amount", "part_of_amount"}, "pillars": {"themes"}, "description": set()}
    silent = features.get(name, {name})
    assert not silent & {one.feature for one in pair.evidence}


@given(st.sampled_from(["NFC", "NFD", "upper", "zero", "blank"]))
@settings(max_examples=20, deadline=None)
def test_the_way_of_writing_makes_no_difference(way):
    title = "Protección de víctimas de la trata en Perú"
    ways = {
        "NFC": unicodedata.normalize("NFC", title),
        "NFD": unicodedata.normalize("NFD", title),
        "upper": title.upper(),
        "zero": title.replace("víctimas", "víc\u200btimas"),
        "blank": title.replace(" ", "\u00a0"),
    }
    plain = judged(record("a", title={"es": title}), implementers_side("b", title={"es": title}))
    other = judged(
        record("a", title={"es": ways[way]}), implementers_side("b", title={"es": title})
    )
    assert other.score == plain.score


@given(st.permutations(range(4)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_candidates_makes_no_difference(order):
    others = [
        facts(f"c{n}", budget=[{"amount": 1000 * (n + 1), "currency": "USD"}]) for n in range(4)
    ]
    subject = read_facts(implementers_side("s"))[0]
    found = find_matches(subject, [others[n] for n in order], cutoff=0.0)
    assert [(one.other("s"), one.score) for one in found] == [
        (one.other("s"), one.score) for one in find_matches(subject, others, cutoff=0.0)
    ]


def test_a_pair_is_judged_alike_from_both_sides():
    assert judged(record("a"), implementers_side("b")) == judged(
        implementers_side("b"), record("a")
    )


def test_the_subject_itself_is_passed_over_and_the_cutoff_is_checked():
    assert find_matches(facts("a"), [facts("a")]) == []
    with pytest.raises(ValueError, match="outside 0"):
        find_matches(facts("a"), [], cutoff=1.5)


def test_several_equal_candidates_are_each_less_sure_than_one_alone():
    subject = read_facts(implementers_side("s"))[0]
    alone = find_matches(subject, [facts("c1")], cutoff=0.0)[0].score
    rivals = find_matches(subject, [facts("c1"), facts("c2")], cutoff=0.0)
    assert len({one.score for one in rivals}) == 1
    far = facts(
        "c3", title={"en": "Fishing boats"}, countries=[{"code": "PE"}], start="2001", end="2002"
    )
    assert find_matches(subject, [facts("c1"), far], cutoff=0.0)[0].score > alone >= rivals[0].score


def test_a_hidden_rival_does_not_show_through():
    subject = read_facts(implementers_side("s"))[0]
    hidden = facts("c2", visibility="organisation")
    with_hidden = find_matches(subject, [facts("c1"), hidden], cutoff=0.0)
    score = next(one.score for one in with_hidden if one.other("s") == "c1")
    assert score == find_matches(subject, [facts("c1")], cutoff=0.0)[0].score


def test_languages_are_compared_like_with_like():
    both = record("a", title={"en": "Safe return of survivors", "fr": "Retour sûr des victimes"})
    french = implementers_side("b", title={"fr": "Retour sûr des victimes"})
    match = judged(both, french)
    assert next(one for one in match.evidence if one.feature == "title_words").similarity == 1.0


@pytest.mark.parametrize(
    "values",
    [
        {"title": {"en": "Justice"}},
        {"title": {"en": "!!!"}},
        {"title": {"en": "x" * 9000}, "description": {"en": "Support to survivors. " * 300}},
        {"title": {"zh": "打击贩运人口"}},
        {},
    ],
)
def test_poor_and_odd_records_are_judged_without_fuss(values):
    one, two = read_facts({"id": "a", **values})[0], read_facts({"id": "b", **values})[0]
    assert 0 < judge(one, two).score < 1
    assert len(keys_of(one)) <= 96
    assert all(0 <= key < 2**63 for key in keys_of(one))
    prepare(one)


def test_each_piece_of_evidence_has_a_sentence():
    sentences = [
        str(sentence)
        for _, sentence in explained(judged(record("a"), implementers_side("b")).evidence)
    ]
    assert "same amount within 1 %" in sentences
    assert "each takes part in what the other reports" in sentences
    assert "the same countries: KH" in sentences


def test_scores_and_keys_are_the_same_in_every_process():
    script = (
        "import json, sys; from tacoord.matching import judge, keys_of, read_facts;"
        "a, b = (read_facts(one)[0] for one in json.load(sys.stdin));"
        "print(repr(judge(a, b).score), sorted(keys_of(a)))"
    )
    pair = json.dumps([record("a"), implementers_side("b")])
    runs = {
        subprocess.run(
            [sys.executable, "-c", script],
            input=pair,
            env={"PYTHONHASHSEED": seed},
            text=True,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("one", "two", "sentence"),
    [
        ((7_600_000, "USD"), (7_600_000, "USD"), "the same amount"),
        ((7_600_000, "USD"), (7_650_000, "USD"), "same amount within 1 %"),
        ((7_600_000, "USD"), (7_800_000, "USD"), "same amount within 5 %"),
        ((7_600_000, "USD"), (8_800_000, "USD"), "similar amounts: 7600000 USD and 8800000 USD"),
        (
            (7_800_000, "USD"),
            (7_000_000, "EUR"),
            "amounts in two currencies that are worth nearly the same: 7800000 USD and 7000000 EUR",
        ),
    ],
)
def test_what_is_said_of_two_amounts_is_true(one, two, sentence):
    first, second = (
        record(key, budget=[{"amount": amount, "currency": currency}], start="2019-10-11")
        for key, (amount, currency) in (("a", one), ("b", two))
    )
    said = {piece.feature: str(told) for piece, told in explained(judged(first, second).evidence)}
    assert said["amount"] == sentence


def test_an_organisation_that_says_the_same_twice_is_told_so():
    """Also where that is no more than a title and a country, and the title says little."""
    bare = {
        "reporting_org": {"name": "Ministry of Justice"},
        "title": {"en": "Support to survivors"},
        "countries": ["KH"],
    }
    full = {**bare, "start": "2024-01-01", "budget": [{"amount": 5000, "currency": "USD"}]}
    one, two, three = (
        read_facts({"id": key, **values})[0]
        for key, values in (("a", bare), ("b", bare), ("c", full))
    )
    assert judge(one, two).kind is Kind.SAME_ACTIVITY
    assert find_matches(two, [one])[0].kind is Kind.SAME_ACTIVITY
    assert judge(one, three).kind is Kind.SAME_ACTIVITY
    other = read_facts({"id": "d", **full, "start": "2025-01-01"})[0]
    assert judge(three, other).kind is not Kind.SAME_ACTIVITY
