"""How rare words are: counts frozen with the package, and beside them those of a file or of a register."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.places import single_words
from tacoord.matching.words import number_of, stem
from tacoord.paths import DATA

# Words are counted in this many buckets; two words that share one count as commoner than they are.
BUCKETS = 1 << 22
# The frozen counts say what is common in aid projects; beside a file's own they weigh as so many records.
_PRIOR_RECORDS = 3_000
# Of a register's words only those are kept that tell something: the others are rare with or without being counted.
_LEAST_COUNTED = 3
_MOST_COUNTED = 20_000
_RARE = 0.6
# The name of a country tells two titles apart, however often it stands in titles.
_OF_PLACES = 0.5


class Rarity:
    """Weights of words by their numbers (`words.number_of`): 0 for one in every record, up to about 1."""

    def __init__(self, counts: NDArray[np.float32], records: float) -> None:
        """counts: by bucket, in how many of `records` records a word stands."""
        top = np.log1p(records)
        self._weights = np.clip(np.log((records + 1) / (counts + 1)) / top, 0.02, 1.0).astype(
            np.float32
        )

    def of(self, numbers: NDArray[np.int32]) -> NDArray[np.float32]:
        """The weight of each word number, in the same order."""
        weights: NDArray[np.float32] = self._weights[numbers & (BUCKETS - 1)]
        return weights

    def names(self, numbers: NDArray[np.int32]) -> NDArray[np.float32]:
        """How much each word tells as a name: as much as it is rare; that of a country always tells something."""
        rare = rare_part(self.of(numbers))
        names: NDArray[np.float32] = np.maximum(rare, _places()[numbers & (BUCKETS - 1)])
        return names

    def of_subjects(self, numbers: NDArray[np.int32]) -> NDArray[np.float32]:
        """As `of`, and 0 for the names of countries: that two records share a country is said elsewhere."""
        weights = self.of(numbers)
        return np.where(_places()[numbers & (BUCKETS - 1)] > 0, np.float32(0), weights)

    def of_word(self, word: str) -> float:
        """The weight of one stem."""
        return float(self._weights[number_of(word) & (BUCKETS - 1)])


def rare_part(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """How rare words are beyond the middling: 0 for a weight up to 0.6, 1 for the rarest."""
    return np.asarray(np.clip((weights - _RARE) / (1 - _RARE), 0, 1), dtype=np.float32)


@cache
def _places() -> NDArray[np.float32]:
    """By bucket, what the name of a country tells; 0 for all other words."""
    places = np.zeros(BUCKETS, dtype=np.float32)
    for word in single_words():
        places[number_of(stem(word)) & (BUCKETS - 1)] = _OF_PLACES
    return places


@cache
def _frozen_counts() -> tuple[NDArray[np.float32], float]:
    told = json.loads((DATA / "matching" / "words.json").read_text(encoding="utf-8"))
    counts = np.zeros(BUCKETS, dtype=np.float32)
    for word, count in told["counts"].items():
        counts[number_of(word) & (BUCKETS - 1)] += count
    return counts, float(told["records"])


@cache
def frozen() -> Rarity:
    """The weights that are part of the package: the same for every register, so no record shows through."""
    return Rarity(*_frozen_counts())


@dataclass(frozen=True, slots=True)
class WordCounts:
    """In how many of `records` records the words of some buckets stand."""

    records: int
    counts: Mapping[int, int]

    @classmethod
    def of(cls, counts: NDArray[np.int64], records: int) -> WordCounts:
        """The commoner words of counts by bucket."""
        told = np.flatnonzero(counts >= _LEAST_COUNTED)
        told = np.sort(told[np.argsort(-counts[told], kind="stable")][:_MOST_COUNTED])
        return cls(records, {int(bucket): int(counts[bucket]) for bucket in told})

    def rarity(self) -> Rarity:
        """The weights under these counts beside the frozen ones."""
        counts = np.zeros(BUCKETS, dtype=np.int64)
        counts[list(self.counts)] = list(self.counts.values())
        return adapted(counts, self.records)


def adapted(counts: NDArray[np.int64], records: int) -> Rarity:
    """Weights for a file or a register: its own counts (by bucket) beside the frozen ones."""
    prior, prior_records = _frozen_counts()
    share = min(1.0, _PRIOR_RECORDS / prior_records)
    return Rarity((counts + prior * share).astype(np.float32), records + prior_records * share)
