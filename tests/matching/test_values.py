"""One value, however a real register writes it."""

from datetime import date

import pytest

from tacoord.matching.facts import Money, Participant, Party
from tacoord.matching.values import (
    Unreadable,
    cleaned,
    read_code,
    read_coded,
    read_country,
    read_identifier,
    read_money,
    read_participant,
    read_party,
    read_text,
    read_visibility,
)


@pytest.mark.parametrize("nothing", ["", " - ", "N/A", "null", "..."])
def test_words_that_say_nothing_are_nothing(nothing):
    assert read_text(nothing) is None


@pytest.mark.parametrize(
    ("value", "code"), [("AB", "AB"), (15, "15"), ({"code": 15}, "15"), ({}, None), ("", None)]
)
def test_a_code_is_a_text_a_number_or_in_an_object(value, code):
    assert read_code(value) == code


def test_a_code_without_a_vocabulary_is_of_the_first_one():
    assert read_coded({"code": "15130"}) == ("1", "15130")
    assert read_coded({"code": "15130", "vocabulary": 2}) == ("2", "15130")
    assert read_coded({}) is None


def test_a_country_is_one_of_iso_3166():
    assert read_country({"code": "kh"}) == "KH"
    with pytest.raises(Unreadable):
        read_country("ZZZ")


def test_an_identifier_may_stand_in_an_object():
    assert read_identifier({"value": "XX-1"}) == read_identifier("XX-1") == "XX-1"


def test_an_organisation_has_a_name_or_a_reference_or_is_none():
    assert read_party("Alder Fund") == Party(name="Alder Fund")
    assert read_party({"ref": "XX-1", "name": " "}) == Party(ref="XX-1")
    assert read_party({"role": "1"}) is None
    assert read_participant({"name": "A", "role": 4, "activity_id": "XX-1-2"}) == Participant(
        Party(name="A"), "4", "XX-1-2"
    )


@pytest.mark.parametrize(
    ("value", "money"),
    [
        ({"amount": "12.5", "currency": "usd"}, Money(12.5, "USD")),
        ({"amount": 3, "value_date": "2019-05"}, Money(3.0, None, date(2019, 5, 1))),
        ({"amount": 0, "currency": "USD"}, None),
        ({"currency": "USD"}, None),
    ],
)
def test_an_amount_of_nothing_is_nothing(value, money):
    assert read_money(value) == money


def test_who_may_see_it_is_never_more_than_was_said():
    assert read_visibility("public") == "public"
    assert read_visibility("everybody I know") == "organisation"


def test_lone_surrogates_which_no_file_can_hold_are_replaced():
    assert cleaned("a\ud800b") == "a?b"
