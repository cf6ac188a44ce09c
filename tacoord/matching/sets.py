"""Sets of numbers for many rows at once, and texts kept the same way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tacoord.matching.words import NUMBERS

MEMBER_BITS = 31
_WIDTH = 2**MEMBER_BITS - 1
_BITS = np.uint64(MEMBER_BITS)
_SHIFT = np.uint64(64 - MEMBER_BITS)


@dataclass(slots=True)
class Sets:
    """A set of numbers for each row, sorted: the members of row i are `members[starts[i]:starts[i+1]]`."""

    starts: NDArray[np.int64]
    members: NDArray[Any]
    sure: NDArray[np.float32] | None = None
    _matrix: sparse.csr_matrix | None = field(default=None, init=False, repr=False, compare=False)
    _codes: NDArray[np.int64] | None = field(default=None, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Without what whoever reads it makes again."""
        return Sets, (self.starts, self.members, self.sure)

    def matrix(self) -> sparse.csr_matrix:
        """The rows as a sparse matrix of how sure each member is; made once, as that takes long."""
        if self._matrix is None:
            sure = _ONES.first(len(self.members)) if self.sure is None else self.sure
            shape = (len(self.starts) - 1, _WIDTH)
            matrix = sparse.csr_matrix((sure, self.members, self.starts), shape=shape, copy=False)
            matrix.has_sorted_indices = True
            matrix.has_canonical_format = True
            self._matrix = matrix
        return self._matrix

    def codes(self) -> NDArray[np.int64]:
        """Row and member of each member as one number, ascending; made once."""
        if self._codes is None:
            self._codes = self.coded()
        return self._codes

    def coded(self) -> NDArray[np.int64]:
        """As `codes`, made each time: of many rows they take more memory than the members."""
        rows = np.arange(len(self.starts) - 1)
        coded: NDArray[np.int64] = np.repeat(rows, self.sizes()) << MEMBER_BITS | self.members
        return coded

    def sizes(self) -> NDArray[np.int64]:
        """How many members each row has."""
        return self.starts[1:] - self.starts[:-1]

    def sizes_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many members some rows have; rows: numbers from 0 on, no mask."""
        return self.starts[rows + 1] - self.starts[rows]

    def of(self, row: int) -> NDArray[Any]:
        """The members of a row."""
        return self.members[self.starts[row] : self.starts[row + 1]]

    def taken(self, rows: NDArray[np.int64]) -> Sets:
        """Only these rows, in this order."""
        _, at = self.places(rows)
        starts = starts_of_sizes(self.sizes_of(rows))
        return Sets(starts, self.members[at], None if self.sure is None else self.sure[at])

    def places(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of all members of some rows (numbers from 0 on): which of those rows it is in, and where in `members`."""
        sizes = self.sizes_of(rows)
        of = np.repeat(np.arange(len(rows)), sizes)
        before = sizes.cumsum() - sizes
        return of, (self.starts[rows] - before)[of] + np.arange(len(of))

    @classmethod
    def joined(cls, parts: Sequence[Sets]) -> Sets:
        """The rows of several one after the other."""
        sures = [part.sure for part in parts if part.sure is not None]
        return cls(
            joined_starts([part.starts for part in parts]),
            np.concatenate([part.members for part in parts]),
            np.concatenate(sures) if sures else None,
        )

    @classmethod
    def of_words(cls, rows: Sequence[Collection[str]]) -> Sets:
        """The numbers of words (`words.number_of`), each once a row."""
        words = list(chain.from_iterable(rows))
        numbers = np.fromiter(map(NUMBERS.__getitem__, words), np.uint64, len(words)) >> _SHIFT
        row = np.repeat(np.arange(len(rows), dtype=np.uint64), [len(one) for one in rows])
        codes = np.sort(row << _BITS | numbers)
        codes = codes[np.concatenate([[True], codes[1:] != codes[:-1]])[: len(codes)]]
        sizes = np.bincount((codes >> _BITS).astype(np.int64), minlength=len(rows))
        return cls(starts_of_sizes(sizes), (codes & np.uint64(_WIDTH)).astype(np.int32))

    @classmethod
    def of_columns(cls, columns: Sequence[Sequence[Collection[str]]]) -> list[Sets]:
        """As `of_words`, of several columns at once: of few rows that takes a fraction of the time."""
        whole = cls.of_words(list(chain.from_iterable(columns)))
        ends = starts_of(columns).tolist()
        return [
            cls(
                whole.starts[first : last + 1] - whole.starts[first],
                whole.members[whole.starts[first] : whole.starts[last]],
            )
            for first, last in pairwise(ends)
        ]

    @classmethod
    def sured(cls, rows: Sequence[Sequence[tuple[int, float]]]) -> Sets:
        """Out of sorted pairs of number and sureness."""
        pairs = list(chain.from_iterable(rows))
        told = np.fromiter(chain.from_iterable(pairs), np.float64, 2 * len(pairs)).reshape(-1, 2)
        return cls(starts_of(rows), told[:, 0].astype(np.int32), told[:, 1].astype(np.float32))


class _Ones:
    """Ones, which are the same in memory for all sets, and for reading only."""

    def __init__(self) -> None:
        self._held = np.ones(0, np.float32)

    def first(self, count: int) -> NDArray[np.float32]:
        """So many. Another thread may put longer or shorter ones in place meanwhile."""
        held = self._held
        if len(held) < count:
            held = np.ones(count, np.float32)
            held.flags.writeable = False
            self._held = held
        return held[:count]


_ONES: Final = _Ones()


@dataclass(slots=True)
class Texts:
    """A text for each row, as letters in UTF-8: other processes look into them where they are."""

    letters: Sets

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """Out of texts in their order."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        return cls(Sets(starts_of(encoded), np.frombuffer(b"".join(encoded), np.uint8)))

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """The rows of several one after the other."""
        return cls(Sets.joined([part.letters for part in parts]))

    def taken(self, rows: NDArray[np.int64]) -> Texts:
        """Only these rows, in this order."""
        return Texts(self.letters.taken(rows))

    def there(self) -> NDArray[np.bool_]:
        """Which rows have a text."""
        return self.letters.sizes() > 0

    def listed(self, rows: NDArray[np.int64]) -> list[str]:
        """The texts of some rows, in this order; one that comes again and again is put together once."""
        few, place = np.unique(rows, return_inverse=True)
        starts, raw = self.letters.starts, self.letters.members.data
        bounds = zip(starts[few].tolist(), starts[few + 1].tolist(), strict=True)
        texts = [str(raw[start:end], "utf-8", "surrogatepass") for start, end in bounds]
        return [texts[at] for at in place.tolist()]


def starts_of(rows: Sequence[Sequence[Any]]) -> NDArray[np.int64]:
    """Where the members of each row start, and where the last ones end."""
    return starts_of_sizes(np.fromiter(map(len, rows), np.int64, len(rows)))


def starts_of_sizes(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where rows of these sizes start, and where the last one ends."""
    starts = np.zeros(len(sizes) + 1, np.int64)
    sizes.cumsum(out=starts[1:])
    return starts


def joined_starts(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The starts of several tables one after the other."""
    ends = np.cumsum([0, *(part[-1] for part in parts)])
    return np.concatenate(
        [[0], *(part[1:] + end for part, end in zip(parts, ends, strict=False))]
    ).astype(np.int64)
