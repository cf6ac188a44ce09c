"""The inverted index of a collection: which record has which key, and which records have a key that counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tacoord.matching.candidates import cap_of, is_kin, weights
from tacoord.matching.sets import Sets, starts_of_sizes

Rows = NDArray[np.int64]
Keys = NDArray[np.int64]
Numbers = NDArray[np.int32]
# All keys of a record together weigh a third of what it holds.
Weights = NDArray[np.int16]

# Records under one key that too many share still meet their next neighbours in the order of their ids.
_RUN = 5
# A slice of all keys at a time saves memory.
_SLICE = 8_000_000


@dataclass(frozen=True, slots=True)
class Postings:
    """Which record has which key: two columns of one length."""

    keys: Keys
    rows: Numbers

    @classmethod
    def of(cls, keys: Sets) -> Postings:
        """Out of the keys of each record."""
        sizes = keys.sizes()
        return cls(keys.members, np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))

    def only(self, chosen: Rows) -> Postings:
        """Only those at some places."""
        return Postings(self.keys[chosen], self.rows[chosen])


@dataclass(frozen=True, slots=True)
class Inverted:
    """The keys that count, by record, and the records by key, each with what it weighs to share the key.

    Both ways round: to turn the one into the other for each block of records would take longer than all else.
    """

    keys: Sets
    records: sparse.csr_matrix

    @classmethod
    def of(cls, postings: Postings, records: int) -> Inverted:
        """Out of postings; their rows must be numbered in the order of their ids, so that ties fall the same always."""
        parts = [_groups(one) for one in _slices(postings)]
        sizes = np.concatenate([part.sizes for part in parts])
        matrix = sparse.csr_matrix(
            (
                np.repeat(np.concatenate([part.weights for part in parts]), sizes),
                np.concatenate([part.rows for part in parts]),
                starts_of_sizes(sizes),
            ),
            shape=(len(sizes), records),
        )
        turned = matrix.tocsc()
        return cls(Sets(turned.indptr.astype(np.int64), turned.indices), matrix)

    def shared(self, rows: Rows) -> tuple[Rows, Rows, Rows]:
        """What some rows share with all: the place of the row (ascending), the other row, and what it weighs."""
        own = self.keys.taken(rows)
        ones = np.ones(len(own.members), np.int16)
        shape = (len(rows), self.records.shape[0])
        found = sparse.csr_matrix((ones, own.members, own.starts), shape=shape) @ self.records
        place = np.repeat(np.arange(len(rows)), np.diff(found.indptr))
        return place, found.indices.astype(np.int64), found.data.astype(np.int64)


def _slices(postings: Postings) -> Iterator[Postings]:
    """The postings in parts, all of one key in one of them."""
    count = 1 << (len(postings.keys) // _SLICE).bit_length()
    if count == 1:
        yield postings
        return
    part = (postings.keys & (count - 1)).astype(np.uint16)
    for one in range(count):
        yield postings.only(np.flatnonzero(part == one))


@dataclass(frozen=True, slots=True)
class _Groups:
    """Records that share a key, group after group: how many each has, and what it weighs to share its key."""

    sizes: Rows
    weights: Weights
    rows: Numbers


def _groups(postings: Postings) -> _Groups:
    keys, order = _ordered(postings.keys)
    rows = postings.rows[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    keys, sizes = keys[first], np.diff(np.append(first, len(keys)))
    crowded = sizes > cap_of(keys)
    kept = (sizes > 1) & ~crowded
    # Not those of organisations: that many work with a large one says nothing of any two of them.
    broken = crowded & ~is_kin(keys)
    runs, of_key = _runs(sizes[broken])
    # A run of one has nobody to meet.
    met = runs > 1
    told, counts = (
        np.concatenate([keys[kept], keys[broken][of_key][met]]),
        np.append(sizes[kept], runs[met]),
    )
    near = rows[np.repeat(broken, sizes)][np.repeat(met, runs)]
    return _Groups(
        counts,
        weights(told, counts).astype(np.int16),
        np.append(rows[np.repeat(kept, sizes)], near),
    )


def _runs(sizes: Rows) -> tuple[Rows, Rows]:
    """Groups broken into runs of neighbours: the size of each run, and which group it comes from."""
    count = -(-sizes // _RUN)
    runs = np.full(int(count.sum()), _RUN)
    runs[np.cumsum(count) - 1] = sizes - _RUN * (count - 1)
    return runs, np.repeat(np.arange(len(sizes)), count)


def _ordered(keys: Keys) -> tuple[Keys, Rows]:
    """The keys ascending, and where each stood; equal ones stay in order. Ten times as fast as asking for the order.

    Sorted are numbers of the upper bits of a key and its place. Where the lower bits still differ, what is nearly in
    order is put in order.
    """
    bits = len(keys).bit_length()
    codes = keys >> bits << bits
    codes |= np.arange(len(keys))
    codes.sort()
    codes &= (1 << bits) - 1
    ordered = keys[codes]
    if (ordered[1:] < ordered[:-1]).any():
        again = np.argsort(ordered, kind="stable")
        return ordered[again], codes[again]
    return ordered, codes
