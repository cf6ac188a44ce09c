"""How organisations are recognised: identifiers, names and acronyms made comparable, and the ones known beforehand."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tacoord.matching import names as matching_names
from tacoord.matching.words import normalise
from tacoord.paths import DATA

LONGEST_KEY: Final = 500
_FILLERS: Final = frozenset(
    "the of for and on in to a an de la le les des du et pour el los las y para del d l "
    "ltd limited inc llc plc gmbh ev corp".split()
)
_WORD: Final = re.compile(r"[^\W_]+")
_ACRONYM: Final = re.compile(r"[A-Z][A-Za-z]{0,2}[A-Z]{1,8}|[A-Z]{2,10}|[A-Z]{2,8}-[A-Z]{2,8}")
_NO_ACRONYMS: Final = frozenset("UK US USA EU UN UAE NGO INGO CSO AND OF GOV TBC TBD NA".split())
_BRACKET: Final = re.compile(r"(.+?)\s*[(\[]([^()\[\]]+)[)\]]")
_DASH: Final = re.compile(r"(.+?)(?:\s+[-–—|/]\s+|\s*[|;]\s*)(.+)")
_NOT_OF_AN_IDENTIFIER: Final = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Keys:
    """By what a mention of an organisation may be found: surest first.

    identifier: None where there is none, or one that names no single organisation. known: the code of an organisation
    known beforehand. names: whole names and their halves beside an acronym. acronyms: written ones only.
    """

    identifier: str | None
    known: str | None
    names: tuple[str, ...]
    acronyms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownOrganisation:
    """An organisation that tacoord knows from the start; the first name is its own."""

    code: str
    identifiers: tuple[str, ...]
    names: tuple[str, ...]


def keys_of(name: str, ref: str | None = None) -> Keys:
    """The keys of an organisation as a record mentions it."""
    halves = [name, *_beside_acronym(name)]
    identifier = identifier_key(ref)
    names = tuple(dict.fromkeys(key for key in map(name_key, halves) if key))
    by_identifier, by_name = _known_keys()
    known = by_identifier.get(identifier or "")
    return Keys(
        identifier=identifier,
        known=known or next((by_name[key] for key in names if key in by_name), None),
        names=names,
        acronyms=tuple(dict.fromkeys(acronym_key(half) for half in halves if is_acronym(half))),
    )


def is_acronym(text: str) -> bool:
    """Whether `text` is written as an acronym: capitals in one word, and no name of a place or a kind."""
    text = text.strip()
    return bool(_ACRONYM.fullmatch(text)) and text not in _NO_ACRONYMS


def identifier_key(ref: str | None) -> str | None:
    """The identifier made comparable (`XM-DAC-41128` and `41128` are one), or None where it names nobody."""
    if not ref:
        return None
    known = matching_names.ref_key(ref)
    plain = _NOT_OF_AN_IDENTIFIER.sub("", ref.upper())
    if known is None and (plain.isdigit() or plain.startswith("XMDAC") or len(plain) < 3):
        return None
    names_somebody = any(sign.isdigit() for sign in plain) or ref.count("-") > 1
    return (known or plain).removeprefix("ref:")[:LONGEST_KEY] if names_somebody else None


def name_key(name: str) -> str:
    """The name made comparable: small letters, no diacritics, no articles and legal forms; every other word counts."""
    words = _WORD.findall(normalise(name).replace("'", ""))
    return " ".join([word for word in words if word not in _FILLERS] or words)[:LONGEST_KEY]


def acronym_key(acronym: str) -> str:
    """The acronym in small letters."""
    return acronym.strip().lower()[:LONGEST_KEY]


@cache
def known_organisations() -> Mapping[str, KnownOrganisation]:
    """The organisations known from the start, by code."""
    path = DATA / "matching" / "organisations.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: KnownOrganisation(
                row["code"],
                tuple(filter(None, row["refs"].split("|"))),
                tuple(row["names"].split("|")),
            )
            for row in csv.DictReader(file)
        }


@cache
def _known_keys() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The codes of the known organisations by their comparable identifiers, and by their comparable names."""
    by_identifier: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for known in known_organisations().values():
        for key in filter(None, map(identifier_key, known.identifiers)):
            by_identifier.setdefault(key, known.code)
        for name in known.names:
            by_name.setdefault(name_key(name), known.code)
    return by_identifier, by_name


def _beside_acronym(name: str) -> Iterator[str]:
    """Both halves of "Name (ACR)", "ACR - Name" and "Name - ACR"; a bracket with a place stays part of the name."""
    for pattern in (_BRACKET, _DASH):
        found = pattern.fullmatch(name.strip())
        if found and any(map(is_acronym, found.groups())):
            yield from found.groups()
