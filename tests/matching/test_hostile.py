"""Registers of odd shapes: what is compared and kept stays in proportion to the number of records."""

import pytest

from tacoord.matching import Kind, read_facts
from tacoord.matching.candidates import MOST_CANDIDATES
from tacoord.matching.collection import prepare_chunk
from tacoord.matching.sweep import compare_all
from tests.matching.records import record

REGION = [{"code": code} for code in (
    "AF AL DZ AO AR AM AZ BD BJ BO BA BW BR BF BI KH CM TD CL CO CD CR CI DJ EC EG SV ET GA GM GE GH GT GN HT HN IN ID "
    "IQ JO"
).split()]  # fmt: skip
WORK = (
    "shelter",
    "helpline",
    "border posts",
    "legal aid",
    "labour inspection",
    "return",
    "search",
    "training",
)


def equal_titles(number):
    return {"title": {"en": "Counter trafficking programme"}}


def one_large_country(number):
    place = "KE" if number % 3 == 0 else ("UG", "TZ", "NP", "BD", "LA")[number % 5]
    return {
        "title": {"en": f"{WORK[number % 8]} against trafficking {number}"},
        "countries": [{"code": place}],
        "start": f"20{10 + number % 12}-01-01",
    }


def forty_countries(number):
    return {
        "title": {"en": f"Regional {WORK[number % 8]} {number % 50}"},
        "countries": REGION,
        "budget": [{"amount": 1_000_000 + 50_000 * (number % 9), "currency": "EUR"}],
    }


@pytest.mark.parametrize("shape", [equal_titles, one_large_country, forty_countries])
@pytest.mark.parametrize("full", [False, True])
def test_pairs_stay_in_proportion_to_records(shape, full):
    count = 1_000
    made = [
        record(f"h{number:05d}", **shape(number))
        if full
        else {"id": f"h{number:05d}", **shape(number)}
        for number in range(count)
    ]
    swept = compare_all([prepare_chunk([read_facts(one)[0] for one in made])])
    assert 0 < len(swept.left) <= MOST_CANDIDATES * count
    near = (Kind.OVERLAPPING_EFFORT, Kind.COMPLEMENTARY)
    flagged = swept.select(cutoff=None, top=None)
    kinds = [list(Kind)[kind] for kind in swept.kind[flagged].tolist()]
    assert sum(kind in near for kind in kinds) <= count
