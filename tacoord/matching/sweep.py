"""All against all: candidates, evidence, rivals, flags, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tacoord.matching.collection import Chunk, Collection, prepare_chunk
from tacoord.matching.columns import Columns, Weighted
from tacoord.matching.engine import LOCAL, Alone, Engine, opened
from tacoord.matching.evidence import features
from tacoord.matching.facts import Facts
from tacoord.matching.match import Match, evidence_of
from tacoord.matching.model import KIND_NUMBERS, KINDS, Judged, Kind, Model, probability
from tacoord.matching.pairing import pairs_of
from tacoord.matching.rarity import Rarity, frozen
from tacoord.matching.rivals import margins

Rows = NDArray[np.int64]
# stage, how much is done, how much there is (None where that is not known yet)
Progress = Callable[[str, int, int | None], None]
Counting = Callable[[Columns], Rarity]
"""Says from all records that are compared how rare words are."""
Told = TypeVar("Told")
Value = TypeVar("Value")
Tell = Callable[[Iterable[Match]], Told]

_CHUNK = 2_000
_BLOCK = 40_000
_TOLD = 2_000
# Below this many records, starting other processes costs more than it gains.
_WORTH_PROCESSES = 5_000


@dataclass(slots=True)
class Swept:
    """Every compared pair: rows of the collection (left id before right id), score and kind."""

    collection: Collection
    material: Material
    left: Rows
    right: Rows
    score: NDArray[np.float64]
    kind: NDArray[np.int8]
    margin: NDArray[np.float64]

    def select(self, *, cutoff: float | None, top: int | None) -> Rows:
        """The numbers of the pairs to be given out, best first.

        cutoff: None takes what the model flags, a number every pair of at least that score.
        top: keeps a pair that is among the `top` best of either of its records.
        """
        if cutoff is None:
            chosen = np.flatnonzero(self.kind != KIND_NUMBERS[Kind.UNRELATED])
        else:
            chosen = np.flatnonzero(self.score >= cutoff)
        # Rows are in the order of ids, so equal scores fall the same way always.
        chosen = chosen[np.lexsort((self.right[chosen], self.left[chosen], -self.score[chosen]))]
        return (
            chosen
            if top is None
            else chosen[_among_best(self.left[chosen], self.right[chosen], top)]
        )

    def matches(self, chosen: Rows) -> Iterator[Match]:
        """The pairs of some numbers with their evidence, in that order."""
        return chain.from_iterable(self.told(chosen, list))

    def told(self, chosen: Rows, tell: Tell[Told], engine: Engine | None = None) -> Iterator[Told]:
        """As `matches`, some thousand at a time as `tell` puts them; that happens where the blocks run."""
        tasks = (self._part(chosen[at : at + _TOLD], tell) for at in range(0, len(chosen), _TOLD))
        if engine is None or len(chosen) < _WORTH_PROCESSES:
            engine = Alone()
        return engine.map_with(_tell_block, self.material, tasks)

    def _part(self, chosen: Rows, tell: Tell[Any]) -> _Part:
        left, right = self.left[chosen], self.right[chosen]
        rows = sorted({*left.tolist(), *right.tolist()})
        shown = {row: self.collection.shown[row] for row in rows}
        return _Part(
            left, right, self.score[chosen], self.kind[chosen], self.margin[chosen], shown, tell
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """Some pairs to be put into words. shown: of each row that occurs, as JSON."""

    left: Rows
    right: Rows
    score: NDArray[np.float64]
    kind: NDArray[np.int8]
    margin: NDArray[np.float64]
    shown: dict[int, bytes]
    tell: Tell[Any]


def _tell_block(material: Material, part: _Part) -> Any:
    table = features(material.columns, material.weighted, part.left, part.right)
    model, ids = material.model, material.columns.ids
    shown = {row: msgspec.json.decode(told) for row, told in part.shown.items()}
    pairs = list(zip(part.left.tolist(), part.right.tolist(), strict=True))
    pieces = evidence_of(model, table, part.margin, ((shown[a], shown[b]) for a, b in pairs))
    rows = zip(pairs, part.score.tolist(), part.kind.tolist(), pieces, strict=True)
    return part.tell(
        Match(
            left=ids[a],
            right=ids[b],
            score=score,
            kind=KINDS[kind],
            evidence=evidence,
            model_version=model.version,
        )
        for (a, b), score, kind, evidence in rows
    )


def sweep(
    facts: Iterable[Facts], *, model: Model | None = None, workers: int = 1, engine: str = LOCAL,
    cutoff: float | None = None, top: int | None = None, changed: frozenset[str] | None = None,
    rarity: Counting | None = None, progress: Progress | None = None,
) -> Iterator[Match]:  # fmt: skip
    """Compare all records with all others; matches by falling score, then by ids.

    cutoff: None gives what the model would flag; a number, every compared pair of at least that score.
    top: keeps a pair that is among the `top` best of either record. changed: ids; where given, only pairs
    with one of them are given out. rarity: says from the records how rare words are; None: as frozen with the package.
    The result does not depend on the order of `facts`, on `workers` or on `engine`.
    Raises ValueError for a cutoff outside 0..1, a top below 1 or an unknown engine.
    """
    check(cutoff=cutoff, top=top)
    with opened(engine, workers=workers) as running:
        chunks = list(running.map(prepare_chunk, batches(facts, _CHUNK)))
        swept = compare_all(
            chunks, model=model, engine=running, changed=changed, rarity=rarity, progress=progress
        )
    return swept.matches(swept.select(cutoff=cutoff, top=top))


def check(*, cutoff: float | None, top: int | None) -> None:
    """Raise ValueError where a cutoff or a top cannot be meant."""
    if cutoff is not None and not 0 <= cutoff <= 1:
        raise ValueError(f"cutoff {cutoff} is outside 0..1")
    if top is not None and top < 1:
        raise ValueError(f"top {top} is below 1")


def batches(values: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """Lists of at most `size` values, in order."""
    source = iter(values)
    while batch := list(islice(source, size)):
        yield batch


def compare_all(
    chunks: Iterable[Chunk], *, model: Model | None = None, engine: Engine | None = None,
    changed: frozenset[str] | None = None, rarity: Counting | None = None, progress: Progress | None = None,
) -> Swept:  # fmt: skip
    """Compare the records of some chunks among themselves; a list of chunks is emptied."""
    model = model or Model.load()
    engine = engine or Alone()
    collection = Collection.of(chunks if isinstance(chunks, list) else list(chunks))
    mask = (
        np.array([one in changed for one in collection.columns.ids], dtype=bool)
        if changed is not None
        else None
    )
    if len(collection) < _WORTH_PROCESSES:
        engine = Alone()
    public = collection.columns.public
    pairs = pairs_of(engine.shared(collection.keyed()), changed=mask, engine=engine)
    weighted = collection.weighted(rarity(collection.columns) if rarity else frozen())
    material = engine.shared(Material(collection.columns, weighted, model))
    collection.columns = material.columns
    del weighted
    judged = _judge(material, pairs.left, pairs.right, engine, progress)
    margin = margins(pairs, judged.same, public, scale=model.margin_scale)
    score = probability(judged.same + model.margin_contribution(margin))
    kind = model.settled_kinds(judged, score, pairs, public)
    wanted = slice(None) if mask is None else mask[pairs.left] | mask[pairs.right]
    return Swept(
        collection, material, pairs.left[wanted], pairs.right[wanted], score[wanted],
        kind[wanted], margin[wanted],
    )  # fmt: skip


def _judge(
    material: Material, left: Rows, right: Rows, engine: Engine, progress: Progress | None
) -> Judged:
    """Judge all pairs in blocks."""
    blocks = (
        (left[at : at + _BLOCK], right[at : at + _BLOCK]) for at in range(0, len(left), _BLOCK)
    )
    parts = []
    for part in engine.map_with(_judge_block, material, blocks):
        parts.append(part)
        if progress:
            progress("pairs compared", min(len(parts) * _BLOCK, len(left)), len(left))
    return Judged.joined(parts)


@dataclass(frozen=True, slots=True)
class Material:
    """What a block of comparisons reads."""

    columns: Columns
    weighted: Weighted
    model: Model


def _judge_block(material: Material, block: tuple[Rows, Rows]) -> Judged:
    return Judged.of(material.model, features(material.columns, material.weighted, *block))


def _among_best(left: Rows, right: Rows, top: int) -> NDArray[np.bool_]:
    """Which pairs, given best first, are among the first `top` of one of their records."""
    records = np.concatenate([left, right])
    pair = np.tile(np.arange(len(left)), 2)
    order = np.lexsort((pair, records))
    ordered = records[order]
    place = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    kept = np.zeros(len(left), dtype=bool)
    kept[pair[order[place < top]]] = True
    return kept
