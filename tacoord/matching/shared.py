"""What the sets of two rows share, for many pairs of rows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.sets import MEMBER_BITS, Sets

Floats = NDArray[np.floating[Any]]
Rows = NDArray[np.int64]

# Of fewer pairs, among so few members, what they share is found member by member.
_FEW = 1_000
_SMALL = 100_000


@dataclass(frozen=True, slots=True)
class Shared:
    """What the rows of pairs share: members, the products of what is said of them, and which pair each belongs to."""

    members: NDArray[Any]
    values: NDArray[Any]
    pair: NDArray[np.int64]
    pairs: int

    @classmethod
    def of(
        cls, one: Sets, other: Sets, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> Shared:
        """What row `left` of one and row `right` of the other share, for each pair."""
        if len(left) < _FEW and len(other.members) < _SMALL:
            return cls._of_few(one, other, left, right)
        shared = one.matrix()[left].multiply(other.matrix()[right]).tocsr()
        pair = np.repeat(np.arange(len(left)), np.diff(shared.indptr))
        return cls(shared.indices, shared.data, pair, len(left))

    @classmethod
    def _of_few(
        cls, one: Sets, other: Sets, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> Shared:
        """As `of`, member by member: for few pairs, making sparse matrices takes longer than all else."""
        pair, mine = one.places(left)
        codes = other.codes()
        sought = right[pair] << MEMBER_BITS | one.members[mine]
        theirs = np.searchsorted(codes, sought)
        theirs[theirs == len(codes)] = 0
        met = codes[theirs] == sought if len(codes) else np.zeros(len(sought), bool)
        pair, mine, theirs = pair[met], mine[met], theirs[met]
        values = np.ones(len(pair), np.float32)
        for sure, at in ((one.sure, mine), (other.sure, theirs)):
            values = values if sure is None else values * sure[at]
        return cls(one.members[mine], values, pair, len(left))

    def sums(self, values: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """The sum of each pair."""
        values = self.values if values is None else values
        return np.bincount(self.pair, values, self.pairs).astype(np.float32)


def sums_shared(one: Sets, other: Sets, left: Rows, right: Rows) -> Floats:
    """The sums over what two rows share."""
    return sums_of(one, other, left, right, (one.sizes_of(left) > 0) & (other.sizes_of(right) > 0))


def sums_of(one: Sets, other: Sets, left: Rows, right: Rows, there: NDArray[np.bool_]) -> Floats:
    """As `sums_shared`; there: where both rows have members, which in some columns are few."""
    sums = np.zeros(len(left), np.float32)
    if there.any():
        sums[there] = Shared.of(one, other, left[there], right[there]).sums()
    return sums


def where_known(known: NDArray[np.bool_], values: Floats) -> Floats:
    """The values where they are known, else NaN."""
    return np.where(known, values, np.nan).astype(np.float32)
