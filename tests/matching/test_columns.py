"""Columns of numbers: what rows share is the same for few pairs and for many."""

import importlib

import numpy as np

from tacoord.matching.columns import Sets, Shared

COLUMNS = importlib.import_module("tacoord.matching.columns")


def some_sets(chance, rows, *, sured):
    members = [np.unique(chance.integers(0, 40, chance.integers(0, 12))) for _ in range(rows)]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in members])]).astype(np.int64)
    flat = np.concatenate(members).astype(np.int32)
    sure = chance.random(len(flat)).astype(np.float32) if sured else None
    return Sets(starts, flat, sure)


def test_few_pairs_and_many_pairs_give_the_same(monkeypatch):
    chance = np.random.default_rng(4)
    one, other = some_sets(chance, 60, sured=True), some_sets(chance, 50, sured=False)
    left, right = chance.integers(0, 60, 300), chance.integers(0, 50, 300)
    few = Shared.of(one, other, left, right)
    monkeypatch.setattr(COLUMNS, "_FEW", 0)
    many = Shared.of(one, other, left, right)
    assert few.members.tolist() == many.members.tolist()
    assert few.sums().tolist() == many.sums().tolist()
    assert few.sums().max() > 0
