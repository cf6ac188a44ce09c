"""What rows share is the same for few pairs and for many, and what one finds by looking."""

import importlib

import numpy as np
import pytest

from tacoord.matching.sets import Sets
from tacoord.matching.shared import Shared

SHARED = importlib.import_module("tacoord.matching.shared")


def some_sets(chance, rows, *, sured):
    members = [np.unique(chance.integers(0, 40, chance.integers(0, 12))) for _ in range(rows)]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in members])]).astype(np.int64)
    flat = np.concatenate(members).astype(np.int32)
    sure = chance.random(len(flat)).astype(np.float32) if sured else None
    return Sets(starts, flat, sure)


def by_looking(one, other, left, right):
    """The members that each pair shares."""
    return [
        sorted(set(one.of(a).tolist()) & set(other.of(b).tolist()))
        for a, b in zip(left, right, strict=True)
    ]


@pytest.mark.parametrize("few", [1_000, 0], ids=["few", "many"])
def test_what_pairs_share_is_what_one_finds_by_looking(few, monkeypatch):
    monkeypatch.setattr(SHARED, "_FEW", few)
    chance = np.random.default_rng(4)
    one, other = some_sets(chance, 60, sured=False), some_sets(chance, 50, sured=False)
    left, right = chance.integers(0, 60, 300), chance.integers(0, 50, 300)
    expected = by_looking(one, other, left, right)
    shared = Shared.of(one, other, left, right)
    found = [sorted(shared.members[shared.pair == at].tolist()) for at in range(300)]
    assert found == expected
    assert shared.sums().tolist() == [len(members) for members in expected]


def test_few_pairs_and_many_pairs_give_the_same(monkeypatch):
    chance = np.random.default_rng(4)
    one, other = some_sets(chance, 60, sured=True), some_sets(chance, 50, sured=True)
    left, right = chance.integers(0, 60, 300), chance.integers(0, 50, 300)
    few = Shared.of(one, other, left, right)
    monkeypatch.setattr(SHARED, "_FEW", 0)
    many = Shared.of(one, other, left, right)
    assert few.members.tolist() == many.members.tolist()
    assert few.sums().tolist() == many.sums().tolist()
    assert few.sums().max() > 0


@pytest.mark.parametrize("few", [1_000, 0], ids=["few", "many"])
def test_rows_without_members_share_nothing(few, monkeypatch):
    monkeypatch.setattr(SHARED, "_FEW", few)
    empty = Sets(np.zeros(3, np.int64), np.zeros(0, np.int32))
    rows = np.array([0, 1])
    assert Shared.of(empty, empty, rows, rows).sums().tolist() == [0, 0]


def test_a_pair_alone_and_in_a_large_block_are_summed_alike(monkeypatch):
    chance = np.random.default_rng(6)
    sets = some_sets(chance, 60, sured=True)
    left, right = chance.integers(0, 60, 300), chance.integers(0, 60, 300)
    alone = [Shared.of(sets, sets, left[[at]], right[[at]]).sums()[0] for at in range(300)]
    monkeypatch.setattr(SHARED, "_SMALL", 0)
    assert Shared.of(sets, sets, left, right).sums().tolist() == alone
