"""Keys to pairs: which records of a collection share keys that few others have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tacoord.matching.candidates import is_identifier
from tacoord.matching.engine import Alone, Engine

Rows = NDArray[np.int64]

# A record is compared with at most so many others, those with which it shares the rarest keys.
MOST_CANDIDATES = 24
# A key of more records is passed over: the work grows with the square of it.
CAP = 32
# So many records may name one identifier; each of them is compared with the one that has it.
_IDENTIFIER_CAP = 500
_IDENTIFIER_WEIGHT = 400
# Records under one key that too many share still meet their next neighbours in the order of their ids.
_NEIGHBOURS = 4
_BLOCK = 5_000
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
    cap: int = CAP,
    most: int = MOST_CANDIDATES,
    changed: NDArray[np.bool_] | None = None,
    engine: Engine | None = None,
) -> tuple[Rows, Rows]:
    """Pairs of rows that share a key: left < right, each once, ordered.

    postings: rows must be numbered in the order of their ids, so that ties fall the same way always.
    cap: a key of more records is passed over. most: candidates kept for each record.
    changed: where given, only pairs with at least one changed record.
    """
    keys = Keyed(_matrix(postings, records, cap), most, changed)
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


def _matrix(postings: Postings, records: int, cap: int) -> sparse.csr_matrix:
    """Rows by keys; a shared key counts more, the fewer records have it (whole numbers: exact sums)."""
    order = np.argsort(postings.keys, kind="stable")
    keys, rows = postings.keys[order], postings.rows[order]
    del order
    first = np.concatenate([[True], keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, bool)
    group = np.cumsum(first) - 1
    frequency = np.bincount(group) if len(group) else np.zeros(0, np.int64)
    named = np.asarray(is_identifier(keys[first]))
    most = np.where(named, _IDENTIFIER_CAP, cap)
    crowded = frequency > most
    group, rows, frequency = _with_neighbours(group, rows, frequency, crowded)
    # Groups that were made of crowded ones stand behind; they are small.
    added = len(frequency) - len(named)
    named, most = np.append(named, np.zeros(added, bool)), np.append(most, np.full(added, cap))
    kept = ((frequency >= 2) & (frequency <= most))[group]
    group, rows = group[kept], rows[kept]
    numbers = np.cumsum(np.bincount(group, minlength=len(frequency)) > 0) - 1
    columns = numbers[group].astype(np.int32)
    rare = np.maximum(1, np.round(8 * np.log2(2 * cap / np.maximum(frequency, 1)))).astype(np.int32)
    weight = np.where(named, _IDENTIFIER_WEIGHT, rare)[group].astype(np.int32)
    width = int(columns.max()) + 1 if len(columns) else 1
    return sparse.csr_matrix((weight, (rows, columns)), shape=(records, width))


def _with_neighbours(
    group: NDArray[np.int64],
    rows: NDArray[np.int32],
    frequency: NDArray[np.int64],
    crowded: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Break each crowded group into runs of neighbours, so that equal records still meet some others."""
    inside = crowded[group]
    if not inside.any():
        return group, rows, frequency
    starts = np.concatenate([[0], np.cumsum(frequency)[:-1]])
    run = ((np.arange(len(group)) - starts[group]) // (_NEIGHBOURS + 1))[inside]
    of = group[inside]
    offset = len(frequency)
    crowd = np.cumsum(np.concatenate([[0], (of[1:] != of[:-1]) | (run[1:] != run[:-1])]))
    group = np.concatenate([group[~inside], offset + crowd])
    rows = np.concatenate([rows[~inside], rows[inside]])
    return group, rows, np.bincount(group, minlength=offset)


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
