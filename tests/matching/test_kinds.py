"""A programme and its part, a part and its sister, two phases: which kind a pair is called."""

import pytest

from tacoord.matching import Kind, find_matches, judge, keys_of
from tacoord.matching.explain import explain
from tacoord.matching.why_kind import why_kind
from tests.matching.records import facts, implementers_side

HOME = {"ref": "XI-NGO-7", "name": "Open Door Shelter Network"}
ONE_ACTIVITY = {Kind.SAME_ACTIVITY, Kind.FUNDER_IMPLEMENTER}

PROGRAMME = {
    "title": {"en": "Safe Harbour: regional programme against trafficking in persons"},
    "description": {
        "en": "The Safe Harbour programme funds shelters, legal aid and training of border guards, "
        "among others through the Open Door Shelter Network."
    },
    "countries": [{"code": code} for code in ("KH", "LA", "TH", "VN")],
    "start": "2018-01-01",
    "end": "2026-12-31",
    "budget": [{"amount": 24_000_000, "currency": "USD"}],
}
PART = {
    "title": {"en": "Safe Harbour shelters in Kampong Thom"},
    "description": {"en": "Part of the Safe Harbour programme: two shelters for survivors."},
    "start": "2020-03-01",
    "end": "2022-02-28",
    "budget": [{"amount": 640_000, "currency": "USD"}],
}


def numbered(word, number, **values):
    title = {"en": f"Shelter and legal aid for survivors of trafficking, {word} {number}"}
    return {"title": title, **values}


def test_a_programme_and_its_part_are_parent_and_child():
    whole, part = facts("w", **PROGRAMME), facts_of_implementer("p", **PART)
    assert keys_of(whole) & keys_of(part)
    assert judge(whole, part).kind is Kind.PARENT_CHILD


def facts_of_implementer(key, **values):
    return facts(key, **implementers_side(key, **values))


def test_two_who_carry_out_one_activity_together_are_no_funder_and_implementer():
    partner = {"ref": "XI-NGO-9", "name": "Blue Lantern Society"}
    funder = {"ref": "XI-DONOR-1", "name": "Northern Fund for Justice", "role": "1"}
    together = [funder, {**partner, "role": "4"}, {**HOME, "role": "4"}]
    one = facts("a", reporting_org=partner, participating_orgs=together)
    other = facts_of_implementer("b", participating_orgs=together)
    found = judge(one, other)
    assert found.kind is Kind.SAME_ACTIVITY
    assert "take the same part" in str(why_kind(found.kind, found.evidence))


def of_strangers(key, **values):
    """A record of two organisations that the record of `facts` does not know."""
    own = {"ref": "XI-NGO-9", "name": "Blue Lantern Society"}
    funder = {"ref": "XI-DONOR-2", "name": "Southern Development Bank"}
    told = {
        "reporting_org": own,
        "participating_orgs": [{**funder, "role": "1"}, {**own, "role": "4"}],
        "budget": [{"amount": 1_200_000, "currency": "EUR"}],
        "start": "2020-09-01",
        "end": "2022-12-31",
    }
    return facts(key, **{**told, **values})


def test_two_that_do_the_same_with_other_partners_are_an_overlapping_effort():
    title = {"en": "Shelter and care for women survivors of trafficking"}
    found = judge(
        facts("a", measures=["PROT-5"]), of_strangers("b", title=title, measures=["PROT-5"])
    )
    assert found.kind is Kind.OVERLAPPING_EFFORT
    assert any("no organisation is in both" in str(explain(piece)) for piece in found.evidence)


def test_a_subject_a_place_and_a_time_in_common_make_no_one_activity():
    told = {
        "title": {"en": "Shelters"},
        "participating_orgs": None,
        "budget": None,
        "sectors": None,
    }
    title = {"en": "Counselling"}
    one = facts("a", **told, measures=["PROT-5"])
    other = facts("b", **{**told, "title": title, "reporting_org": HOME}, measures=["PROT-5"])
    found = judge(one, other)
    assert found.score > 0.4
    assert found.kind is Kind.OVERLAPPING_EFFORT
    assert "nothing more ties them" in str(why_kind(found.kind, found.evidence))
    paid = {"budget": [{"amount": 812_345, "currency": "USD"}]}
    one, other = (
        facts("a", **{**told, **paid}),
        facts("b", **{**told, **paid, "reporting_org": HOME}),
    )
    assert judge(one, other).kind is Kind.SAME_ACTIVITY


def test_one_amount_many_times_the_other_makes_a_part_only_where_the_two_belong_together():
    title = {"en": "Labour inspection in garment factories"}
    one = facts("a", title=title, budget=[{"amount": 900_000, "currency": "USD"}], pillars=None)
    paid = {"title": title, "budget": [{"amount": 75_000, "currency": "USD"}], "pillars": None}
    assert judge(one, facts_of_implementer("b", **paid)).kind is Kind.PARENT_CHILD
    assert (
        judge(one, of_strangers("b", **{**paid, "start": "2020-03-01"})).kind
        is not Kind.PARENT_CHILD
    )


def test_a_component_of_which_only_the_title_is_told_is_flagged_as_a_part():
    whole = facts(
        "w",
        title={"en": "Comprehensive anti-trafficking programme in Kampong Thom"},
        budget=[{"amount": 5_000_000, "currency": "USD"}],
        start="2019-01-01",
        end="2024-12-31",
    )
    title = {"en": "Shelter component of the comprehensive anti-trafficking programme"}
    part = facts_of_implementer("p", title=title, budget=[{"amount": 700_000, "currency": "USD"}])
    assert [match.kind for match in find_matches(whole, [part])] == [Kind.PARENT_CHILD]


def test_what_is_near_is_an_overlapping_effort_only_where_it_is_of_one_subject():
    one = facts("a", measures=["PROT-5"])
    title = {"en": "Safe houses for women in the river provinces"}
    same = judge(one, of_strangers("b", title=title, measures=["PROT-5"]))
    other = judge(one, of_strangers("b", title=title, measures=["PROT-2"]))
    later = {"start": "2023-01-01", "end": "2025-12-31", "measures": ["PROT-5"]}
    afterwards = judge(one, of_strangers("b", title=title, **later))
    assert same.kind is Kind.OVERLAPPING_EFFORT
    assert Kind.OVERLAPPING_EFFORT not in (other.kind, afterwards.kind)


def test_a_short_title_within_the_text_of_strangers_makes_no_part():
    one = facts("a", title={"en": "Identification of victims"}, pillars=None)
    text = {"en": "Identification of victims by labour inspectors, with training."}
    assert judge(one, of_strangers("b", title=text, pillars=None)).kind is not Kind.PARENT_CHILD


def test_one_organisation_that_numbers_two_projects_means_two():
    title = {"en": "Village committees against trafficking in the district of {place}"}
    text = {
        "en": "Village committees watch over villages and warn families, with the council of {place}."
    }

    def of(place, **values):
        told = {"title": title, "description": text}
        filled = {name: {"en": each["en"].format(place=place)} for name, each in told.items()}
        return {**filled, **values}

    one, other = of("Upper Lake"), of("Lower Lake")
    numbered_one, numbered_other = (
        {**each, "iati_identifier": f"XI-DONOR-1-{number}"}
        for number, each in enumerate((one, other), start=77)
    )
    plain = judge(facts("a", **one), facts("b", **other))
    told = judge(facts("a", **numbered_one), facts("b", **numbered_other))
    assert told.score < plain.score
    assert told.kind not in ONE_ACTIVITY
    assert any("an identifier of its own" in str(explain(piece)) for piece in told.evidence)


def test_what_is_called_a_component_is_a_part_of_what_is_not():
    title = {"en": "Shelter and legal aid for survivors of trafficking in Kampong Thom"}
    whole = facts("w", title=title, budget=[{"amount": 2_000_000, "currency": "USD"}])
    for word in ("component 1", "Composante 2", "компонент 3", "sub-project A"):
        part = facts_of_implementer("p", title={"en": f"{title['en']}, {word}"}, budget=None)
        assert judge(whole, part).kind is Kind.PARENT_CHILD
    same = facts_of_implementer("p", title={"en": f"{title['en']} (grant)"}, budget=None)
    assert judge(whole, same).kind in ONE_ACTIVITY


def test_what_two_organisations_do_in_different_countries_is_no_part_of_one_another():
    funders = facts("w", **{**PROGRAMME, "countries": [{"code": "GH"}, {"code": "TG"}]})
    theirs = facts_of_implementer("p", title={"en": "Boats for coast guards"}, description=None)
    assert judge(funders, theirs).kind is Kind.UNRELATED
    assert find_matches(funders, [theirs]) == []


@pytest.mark.parametrize(
    ("word", "one", "other"),
    [("component", "1", "2"), ("phase", "I", "II"), ("lot", "3", "4"), ("phase", "one", "two")],
)
@pytest.mark.parametrize("sides", ["same reporter", "two reporters"])
def test_parts_with_different_numbers_are_never_one_activity(word, one, other, sides):
    first = facts("a", **numbered(word, one))
    make = facts if sides == "same reporter" else facts_of_implementer
    second = make("b", **numbered(word, other, budget=[{"amount": 90_000, "currency": "USD"}]))
    assert judge(first, second).kind in {Kind.COMPLEMENTARY, Kind.UNRELATED}


def test_two_phases_of_one_work_at_one_time_are_no_work_that_is_done_twice():
    first, second = (
        facts(key, **numbered("phase", number), budget=None, start=f"{year}-01-01", end=f"{year + 2}-12-31")
        for key, number, year in (("a", "I", 2020), ("b", "II", 2021))
    )  # fmt: skip
    assert judge(first, second).kind is Kind.COMPLEMENTARY


def test_a_part_with_its_number_is_one_activity_on_both_sides():
    first = facts("a", **numbered("component", "2"))
    second = facts_of_implementer("b", **numbered("component", "2"))
    assert judge(first, second).kind in ONE_ACTIVITY


def test_each_part_has_the_programme_as_parent_and_no_sister_as_itself():
    whole = facts("w", **PROGRAMME)
    parts = [
        facts_of_implementer(
            f"p{n}",
            **{
                **PART,
                "title": {"en": f"Safe Harbour component {n}: {what}"},
                "budget": [{"amount": 500_000 + 170_000 * n, "currency": "USD"}],
            },
        )
        for n, what in enumerate(("shelters", "legal aid", "border guards"), start=1)
    ]
    kinds = {match.other("w"): match.kind for match in find_matches(whole, parts)}
    assert kinds == {part.id: Kind.PARENT_CHILD for part in parts}
    assert judge(parts[0], parts[1]).kind not in ONE_ACTIVITY


def test_one_title_with_a_tenth_of_the_money_is_a_part():
    whole = facts("w", budget=[{"amount": 8_000_000, "currency": "USD"}])
    part = facts_of_implementer("p", budget=[{"amount": 700_000, "currency": "USD"}])
    share = facts_of_implementer("s", budget=[{"amount": 6_000_000, "currency": "USD"}])
    assert judge(whole, part).kind is Kind.PARENT_CHILD
    assert judge(whole, share).kind in ONE_ACTIVITY


def test_dates_and_amounts_that_fit_make_no_part_that_is_flagged():
    whole = facts("w", **PROGRAMME)
    stranger = facts(
        "s",
        reporting_org={"name": "Harbour Pilots' Union"},
        participating_orgs=None,
        title={"en": "Ferry tickets"},
        budget=[{"amount": 12_000, "currency": "USD"}],
    )
    assert find_matches(whole, [stranger]) == []


def test_a_record_that_says_next_to_nothing_is_a_part_of_nothing_that_its_reporter_funds():
    said = dict.fromkeys(
        ("participating_orgs", "countries", "start", "end", "budget", "sectors", "pillars")
    )
    empty = facts("x", title={"en": "x"}, **said)
    funded = [
        facts_of_implementer(key, title={"en": f"Legal aid for fishers in {place}"})
        for key, place in (("b", "Sihanoukville"), ("c", "Battambang"), ("d", "Poipet"))
    ]
    assert find_matches(empty, funded) == []


def test_one_component_in_two_countries_is_two_activities():
    title = "Component 1: Strengthening institutions - Programme against trafficking in {}"
    one, other = (
        facts(key, title={"en": title.format(name)}, countries=[code], reporting_org={"name": key},
              participating_orgs=None, budget=None, start=None, end=None)
        for key, name, code in (("a", "Georgia", "GE"), ("b", "Ukraine", "UA"))
    )  # fmt: skip
    assert judge(one, other).kind not in ONE_ACTIVITY


def test_a_part_that_gives_the_short_name_of_its_programme_meets_it():
    whole = facts("w", title={"en": "Disability Inclusive Development Programme"},
                  reporting_org={"name": "Ministry A"}, participating_orgs=None, countries=None,
                  start="2017-01-01", budget=None, sectors=None, pillars=None)  # fmt: skip
    part = facts("p", title={"en": "DID task order 39: coordination"}, countries=["TZ"],
                 reporting_org={"name": "Charity B"}, participating_orgs=None,
                 start="2020-07-01", budget=None, sectors=None, pillars=None)  # fmt: skip
    assert keys_of(whole) & keys_of(part)
