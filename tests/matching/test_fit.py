"""What answers a request, in which order, and with which reasons."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tacoord.matching.fit import VOCABULARIES, Need, Reason, Resource, rank

TODAY = date(2026, 11, 21)
NEED = Need(
    "KH",
    frozenset({"LA", "VN"}),
    {
        "pillar": {"PROT"},
        "measure": {"PROT-1", "PROT-3"},
        "assistance-kind": {"SKILL-TRAIN"},
        "target-group": {"VICTIM"},
    },
)


def resource(name: str = "a", countries: str = "KH", **codes: set[str]) -> Resource:
    said = {name.replace("_", "-"): found for name, found in codes.items()} or {"pillar": {"PROT"}}
    return Resource(name, frozenset(countries.split()), said)


def reasons(each: Resource) -> dict[Reason, tuple[str, ...]]:
    found = rank(NEED, [each], today=TODAY)
    return dict(found[0].reasons) if found else {}


def test_what_works_elsewhere_or_on_something_else_does_not_fit():
    assert rank(NEED, [resource(countries="SN")], today=TODAY) == []
    assert rank(NEED, [resource(pillar={"PREV"})], today=TODAY) == []
    assert rank(NEED, [Resource("a", frozenset({"KH"}), {})], today=TODAY) == []


def test_next_door_fits_less_than_the_country_itself():
    here, there = resource("here"), resource("there", countries="LA")
    assert [fit.id for fit in rank(NEED, [there, here], today=TODAY)] == ["here", "there"]
    assert reasons(there)[Reason.SAME_REGION] == ("LA",)


def test_an_offer_for_anywhere_fits_without_a_place():
    offer = Resource("a", frozenset(), {"measure": {"PROT-3"}}, everywhere=True)
    assert reasons(offer) == {Reason.MEASURE: ("PROT-3",)}


def test_each_reason_names_the_codes_that_are_met():
    each = resource(
        pillar={"PROT", "PREV"},
        measure={"PROT-3"},
        assistance_kind={"SKILL-TRAIN"},
        target_group={"VICTIM", "JUDGE"},
    )
    assert reasons(each) == {
        Reason.SAME_COUNTRY: ("KH",),
        Reason.PILLAR: ("PROT",),
        Reason.MEASURE: ("PROT-3",),
        Reason.KIND: ("SKILL-TRAIN",),
        Reason.TARGET_GROUP: ("VICTIM",),
    }


def test_what_ends_within_half_a_year_stands_behind_what_goes_on():
    soon = Resource("soon", frozenset({"KH"}), {"pillar": {"PROT"}}, ends=date(2027, 5, 20))
    long = Resource("long", frozenset({"KH"}), {"pillar": {"PROT"}}, ends=date(2027, 5, 21))
    found = rank(NEED, [soon, long], today=TODAY)
    assert [fit.id for fit in found] == ["long", "soon"]
    assert [fit.reasons[-1][0] for fit in found] == [Reason.RUNS_LONG_ENOUGH, Reason.ENDS_SOON]


def test_at_most_so_many_are_given():
    assert len(rank(NEED, [resource(str(n)) for n in range(9)], today=TODAY, most=4)) == 4


codes = st.fixed_dictionaries(
    {}, optional={name: st.sets(st.sampled_from("ABCD"), max_size=3) for name in VOCABULARIES}
)
places = st.frozensets(st.sampled_from(["KH", "LA", "VN", "SN"]), max_size=3)
needs = st.builds(lambda said: Need("KH", frozenset({"LA", "VN"}), said), codes)
resources = st.builds(
    Resource,
    st.text("abc", min_size=1, max_size=4),
    places,
    codes,
    st.booleans(),
    st.none() | st.dates(date(2026, 1, 1), date(2040, 1, 1)),
)


@given(needs, st.lists(resources, max_size=8))
def test_scores_stand_between_0_and_1_and_fall(need, some):
    scores = [fit.score for fit in rank(need, some, today=TODAY)]
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)


@given(needs, resources)
def test_every_reason_is_true(need, each):
    for fit in rank(need, [each], today=TODAY):
        for reason, met in fit.reasons:
            vocabulary = next((name for name, r in VOCABULARIES.items() if r is reason), None)
            if vocabulary:
                assert met
                assert set(met) <= set(need.codes[vocabulary]) & set(each.codes[vocabulary])
