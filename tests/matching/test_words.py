"""A text made comparable."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacoord.matching import words


@given(st.text(max_size=80))
def test_forms_of_unicode_and_capitals_make_no_difference(text):
    for form in ("NFC", "NFD"):
        assert words.split(unicodedata.normalize(form, text)) == words.split(text)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Protección de víctimas", "PROTECCION DE VICTIMAS"),
        ("anti\u200btrafficking\u00a0project", "antitrafficking project"),
        ("d’appui à l’État", "d'appui a l'etat"),
        ("R&amp;D <b>review</b>", "R D review"),
        ("Łódź", "Lodz"),
    ],
)
def test_texts_that_read_alike_are_alike(one, two):
    assert words.split(one) == words.split(two)


def test_scripts_without_blanks_are_cut_into_pairs_of_signs():
    assert words.split("打击贩运") == ["打击", "击贩", "贩运"]


def test_numbers_of_words_are_the_same_in_every_process():
    assert words.number_of("shelter") == 1108065939


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_a_word_of_other_letters_beside_them_changes_no_words(text):
    assert words.split(f"{text} ж") == [*words.split(text), "ж"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("UNODC and IOM (WHO)", {"unodc", "iom", "who"}),
        ("A1 of X9-Y8", {"a1", "x9", "y8"}),
        ("aBC, Éa, ÉAB, A_BC", set()),
        ("ABCDEFGHIJKLMN", set()),
        ("ALL OF IT IN CAPITALS", set()),
    ],
)
def test_acronyms_are_whole_words_in_capitals(text, found):
    assert words.acronyms(text) == found
