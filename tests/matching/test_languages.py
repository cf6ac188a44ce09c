"""Which language a text is told to be in, and which script its letters are of."""

import unicodedata

import numpy as np
import pytest

from tacoord.matching import prepare
from tacoord.matching.columns import Columns, joined
from tacoord.matching.languages import language_of, script_of
from tacoord.matching.words import normalise
from tests.matching.records import facts


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"), ("EN-gb", "en"), ("en_US", "en"), ("eng", "en"), ("fre", "fr"), (" fr ", "fr"), ("zho", "zh"),
        ("und", ""), ("mul", ""), ("x-default", ""), ("", ""), ("tok", "tok"),
    ],
)  # fmt: skip
def test_a_language_is_known_by_any_of_its_tags(tag, language):
    assert language_of(tag) == language


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Shelter", "latin"), ("Świetlica", "latin"), ("Приют для жертв", "cyrillic"), ("Приют UNODC", "cyrillic"),
        ("GLO.ACT 打击贩运人口", "cjk"), ("人身取引被害者保護", "cjk"), ("こどものけんりをまもる", "cjk"),
        ("مأوى", "arabic"), ("2020 15 33", ""), ("2020 – 15", ""), ("…", ""),
        ("Support to the Ukrainian network Надія", "latin"),
    ],
)  # fmt: skip
def test_a_script_is_that_of_the_letters(text, script):
    for form in ("NFC", "NFD"):
        assert script_of(normalise(unicodedata.normalize(form, text.upper()))) == script


def test_of_a_title_without_letters_the_description_tells_the_script():
    (face,) = prepare(facts(title={"": "2020"}, description={"": "Приют для жертв"})).faces
    assert face.script == "cyrillic"


def test_languages_stay_with_their_faces():
    both = {"en": "Shelter", "ar": "مأوى", "fr": "Refuge"}
    every = [
        prepare(facts(str(at), title=title))
        for at, title in enumerate((both, {"ru": "Приют"}, both))
    ]
    whole = Columns.of(every)
    parts = joined([Columns.of(every[:1]), Columns.of(every[1:])])
    for columns, kept in ((whole.taken(np.array([2, 1])), every[:0:-1]), (parts, every)):
        again = Columns.of(kept)
        assert columns.language.tolist() == again.language.tolist()
        assert columns.script.tolist() == again.script.tolist()
