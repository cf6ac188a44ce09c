"""Countries by name: what a code is called in a language, and which country a text names. Never a guess."""

import re
from functools import cache
from typing import Final

from babel import Locale

from tacoord.matching.words import normalise
from tacoord.services.terms.files import read_vocabularies

UN_LANGUAGES: Final = ("ar", "en", "es", "fr", "ru", "zh")

# What people write besides the names of Babel and the United Nations; whole texts, normalised.
_VARIANTS: Final = {
    "CD": r"(the )?(dem(\.|ocratic)? rep(\.|ublic)?( of)?( the)? congo|congo[, -]+(kinshasa|dem.*|drc)|d\.?r\.?c\.?|"
    r"dr congo|zaire|rdc|republique democratique du congo)",
    "CG": r"(the )?(rep(\.|ublic)? of( the)? congo|congo[, -]+(brazzaville|rep.*))",
    "KR": r"(the )?(rep(\.|ublic)? of korea|south korea|korea[, ]+(rep.*|south)|r\.?o\.?k\.?)",
    "KP": r"(the )?(dem(\.|ocratic)? people'?s rep(\.|ublic)? of korea|north korea|"
    r"korea[, ]+(dem.*|north)|d\.?p\.?r\.?k\.?)",
    "LA": r"(the )?(lao( people'?s democratic republic| pdr| p\.d\.r\.)?|laos)",
    "VN": r"viet ?nam|socialist republic of viet ?nam",
    "CI": r"cote d'? ?ivoire|ivory coast",
    "TZ": r"(the )?(united rep(\.|ublic)? of )?tanzania(, united rep.*)?",
    "MD": r"(the )?(rep(\.|ublic)? of )?moldova(, rep.*)?",
    "MK": r"(the )?(former yugoslav rep(\.|ublic)? of |north |republic of )?macedonia|fyrom|f\.y\.r\.o\.m\.",
    "MM": r"myanmar|burma|myanmar ?\(burma\)",
    "SZ": r"eswatini|swaziland",
    "CV": r"cabo verde|cape verde",
    "TL": r"timor[- ]leste|east timor",
    "TR": r"(the )?(rep(\.|ublic)? of )?(turkey|turkiye)",
    "CZ": r"(the )?czech(ia| rep(\.|ublic)?)",
    "RU": r"(the )?russia(n federation)?",
    "SY": r"(the )?syria(n arab rep(\.|ublic)?)?",
    "IR": r"iran(, islamic rep.*| ?\(islamic rep.*\))?|(the )?islamic rep(\.|ublic)? of iran",
    "BO": r"bolivia(, plurinational.*| ?\(plurinational.*\))?",
    "VE": r"venezuela(, bolivarian.*| ?\(bolivarian.*\))?",
    "PS": r"(the )?(state of |occupied )?palestin(e|ian territor(y|ies))(, state of|, occupied)?|"
    r"west bank( and| &)? gaza( strip)?|opt",
    "FM": r"(the )?(federated states of )?micronesia([, (]+fed.*)?",
    "GB": r"(the )?(united kingdom|great britain|u\.?k\.?)( of great britain and northern ireland)?",
    "US": r"(the )?(united states( of america)?|u\.?s\.?a\.?)",
    "AE": r"(the )?(united arab emirates|u\.?a\.?e\.?)",
    "BN": r"brunei( darussalam)?",
    "HK": r"hong ?kong([, (]+.*)?",
    "CF": r"(the )?central african rep(\.|ublic)?|c\.a\.r\.",
    "GM": r"(the )?gambia(, the)?",
    "BS": r"(the )?bahamas(, the)?",
    "VA": r"(the )?holy see( \(vatican.*\))?|vatican( city( state)?)?",
    "XK": r"kosovo( ?\(.*\)|, .*)?",
    "ST": r"sao tome (and|&|et|e) principe",
    "BA": r"bosnia( ?(and|&|-) ?herzegovina)?|bih",
    "GW": r"guinea[- ]bissau",
    "PG": r"papua new guinea|png",
    "CN": r"(the )?(people'?s rep(\.|ublic)? of )?china|p\.?r\.? china",
}


def country_name(code: str, locale: str | Locale = "en") -> str:
    """What the country is called in a language; the code itself where Babel knows no name."""
    known = (
        locale
        if isinstance(locale, Locale)
        else Locale.parse(locale, sep="-" if "-" in locale else "_")
    )
    return str(known.territories.get(code, code))


def find_country(text: str) -> str | None:
    """The ISO alpha-2 code of the country that `text` names as a whole, or None.

    Takes alpha-2 and alpha-3 codes, the names in the six languages of the United Nations, and the usual variants;
    a text that is only like a name finds nothing.
    """
    plain = _plain(text)
    if not plain:
        return None
    found = _names().get(plain)
    if found is not None:
        return found
    for code, pattern in _patterns():
        if pattern.fullmatch(plain):
            return code
    return None


def countries_named_like(text: str) -> tuple[str, ...]:
    """The codes of countries of which some name begins with `text` or has a word that does, for a search box."""
    plain = _plain(text).replace("-", " ").strip()
    if len(plain) < 2:
        return ()
    exact = find_country(text) or find_country(plain)
    begun = {code for name, code in _names().items() if f" {plain}" in " " + name.replace("-", " ")}
    return tuple(dict.fromkeys([*([exact] if exact else []), *sorted(begun)]))


@cache
def _names() -> dict[str, str]:
    """Every name and code of every country, made comparable; what two countries share names neither."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    locales = [Locale.parse(language) for language in UN_LANGUAGES]
    for term in read_vocabularies():
        if term.vocabulary != "country":
            continue
        names = [term.code, term.attributes.get("iso3", ""), term.label]
        names += term.attributes.get("other_names", "").split("|")
        names += [country_name(term.code, locale) for locale in locales]
        for name in filter(None, (_plain(each) for each in names)):
            if found.setdefault(name, term.code) != term.code:
                shared.add(name)
    return {name: code for name, code in found.items() if name not in shared}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((code, re.compile(pattern)) for code, pattern in _VARIANTS.items())


def _plain(text: str) -> str:
    return " ".join(normalise(text).replace("’", "'").split()).strip(" .")
