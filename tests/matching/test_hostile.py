"""Registers of odd shapes: what is compared and kept stays in proportion to the number of records."""

import pytest

from tacoord.matching import Kind, read_facts
from tacoord.matching.candidates import MOST_CANDIDATES
from tacoord.matching.collection import prepare_chunk
from tacoord.matching.sweep import compare_all
from tests.matching.records import record
from tests.matching.shapes import equal_titles, forty_countries, one_large_country


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
