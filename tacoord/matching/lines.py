"""JSON Lines to chunks: one project a line, read as tolerantly as real registers need it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from tacoord.matching.collection import Chunk, no_collecting, prepare_chunk
from tacoord.matching.facts import Facts
from tacoord.matching.record import NoId, read_facts, read_json

_CHUNK_LINES = 2_000
_BOM = b"\xef\xbb\xbf"

NOT_JSON, NO_ID, SAME_ID = "not a JSON object", "no id", "the id stands in an earlier line"


@dataclass(slots=True)
class ReadLines:
    """What some lines gave: a chunk, the number of each record's line, and what was wrong.

    refused: line number and reason. unreadable: by field, the line of each value that could not be read.
    """

    chunk: Chunk
    numbers: list[int]
    refused: list[tuple[int, str]]
    unreadable: dict[str, list[int]]
    lines: int


Numbered = tuple[int, list[bytes]]


def chunks_of_lines(lines: Iterable[bytes]) -> Iterator[Numbered]:
    """Lines in lists, each with the number of its first line (from 1)."""
    first, batch = 1, list[bytes]()
    for line in lines:
        batch.append(line)
        if len(batch) == _CHUNK_LINES:
            yield first, batch
            first, batch = first + len(batch), []
    if batch:
        yield first, batch


def read_lines(task: Numbered) -> ReadLines:
    """Read and prepare some lines; blank lines are passed over."""
    with no_collecting():
        return _read_lines(*task)


def _read_lines(first: int, lines: Sequence[bytes]) -> ReadLines:
    facts, numbers, refused = list[Facts](), list[int](), list[tuple[int, str]]()
    unreadable = defaultdict[str, list[int]](list)
    for number, line in enumerate(lines, start=first):
        if number == 1:
            line = line.removeprefix(_BOM)
        if not line.strip():
            continue
        try:
            one, problems = _read(line)
        except NoId:
            refused.append((number, NO_ID))
            continue
        except _NotAnObject:
            refused.append((number, NOT_JSON))
            continue
        facts.append(one)
        numbers.append(number)
        for field in problems:
            unreadable[field].append(number)
    return ReadLines(prepare_chunk(facts), numbers, refused, dict(unreadable), len(lines))


class _NotAnObject(ValueError):
    """A line that holds something else than a JSON object."""


def _read(line: bytes) -> tuple[Facts, list[str]]:
    """What a line says. The quick reader refuses some that the tolerant one takes, such as NaN."""
    try:
        return read_json(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        record = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _NotAnObject from error
    if not isinstance(record, dict):
        raise _NotAnObject
    return read_facts(record)


class Reading:
    """Collects what was read, in order: an id that comes again is refused."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.refused: list[tuple[int, str]] = []
        self.unreadable = defaultdict[str, list[int]](list)
        self.lines = 0
        self._ids: set[str] = set()

    def add(self, part: ReadLines) -> None:
        """Add the next part; parts must come in the order of the file."""
        self.lines += part.lines
        for field, numbers in part.unreadable.items():
            self.unreadable[field] += numbers
        fresh = np.zeros(len(part.numbers), dtype=bool)
        again = list[tuple[int, str]]()
        for row, (one, number) in enumerate(zip(part.chunk.columns.ids, part.numbers, strict=True)):
            if one in self._ids:
                again.append((number, SAME_ID))
            else:
                self._ids.add(one)
                fresh[row] = True
        self.refused += sorted(part.refused + again)
        self.chunks.append(part.chunk if fresh.all() else _only(part.chunk, fresh))

    def take(self) -> list[Chunk]:
        """The chunks, which are then no longer held here."""
        chunks, self.chunks = self.chunks, []
        return chunks

    @property
    def records(self) -> int:
        """How many records are there to be compared."""
        return len(self._ids)


def _only(chunk: Chunk, kept: NDArray[np.bool_]) -> Chunk:
    rows = np.flatnonzero(kept)
    return Chunk(
        chunk.columns.taken(rows),
        chunk.keys.taken(rows),
        [chunk.shown[row] for row in rows],
    )
