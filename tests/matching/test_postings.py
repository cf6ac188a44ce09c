"""The inverted index of a collection against the same worked out pair by pair."""

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest

from tacoord.matching import blocking, pairing
from tacoord.matching import postings as module
from tacoord.matching.blocking import KIN, MOST_KEYS, ORDINARY
from tacoord.matching.candidates import cap_of, is_kin, weights
from tacoord.matching.postings import Inverted, Postings
from tacoord.matching.sets import Sets, starts_of_sizes

RECORDS = 300


def keyed(of_record: list[set[int]]) -> Sets:
    sizes = np.array([len(keys) for keys in of_record], np.int64)
    members = [key for keys in of_record for key in sorted(keys)]
    return Sets(starts_of_sizes(sizes), np.array(members, np.int64))


def some_records() -> list[set[int]]:
    """Records with keys of each sort, some alone, some of two, some crowded, and some that differ in their last bit."""
    chance = np.random.default_rng(3)
    pools = [
        [ORDINARY | int(number) for number in chance.integers(0, 1 << 61, 40)],
        [KIN | int(number) for number in chance.integers(0, 1 << 61, 10)],
        [int(number) for number in chance.integers(0, 1 << 61, 60)],
        [ORDINARY | 5, ORDINARY | 6, ORDINARY | 7],
        [ORDINARY | 1 << 40, KIN | 9],
    ]
    found = []
    for _ in range(RECORDS):
        keys = {pool[chance.integers(len(pool))] for pool in pools for _ in range(2)}
        found.append({key for key in keys if chance.random() < 0.4})
    return found


def by_hand(of_record: list[set[int]]) -> dict[tuple[int, int], int]:
    """What each two records share, in the words of the method: few have the key, or they stand next to each other."""
    holders = defaultdict(list)
    for row, keys in enumerate(of_record):
        for key in keys:
            holders[key].append(row)
    shared: Counter[tuple[int, int]] = Counter()
    for key, rows in holders.items():
        groups = [rows]
        if len(rows) > cap_of(key):
            groups = [] if is_kin(key) else [rows[at : at + 5] for at in range(0, len(rows), 5)]
        for group in groups:
            much = int(weights(np.array([key]), np.array([len(group)]))[0])
            for pair in combinations(group, 2):
                shared[pair] += much
    return dict(shared)


def found_by(inverted: Inverted) -> dict[tuple[int, int], int]:
    place, column, weight = inverted.shared(np.arange(RECORDS))
    pairs = zip(place.tolist(), column.tolist(), weight.tolist(), strict=True)
    return {(one, other): much for one, other, much in pairs if one < other}


@pytest.mark.parametrize("most", [1 << 40, 64], ids=["whole", "in slices"])
def test_what_records_share_is_the_weight_of_the_keys_that_count(most, monkeypatch):
    monkeypatch.setattr(module, "_SLICE", most)
    of_record = some_records()
    expected = by_hand(of_record)
    assert len(expected) > RECORDS
    assert found_by(Inverted.of(Postings.of(keyed(of_record)), RECORDS)) == expected


def test_only_the_rows_asked_for_are_answered_in_their_order():
    inverted = Inverted.of(Postings.of(keyed(some_records())), RECORDS)
    whole = inverted.shared(np.arange(RECORDS))
    asked = np.array([7, 3])
    place, column, weight = inverted.shared(asked)
    for number, row in enumerate(asked):
        of_row, of_all = place == number, whole[0] == row
        told = dict(zip(column[of_row].tolist(), weight[of_row].tolist(), strict=True))
        assert told == dict(zip(whole[1][of_all].tolist(), whole[2][of_all].tolist(), strict=True))
    assert (np.diff(place) >= 0).all()


def test_without_records_there_is_nothing():
    inverted = Inverted.of(Postings.of(keyed([])), 0)
    assert [len(part) for part in inverted.shared(np.zeros(0, np.int64))] == [0, 0, 0]


def test_all_keys_of_a_record_together_weigh_less_than_the_numbers_hold():
    heaviest = weights(np.array([5, KIN]), np.array([2, 2]))
    names, others = blocking._IDENTIFIERS, MOST_KEYS - blocking._IDENTIFIERS
    most = int(heaviest[0]) * names + int(heaviest[1]) * others
    assert most < np.iinfo(np.int16).max
    assert most < pairing._HEAVIEST
