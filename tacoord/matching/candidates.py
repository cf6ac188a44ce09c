"""Which pairs are worth comparing: keys that two records of one activity are likely to share."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.blocking import KIN, ORDINARY, keys_of_all
from tacoord.matching.facts import Facts
from tacoord.matching.prepared import Prepared, prepare

# A key that more records share than this says nothing; it is passed over. It does not hold for identifiers.
FREQUENCY_CAP: Final = 32
# So many records may name one identifier; each of them is compared with the one that has it.
IDENTIFIER_CAP: Final = 500
# A record is compared with those with which it shares the most and rarest keys, at most so many.
MOST_CANDIDATES: Final = 24
# Which keys a record has, what they weigh, and how it is packed: what another version indexed is indexed anew.
KEY_VERSION: Final = 7

_IDENTIFIER_WEIGHT: Final = 400


def keys_of(facts: Facts) -> frozenset[int]:
    """The keys of a record: integers of 63 bits, never negative, the same in every process.

    Two records are candidates for a match where they share a key that at most FREQUENCY_CAP records have.
    """
    return keys_of_prepared(prepare(facts))


def keys_of_prepared(record: Prepared) -> frozenset[int]:
    """As `keys_of`, of a record that is prepared already."""
    return frozenset(keys_of_all([record]).members.tolist())


def is_identifier(key: Any) -> Any:
    """Whether a key stands for an identifier that the record has or names; works on arrays of keys as well."""
    return key < ORDINARY


def is_kin(key: Any) -> Any:
    """Whether a key stands for organisations that work together; works on arrays of keys as well."""
    return key >= KIN


def cap_of(key: Any) -> Any:
    """How many records may share a key for it to count; works on arrays of keys as well."""
    return np.where(is_identifier(key), IDENTIFIER_CAP, FREQUENCY_CAP)


def weights(keys: NDArray[np.int64], frequencies: NDArray[np.int64]) -> NDArray[np.int32]:
    """What it weighs to share each key: more, the fewer records have it. Whole numbers, so that sums are exact."""
    rare = np.round(8 * np.log2(2 * FREQUENCY_CAP / np.maximum(frequencies, 1)))
    rare = np.maximum(1, rare) * np.where(is_kin(keys), 2, 1)
    return np.where(is_identifier(keys), _IDENTIFIER_WEIGHT, rare).astype(np.int32)
