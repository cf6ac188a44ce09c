"""What speaks for and against a pair: organisations that cross, and days that are known more or less exactly."""

import math

import numpy as np
import pytest

from tacoord.matching import prepare
from tacoord.matching.columns import Columns, Weighted
from tacoord.matching.evidence import FEATURES, features
from tacoord.matching.rarity import frozen
from tests.matching.records import facts

DONOR = {"ref": "XI-DONOR-1", "name": "Northern Fund for Justice"}
HOME = {"ref": "XI-NGO-7", "name": "Open Door Shelter Network"}
OTHER = {"ref": "XI-NGO-9", "name": "Blue Lantern Society"}
FUND = {"ref": "XI-DONOR-2", "name": "Southern Development Bank"}


def feature(name: str, one: dict, other: dict) -> float:
    columns = Columns.of([prepare(facts("a", **one)), prepare(facts("b", **other))])
    rows = np.array([0]), np.array([1])
    there, back = (
        features(columns, Weighted.of(columns, frozen()), left, right)[0, FEATURES.index(name)]
        for left, right in (rows, rows[::-1])
    )
    assert there == back or (math.isnan(there) and math.isnan(back))
    return float(there)


def reported(by: dict, partner: dict | None, role: str = "4") -> dict:
    partners = [] if partner is None else [{**partner, "role": role}]
    return {"reporting_org": by, "participating_orgs": partners}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (reported(DONOR, HOME), reported(HOME, DONOR), 1.0),
        (reported(DONOR, HOME), reported(HOME, None), 0.7),
        (reported(DONOR, HOME), reported(HOME, OTHER), 0.3),
        (reported(DONOR, OTHER), reported(HOME, OTHER), -1.0),
        (reported(DONOR, OTHER), reported(HOME, None), math.nan),
        (reported(DONOR, None), reported(HOME, None), math.nan),
    ],
)
def test_reporters_cross_where_each_lists_the_other(one, other, expected):
    assert feature("crossing", one, other) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (reported(OTHER, HOME, "4"), reported(HOME, OTHER, "4"), 1.0),
        (reported(DONOR, OTHER, "1"), reported(OTHER, DONOR, "1"), 1.0),
        (reported(DONOR, HOME, "4"), reported(HOME, DONOR, "1"), math.nan),
        # Without a role, or where one side alone tells, either may be the funder.
        (reported(DONOR, HOME, "4"), reported(HOME, DONOR, ""), math.nan),
        (reported(DONOR, HOME, "4"), reported(HOME, None), math.nan),
    ],
)
def test_reporters_have_the_same_role_where_each_says_so_of_the_other(one, other, expected):
    assert feature("same_role", one, other) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"iati_identifier": "XI-DONOR-1-77"}, {"other_identifiers": ["XI-DONOR-1-77"]}, 1.0),
        ({"iati_identifier": "XI-DONOR-1-77"}, {"iati_identifier": "XI-DONOR-1-78"}, -1.0),
        ({"iati_identifier": "XI-DONOR-1-77"}, {"iati_identifier": "XI-DONOR-1-78", **reported(HOME, None)}, math.nan),
        ({"iati_identifier": "XI-DONOR-1-77"}, {}, math.nan),
    ],
)  # fmt: skip
def test_an_identifier_in_common_is_for_and_two_of_one_reporter_against(one, other, expected):
    assert feature("identifier", one, other) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("name", ["period", "nested"])
def test_an_end_before_the_start_spans_no_time(name):
    turned = {"start": "2022-06-01", "end": "2012-05-31"}
    assert math.isnan(feature(name, turned, {"start": "2015-06-01", "end": "2016-05-31"}))


def cast(by: dict, funder: dict | None, doer: dict | None) -> dict:
    """A record that lists who pays and who carries out; it lists its reporter where that is one of them."""
    partners = [{**one, "role": role} for one, role in ((funder, "1"), (doer, "4")) if one]
    return {"reporting_org": by, "participating_orgs": partners}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (cast(DONOR, DONOR, HOME), cast(OTHER, FUND, OTHER), -1.0),
        (cast(DONOR, DONOR, HOME), cast(FUND, FUND, OTHER), -1.0),
        # An organisation in both, in whatever role.
        (cast(DONOR, DONOR, HOME), cast(HOME, FUND, HOME), math.nan),
        (cast(DONOR, DONOR, HOME), cast(FUND, FUND, HOME), math.nan),
        (cast(FUND, DONOR, FUND), cast(OTHER, DONOR, OTHER), math.nan),
        (cast(OTHER, HOME, OTHER), cast(DONOR, DONOR, HOME), math.nan),
        # One does not say who pays, or who carries out: it may be anybody.
        (cast(DONOR, DONOR, HOME), cast(OTHER, None, OTHER), math.nan),
        (cast(DONOR, DONOR, None), cast(OTHER, FUND, OTHER), math.nan),
        (cast(DONOR, DONOR, HOME), cast(DONOR, DONOR, OTHER), math.nan),
    ],
)
def test_strangers_say_who_pays_and_who_does_the_work_and_have_nobody_in_common(
    one, other, expected
):
    assert feature("strangers", one, other) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ((["PROT"], ["PROT-5"]), (["PROT"], ["PROT-5"]), 1.0, 1.0),
        ((["PROT"], []), (["PROT"], ["PROT-5"]), 0.4, 0.6),
        ((["PROT"], ["PROT-7"]), (["PROT"], ["PROT-5"]), -0.3, 0.0),
        ((["PROT", "PREV"], ["PROT-5", "PREV-1"]), (["PROT"], ["PROT-5"]), 0.4, 0.6),
        ((["PROT"], ["PROT-7"]), (["PROS"], ["PROS-3"]), -1.0, -1.0),
    ],
)
def test_a_subject_in_common_speaks_for_and_another_one_against(one, other, least, most):
    sides = ({"pillars": pillars, "measures": measures} for pillars, measures in (one, other))
    assert least <= feature("themes", *sides) <= most


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2020-03-01", "2020-03-01", 1.0),
        ("2020-03-01", "2020-03-16", 0.6),
        ("2020-03", "2020-03-20", 0.7),
        ("2020", "2020-11-01", 0.35),
        ("2020", "2021-12-31", -0.33),
        ("2020-03-01", "2026-03-01", -1.0),
        ("2020-03-01", None, math.nan),
    ],
)
def test_the_less_exactly_a_day_is_known_the_less_its_agreement_says(one, other, expected):
    found = feature("start", {"start": one, "end": None}, {"start": other, "end": None})
    # A year says "some day of it": the last day of the next one lies surely a year away, and not two.
    assert found == pytest.approx(expected, abs=0.005, nan_ok=True)


FRENCH = {"fr": "Refuge et aide juridique aux victimes de la traite à Kampong Thom"}
ENGLISH = {"en": "Counselling and safe houses for people who were exploited"}
ARABIC = "مأوى ومساعدة قانونية لضحايا الاتجار"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ENGLISH, FRENCH),
        ({"": ENGLISH["en"]}, {"": ARABIC}),
        ({"en": ENGLISH["en"]}, {"en": ARABIC}),
        (ENGLISH, None),
    ],
)
def test_titles_that_cannot_be_compared_speak_against_only_once(one, other):
    values = {"title": one}, {"title": other}
    of_texts = ("title_words", "title_spelling", "title_contained", "text_words")
    assert all(not feature(name, *values) < 0 for name in of_texts)
    assert feature("no_title", *values) == -1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ENGLISH, {"en": "Boats for fishers"}),
        (ENGLISH, {"en-GB": "Boats for fishers"}),
        (ENGLISH, {"": "Boats for fishers"}),
        ({**ENGLISH, **FRENCH}, {"fr": "Des bateaux pour les pêcheurs"}),
    ],
)
def test_titles_in_one_language_are_compared(one, other):
    values = {"title": one}, {"title": other}
    assert feature("title_words", *values) < 0
    assert math.isnan(feature("no_title", *values))


@pytest.mark.parametrize("tag", ["und", "EN", "eng", "en_US", " en", "mul", ""])
def test_however_a_language_is_told_or_not_its_titles_are_compared(tag):
    values = {"title": ENGLISH}, {"title": {tag: "Boats for fishers"}}
    assert feature("title_words", *values) < 0


@pytest.mark.parametrize(
    ("tag", "title"),
    [("fr", "Des bateaux pour les pêcheurs"), ("fra", "Des bateaux"), ("zh", "GLO.ACT 打击贩运")],
)  # fmt: skip
def test_in_another_language_they_are_not(tag, title):
    values = {"title": ENGLISH}, {"title": {tag: title}}
    for name in ("title_words", "title_spelling", "title_names", "text_words", "text_spelling"):
        assert not feature(name, *values) < 0, name


def test_a_component_in_two_languages_is_one_on_both_sides():
    title = {
        "en": "Component 1 of shelter and legal aid in Kampong Thom",
        "xx": "Shelteren i legalen aiden",
    }
    assert math.isnan(feature("component", {"title": title}, {"title": title}))
    whole = {"title": {"en": "Shelter and legal aid in Kampong Thom"}}
    assert feature("component", {"title": title}, whole) == -1
    foreign = {"title": {"fr": "Refuge et aide juridique"}}
    assert math.isnan(feature("component", {"title": {"en": title["en"]}}, foreign))


def test_what_two_languages_share_speaks_for_a_pair():
    one, other = {"fr": "Projet Lumière du Mékong"}, {"en": "Mekong Lumiere project"}
    assert feature("title_words", {"title": one}, {"title": other}) > 0


def test_of_no_pairs_there_are_no_features():
    columns = Columns.of([prepare(facts("a"))])
    none = np.zeros(0, np.int64)
    assert features(columns, Weighted.of(columns, frozen()), none, none).shape == (0, len(FEATURES))
