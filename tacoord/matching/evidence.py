"""What speaks for and against a pair, feature by feature; what is unknown is neither.

Each feature is a number from -1 (speaks against) over 0 (neither) to 1 (speaks for); NaN is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from tacoord.matching.columns import Columns, Weighted, has_day, in_titles
from tacoord.matching.parties import party_features
from tacoord.matching.rarity import Rarity, rare_part
from tacoord.matching.sets import Sets, Texts
from tacoord.matching.shared import Floats, Rows, Shared, sums_of, where_known

FEATURES: Final = (
    "title_words",
    "title_spelling",
    "title_contained",
    "title_names",
    "no_title",
    "text_words",
    "text_spelling",
    "rare_words",
    "phase",
    "component",
    "numbers",
    "codes",
    "amount",
    "part_of_amount",
    "start",
    "end",
    "period",
    "nested",
    "countries",
    "reporter",
    "crossing",
    "same_role",
    "partners",
    "strangers",
    "named",
    "sectors",
    "themes",
    "copy",
    "identifier",
)

# Below the first number a likeness speaks against, above the second it speaks fully for.
_TITLE_WORDS = (0.35, 0.95)
_TITLE_SPELLING = (0.62, 0.97)
_CONTAINED = (0.5, 1.0)
_TEXT_WORDS = (0.2, 0.7)
_TEXT_SPELLING = (0.62, 0.95)
# The weight of all words of a title from which on it tells fully.
_TELLING = 1.5
_SAME_TEXT = 0.999
# What texts in two languages do not share speaks neither for nor against; names that they share speak for the pair.
_OF_LANGUAGE: Final = (
    "title_words", "title_spelling", "title_contained", "title_names", "text_words", "text_spelling",
)  # fmt: skip
# By how exactly the less exact of two days is known: to the day, the month, the year.
_SLACK = np.array([0, 31, 365])
_MOST_OF_DAYS = np.array([1.0, 0.7, 0.35])
# Amounts that agree after conversion agree in some per cent, not to the cent.
_CONVERTED = 0.75


def features(columns: Columns, weighted: Weighted, left: Rows, right: Rows) -> Floats:
    """The features of pairs of rows: one row for each pair, one column for each of FEATURES.

    Symmetric: the same numbers for (left, right) and (right, left).
    """
    table = np.full((len(left), len(FEATURES)), np.nan, dtype=np.float32)
    at = {name: index for index, name in enumerate(FEATURES)}
    for compared in COMPARISONS.values():
        for name, values in compared(columns, weighted, left, right).items():
            table[:, at[name]] = values
    table[:, at["copy"]] = _copy(
        columns, {name: table[:, at[name]] for name in FEATURES}, left, right
    )
    return table


def _text_features(
    columns: Columns, weighted: Weighted, left: Rows, right: Rows
) -> dict[str, Floats]:
    """Over all combinations of faces the best-fitting one, feature by feature."""
    first, second, pair_starts = _face_pairs(columns, left, right)
    found = _face_features(columns, weighted, first, second)
    if pair_starts is not None:
        found = {name: np.fmax.reduceat(values, pair_starts) for name, values in found.items()}
    # Where both are called components, or neither is, that says nothing.
    found["component"] = np.where(found["component"] < 0, found["component"], np.nan)
    # Then the rest must fit the more closely. Titles in two languages that share words are compared by these.
    incomparable = np.isnan(found["title_words"])
    found["no_title"] = np.where(incomparable, np.float32(-1), np.nan)
    found["title_spelling"] = np.where(incomparable, np.nan, found["title_spelling"])
    return found


def _face_pairs(columns: Columns, left: Rows, right: Rows) -> tuple[Rows, Rows, Rows | None]:
    """Rows of faces to compare, and where each pair's combinations begin (None where all have one face)."""
    faces = np.diff(columns.face_of)
    n, m = faces[left], faces[right]
    if (n == 1).all() and (m == 1).all():
        return columns.face_of[left], columns.face_of[right], None
    combinations = n * m
    ends = np.cumsum(combinations)
    starts = ends - combinations
    pair = np.repeat(np.arange(len(left)), combinations)
    within = np.arange(int(ends[-1]) if len(ends) else 0) - starts[pair]
    return (
        columns.face_of[left][pair] + within // m[pair],
        columns.face_of[right][pair] + within % m[pair],
        starts,
    )


def _face_features(
    columns: Columns, weighted: Weighted, first: Rows, second: Rows
) -> dict[str, Floats]:
    titled = (weighted.title_mass[first] > 0) & (weighted.title_mass[second] > 0)
    more = _tells_more(columns, first), _tells_more(columns, second)
    worded = (weighted.text_square[first] > 0) & (weighted.text_square[second] > 0)
    # Two titles alone are not compared once more as texts.
    texted = worded & (more[0] | more[1])
    words = _Words.of(weighted, first, second)
    title = words.cosine(words.left & words.right, weighted.title_square)
    text = words.cosine(np.ones(len(words.weight), bool), weighted.text_square)
    spelled = _spelled(columns.titles, first, second)
    short = weighted.short[first] & weighted.short[second]
    written = np.zeros(len(first), np.float32)
    written[short] = _spelled(columns.texts, first[short], second[short])
    forward = words.contained(words.left, weighted, first)
    back = words.contained(words.right, weighted, second)
    contained = np.maximum(forward[0], back[0])
    same_text = (text > _SAME_TEXT) | ~(more[0] & more[1])
    mass = np.minimum(weighted.title_mass[first], weighted.title_mass[second])
    told = np.clip(mass / _TELLING, 0, 1)
    foreign = _foreign(columns, first, second)
    found = {
        "title_words": where_known(titled, _telling(_around(title, *_TITLE_WORDS), told)),
        "title_spelling": where_known(titled, _telling(_around(spelled, *_TITLE_SPELLING), told)),
        "title_contained": where_known(
            titled & texted, _telling(_around(contained, *_CONTAINED), told)
        ),
        # Names and other rare words of both titles of which the other side knows none.
        "title_names": _telling(
            (2 * np.fmax(forward[1], back[1]) - 1) + 0 * (forward[1] + back[1]),
            np.clip(np.minimum(weighted.title_rare[first], weighted.title_rare[second]), 0, 1),
        ),
        "text_words": where_known(texted, _around(text, *_TEXT_WORDS)),
        "text_spelling": where_known(short, _around(written, *_TEXT_SPELLING)),
        "rare_words": where_known(worded, words.rare(weighted.rarity)),
        # What is left of it stands in `_copy`.
        "copy": where_known(titled & (spelled == 1) & same_text, np.ones(len(first), np.float32)),
        "phase": _agreement(columns.phases, first, second),
        # One is called a component, the other is not: the part and the whole, where they belong together. In one
        # language both are or are not (0), whatever the other language does without such a word.
        "component": where_known(
            titled & ~foreign, -(columns.piece[first] != columns.piece[second]).astype(np.float32)
        ),
        "numbers": _agreement(columns.numbers, first, second),
        "codes": _agreement(columns.codes, first, second),
    }
    for name in _OF_LANGUAGE if foreign.any() else ():
        found[name] = np.where(foreign & (found[name] < 0), np.float32(np.nan), found[name])
    return found


def _foreign(columns: Columns, first: Rows, second: Rows) -> NDArray[np.bool_]:
    """Whether two faces are in two languages, or in two scripts: then other words do not mean another activity."""
    foreign = np.zeros(len(first), bool)
    for kind in (columns.language, columns.script):
        one, two = kind[first], kind[second]
        foreign |= (one != two) & (one != 0) & (two != 0)
    return foreign


def _tells_more(columns: Columns, faces: Rows) -> NDArray[np.bool_]:
    """Whether the text of a face says more than its title."""
    more: NDArray[np.bool_] = columns.text_words.sizes_of(faces) > columns.title_words.sizes_of(
        faces
    )
    return more


def _copy(columns: Columns, found: dict[str, Floats], left: Rows, right: Rows) -> Floats:
    """1 where one organisation says the same twice: one title, and nothing else that both say differs; else unknown.

    Two identifiers of its own say that the organisation means two activities.
    """
    copied = (found["copy"] == 1) & (found["reporter"] == -1)
    for name in (
        "phase",
        "numbers",
        "codes",
        "amount",
        "start",
        "end",
        "countries",
        "sectors",
        "themes",
    ):
        copied &= ~(found[name] < 1)
    copied &= ~(found["partners"] < 0)
    main = columns.main_identifier
    copied &= (main.sizes_of(left) == 0) | (main.sizes_of(right) == 0)
    return where_known(copied, np.ones(len(left), np.float32))


def _spelled(texts: Texts, first: Rows, second: Rows) -> Floats:
    """How alike two texts are written, 0..1."""
    left, right = texts.listed(first), texts.listed(second)
    alike = process.cpdist(left, right, scorer=fuzz.ratio, dtype=np.float32, workers=1)
    return alike / np.float32(100)


def _telling(likeness: Floats, told: Floats) -> Floats:
    """Agreement of titles counts less, the less they say: any two may be called "Emergency response"."""
    return np.where(likeness > 0, likeness * told, likeness)


def _around(values: Floats, pivot: float, top: float) -> Floats:
    """A likeness of 0..1 as -1..1: 0 at the pivot, 1 from `top` on, straight between."""
    above = (values - pivot) / (top - pivot)
    below = (values - pivot) / pivot
    return np.clip(np.where(values >= pivot, above, below), -1, 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words that the texts of each pair share. left, right: whether a word is in that title."""

    first: Rows
    second: Rows
    shared: Shared
    weight: Floats
    name: Floats
    left: NDArray[np.bool_]
    right: NDArray[np.bool_]

    @classmethod
    def of(cls, weighted: Weighted, first: Rows, second: Rows) -> _Words:
        shared = Shared.of(*weighted.texts, first, second)
        weight, name = weighted.rarity.of(shared.members), weighted.rarity.names(shared.members)
        return cls(first, second, shared, weight, name, *in_titles(shared.values))

    def cosine(self, which: NDArray[np.bool_], square: Floats) -> Floats:
        """How alike the texts are by some of the words."""
        both = np.sqrt(square[self.first] * square[self.second])
        return self._sums(np.where(which, self.weight**2, 0)) / np.where(both > 0, both, 1)

    def contained(
        self, which: NDArray[np.bool_], weighted: Weighted, title: Rows
    ) -> tuple[Floats, Floats]:
        """How much of the weight of the one title the other's whole text has, and how much of its rare words.

        The second is NaN for a title without rare words.
        """
        square, rare = weighted.title_square[title], weighted.title_rare[title]
        whole = self._sums(np.where(which, self.weight**2, 0)) / np.where(square > 0, square, 1)
        few = self._sums(np.where(which, self.name, 0)) / np.where(rare > 0, rare, 1)
        return whole, where_known(rare > 0, np.minimum(few, 1))

    def rare(self, rarity: Rarity) -> Floats:
        """Words that few records have and both of these have: 0 for none, near 1 for several."""
        many = self._sums(rare_part(rarity.of_subjects(self.shared.members)) ** 2)
        return np.asarray(1 - np.exp(-many / 1.5), dtype=np.float32)

    def _sums(self, values: Floats) -> Floats:
        return self.shared.sums(values)


def _counts(first: Sets, second: Sets, left: Rows, right: Rows) -> tuple[Floats, Floats, Floats]:
    """How many members two rows share, and how many each has."""
    n, m = first.sizes_of(left), second.sizes_of(right)
    shared = sums_of(first, second, left, right, (n > 0) & (m > 0))
    return shared, n.astype(np.float32), m.astype(np.float32)


def _agreement(sets: Sets, first: Rows, second: Rows) -> Floats:
    """1 where the smaller set is within the larger, -1 where both have members and share none."""
    shared, n, m = _counts(sets, sets, first, second)
    smaller = np.minimum(n, m)
    return where_known(smaller > 0, 2 * shared / np.where(smaller > 0, smaller, 1) - 1)


def _overlap(sets: Sets, left: Rows, right: Rows) -> Floats:
    """As `_agreement`, half by the smaller set and half by both together."""
    shared, n, m = _counts(sets, sets, left, right)
    smaller, union = np.minimum(n, m), n + m - shared
    known = smaller > 0
    inner = shared / np.where(known, smaller, 1)
    outer = shared / np.where(known, union, 1)
    return where_known(known, np.where(shared > 0, (inner + outer) / 2, -1))


def _subject(sets: Sets, left: Rows, right: Rows) -> Floats:
    """As `_overlap`, but straight from -1 to 1: one pillar with two other measures speaks neither for nor against."""
    overlap = _overlap(sets, left, right)
    return 2 * np.maximum(overlap, 0) - 1


def _money_features(columns: Columns, _: Weighted, left: Rows, right: Rows) -> dict[str, Floats]:
    one, two = columns.amount[left], columns.amount[right]
    same = (columns.currency[left] == columns.currency[right]) & np.isfinite(one) & np.isfinite(two)
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = np.abs(np.log(one / two))
        # A rate of the year is some per cent away from that of the day.
        converted = np.maximum(
            np.abs(np.log(columns.dollars[left] / columns.dollars[right])) - 0.03, 0
        )
    gap = np.where(same, plain, converted)
    known = np.isfinite(gap)
    gap = np.where(known, gap, 0.0)
    likeness = np.interp(
        gap, [0.0, 0.01, 0.05, 0.2, 0.5, 1.2, 3.0], [1.0, 0.9, 0.65, 0.3, 0.0, -0.5, -1.0]
    )
    likeness = np.where(same, likeness, np.minimum(likeness, _CONVERTED))
    part = np.interp(gap, [0.0, 0.3, 1.0, 3.0], [0.0, 0.0, 0.6, 1.0])
    return {
        "amount": where_known(known, likeness.astype(np.float32)),
        "part_of_amount": where_known(known, part.astype(np.float32)),
    }


def _date_features(columns: Columns, _: Weighted, left: Rows, right: Rows) -> dict[str, Floats]:
    mixed = columns.dates_weak[left] | columns.dates_weak[right]
    weak = np.where(mixed, 0.3, 1.0)
    start = _day_likeness(columns.start, columns.start_precision, left, right) * weak
    end = _day_likeness(columns.end, columns.end_precision, left, right) * weak
    # An end before the start spans no time, within which another could lie.
    period = where_known(~mixed, _period(columns, left, right))
    nested = where_known(~mixed, _nested(columns, left, right))
    return {"start": start, "end": end, "period": period, "nested": nested}


def _day_likeness(
    days: NDArray[np.int32], precision: NDArray[np.int32], left: Rows, right: Rows
) -> Floats:
    one, two = days[left], days[right]
    known = has_day(one) & has_day(two)
    # A year says "some day of it": the gap is what lies surely between, and agreement says less.
    coarse = np.maximum(precision[left], precision[right])
    slack, most = _SLACK[coarse], _MOST_OF_DAYS[coarse]
    gap = np.maximum(np.abs(one.astype(np.int64) - two) - slack, 0)
    likeness = np.interp(
        gap, [0, 1, 15, 60, 200, 400, 1100], [1.0, 0.9, 0.6, 0.35, 0.0, -0.4, -1.0]
    )
    return where_known(known, np.minimum(likeness, most).astype(np.float32))


def _period(columns: Columns, left: Rows, right: Rows) -> Floats:
    """The share of the shorter period in which both run, as -1..1; apart from each other it is -1."""
    known = np.ones(len(left), dtype=bool)
    for days in (columns.start, columns.end):
        known &= has_day(days[left]) & has_day(days[right])
    starts = np.maximum(columns.start[left], columns.start[right]).astype(np.int64)
    ends = np.minimum(columns.end[left], columns.end[right]).astype(np.int64)
    lengths = [
        columns.end[side].astype(np.int64) - columns.start[side] + 1 for side in (left, right)
    ]
    shorter = np.maximum(np.minimum(*lengths), 1)
    share = np.clip((ends - starts + 1) / shorter, 0, 1)
    return where_known(known, (2 * share - 1).astype(np.float32))


def _nested(columns: Columns, left: Rows, right: Rows) -> Floats:
    """1 where one runs within the time of the other, 0 where a year of it lies outside, -1 from some four years on.

    A record of which only one day is known lies where that day is; the time of the other must be known.
    """
    least = np.fmin(_days_outside(columns, left, right), _days_outside(columns, right, left))
    known = np.isfinite(least)
    nested = np.interp(np.where(known, least, 0), [0, 60, 365, 1500], [1.0, 0.8, 0.0, -1.0])
    return where_known(known, nested)


def _days_outside(columns: Columns, inner: Rows, outer: Rows) -> Floats:
    """How many days of the inner record's time lie before or after the outer one's; NaN where that is not known."""
    start, end = columns.start[inner], columns.end[inner]
    first = np.where(has_day(start), start, end).astype(np.float64)
    last = np.where(has_day(end), end, start).astype(np.float64)
    begins, ends = columns.start[outer], columns.end[outer]
    known = has_day(begins) & has_day(ends) & (has_day(start) | has_day(end))
    outside = np.maximum(begins - first, 0) + np.maximum(last - ends, 0)
    return np.where(known, outside, np.nan)


def _place_features(columns: Columns, _: Weighted, left: Rows, right: Rows) -> dict[str, Floats]:
    countries = _overlap(columns.countries, left, right)
    # A country that only a text names is half as sure.
    told = columns.countries_told[left] & columns.countries_told[right]
    return {
        "countries": (countries * np.where(told, 1.0, 0.5)).astype(np.float32),
        "sectors": _overlap(columns.sectors, left, right),
        "themes": _subject(columns.themes, left, right),
    }


# What is compared, each kind on its own.
COMPARISONS: Final[Mapping[str, Callable[[Columns, Weighted, Rows, Rows], dict[str, Floats]]]] = {
    "titles and texts": _text_features,
    "money": _money_features,
    "days": _date_features,
    "countries, sectors and subjects": _place_features,
    "organisations and identifiers": party_features,
}
