"""The world map: every country is on it, and says what it was given."""

import json

import pytest
from lxml import etree

from tacoord.charts.signs import Sign
from tacoord.charts.world import SHAPES, CountryMark, countries_on_map, world_map
from tacoord.services.terms.files import read_vocabularies


def drawn(marks, **options):
    return etree.fromstring(world_map(marks, title="Projects by country", **options))


def links(tree):
    return {link.get("href"): link for link in tree.iter("a")}


def test_every_country_of_the_vocabulary_has_a_shape_or_a_point():
    countries = {row.code for row in read_vocabularies() if row.vocabulary == "country"}
    assert countries_on_map() == countries
    world = json.loads(SHAPES.read_text(encoding="utf-8"))
    assert set(world["paths"]) < countries
    for x, y in world["points"].values():
        assert 0 <= x <= world["width"]
        assert 0 <= y <= world["height"]


def test_points_of_small_states_do_not_cover_each_other():
    world = json.loads(SHAPES.read_text(encoding="utf-8"))
    small = [point for code, point in world["points"].items() if code not in world["paths"]]
    apart = [
        (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 for i, a in enumerate(small) for b in small[i + 1 :]
    ]
    assert min(apart) >= 12**2


def test_a_country_is_a_link_with_its_words_and_step():
    tree = drawn({"KH": CountryMark(3, "Cambodia: 5 running projects", "/countries/KH")})
    link = links(tree)["/countries/KH"]
    assert link.get("class") == "world-3"
    assert link.get("aria-label") == "Cambodia: 5 running projects"
    assert link.findtext("path/title") == "Cambodia: 5 running projects"


def test_a_small_island_state_is_a_circle_and_a_country_without_numbers_is_said_to_be_so():
    tree = drawn({"TV": CountryMark(None, "Tuvalu: not stated", "/countries/TV")})
    link = links(tree)["/countries/TV"]
    assert link.get("class") == "world-unknown"
    assert link.find("circle") is not None


def test_every_other_country_is_drawn_plain_and_once():
    tree = drawn({"KH": CountryMark(0, "Cambodia: none")})
    shapes = [shape for shape in tree.iter("path", "circle") if shape.get("stroke") is None]
    assert len(shapes) == len(countries_on_map())
    assert tree.find("g[@class='world-0']").get("role") == "img"


def test_the_most_urgent_sign_is_drawn_or_the_one_that_is_asked_for():
    marks = {"KH": CountryMark(1, "Cambodia", signs={Sign.OVERLAP, Sign.REQUEST})}
    kinds = [g.get("class") for g in drawn(marks).iter("g") if "sign " in g.get("class", "")]
    assert kinds == ["sign sign-request"]
    only = [g.get("class") for g in drawn(marks, signs=[Sign.OVERLAP]).iter("g")]
    assert "sign sign-overlap" in only
    assert "sign sign-request" not in only


def test_words_with_marks_of_html_stay_words():
    tree = drawn({"KH": CountryMark(1, '<b>"A" & B</b>', '/countries/KH?"<')})
    link = links(tree)['/countries/KH?"<']
    assert link.get("aria-label") == '<b>"A" & B</b>'


def test_a_code_that_is_on_no_map_is_left_out():
    assert not links(drawn({"ZZ": CountryMark(1, "Nowhere", "/countries/ZZ")}))


@pytest.mark.parametrize("step", range(5))
def test_the_whole_map_is_small_enough_for_a_first_page(step):
    marks = {
        code: CountryMark(step, f"{code}: twelve running projects", f"/countries/{code}")
        for code in countries_on_map()
    }
    assert len(world_map(marks, title="World").encode()) < 110_000
