"""Sets of numbers for many rows at once."""

import pickle

import numpy as np

from tacoord.matching.sets import Sets
from tacoord.matching.words import number_of

COLUMNS = [[["a", "b"], [], ["b"]], [], [["c", "a"]]]


def listed(sets):
    return [sets.of(row).tolist() for row in range(len(sets.starts) - 1)]


def test_several_columns_at_once_are_as_one_by_one():
    expected = [[sorted(number_of(word) for word in row) for row in column] for column in COLUMNS]
    assert [listed(one) for one in Sets.of_columns(COLUMNS)] == expected
    assert [listed(Sets.of_words(column)) for column in COLUMNS] == expected


def test_some_rows_in_any_order_and_more_than_once():
    sets = Sets.of_words([["a", "b"], [], ["c"]])
    rows = np.array([2, 0, 0, 1])
    assert listed(sets.taken(rows)) == [sets.of(row).tolist() for row in rows]
    assert sets.sizes_of(rows).tolist() == [1, 2, 2, 0]
    of, at = sets.places(rows)
    assert of.tolist() == [0, 1, 1, 2, 2]
    assert at.tolist() == [2, 0, 1, 0, 1]


def test_what_can_be_made_again_does_not_travel():
    sets = Sets.of_words([["a", "b"], ["c"]])
    before = len(pickle.dumps(sets))
    assert sets.matrix() is sets.matrix()
    assert sets.codes() is sets.codes()
    assert len(pickle.dumps(sets)) == before
    assert listed(pickle.loads(pickle.dumps(sets))) == listed(sets)
