"""Texts made comparable for search: without case, diacritics and markup, in every script."""

import re
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.orm import InstrumentedAttribute

from tacoord.matching.words import normalise

LONGEST_SEARCH_TEXT: Final = 20_000
MOST_WORDS: Final = 12
_WORD: Final = re.compile(r"[\w%]+")


def searchable(texts: Iterable[str | None]) -> str:
    """Some texts as one that can be searched; a text that stands in another is not repeated."""
    kept: list[str] = []
    for text in texts:
        plain = " ".join(normalise(text).split()) if text else ""
        if plain and plain not in kept:
            kept.append(plain)
    return " | ".join(kept)[:LONGEST_SEARCH_TEXT]


def search_words(typed: str) -> list[str]:
    """The words of what somebody typed into a search box, normalised; at most `MOST_WORDS`.

    Other signs stand between words; where nothing but signs is typed, they are what is looked for.
    """
    plain = normalise(typed)
    return list(dict.fromkeys(_WORD.findall(plain) or plain.split()))[:MOST_WORDS]


def has_words(column: InstrumentedAttribute[Any], typed: str) -> ColumnElement[bool]:
    """Rows whose searchable `column` holds every word typed, each anywhere in it; all rows where none is typed."""
    return and_(true(), *(column.contains(word, autoescape=True) for word in search_words(typed)))
