"""The files of vocabularies, indicators and groups: those that tacoord has, and strange ones."""

import csv
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from babel import Locale

from tacoord.services.terms.files import (
    TermRow,
    UnreadableVocabulary,
    read_groups,
    read_indicators,
    read_vocabularies,
    vocabulary_names,
)

TAXONOMY = Path(__file__).parents[4] / "shared" / "taxonomy"


@pytest.fixture(scope="module")
def terms() -> dict[tuple[str, str], TermRow]:
    return {(row.vocabulary, row.code): row for row in read_vocabularies()}


def codes(terms: dict[tuple[str, str], TermRow], vocabulary: str) -> set[str]:
    return {code for name, code in terms if name == vocabulary}


def problems_of(folder: Path, text: str | bytes, name: str = "target-group.csv") -> list[str]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(UnreadableVocabulary) as caught:
        read_vocabularies(folder)
    return [f"{problem.field} {problem}" for problem in caught.value.problems]


def test_every_vocabulary_of_the_project_is_there_and_not_empty(terms):
    assert set(vocabulary_names()) == {
        *("country", "region", "dac-region", "pillar", "measure", "policy-area", "mandate"),
        *("ratification-action", "exploitation", "target-group", "assistance-kind", "sector"),
        *("sdg-target", "organisation-type", "organisation-role", "activity-status"),
        *("date-type", "budget-type", "budget-status"),
    }
    assert set(vocabulary_names()) == {vocabulary for vocabulary, _ in terms}


def test_a_term_comes_after_its_parent():
    seen = set()
    for row in read_vocabularies():
        assert not row.parent or (row.vocabulary, row.parent) in seen
        seen.add((row.vocabulary, row.code))


def test_labels_are_distinct_within_a_vocabulary_and_every_term_says_its_source(terms):
    labels = Counter((row.vocabulary, row.label) for row in terms.values())
    # Mandates of different instruments may share their words.
    assert {key for key, count in labels.items() if count > 1 and key[0] != "mandate"} == set()
    assert all(row.source for row in terms.values())


def test_attributes_that_name_other_vocabularies_name_codes_that_exist(terms):
    pillars, regions = codes(terms, "pillar"), codes(terms, "region")
    for (vocabulary, _), row in terms.items():
        if vocabulary in {"measure", "policy-area"}:
            assert row.attributes["pillar"] in pillars
        if vocabulary == "mandate":
            assert set(row.attributes["pillars"].split()) <= pillars
        if vocabulary == "country":
            assert row.attributes["region"] in regions
        if vocabulary == "dac-region":
            assert set(row.attributes["m49"].split()) <= regions


def test_countries_are_the_249_of_iso_and_kosovo_each_with_a_point(terms):
    countries = codes(terms, "country")
    assert len(countries - {"XK"}) == 249
    assert "XK" in countries
    assert countries < set(Locale("en").territories)
    for code in countries:
        attributes = terms["country", code].attributes
        assert -180 <= float(attributes["lon"]) <= 180
        assert -90 <= float(attributes["lat"]) <= 90
        assert code == "XK" or (len(attributes["iso3"]) == 3 and len(attributes["m49"]) == 3)
    for attribute in ("iso3", "m49"):
        values = [terms["country", code].attributes.get(attribute) for code in countries - {"XK"}]
        assert len(set(values)) == 249
    assert terms["country", "KH"].attributes["region"] == "035"
    assert terms["country", "SO"].attributes["iso3"] == "SOM"


def test_regions_have_names_in_babel_and_one_root(terms):
    regions = codes(terms, "region")
    assert [code for code in regions if not terms["region", code].parent] == ["001"]
    for language in ("en", "fr", "es", "ar", "ru", "zh"):
        assert regions < set(Locale(language).territories)


def test_the_codes_of_the_field_are_there(terms):
    assert {"15130", "15137", "15160", "15261", "16070", "25040"} <= codes(terms, "sector")
    assert {"5.2", "8.7", "16.2"} <= codes(terms, "sdg-target")
    assert {"298", "289", "998", "1035"} <= codes(terms, "dac-region")


def test_groups_and_indicators_name_countries_and_regions_that_exist(terms):
    groups = list(read_groups())
    countries, regions = codes(terms, "country"), codes(terms, "region")
    assert len({group.code for group in groups}) == len(groups) == 8
    assert set(chain.from_iterable(group.scope_codes for group in groups)) <= countries | regions
    assert all(group.scope_codes for group in groups)
    assert "UNODC" in groups[0].members
    indicators = list(read_indicators())
    assert {row.country for row in indicators} <= countries
    assert {(row.indicator, row.as_of) for row in indicators} == {
        ("not-party-tip-protocol", "2009-04")
    }
    assert len({row.country for row in indicators}) == len(indicators) > 60


def test_no_code_of_the_taxonomy_was_lost(terms):
    if not TAXONOMY.is_dir():
        pytest.skip("the taxonomy is not beside the repository")
    files = {
        "pillars": "pillar",
        "measures": "measure",
        "policy_areas": "policy-area",
        "mandates": "mandate",
        "ratification_actions": "ratification-action",
    }
    for file, vocabulary in files.items():
        with (TAXONOMY / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                assert terms[vocabulary, row["code"]].label == row["label"]


def test_an_administrators_file_may_add_to_a_list_and_stand_under_its_codes(tmp_path):
    (tmp_path / "target-group.csv").write_bytes(
        "\ufeffCode,Parent,Label,Colour\r\nX-2,X-1,Second,\r\n"
        'X-1,VICTIM,"First, and more",red\r\n\r\nX-3,MINE,Third,\r\n'.encode()
    )
    rows = list(read_vocabularies(tmp_path, known={("target-group", "MINE")}))
    assert [row.code for row in rows] == ["X-1", "X-3", "X-2"]
    assert rows[0] == TermRow(
        "target-group", "X-1", "VICTIM", "First, and more", 2, "", {"colour": "red"}
    )


def test_an_administrators_file_may_leave_out_all_but_code_and_label(tmp_path):
    (tmp_path / "sector.csv").write_text("label,code\nMine action,15250\n", encoding="utf-8")
    assert list(read_vocabularies(tmp_path)) == [TermRow("sector", "15250", "", "Mine action", 1)]


def test_every_wrong_line_of_every_file_is_named_at_once(tmp_path):
    (tmp_path / "sectors.csv").write_text("code,label\n1,One\n", encoding="utf-8")
    found = problems_of(
        tmp_path,
        "code,parent,label,sort\nA,,First,1\nA,,Again,2\nB,NONE,Second,3\n,,Third,4\n"
        "C C,,Fourth,x\nD,,Fifth,5,6\n" + "E" * 33 + ",,Sixth,7\n",
    )
    assert [line.split(" ", 1)[0] for line in found] == [
        "sectors.csv:0",
        *(f"target-group.csv:{line}" for line in (3, 5, 6, 6, 7, 8, 4)),
    ]
    assert "is in line 2 already" in found[1]
    assert "The code is empty" in found[2]
    assert "NONE is no code" in found[-1]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (b"code,label\nA,caf\xe9\n", ":2", "not UTF-8"),
        ("", ":0", "empty"),
        ("code;label\nA;First\n", ":1", "lacks code, label"),
        ("code,label,label\nA,B,C\n", ":1", "names label more than once"),
        ('code,label\nA,"open\n', ":2", "no line of comma-separated values"),
        ("code,parent,label\nA,B,First\nB,A,Second\n", ":2", "ancestor of itself"),
    ],
)
def test_a_file_that_is_no_vocabulary_is_refused_with_its_line_and_reason(
    tmp_path, text, where, what
):
    (problem,) = problems_of(tmp_path, text)
    assert problem.startswith(f"target-group.csv{where} ")
    assert what in problem


def test_a_folder_without_files_is_refused(tmp_path):
    with pytest.raises(UnreadableVocabulary, match=r"no file that ends in \.csv"):
        read_vocabularies(tmp_path)
