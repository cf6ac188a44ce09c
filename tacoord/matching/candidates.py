"""Which pairs are worth comparing: keys that two records of one activity are likely to share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations, islice, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.facts import Facts, Precision
from tacoord.matching.prepared import Face, Prepared, prepare
from tacoord.matching.rarity import frozen_weight

# A key that more records share than this says nothing; it is passed over. It does not hold for identifiers.
FREQUENCY_CAP: Final = 32
# So many records may name one identifier; each of them is compared with the one that has it.
IDENTIFIER_CAP: Final = 500
# A record is compared with those with which it shares the most and rarest keys, at most so many.
MOST_CANDIDATES: Final = 24
# A record has at most so many keys.
MOST_KEYS: Final = 96
# Which keys a record has, and what they weigh: an index that was made by another version is made anew.
KEY_VERSION: Final = 2

_TITLE_WORDS: Final = 5
_NEIGHBOURS: Final = 8
_RARE_WORDS: Final = 14
_COMMON: Final = 0.5
_PLACES: Final = 3
_MOST_PLACES: Final = 8
_SHINGLES: Final = 6
_LINKS: Final = 16
_PARTIES: Final = 10
_OWN_WORDS: Final = 3
_FACES: Final = 3

_IDENTIFIER_WEIGHT: Final = 400

_MASK: Final = 2**64 - 1
_MIX: Final = 0x9E3779B97F4A7C15
# Keys of identifiers are below this, all others from it on: an identifier settles, however many name it.
_ORDINARY: Final = 1 << 62
# Keys of who works with whom: a programme and its part often share nothing else, so they weigh double.
_KIN: Final = _ORDINARY | 1 << 61
_ODD: Final = tuple(
    map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5))
)


def keys_of(facts: Facts) -> frozenset[int]:
    """The keys of a record: integers of 63 bits, never negative, the same in every process.

    Two records are candidates for a match where they share a key that at most FREQUENCY_CAP records have.
    """
    return keys_of_prepared(prepare(facts))


def keys_of_prepared(record: Prepared) -> frozenset[int]:
    """As `keys_of`, of a record that is prepared already."""
    return frozenset(islice(dict.fromkeys(_keys(record)), MOST_KEYS))


def is_identifier(key: Any) -> Any:
    """Whether a key stands for an identifier that the record has or names; works on arrays of keys as well."""
    return key < _ORDINARY


def is_kin(key: Any) -> Any:
    """Whether a key stands for organisations that work together; works on arrays of keys as well."""
    return key >= _KIN


def cap_of(key: Any) -> Any:
    """How many records may share a key for it to count; works on arrays of keys as well."""
    return np.where(is_identifier(key), IDENTIFIER_CAP, FREQUENCY_CAP)


def weights(keys: NDArray[np.int64], frequencies: NDArray[np.int64]) -> NDArray[np.int32]:
    """What it weighs to share each key: more, the fewer records have it. Whole numbers, so that sums are exact."""
    rare = np.round(8 * np.log2(2 * FREQUENCY_CAP / np.maximum(frequencies, 1)))
    rare = np.maximum(1, rare) * np.where(is_kin(keys), 2, 1)
    return np.where(is_identifier(keys), _IDENTIFIER_WEIGHT, rare).astype(np.int32)


@lru_cache(maxsize=300_000)
def _number(text: str) -> int:
    return int.from_bytes(
        blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little"
    )


def _key(kind: int, *parts: int) -> int:
    """Some numbers mixed into one of 63 bits; their order counts."""
    mixed = kind
    for part in parts:
        mixed = ((mixed ^ part) * _MIX) & _MASK
        mixed ^= mixed >> 29
    return mixed >> 3 | _ORDINARY


def _kin(kind: int, *parts: int) -> int:
    """As `_key`, of organisations that work together."""
    return _key(kind, *parts) | _KIN


(
    _ID,
    _TITLE,
    _AMOUNT,
    _DOLLARS,
    _START,
    _DAYS,
    _END,
    _PAIR,
    _PLACE,
    _WORD,
    _BEGIN,
    _SOUND,
    _LINK,
    _YEAR,
    _PARTY,
    _OWN,
) = map(
    _number,
    "id title amount dollars start days end pair place word begin sound link year party own".split(),
)


def _keys(record: Prepared) -> Iterable[int]:
    """All keys, the surest first."""
    # Three places at most, and always the same three: a regional project has forty.
    few = len(record.countries) <= _MOST_PLACES
    places = [_number(code) for code in sorted(record.countries)[:_PLACES]] if few else []
    yield from (
        _key(_ID, _number(text)) ^ _ORDINARY
        for text in sorted(record.identifiers | record.named)[:8]
    )
    yield from (_key(_TITLE, _number(face.title)) for face in record.faces[:_FACES] if face.title)
    yield from _money_keys(record, places)
    yield from _date_keys(record, places)
    rarest = [_rarest(face.title_words, face.capitals) for face in record.faces[:_FACES]]
    for face, title in zip(record.faces, rarest, strict=False):
        yield from _title_keys(face, title[:_TITLE_WORDS], places)
        yield from (_kin(_OWN, _number(word)) for word in title[:_OWN_WORDS])
    yield from _link_keys(record)
    for face, title in zip(record.faces, rarest, strict=False):
        # Common words cannot be among the rarest of a text of any length.
        rare = [word for word in face.text_words if frozen_weight(word) > _COMMON]
        words = _rarest(rare, face.capitals)[:_RARE_WORDS]
        yield from (_key(_WORD, _number(word)) for word in words)
        yield from _spelling_keys(title)
        yield from _shingles(face)


def _rarest(stems: Iterable[str], capitals: frozenset[str]) -> list[str]:
    """The words from the rarest on; among equally rare ones those in capitals first, then the longest."""
    ranked = [(-frozen_weight(word), word not in capitals, -len(word), word) for word in stems]
    ranked.sort()
    return [one[3] for one in ranked]


def _title_keys(face: Face, title: Sequence[str], places: Sequence[int]) -> Iterable[int]:
    """Pairs of words: the rarest with each other and with the place, and neighbours."""
    numbers = [_number(word) for word in title]
    yield from (_key(_PAIR, a, b) for a, b in combinations(sorted(numbers), 2))
    yield from (_key(_PLACE, word, place) for word in numbers[:4] for place in places)
    ordered = [_number(word) for word in face.title_words[: _NEIGHBOURS + 1]]
    yield from (_key(_PAIR, min(two), max(two)) for two in pairwise(ordered))


def _money_keys(record: Prepared, places: Sequence[int]) -> Iterable[int]:
    if record.amount and record.currency:
        amount = _number(f"{record.amount:.3e} {record.currency}")
        yield _key(_AMOUNT, amount)
        yield from (_key(_AMOUNT, amount, place) for place in places)
    if record.dollars and record.dollars >= 1:
        # Two neighbouring steps of some 5 %, so that amounts close to each other always share one.
        step = _steps(record.dollars)
        yield from (_key(_DOLLARS, one, place) for one in (step, step + 1) for place in places)
        if record.start:
            month = record.start.value.year * 12 + record.start.value.month
            yield from (_key(_DOLLARS, one, month) for one in (step, step + 1))


def _steps(dollars: float) -> int:
    # By the decimal exponent and the root of the mantissa, which are the same on every machine.
    mantissa, exponent = f"{dollars:.2e}".split("e")
    return int(exponent) * 48 + int((float(mantissa) ** 0.5 - 1) * 22)


def _date_keys(record: Prepared, places: Sequence[int]) -> Iterable[int]:
    start = (
        record.start.value.toordinal()
        if record.start and record.start.precision is Precision.DAY
        else 0
    )
    end = (
        record.end.value.toordinal() if record.end and record.end.precision is Precision.DAY else 0
    )
    if start:
        yield from (_key(_START, start, place) for place in places)
    if start and end:
        yield _key(_DAYS, start, end)
        yield from (_key(_DAYS, start, end, place) for place in places)
    if end:
        yield from (_key(_END, end, place) for place in places)


def _spelling_keys(rarest: Sequence[str]) -> Iterable[int]:
    """Keys that outlive a typing error: pairs of words by their first letters and consonants."""
    title = [word for word in rarest[:4] if len(word) > 2]
    yield from (_key(_BEGIN, _number(word[:5])) for word in title if len(word) > 5)
    sounds = sorted({_number(_skeleton(word)) for word in title})
    yield from (_key(_SOUND, a, b) for a, b in combinations(sounds, 2))
    begins = sorted({_number(word[:4]) for word in title})
    yield from (_key(_BEGIN, a, b) for a, b in combinations(begins, 2))


@lru_cache(maxsize=100_000)
def _skeleton(word: str) -> str:
    kept = word[0]
    for sign in word[1:]:
        if sign not in "aeiouyhw" and sign != kept[-1]:
            kept += sign
    return kept[:5]


def _shingles(face: Face) -> Iterable[int]:
    """The few of all runs of four words whose numbers are smallest: near copies share most of them."""
    ordered = face.ordered
    if len(ordered) < 4:
        return ()
    words = np.fromiter(map(_number, ordered), dtype=np.uint64, count=len(ordered))
    mixed = (
        words[:-3] * _ODD[0] + words[1:-2] * _ODD[1] + words[2:-1] * _ODD[2] + words[3:] * _ODD[3]
    )
    mixed.sort()
    return [number >> 3 | _ORDINARY for number in dict.fromkeys(mixed[: 2 * _SHINGLES].tolist())][
        :_SHINGLES
    ]


def _link_keys(record: Prepared) -> Iterable[int]:
    """Who works with whom: where roles cross, both records have the link, where one names the other, its reporter."""
    links = [_number(link) for link in record.links[:_LINKS]]
    yield from (_kin(_LINK, link) for link in links)
    yield from (_kin(_PARTY, _number(key)) for key in record.own_keys)
    yield from (_kin(_PARTY, _number(key)) for key in record.party_keys[:_PARTIES])
    if record.start:
        year = record.start.value.year
        yield from (_key(_YEAR, link, year) for link in links)
    # What the reporter is called may stand in the other's text.
    own = _rarest(record.own_words, frozenset())[:2]
    yield from (_key(_WORD, _number(word)) for word in own)
    yield from (_kin(_OWN, _number(word)) for word in own)
