"""The words that invented projects are made of, read from the package's data."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tacoord import paths

_FILE: Final = paths.DATA / "demo" / "words.json"


@dataclass(frozen=True, slots=True)
class Theme:
    """One kind of work: its codes, its name in three languages, and the same in other English words."""

    pillar: str
    measure: str
    kind: str
    target: str
    exploitation: str
    sector: str
    en: str
    fr: str
    es: str
    likewise: str


@dataclass(frozen=True, slots=True)
class InventedOrganisation:
    """An organisation that does not exist. part: donor, agency, ngo or government (with its country)."""

    code: str
    name: str
    type: str
    acronym: str
    part: str
    country: str | None = None


@cache
def read_words() -> dict[str, Any]:
    """The whole file."""
    words: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return words


@cache
def themes() -> tuple[Theme, ...]:
    """All kinds of work, in the order of the file."""
    return tuple(Theme(**each) for each in read_words()["themes"])


@cache
def organisations(part: str | None = None) -> tuple[InventedOrganisation, ...]:
    """The invented organisations, of one part or all, in the order of the file."""
    rows = (InventedOrganisation(*row) for row in read_words()["organisations"])
    return tuple(row for row in rows if part in (None, row.part))
