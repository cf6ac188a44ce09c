"""Why a pair is called what it is called: the same rule that the model went by."""

import pytest

from tacoord.matching import Kind, judge, why_kind
from tacoord.matching.match import Evidence
from tests.matching.records import facts, implementers_side
from tests.matching.test_kinds import PART, PROGRAMME, numbered


def of_implementer(key="b", **values):
    return facts(key, **implementers_side(key, **values))


def budget(amount):
    return [{"amount": amount, "currency": "USD"}]


TITLE = "Shelter and legal aid for survivors of trafficking in Kampong Thom"
APART = {"reporting_org": {"name": "Blue Lantern Society"}, "participating_orgs": None}


@pytest.mark.parametrize(
    ("one", "other", "kind", "words"),
    [
        (
            facts(),
            facts("b", **APART),
            Kind.SAME_ACTIVITY,
            "alike enough that they may be one activity",
        ),
        (facts(), of_implementer(), Kind.FUNDER_IMPLEMENTER, "a partner of one reports the other"),
        (
            facts(iati_identifier="XI-DONOR-1-77"),
            of_implementer(title={"en": "Boats"}, other_identifiers=["XI-DONOR-1-77"]),
            Kind.FUNDER_IMPLEMENTER,
            "names the identifier of the other",
        ),
        (facts(), facts("b"), Kind.SAME_ACTIVITY, "one organisation says the same twice"),
        (
            facts(budget=budget(2_000_000)),
            of_implementer(title={"en": f"{TITLE}, component 1"}, budget=None),
            Kind.PARENT_CHILD,
            "one is called a component",
        ),
        (
            facts(budget=budget(8_000_000)),
            of_implementer(title={"en": TITLE}, budget=budget(700_000)),
            Kind.PARENT_CHILD,
            "many times the other",
        ),
        (
            facts(**{**PROGRAMME, "budget": None}),
            of_implementer(**{**PART, "budget": None}),
            Kind.PARENT_CHILD,
            "a partner of one reports the other",
        ),
        (
            facts("a", **numbered("phase", "I")),
            facts("b", **numbered("phase", "II")),
            Kind.COMPLEMENTARY,
            "both count phases or parts, and different ones",
        ),
    ],
)
def test_the_rule_that_decided_is_told(one, other, kind, words):
    found = judge(one, other)
    assert found.kind is kind
    assert words in str(why_kind(found.kind, found.evidence))


def piece(feature, similarity):
    return Evidence(feature, None, None, similarity, 1.0, 1.0)


@pytest.mark.parametrize(
    ("kind", "feature", "similarity", "words"),
    [
        (Kind.PARENT_CHILD, "crossing", 0.6, "a partner of one reports the other"),
        (Kind.PARENT_CHILD, "crossing", 0.5, "they fit better as a whole and its part than as one activity"),
        (Kind.PARENT_CHILD, "named", 0.4, "one names who reports the other"),
        (Kind.PARENT_CHILD, "amount", 0.14, "many times the other"),
        (Kind.PARENT_CHILD, "amount", 0.3, "they fit better as a whole"),
        (Kind.OVERLAPPING_EFFORT, "period", 1.0, "near each other in place, time and subject"),
        (Kind.COMPLEMENTARY, "period", 1.0, "near each other in place, time or subject"),
        (Kind.UNRELATED, "period", 1.0, "neither alike nor near enough"),
    ],
)  # fmt: skip
def test_a_reason_is_told_only_where_the_evidence_has_it(kind, feature, similarity, words):
    told = str(why_kind(kind, [piece(feature, similarity)]))
    assert words in told
    if feature == "crossing" and similarity == 0.5:
        assert "partner" not in told


@pytest.mark.parametrize("kind", [Kind.OVERLAPPING_EFFORT, Kind.COMPLEMENTARY, Kind.UNRELATED])
def test_that_nothing_ties_two_is_said_only_where_both_tell_their_subject(kind):
    subject, money = piece("themes", 1.0), piece("amount", 0.9)
    assert "ties them to one activity" in str(why_kind(kind, [subject]))
    assert "ties them" not in str(why_kind(kind, [subject, money]))
    assert "ties them" not in str(why_kind(kind, [piece("countries", 1.0)]))


def test_where_the_evidence_was_withdrawn_no_reason_is_invented():
    assert all(why_kind(kind, []) is None for kind in Kind)
