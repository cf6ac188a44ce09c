"""Keys to pairs: which records of a collection share keys that few others have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tacoord.matching.candidates import (
    MOST_CANDIDATES,
    cap_of,
    is_kin,
    weights,
)
from tacoord.matching.engine import Alone, Engine

Rows = NDArray[np.int64]

# Records under one key that too many share still meet their next neighbours in the order of their ids.
_NEIGHBOURS = 4
_BLOCK = 5_000
_SLICE = 8_000_000
# More than any sum of the weights of shared keys.
_HEAVIEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Postings:
    """Which record has which key: two columns of one length."""

    keys: NDArray[np.int64]
    rows: NDArray[np.int32]

    @classmethod
    def of(cls, keys: Sequence[NDArray[np.int64]]) -> Postings:
        """Out of the keys of each record."""
        sizes = [len(one) for one in keys]
        flat = np.concatenate(keys) if keys else np.zeros(0, np.int64)
        return cls(flat, np.repeat(np.arange(len(keys), dtype=np.int32), sizes))


def pairs_of(
    postings: Postings,
    *,
    records: int,
    most: int = MOST_CANDIDATES,
    changed: NDArray[np.bool_] | None = None,
    engine: Engine | None = None,
) -> tuple[Rows, Rows]:
    """Pairs of rows that share a key: left < right, each once, ordered.

    postings: rows must be numbered in the order of their ids, so that ties fall the same way always.
    most: candidates kept for each record. changed: where given, only pairs with at least one changed record.
    """
    keys = Keyed(_matrix(postings, records), most, changed)
    starts = range(0, records, _BLOCK)
    if engine is None or records <= _BLOCK:
        engine = Alone()
    found = list(engine.map_with(_block, keys, starts))
    codes = np.unique(np.concatenate([*found, np.zeros(0, np.int64)]))
    return codes // max(records, 1), codes % max(records, 1)


@dataclass(frozen=True, slots=True)
class Keyed:
    """What a block of the search for pairs reads: rows by keys, and how much to keep."""

    matrix: sparse.csr_matrix
    most: int
    changed: NDArray[np.bool_] | None


def _matrix(postings: Postings, records: int) -> sparse.csr_matrix:
    """Rows by keys, each entry what it weighs to share the key. A slice of all keys at a time saves memory."""
    slices = 1 + len(postings.keys) // _SLICE
    parts, width = [], 0
    for one in range(slices):
        mine = postings.keys % slices == one if slices > 1 else slice(None)
        columns, rows, weight, wide = _columns(postings.keys[mine], postings.rows[mine])
        parts.append((columns + np.int32(width), rows, weight))
        width += wide
    columns, rows, weight = (np.concatenate(values) for values in zip(*parts, strict=True))
    del parts
    return sparse.csr_matrix((weight, (rows, columns)), shape=(records, max(width, 1)))


def _columns(
    keys: NDArray[np.int64], rows: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], int]:
    """A number for each key that counts, with the rows that have it and its weight; and how many there are."""
    order = np.argsort(keys, kind="stable")
    keys, rows = keys[order], rows[order]
    del order
    first = np.concatenate([[True], keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, bool)
    keys = keys[first]
    group = np.cumsum(first) - 1
    frequency = np.bincount(group, minlength=len(keys))
    keys, group, rows = _with_neighbours(keys, group, rows, frequency, frequency > cap_of(keys))
    frequency = np.bincount(group, minlength=len(keys))
    kept = frequency >= 2
    inside = kept[group]
    group, rows = group[inside], rows[inside]
    numbers = (np.cumsum(kept) - 1).astype(np.int32)
    return numbers[group], rows, weights(keys, frequency)[group], int(kept.sum())


def _with_neighbours(
    keys: NDArray[np.int64],
    group: NDArray[np.int64],
    rows: NDArray[np.int32],
    frequency: NDArray[np.int64],
    crowded: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Break each crowded group into runs of neighbours, so that equal records still meet some others.

    Not those of organisations: that many work with a large one says nothing of any two of them.
    """
    inside = crowded[group]
    if not inside.any():
        return keys, group, rows
    place = (np.arange(len(group)) - np.cumsum(frequency)[group] + frequency[group])[inside]
    of, run, near = group[inside], place // (_NEIGHBOURS + 1), rows[inside]
    of, run, near = (values[~is_kin(keys[of])] for values in (of, run, near))
    begins = np.concatenate([[True], (of[1:] != of[:-1]) | (run[1:] != run[:-1])])[: len(of)]
    broken = len(keys) + np.cumsum(begins) - 1
    return (
        np.concatenate([keys, keys[of[begins]]]),
        np.concatenate([group[~inside], broken]),
        np.concatenate([rows[~inside], near]),
    )


def _block(keys: Keyed, start: int) -> NDArray[np.int64]:
    """The pairs of some rows with their best candidates, each as one number, left times all plus right."""
    records = keys.matrix.shape[0]
    weights = (keys.matrix[start : start + _BLOCK].sign() @ keys.matrix.T).tocoo()
    left, right, weight = (
        weights.row.astype(np.int64) + start,
        weights.col.astype(np.int64),
        weights.data,
    )
    kept = left != right
    if keys.changed is not None:
        kept &= keys.changed[left] | keys.changed[right]
    left, right, weight = left[kept], right[kept], weight[kept].astype(np.int64)
    # One number to sort by: row, then falling weight, then column.
    order = np.argsort(
        (left - start) * _HEAVIEST * records + (_HEAVIEST - 1 - weight) * records + right
    )
    left, right = left[order], right[order]
    place = np.arange(len(left)) - np.searchsorted(left, left)
    best = place < keys.most
    lower, upper = np.minimum(left, right)[best], np.maximum(left, right)[best]
    return np.unique(lower * records + upper)
