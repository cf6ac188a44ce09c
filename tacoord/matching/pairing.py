"""Keys to pairs: which records of a collection share keys that few others have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.candidates import MOST_CANDIDATES
from tacoord.matching.engine import Alone, Engine
from tacoord.matching.postings import Inverted, Postings

Rows = NDArray[np.int64]

_BLOCK = 5_000
# More than any sum of the weights of shared keys.
_HEAVIEST = 1 << 16


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
    records = keys.records
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
    """What a block of the search for candidates reads: who shares a key with whom, and how many to keep.

    public, of_public: which rows everybody may see, and what they share, where there are others.
    """

    all: Inverted
    records: int
    most: int
    public: NDArray[np.bool_] | None
    of_public: Inverted | None

    @classmethod
    def of(
        cls,
        postings: Postings,
        *,
        records: int,
        most: int = MOST_CANDIDATES,
        public: NDArray[np.bool_] | None = None,
    ) -> Keyed:
        """Out of postings; their rows must be numbered in the order of their ids.

        public: where given, how many have a key is counted among public records alone for pairs of such.
        most: candidates of each record.
        """
        open_ones = None
        if public is not None and not public.all():
            open_ones = Inverted.of(postings.only(np.flatnonzero(public[postings.rows])), records)
        return cls(Inverted.of(postings, records), records, most, public, open_ones)


def _block(keys: Keyed, rows: Rows) -> Rows:
    """The best candidates of some rows, ordered: row times all plus column."""
    records = keys.records
    place, column, weight = _shared(keys, rows)
    # One number to sort by: row, then falling weight, then column.
    codes = place * _HEAVIEST * records + (_HEAVIEST - 1 - weight) * records + column
    codes.sort()
    place, column = codes // (_HEAVIEST * records), codes % records
    first = np.searchsorted(place, np.arange(len(rows)))
    best = np.arange(len(place)) - first[place] < keys.most
    return np.sort(rows[place[best]] * records + column[best])


def _shared(keys: Keyed, rows: Rows) -> tuple[Rows, Rows, Rows]:
    """What some rows share with others: place of the row, the other row, and what it weighs."""
    place, column, weight = keys.all.shared(rows)
    kept = rows[place] != column
    if keys.public is None or keys.of_public is None:
        return place[kept], column[kept], weight[kept]
    kept &= ~(keys.public[rows[place]] & keys.public[column])
    near, other, much = keys.of_public.shared(rows)
    more = rows[near] != other
    return (
        np.concatenate([place[kept], near[more]]),
        np.concatenate([column[kept], other[more]]),
        np.concatenate([weight[kept], much[more]]),
    )
