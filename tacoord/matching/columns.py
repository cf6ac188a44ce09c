"""Many prepared records as columns of numbers, so that thousands of pairs are compared at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.facts import Day, Precision
from tacoord.matching.prepared import Prepared
from tacoord.matching.rarity import BUCKETS, Rarity
from tacoord.matching.sets import (
    Sets,
    Texts,
    joined_starts,
    starts_of,
    starts_of_sizes,
)
from tacoord.matching.words import number_of

_WORDS_OF_FACES = ("title_words", "text_words", "phases", "numbers", "codes")
_WORDS_OF_RECORDS = (
    "countries", "own_words", "sectors", "themes", "main_identifier", "identifiers", "named",
)  # fmt: skip
_NO_DAY = np.iinfo(np.int32).min
_PRECISIONS = {Precision.DAY: 0, Precision.MONTH: 1, Precision.YEAR: 2}

Ints = NDArray[np.int32]


@dataclass(slots=True)
class Columns:
    """The columns of some records; `face_of` says where each record's faces begin."""

    ids: list[str]
    public: NDArray[np.bool_]
    face_of: NDArray[np.int64]
    language: Ints
    script: Ints
    titles: Texts
    texts: Texts
    title_words: Sets
    text_words: Sets
    phases: Sets
    piece: NDArray[np.bool_]
    numbers: Sets
    codes: Sets
    countries: Sets
    countries_told: NDArray[np.bool_]
    reporter: Sets
    funders: Sets
    doers: Sets
    parties_told: NDArray[np.bool_]
    own_words: Sets
    sectors: Sets
    themes: Sets
    main_identifier: Sets
    identifiers: Sets
    named: Sets
    start: Ints
    start_precision: Ints
    end: Ints
    end_precision: Ints
    dates_weak: NDArray[np.bool_]
    amount: NDArray[np.float64]
    currency: Ints
    dollars: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, records: Sequence[Prepared]) -> Columns:
        """Out of prepared records, in their order."""
        faces = [face for record in records for face in record.faces]
        of_words = Sets.of_columns(
            [[getattr(face, name) for face in faces] for name in _WORDS_OF_FACES]
            + [[getattr(record, name) for record in records] for name in _WORDS_OF_RECORDS]
        )
        return cls(
            ids=[record.facts.id for record in records],
            public=np.array([record.facts.public for record in records], dtype=bool),
            face_of=starts_of([record.faces for record in records]),
            language=_numbered([face.language for face in faces]),
            script=_numbered([face.script for face in faces]),
            titles=Texts.of([face.title for face in faces]),
            texts=Texts.of([face.text for face in faces]),
            piece=np.array([face.piece for face in faces], dtype=bool),
            countries_told=np.array([record.countries_told for record in records], dtype=bool),
            reporter=Sets.sured([record.reporter for record in records]),
            funders=Sets.sured([record.funders for record in records]),
            doers=Sets.sured([record.doers for record in records]),
            parties_told=np.array([record.parties_told for record in records], dtype=bool),
            start=_days([record.start for record in records]),
            start_precision=_precisions([record.start for record in records]),
            end=_days([record.end for record in records]),
            end_precision=_precisions([record.end for record in records]),
            dates_weak=np.array([record.dates_weak for record in records], dtype=bool),
            amount=_amounts([record.amount for record in records]),
            currency=_numbered([record.currency for record in records]),
            dollars=_amounts([record.dollars for record in records]),
            **dict(zip((*_WORDS_OF_FACES, *_WORDS_OF_RECORDS), of_words, strict=True)),
        )

    def taken(self, rows: NDArray[np.int64]) -> Columns:
        """Only these rows, in this order."""
        if len(rows) == len(self) and (rows == np.arange(len(rows))).all():
            return self
        counts = np.diff(self.face_of)[rows]
        ends = starts_of_sizes(counts)
        faces = np.repeat(self.face_of[:-1][rows] - ends[:-1], counts) + np.arange(int(ends[-1]))
        names = [field.name for field in fields(self) if field.name != "face_of"]
        values = {
            name: _taken(getattr(self, name), faces if name in _BY_FACE else rows) for name in names
        }
        return replace(self, face_of=ends, **values)

    def word_counts(self, rows: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """In how many faces the words of each bucket stand, for `rarity.adapted`; of all records, or of `rows`."""
        members = self.text_words.members
        if rows is not None:
            faces = np.repeat(rows, np.diff(self.face_of))
            members = members[np.repeat(faces, self.text_words.sizes())]
        return np.bincount(members & (BUCKETS - 1), minlength=BUCKETS)


_BY_FACE = frozenset({"language", "script", "titles", "texts", "piece", *_WORDS_OF_FACES})


def _taken(values: Any, rows: NDArray[np.int64]) -> Any:
    if isinstance(values, list):
        return [values[row] for row in rows]
    return values.taken(rows) if isinstance(values, Sets | Texts) else values[rows]


def joined(parts: list[Columns]) -> Columns:
    """The columns of several chunks one after the other; those are emptied, so that nothing stands there twice."""
    if len(parts) == 1:
        return parts[0]
    values = {}
    for field in fields(Columns):
        values[field.name] = _joined([getattr(part, field.name) for part in parts], field.name)
        for part in parts:
            setattr(part, field.name, None)
    return Columns(**values)


def _joined(values: list[Any], name: str) -> Any:
    first = values[0]
    if isinstance(first, list):
        return [one for value in values for one in value]
    if isinstance(first, Sets | Texts):
        return type(first).joined(values)
    return joined_starts(values) if name == "face_of" else np.concatenate(values)


def _numbered(texts: Sequence[str | None]) -> Ints:
    """A number for each text, the same in every process; 0 for none."""
    return np.array([number_of(text) if text else 0 for text in texts], dtype=np.int32)


def _days(days: Sequence[Day | None]) -> Ints:
    return np.array([day.value.toordinal() if day else _NO_DAY for day in days], dtype=np.int32)


def _precisions(days: Sequence[Day | None]) -> Ints:
    return np.array([_PRECISIONS[day.precision] if day else 0 for day in days], dtype=np.int32)


def _amounts(amounts: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if amount is None else amount for amount in amounts], dtype=np.float64)


# How a word of a text stands in the left and in the right one of two texts: their product says in which titles it is.
_IN_TITLE = (np.float32(2), np.float32(4))


@dataclass(slots=True)
class Weighted:
    """Words of columns under one rarity: what text comparison reads.

    texts: rows by words, for the left and for the right one of a pair; 1, or 2 and 4 for a word of the title.
    """

    rarity: Rarity
    texts: tuple[Sets, Sets]
    title_square: NDArray[np.float32]
    title_mass: NDArray[np.float32]
    title_rare: NDArray[np.float32]
    text_square: NDArray[np.float32]
    short: NDArray[np.bool_]

    @classmethod
    def of(cls, columns: Columns, rarity: Rarity) -> Weighted:
        """Weigh every word of every face."""
        title, text = columns.title_words, columns.text_words
        weights, texts = rarity.of(title.members), rarity.of(text.members)
        inside = _in_title(columns.title_words, columns.text_words)
        one, two = (
            Sets(text.starts, text.members, np.where(inside, much, np.float32(1)))
            for much in _IN_TITLE
        )
        return cls(
            rarity,
            (one, two),
            _sums(title, weights**2),
            _sums(title, weights),
            _sums(title, rarity.names(title.members)),
            _sums(text, texts**2),
            columns.texts.there(),
        )


def in_titles(marks: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether words are in the left and in the right title, by the products of `Weighted.texts`."""
    left, right = _IN_TITLE
    return (marks == left) | (marks == left * right), marks >= right


def _in_title(titles: Sets, texts: Sets) -> NDArray[np.bool_]:
    """Which words of each text are in its title."""
    title, text = titles.coded(), texts.coded()
    place = np.searchsorted(title, text)
    place[place == len(title)] = 0
    inside: NDArray[np.bool_] = title[place] == text if len(title) else np.zeros(len(text), bool)
    return inside


def _sums(sets: Sets, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of the values of each row's members."""
    ends = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    sums: NDArray[np.float32] = (ends[sets.starts[1:]] - ends[sets.starts[:-1]]).astype(np.float32)
    return sums


def has_day(days: Ints) -> NDArray[np.bool_]:
    """Which days are known."""
    known: NDArray[np.bool_] = days != _NO_DAY
    return known
