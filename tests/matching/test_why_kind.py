"""Why a pair is called what it is called: the same rule that the model went by."""

import pytest

from tacoord.matching import Kind, judge, why_kind
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
        (facts(), facts("b", **APART), Kind.SAME_ACTIVITY, "alike enough to be one activity"),
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
            "an organisation of one takes part in the other",
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


def test_every_kind_has_a_reason_whatever_the_evidence():
    assert all(str(why_kind(kind, [])) for kind in Kind)
