"""A collection of records made ready chunk by chunk, and put together in the order of their ids."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from tacoord.matching.blocking import keys_of_all
from tacoord.matching.columns import Columns, Weighted, joined
from tacoord.matching.facts import Facts
from tacoord.matching.pairing import Keyed
from tacoord.matching.postings import Postings
from tacoord.matching.prepared import Prepared, prepare
from tacoord.matching.rarity import Rarity, adapted
from tacoord.matching.sets import Sets
from tacoord.matching.shown import shown

_MOST_OWNERS = 8


@dataclass(slots=True)
class Chunk:
    """Some records ready for comparison; `shown` holds what of each is shown as evidence, as JSON."""

    columns: Columns
    keys: Sets
    shown: list[bytes]


def prepare_chunk(facts: Sequence[Facts]) -> Chunk:
    """Make some records ready, in their order."""
    with no_collecting():
        return chunk_of([prepare(one) for one in facts])


def chunk_of(records: Sequence[Prepared]) -> Chunk:
    """As `prepare_chunk`, of records that are prepared already."""
    told = [msgspec.json.encode(shown(record)) for record in records]
    return Chunk(columns=Columns.of(records), keys=keys_of_all(records), shown=told)


@contextmanager
def no_collecting() -> Iterator[None]:
    """Without the search for rings of garbage: there are none, and among many values it takes a fifth of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@dataclass(slots=True)
class Collection:
    """All records in the order of their ids; rows are numbers into it."""

    columns: Columns
    postings: Postings
    shown: list[bytes]

    @classmethod
    def of(cls, chunks: list[Chunk]) -> Collection:
        """Put chunks together; their records may come in any order. The list is emptied, to save memory."""
        if not chunks:
            chunks = [prepare_chunk([])]
        shown = [one for chunk in chunks for one in chunk.shown]
        keys = Sets.joined([chunk.keys for chunk in chunks])
        parts = [chunk.columns for chunk in chunks]
        chunks.clear()
        columns = joined(parts)
        columns = replace(columns, identifiers=_telling(columns.identifiers))
        order = sorted(range(len(columns)), key=columns.ids.__getitem__)
        if order == list(range(len(columns))):
            return cls(columns, Postings.of(keys), shown)
        rows = np.array(order, dtype=np.int64)
        return cls(
            columns=columns.taken(rows),
            postings=Postings.of(keys.taken(rows)),
            shown=[shown[row] for row in order],
        )

    def keyed(self) -> Keyed:
        """The rows by their keys. The postings, the largest part, are let go of."""
        postings, self.postings = self.postings, Postings.of(Sets.of_words([]))
        return Keyed.of(postings, records=len(self), public=self.columns.public)

    def __len__(self) -> int:
        return len(self.columns)

    def weighted(self, rarity: Rarity) -> Weighted:
        """The word matrices under some weights."""
        return Weighted.of(self.columns, rarity)


def of_closed_file(columns: Columns) -> Rarity:
    """How rare words are where nobody else looks: all of these records count.

    Not for a register, where hidden records would show through.
    """
    return adapted(columns.word_counts(), len(columns))


def _telling(identifiers: Sets) -> Sets:
    """The identifiers without those that so many records call their own that they name none of them."""
    numbers, counts = np.unique(identifiers.members, return_counts=True)
    kept = ~np.isin(identifiers.members, numbers[counts > _MOST_OWNERS])
    if kept.all():
        return identifiers
    before = np.concatenate([[0], np.cumsum(kept)])
    return Sets(before[identifiers.starts].astype(np.int64), identifiers.members[kept])
