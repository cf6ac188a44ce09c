"""The keys of many records at once, as columns of numbers: a key at a time would cost more than all comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.facts import Day, Precision
from tacoord.matching.prepared import Face, Prepared
from tacoord.matching.rarity import frozen
from tacoord.matching.remembered import Remembered
from tacoord.matching.sets import Sets, starts_of_sizes
from tacoord.matching.words import NUMBERS, hashed

# A record has at most so many keys.
MOST_KEYS: Final = 96
# Keys of identifiers are below this, all others from it on: an identifier settles, however many name it.
ORDINARY: Final = 1 << 62
# Keys of who works with whom: a programme and its part often share nothing else, so they weigh double.
KIN: Final = ORDINARY | 1 << 61

_TITLE_WORDS: Final = 5
_SPELLED_WORDS: Final = 4
_PLACED_WORDS: Final = 4
_NEIGHBOURS: Final = 8
_RARE_WORDS: Final = 14
_COMMON: Final = 0.5
_PLACES: Final = 3
_MOST_PLACES: Final = 8
_RUN: Final = 4
_SHINGLES: Final = 6
_SHORTEST: Final = 3
_LONGEST_SHORT: Final = 8
_SHORT_NAMES: Final = 8
_LINKS: Final = 16
_PARTIES: Final = 10
_OWN_WORDS: Final = 3
_FACES: Final = 3
_IDENTIFIERS: Final = 8
# Two keys of one record that agree in so many bits are one; the other bits number the records of a chunk.
_KEY_BITS: Final = 48
_MOST_RECORDS: Final = 1 << (63 - _KEY_BITS)
# So many bits of a word stand beside the number of its face, for which 20 are left: more than there are in a chunk.
_FACE_BITS: Final = 44

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)
_ODD: Final = tuple(
    map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5))
)

Numbers = NDArray[np.uint64]
Rows = NDArray[np.int64]
(
    _ID, _TITLE, _AMOUNT, _DOLLARS, _START, _DAYS, _END, _PAIR, _PLACE, _WORD, _BEGIN, _SOUND, _LINK, _YEAR,
    _PARTY, _OWN, _SHORT,
) = (
    np.uint64(hashed(kind))
    for kind in "id title amount dollars start days end pair place word begin sound link year party own short".split()
)  # fmt: skip


def keys_of_all(records: Sequence[Prepared]) -> Sets:
    """The keys of each record, sorted: integers of 63 bits, never negative, the same in every process."""
    if len(records) > _MOST_RECORDS:
        halves = (records[: len(records) // 2], records[len(records) // 2 :])
        return Sets.joined([keys_of_all(half) for half in halves])
    found = _Found(records)
    faces = _Faces(records)
    title = _Ranked(faces, [face.title_words for face in faces.faces])
    # The surest first: where a record has too many, the last ones go.
    found.add_each(_ID, [_names(record) for record in records], plain=True)
    found.add(faces.row, _key(_TITLE, faces.titles), where=faces.titles != 0)
    _add_money(found, records)
    _add_dates(found, records)
    _add_title(found, faces, title)
    _add_links(found, records)
    _add_short_names(found, faces)
    _add_words(found, faces)
    _add_spelling(found, faces, title)
    _add_runs(found, faces)
    return found.sets()


def _key(kind: np.uint64, *parts: Numbers | np.uint64) -> Numbers:
    """Numbers mixed into one of 61 bits beside the mark of ordinary keys; their order counts."""
    mixed: Any = kind
    for part in parts:
        mixed = (mixed ^ part) * _MIX
        mixed = mixed ^ (mixed >> _SHIFT)
    return _ordinary(mixed)


def _ordinary(mixed: Numbers) -> Numbers:
    return mixed >> np.uint64(3) | np.uint64(ORDINARY)


class _Found:
    """Collects the keys of some records, in the order of their worth."""

    def __init__(self, records: Sequence[Prepared]) -> None:
        self.count = len(records)
        self.places = _places(records)
        self._rows: list[Rows] = []
        self._keys: list[Numbers] = []

    def add(
        self,
        rows: Rows,
        keys: Numbers,
        *,
        where: NDArray[np.bool_] | None = None,
        kin: bool = False,
    ) -> None:
        """A key for each of some rows, or only where there is one; several tables of keys come one after the other."""
        if keys.ndim > 1:
            rows = rows + np.zeros(keys.shape, np.int64)
        if where is not None:
            rows, keys = rows[where], keys[where]
        self._rows.append(rows.ravel())
        self._keys.append((keys | np.uint64(KIN) if kin else keys).ravel())

    def add_each(
        self,
        kind: np.uint64,
        texts: Sequence[Sequence[str]],
        *,
        plain: bool = False,
        kin: bool = False,
    ) -> Rows:
        """A key for each text of each record; plain: without the mark of ordinary keys. Returns the rows."""
        rows = np.repeat(np.arange(self.count), [len(some) for some in texts])
        every = chain.from_iterable(texts)
        numbers = np.fromiter(
            map(hashed if plain else NUMBERS.__getitem__, every), np.uint64, len(rows)
        )
        keys = _key(kind, numbers)
        self.add(rows, keys ^ np.uint64(ORDINARY) if plain else keys, kin=kin)
        return rows

    def add_placed(
        self, rows: Rows, where: NDArray[np.bool_], kind: np.uint64, *parts: Numbers
    ) -> None:
        """A key with each of the places of its record; parts: one number a row, or a table of them for each of some."""
        near = self.places[:, rows]
        if where.ndim > 1:
            where, parts = where[:, None], tuple(part[:, None] for part in parts)
        self.add(rows, _key(kind, *parts, near), where=where & (near != 0))

    def sets(self) -> Sets:
        """All keys, each once a record, sorted."""
        rows, keys = np.concatenate(self._rows), np.concatenate(self._keys).astype(np.int64)
        # Row and most of the key in one number: sorting by one is many times quicker than by two.
        codes = rows << np.int64(_KEY_BITS) | keys >> np.int64(63 - _KEY_BITS)
        order = np.argsort(codes)
        rows, keys, codes = rows[order], keys[order], codes[order]
        fresh = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]])[: len(codes)])
        rows, keys = rows[fresh], keys[fresh]
        worth = np.minimum.reduceat(order, fresh) if len(fresh) else order
        sizes = np.bincount(rows, minlength=self.count)
        if len(sizes) and sizes.max() > MOST_KEYS:
            by_worth = np.lexsort((worth, rows))
            kept = np.sort(by_worth[_place(rows[by_worth]) < MOST_KEYS])
            rows, keys = rows[kept], keys[kept]
            sizes = np.bincount(rows, minlength=self.count)
        return Sets(starts_of_sizes(sizes), keys)


def _place(groups: Rows) -> Rows:
    """The place of each within its run of equal numbers, from 0."""
    starts = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]])[: len(groups)])
    sizes = np.diff(np.append(starts, len(groups)))
    place: Rows = np.arange(len(groups)) - np.repeat(starts, sizes)
    return place


def _places(records: Sequence[Prepared]) -> Numbers:
    """Three places at most of each record, always the same three, 0 for none: a regional project has forty."""
    places = np.zeros((_PLACES, len(records)), np.uint64)
    for row, record in enumerate(records):
        if len(record.countries) <= _MOST_PLACES:
            for at, code in enumerate(sorted(record.countries)[:_PLACES]):
                places[at, row] = NUMBERS[code]
    return places


class _Faces:
    """The first faces of each record: which row each belongs to, and the number of its title (0 for none)."""

    def __init__(self, records: Sequence[Prepared]) -> None:
        few = [record.faces[:_FACES] for record in records]
        self.faces: list[Face] = list(chain.from_iterable(few))
        self.row: Rows = np.repeat(np.arange(len(records)), [len(some) for some in few])
        titles = (hashed(face.title) if face.title else 0 for face in self.faces)
        self.titles: Numbers = np.fromiter(titles, np.uint64, len(self.faces))
        capitals = [face.capitals for face in self.faces]
        own = np.repeat(np.arange(len(capitals)), [len(some) for some in capitals])
        self.capitals: Numbers = _of_face(own, _numbers(list(chain.from_iterable(capitals))))


def _of_face(faces: Rows, numbers: Numbers) -> Numbers:
    """One number for a word in a face."""
    return faces.astype(np.uint64) << np.uint64(_FACE_BITS) | numbers >> np.uint64(64 - _FACE_BITS)


class _Ranked:
    """Words of faces from the rarest on; among equally rare ones those in capitals first, then the longest."""

    def __init__(
        self, faces: _Faces, words: Sequence[Sequence[str]], *, above: float | None = None
    ) -> None:
        self.words = list(chain.from_iterable(words))
        self.face: Rows = np.repeat(np.arange(len(words)), [len(some) for some in words])
        self.numbers = _numbers(self.words)
        weight = frozen().of((self.numbers >> np.uint64(33)).astype(np.int32))
        chosen = np.arange(len(weight)) if above is None else np.flatnonzero(weight > above)
        told = [self.words[at] for at in chosen.tolist()]
        face = self.face[chosen]
        big = np.isin(_of_face(face, self.numbers[chosen]), faces.capitals)
        length = np.fromiter(map(len, told), np.int64, len(told))
        order = np.lexsort((self.numbers[chosen], -length, ~big, -weight[chosen], face))
        self.order: Rows = chosen[order]
        self.place: Rows = _place(face[order])

    def first(self, most: int) -> Rows:
        """Which words are among the first of their face."""
        return self.order[self.place < most]

    def table(self, most: int) -> Numbers:
        """The numbers of the first words of all faces, then of the second ones, and so on; 0 where there are fewer."""
        faces = int(self.face[-1]) + 1 if len(self.face) else 0
        table = np.zeros((most, faces), np.uint64)
        few = self.place < most
        table[self.place[few], self.face[self.order[few]]] = self.numbers[self.order[few]]
        return table


def _numbers(words: Sequence[str]) -> Numbers:
    return np.fromiter(map(NUMBERS.__getitem__, words), np.uint64, len(words))


def _names(record: Prepared) -> list[str]:
    return sorted(record.identifiers | record.named)[:_IDENTIFIERS]


def _add_money(found: _Found, records: Sequence[Prepared]) -> None:
    rows = np.arange(found.count)
    amount = np.zeros(found.count, np.uint64)
    step, month = np.full(found.count, -1), np.zeros(found.count, np.uint64)
    for row, record in enumerate(records):
        if record.amount and record.currency:
            amount[row] = hashed(f"{record.amount:.3e} {record.currency}")
        if record.dollars and record.dollars >= 1:
            step[row] = _steps(record.dollars)
        if record.start:
            month[row] = record.start.value.year * 12 + record.start.value.month
    found.add(rows, _key(_AMOUNT, amount), where=amount != 0)
    found.add_placed(rows, amount != 0, _AMOUNT, amount)
    # Two neighbouring steps of some 5 %, so that amounts close to each other always share one.
    for one in (0, 1):
        near = (step + one).astype(np.uint64)
        found.add_placed(rows, step >= 0, _DOLLARS, near)
        found.add(rows, _key(_DOLLARS, near, month), where=(step >= 0) & (month != 0))


def _steps(dollars: float) -> int:
    # By the decimal exponent and the root of the mantissa, which are the same on every machine.
    mantissa, exponent = f"{dollars:.2e}".split("e")
    return int(exponent) * 48 + int((float(mantissa) ** 0.5 - 1) * 22)


def _add_dates(found: _Found, records: Sequence[Prepared]) -> None:
    rows = np.arange(found.count)
    start = np.array([_exact(record.start) for record in records], np.uint64)
    end = np.array([_exact(record.end) for record in records], np.uint64)
    both = (start != 0) & (end != 0)
    found.add_placed(rows, start != 0, _START, start)
    found.add(rows, _key(_DAYS, start, end), where=both)
    found.add_placed(rows, both, _DAYS, start, end)
    found.add_placed(rows, end != 0, _END, end)


def _exact(day: Day | None) -> int:
    return day.value.toordinal() if day and day.precision is Precision.DAY else 0


def _add_title(found: _Found, faces: _Faces, title: _Ranked) -> None:
    """Pairs of words: the rarest with each other and with the place, and neighbours; and who may be named there."""
    table = title.table(_TITLE_WORDS)
    row, there = faces.row[: table.shape[1]], table != 0
    _add_pairs(found, row, table, _PAIR)
    found.add_placed(row, there[:_PLACED_WORDS], _PLACE, table[:_PLACED_WORDS])
    found.add(row, _key(_OWN, table[:_OWN_WORDS]), where=there[:_OWN_WORDS], kin=True)
    beside = (title.face[1:] == title.face[:-1]) & (_place(title.face)[:-1] < _NEIGHBOURS)
    one, two = title.numbers[:-1][beside], title.numbers[1:][beside]
    found.add(
        faces.row[title.face[:-1][beside]], _key(_PAIR, np.minimum(one, two), np.maximum(one, two))
    )


def _add_pairs(found: _Found, rows: Rows, table: Numbers, kind: np.uint64) -> None:
    """A key for each two different numbers that stand in one place of the tables, whichever comes first."""
    first, second = _each_two(len(table))
    one, two = table[first], table[second]
    there = (one != 0) & (two != 0) & (one != two)
    found.add(rows, _key(kind, np.minimum(one, two), np.maximum(one, two)), where=there)


@cache
def _each_two(count: int) -> tuple[Rows, Rows]:
    """Each two of so many numbers, in order."""
    return np.triu_indices(count, 1)


def _add_links(found: _Found, records: Sequence[Prepared]) -> None:
    """Who works with whom: where roles cross, both records have the link, where one names the other, its reporter."""
    links = [record.links[:_LINKS] for record in records]
    rows = found.add_each(_LINK, links, kin=True)
    found.add_each(_PARTY, [record.own_keys for record in records], kin=True)
    found.add_each(_PARTY, [record.party_keys[:_PARTIES] for record in records], kin=True)
    years = np.array([one.start.value.year if one.start else 0 for one in records], np.uint64)[rows]
    numbers = _numbers(list(chain.from_iterable(links)))
    found.add(rows, _key(_YEAR, numbers, years), where=years != 0)
    # What the reporter is called may stand in the other's text.
    own = [_two_rarest(record.own_words) for record in records]
    found.add_each(_WORD, own)
    found.add_each(_OWN, own, kin=True)


def _add_short_names(found: _Found, faces: _Faces) -> None:
    """What a programme is called for short: a part says "under DID", which the title of the programme spells out."""
    short = [_short_names(face) for face in faces.faces]
    rows = np.repeat(faces.row, [len(some) for some in short])
    found.add(rows, _key(_SHORT, _numbers(list(chain.from_iterable(short)))), kin=True)


def _short_names(face: Face) -> list[str]:
    """The words in capitals of a text, and the initials of its title, with and without those of its last word."""
    names = sorted([word for word in face.capitals if len(word) >= _SHORTEST])[:_SHORT_NAMES]
    if not _SHORTEST <= len(face.title_words) <= _LONGEST_SHORT:
        return names
    initials = "".join([word[0] for word in face.title_words])
    return [*names, *(one for one in (initials, initials[:-1]) if len(one) >= _SHORTEST)]


@lru_cache(maxsize=10_000)
def _two_rarest(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=_rarest)[:2])


def _rarest(word: str) -> tuple[float, int, str]:
    return -frozen().of_word(word), -len(word), word


def _add_words(found: _Found, faces: _Faces) -> None:
    # Common words cannot be among the rarest of a text of any length.
    words = _Ranked(faces, [face.text_words for face in faces.faces], above=_COMMON)
    first = words.first(_RARE_WORDS)
    found.add(faces.row[words.face[first]], _key(_WORD, words.numbers[first]))


def _add_spelling(found: _Found, faces: _Faces, title: _Ranked) -> None:
    """Keys that outlive a typing error: words by their first letters and consonants."""
    first = title.first(_SPELLED_WORDS)
    spelled = np.array([_SPELLINGS[title.words[at]] for at in first.tolist()], np.uint64).reshape(
        -1, 3
    )
    table = np.zeros((3, _SPELLED_WORDS, len(faces.faces)), np.uint64)
    table[:, _place(title.face[first]), title.face[first]] = spelled.T
    begins, sounds, shorter = table
    found.add(faces.row, _key(_BEGIN, begins), where=begins != 0)
    _add_pairs(found, faces.row, sounds, _SOUND)
    _add_pairs(found, faces.row, shorter, _BEGIN)


def _spelling(word: str) -> tuple[int, int, int]:
    """The numbers of a word's first five letters, of its consonants and of its first four letters."""
    if len(word) <= 2:
        return 0, 0, 0
    begin = NUMBERS[word[:5]] if len(word) > 5 else 0
    return begin, NUMBERS[_skeleton(word)], NUMBERS[word[:4]]


_SPELLINGS: Final = Remembered(_spelling)


def _skeleton(word: str) -> str:
    kept = word[0]
    for sign in word[1:]:
        if sign not in "aeiouyhw" and sign != kept[-1]:
            kept += sign
    return kept[:5]


def _add_runs(found: _Found, faces: _Faces) -> None:
    """The few of all runs of four words whose numbers are smallest: near copies share most of them."""
    sizes = np.array([len(face.ordered) for face in faces.faces], np.int64)
    words = _numbers(list(_chained(face.ordered for face in faces.faces)))
    if len(words) < _RUN:
        return
    last = len(words) - _RUN + 1
    face = np.repeat(np.arange(len(sizes)), sizes)
    mixed = sum(
        (words[at : last + at] * odd for at, odd in enumerate(_ODD)), np.zeros(last, np.uint64)
    )
    inside = face[:last] == face[_RUN - 1 :]
    mixed, face = mixed[inside], face[:last][inside]
    order = np.lexsort((mixed, face))
    mixed, face = mixed[order], face[order]
    fresh = np.ones(len(mixed), bool)
    fresh[1:] = (mixed[1:] != mixed[:-1]) | (face[1:] != face[:-1])
    mixed, face = mixed[fresh], face[fresh]
    few = _place(face) < _SHINGLES
    found.add(faces.row[face[few]], _ordinary(mixed[few]))


def _chained(rows: Iterable[Sequence[str]]) -> Iterable[str]:
    return chain.from_iterable(rows)
