"""Keys to pairs: which records of a collection share keys that few others have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
from tacoord.matching.sets import Sets

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
    def of(cls, keys: Sets) -> Postings:
        """Out of the keys of each record."""
        sizes = keys.sizes()
        return cls(keys.members, np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows, left < right, each once, ordered; who has whom among its own candidates.

    A pair is compared where either has the other; in the competition for a record only its own candidates count, so
    that what is said of a pair depends on the candidates of its two records and on nothing else.
    """

    left: Rows
    right: Rows
    of_left: NDArray[np.bool_]
    of_right: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.left)

    def taken(self, rows: NDArray[Any]) -> Pairs:
        """Only these pairs."""
        return Pairs(self.left[rows], self.right[rows], self.of_left[rows], self.of_right[rows])

    @classmethod
    def of(cls, directed: Rows, records: int) -> Pairs:
        """Out of "row has column": row times all plus column, ordered, each once."""
        count = max(records, 1)
        row, column = directed // count, directed % count
        codes = np.sort(np.minimum(row, column) * count + np.maximum(row, column))
        # By sorting: finding the distinct ones by hashing takes several times as long.
        codes = codes[np.concatenate([[True], codes[1:] != codes[:-1]])[: len(codes)]]
        left, right = codes // count, codes % count
        return cls(left, right, _among(codes, directed), _among(right * count + left, directed))


def _among(values: Rows, ordered: Rows) -> NDArray[np.bool_]:
    place = np.searchsorted(ordered, values)
    place[place == len(ordered)] = 0
    found: NDArray[np.bool_] = ordered[place] == values if len(ordered) else np.zeros(0, bool)
    return found


def pairs_of(
    keys: Keyed, *, changed: NDArray[np.bool_] | None = None, engine: Engine | None = None
) -> Pairs:
    """Pairs of rows that share a key.

    changed: where given, the pairs with a changed record, and those that compete with them.
    """
    records = keys.matrix.shape[0]
    if engine is None or records <= _BLOCK:
        engine = Alone()
    if changed is None:
        return Pairs.of(_directed(keys, np.arange(records), engine), records)
    own = np.flatnonzero(changed)
    met = np.unique(_shared(keys, own)[1])
    directed = _directed(keys, np.union1d(own, met), engine)
    touching = Pairs.of(directed[_touched(directed, changed, records)], records)
    rivals = np.zeros(records, bool)
    rivals[touching.left], rivals[touching.right] = True, True
    return Pairs.of(directed[rivals[directed // records]], records)


def _touched(directed: Rows, changed: NDArray[np.bool_], records: int) -> NDArray[np.bool_]:
    touched: NDArray[np.bool_] = changed[directed // records] | changed[directed % records]
    return touched


def _directed(keys: Keyed, rows: Rows, engine: Engine) -> Rows:
    """The candidates of some rows, ordered: row times all plus column."""
    blocks = (rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK))
    return np.concatenate([*engine.map_with(_block, keys, blocks), np.zeros(0, np.int64)])


@dataclass(frozen=True, slots=True)
class Keyed:
    """What a block of the search for candidates reads: rows by keys, and how many to keep.

    public, of_public: which rows everybody may see, and their keys, where there are others.
    """

    matrix: sparse.csr_matrix
    most: int
    public: NDArray[np.bool_] | None
    of_public: sparse.csr_matrix | None

    @classmethod
    def of(
        cls,
        postings: Postings,
        *,
        records: int,
        most: int = MOST_CANDIDATES,
        public: NDArray[np.bool_] | None = None,
    ) -> Keyed:
        """Out of postings; their rows must be numbered in the order of their ids, so that ties fall the same always.

        public: where given, how many have a key is counted among public records alone for pairs of such.
        most: candidates of each record.
        """
        open_ones = None
        if public is not None and not public.all():
            mine = public[postings.rows]
            open_ones = _matrix(Postings(postings.keys[mine], postings.rows[mine]), records)
        return cls(_matrix(postings, records), most, public, open_ones)


def _matrix(postings: Postings, records: int) -> sparse.csr_matrix:
    """Rows by keys, each entry what it weighs to share the key. A slice of all keys at a time saves memory."""
    slices = 1 + len(postings.keys) // _SLICE
    parts, width = [], 0
    for one in range(slices):
        mine = postings.keys % slices == one if slices > 1 else slice(None)
        columns, rows, weight, wide = _columns(postings.keys[mine], postings.rows[mine])
        parts.append([columns + np.int32(width), rows, weight])
        width += wide
    columns, rows, weight = (_together(parts) for _ in range(3))
    return sparse.csr_matrix((weight, (rows, columns)), shape=(records, max(width, 1)))


def _together(parts: list[list[NDArray[Any]]]) -> NDArray[Any]:
    """The first column of all parts, which lose it, so that nothing stands there twice."""
    return np.concatenate([values.pop(0) for values in parts])


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


def _block(keys: Keyed, rows: Rows) -> Rows:
    """The best candidates of some rows, ordered: row times all plus column."""
    records = keys.matrix.shape[0]
    place, column, weight = _shared(keys, rows)
    # One number to sort by: row, then falling weight, then column.
    order = np.argsort(place * _HEAVIEST * records + (_HEAVIEST - 1 - weight) * records + column)
    place, column = place[order], column[order]
    best = np.arange(len(place)) - np.searchsorted(place, place) < keys.most
    return np.sort(rows[place[best]] * records + column[best])


def _shared(keys: Keyed, rows: Rows) -> tuple[Rows, Rows, Rows]:
    """What some rows share with others: place of the row, the other row, and what it weighs."""
    place, column, weight = _product(keys.matrix, rows)
    kept = rows[place] != column
    if keys.public is None or keys.of_public is None:
        return place[kept], column[kept], weight[kept]
    kept &= ~(keys.public[rows[place]] & keys.public[column])
    near, other, much = _product(keys.of_public, rows)
    more = rows[near] != other
    return (
        np.concatenate([place[kept], near[more]]),
        np.concatenate([column[kept], other[more]]),
        np.concatenate([weight[kept], much[more]]),
    )


def _product(matrix: sparse.csr_matrix, rows: Rows) -> tuple[Rows, Rows, Rows]:
    weights = (matrix[rows].sign() @ matrix.T).tocoo()
    return (
        weights.row.astype(np.int64), weights.col.astype(np.int64), weights.data.astype(np.int64)
    )  # fmt: skip
