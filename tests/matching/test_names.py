"""Organisations by identifier, alias, acronym and name."""

import csv

import pytest

from tacoord.matching import OrganisationIndex, Party, likeness
from tacoord.matching.names import ref_key
from tacoord.paths import DATA


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Party("XM-DAC-41128", None), Party("41128", "Some office")),
        (Party(None, "UNODC"), Party(None, "United Nations Office on Drugs and Crime")),
        (
            Party(None, "DFID"),
            Party(None, "UK - Foreign, Commonwealth and Development Office (FCDO)"),
        ),
        (Party("CA-3", None), Party("CA-3", "Agency of that time")),
        (Party("CH-FDJP-CHE-106823242", None), Party("CH-FDJP-CHE106823242", None)),
        (
            Party(None, "The Open Door Shelter Network Ltd."),
            Party(None, "Open Door Shelter Network"),
        ),
        (Party(None, "Open Door Shelter Network (ODSN)"), Party(None, "ODSN")),
        (Party(None, "Regional Institute for Migration Studies"), Party(None, "RIMS")),
        (Party(None, "Winrok International"), Party(None, "Winrock International")),
    ],
)
def test_one_organisation_is_known_again(one, two):
    assert likeness(one, two).score >= 0.5
    assert likeness(one, two) == likeness(two, one)


def test_no_identifier_stands_for_two_of_the_organisations_known_from_the_start():
    with (DATA / "matching" / "organisations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    given = {(ref_key(ref), row["code"]) for row in rows for ref in row["refs"].split("|") if ref}
    keys = [key for key, _ in given if key is not None]
    assert len(keys) > 50
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Asian Development Bank", "African Development Bank"),
        ("Ministry of Justice of Kenya", "Ministry of Justice of Nepal"),
        ("World Vision Germany", "World Vision Kenya"),
        ("Oxfam GB", "World Food Programme"),
        ("Northern Fund for Justice", "Southern Fund for Justice"),
    ],
)
def test_near_names_of_two_organisations_stay_apart(one, two):
    assert likeness(Party(None, one), Party(None, two)).score < 0.7


def test_a_branch_is_not_surely_the_whole():
    assert (
        likeness(Party(None, "Concern Worldwide"), Party(None, "Concern Worldwide (UK)")).score
        < 0.9
    )


def test_codes_of_kinds_of_organisations_name_nobody():
    assert likeness(Party("21000", "Open Door"), Party("21000", "River Watch")).score < 0.5


def test_the_index_suggests_by_falling_likeness_and_never_more_than_asked():
    index = OrganisationIndex(
        {
            "IOM": [Party("XM-DAC-47066", "International Organization for Migration")],
            "ODSN": [Party(None, "Open Door Shelter Network"), Party(None, "ODSN")],
            "ODS": [Party(None, "Open Door Shelters")],
        }
    )
    assert index.suggest(Party(None, "Open Door Shelter Networks"))[0][0] == "ODSN"
    assert index.suggest(Party(None, "IOM"))[0][0] == "IOM"
    assert index.suggest(Party(None, "Brand new society")) == []
    assert len(index.suggest(Party(None, "Open Door Shelter"), cutoff=0.0, limit=1)) == 1


def test_names_in_a_script_without_blanks_that_differ_in_a_sign_are_met():
    index = OrganisationIndex(
        {
            "A": [Party(None, "北京市妇女儿童保护中心")],
            "B": [Party(None, "上海反对贩运联盟")],
            "C": [Party(None, "北京河流研究协会")],
        }
    )
    assert [code for code, _ in index.suggest(Party(None, "北京妇女儿童保护中心"))] == ["A"]
    assert [code for code, _ in index.suggest(Party(None, "上海反贩运联盟"))] == ["B"]
    assert index.suggest(Party(None, "广州儿童保护协会"), cutoff=0.6) == []


@pytest.mark.parametrize(
    ("name", "other", "least"),
    [
        ("Harvest Relief and Development Association", "HARDA", 0.85),
        ("Harvest Relief and Development Association", "Harvest Relief and Development Association HARDA", 0.9),
        ("Harvest Relief and Development Association", "HARDA/Harvest Relief and Development Association", 0.9),
        ("Child Rights Organization", "Child Rights Organisation", 0.9),
        ("United Nations Fund for Harbours", "UN Fund for Harbours", 0.9),
        ("United Nations Office on Drugs and Crime", "UNODC Regional Programme", 0.5),
    ],
)  # fmt: skip
def test_an_organisation_is_known_by_its_short_name_and_by_other_spellings(name, other, least):
    assert likeness(Party(None, name), Party(None, other)).score >= least


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("SDRO", "SRO"),
        ("Cord", "Corda"),
        ("Hope Works International", "Hope Works International UK"),
    ],
)
def test_short_names_and_branches_that_differ_by_little_are_not_one(one, two):
    assert likeness(Party(None, one), Party(None, two)).score < 0.5


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Green Field Livelihoods", "Greenfield Livelihoods"),
        ("Lex Bridge Institute", "The Lexbridge Institute"),
    ],
)
def test_names_that_differ_in_a_blank_alone_are_alike_by_that(one, two):
    found = likeness(Party(None, one), Party(None, two))
    assert found == likeness(Party(None, two), Party(None, one))
    assert found.by == "blank"
    assert found.score >= 0.9
    assert likeness(Party(None, "S RO"), Party(None, "SRO")).by != "blank", "too short to tell"


def test_a_blank_does_not_hide_a_name_among_many_with_the_same_words():
    crowd = {f"I{number}": [Party(None, f"Institute {number}")] for number in range(60)}
    index = OrganisationIndex({**crowd, "LEX": [Party(None, "Lexbridge Institute")]})
    ((code, found),) = index.suggest(Party(None, "Lex Bridge Institute"))
    assert (code, found.by) == ("LEX", "blank")
