"""What of a record stands beside the evidence: short and plain."""

from tacoord.matching import prepare
from tacoord.matching.shown import shown, side_by_side
from tests.matching.records import facts


def test_what_a_record_does_not_say_is_not_shown():
    silent = facts(
        title="One", reporting_org=None, participating_orgs=None, countries=None, start=None,
        end=None, budget=None, sectors=None, pillars=None,
    )  # fmt: skip
    assert shown(prepare(silent)) == {"title": "One"}


def test_the_english_title_comes_first_and_long_texts_are_cut():
    told = shown(
        prepare(facts(title={"de": "Haus", "en": "House"}, description={"en": "x " * 200}))
    )
    assert told["title"] == "House"
    assert len(told["text"]) == 160
    assert told["text"].endswith("…")


def titles_beside(one, other):
    sides = side_by_side(*(shown(prepare(facts(title=title))) for title in (one, other)))
    return tuple(side["title"] for side in sides)


def test_of_two_records_titles_in_a_common_language_are_shown():
    both = {"en": "House", "fr": "Maison"}
    assert titles_beside(both, {"fr": "La maison"}) == ("Maison", "La maison")
    german = {"fr": "La maison", "de": "Das Haus"}
    assert titles_beside({"de": "Haus", **both}, german) == ("Haus", "Das Haus")
    assert titles_beside({"de": "Haus", **both}, {**german, "en": "A house"}) == (
        "House",
        "A house",
    )
    assert titles_beside(both, {"en": "A house", "fr": "La maison"}) == ("House", "A house")
    assert titles_beside(both, {"en": "A house"}) == ("House", "A house")
    assert titles_beside(both, {"de": "Haus"}) == ("House", "Haus")
    assert titles_beside({"de": "Haus", "en-GB": "House"}, {"en": "A house", "de": "Das Haus"}) == (
        "House",
        "A house",
    )


def test_partners_are_few_and_the_reporter_is_none_of_them():
    reporter = {"ref": "XX-1", "name": "Alder Fund"}
    others = [{"name": f"Society {number}", "role": "4"} for number in range(9)]
    record = prepare(
        facts(reporting_org=reporter, participating_orgs=[{**reporter, "role": "1"}, *others])
    )
    told = shown(record)
    assert told["reporter"] == "Alder Fund"
    assert told["partners"] == [f"Society {number}" for number in range(6)]
    assert told["parties"] == {"reporter": "Alder Fund", "partners": told["partners"]}


def test_what_is_shown_of_one_record_is_its_own_to_change():
    record = prepare(facts())
    shown(record)["partners"].clear()
    assert shown(record)["partners"] == ["Open Door Shelter Network"]


def test_days_are_shown_as_exactly_as_they_are_told():
    told = shown(prepare(facts(start="2020-03", end=None)))
    assert (told["start"], told["period"]) == ("2020-03", "2020-03/?")
    assert "end" not in told
