"""Countries: known codes, and the countries that a text names in one of the six UN languages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from babel import Locale

from tacoord.matching.words import split

_LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")
_LONGEST_NAME = 6
# Names that texts use and Babel does not give, or gives with a bracket or an "and".
_OTHER_NAMES = {
    "BA": ("bosnia", "bosnie"),
    "BO": ("plurinational state of bolivia",),
    "BY": ("byelorussia",),
    "CD": (
        "drc",
        "dr congo",
        "democratic republic of the congo",
        "democratic republic of congo",
        "rdc",
        "zaire",
    ),
    "CG": ("republic of the congo", "congo brazzaville"),
    "CI": ("ivory coast", "cote divoire"),
    "CV": ("cape verde",),
    "CZ": ("czech republic",),
    "FM": ("federated states of micronesia",),
    "GM": ("the gambia",),
    "IR": ("islamic republic of iran",),
    "KG": ("kyrgyz republic", "kirghizia"),
    "KP": ("dprk", "democratic peoples republic of korea"),
    "KR": ("republic of korea",),
    "LA": ("lao", "lao pdr", "lao peoples democratic republic"),
    "MD": ("republic of moldova",),
    "MK": ("macedonia", "fyrom"),
    "MM": ("burma",),
    "PS": (
        "palestine",
        "west bank and gaza",
        "west bank",
        "gaza",
        "occupied palestinian territory",
    ),
    "RU": ("russian federation",),
    "ST": ("sao tome",),
    "SY": ("syrian arab republic",),
    "SZ": ("swaziland",),
    "TL": ("east timor",),
    "TR": ("turkiye",),
    "TZ": ("united republic of tanzania",),
    "VE": ("bolivarian republic of venezuela",),
    "VN": ("viet nam",),
    "XK": ("kosovo",),
}
# Donors name themselves in titles far more often than they mean the place.
_NOT_IN_TEXTS = frozenset({"US", "GB", "UM", "AQ"})


@cache
def country_codes() -> frozenset[str]:
    """Every ISO 3166 alpha-2 code (with XK, which registers use for Kosovo)."""
    territories = map(str, Locale("en").territories)
    groups = {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"}
    return frozenset(code for code in territories if len(code) == 2 and code.isalpha()) - groups


def is_country(code: str) -> bool:
    """Whether `code` (upper case) is a country's."""
    return code in country_codes()


@cache
def _names() -> dict[tuple[str, ...], str]:
    """The words of each name, split as texts are, with its code."""
    names: dict[tuple[str, ...], str] = {}
    for language in _LANGUAGES:
        territories = Locale(language).territories
        for code in sorted(country_codes()):
            names.setdefault(tuple(split(territories.get(code, ""))), code)
    for code, texts in _OTHER_NAMES.items():
        names.update({tuple(split(text)): code for text in texts})
    return {
        words: code
        for words, code in names.items()
        if words and len("".join(words)) > 2 and code not in _NOT_IN_TEXTS
    }


@cache
def _first_words() -> frozenset[str]:
    return frozenset(words[0] for words in _names())


def single_words() -> set[str]:
    """The words that are the whole name of a country."""
    return {words[0] for words in _names() if len(words) == 1}


def countries_in(words: Sequence[str]) -> set[str]:
    """The countries that a text names; `words` as `words.split` gives them.

    The longest name wins, so that "Papua New Guinea" is not also Guinea.
    """
    names, first = _names(), _first_words()
    found: set[str] = set()
    at = 0
    while at < len(words):
        step = 1
        if words[at] in first:
            for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
                code = names.get(tuple(words[at : at + length]))
                if code:
                    found.add(code)
                    step = length
                    break
        at += step
    return found
