"""The terms of the vocabularies as choices of fields, in the reader's language, read once a request."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from babel import Locale
from babel.languages import get_official_languages
from flask import g
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs

from tacoord.extensions import db
from tacoord.matching.words import normalise
from tacoord.models import CoordinationGroup, Term
from tacoord.services.terms.country_names import UN_LANGUAGES, country_name, find_country
from tacoord.services.terms.money import USUAL_CURRENCIES, currencies
from tacoord.services.terms.vocabularies import list_terms
from tacoord.web.forms import choices, grouped_choices

NO_LANGUAGE: Final = "und"
_LETTERS: Final = 2
_LETTERS_OF_A_CODE: Final = 3


def terms(vocabulary: str) -> Sequence[Term]:
    """The terms of a vocabulary in its own order."""
    known: dict[str, Sequence[Term]] = g.setdefault("terms", {})
    if vocabulary not in known:
        known[vocabulary] = list_terms(db.session(), vocabulary)
    return known[vocabulary]


def words_of(vocabulary: str) -> Mapping[str, str]:
    """What each code of a vocabulary is called; countries by the reader's language."""
    if vocabulary == "country":
        return {term.code: country_name(term.code, reader()) for term in terms(vocabulary)}
    return {term.code: term.label for term in terms(vocabulary)}


def plain_choices(vocabulary: str, *, blank: bool = False) -> Callable[[], list[SelectChoice]]:
    """The terms one after the other; `blank` puts an empty choice first."""

    def made() -> list[SelectChoice]:
        pairs = words_of(vocabulary).items()
        ordered = sorted(pairs, key=_by_words) if vocabulary == "country" else pairs
        return choices(ordered, blank=_("Choose") if blank else None)

    return made


def nested_choices(vocabulary: str) -> Callable[[], list[SelectChoice]]:
    """The terms under their topmost parents, which can be chosen themselves."""

    def made() -> list[SelectChoice]:
        by_code = {term.code: term for term in terms(vocabulary)}
        groups: dict[str, list[tuple[str, str]]] = {}
        for term in by_code.values():
            top = term
            while top.parent and top.parent in by_code:
                top = by_code[top.parent]
            groups.setdefault(top.label, []).append((term.code, term.label))
        return grouped_choices(groups)

    return made


def headed_choices(
    vocabulary: str, attribute: str, *, of: str | None = None
) -> Callable[[], list[SelectChoice]]:
    """The terms under the values of an attribute, which are codes of the vocabulary `of` where it is given."""

    def made() -> list[SelectChoice]:
        headings = words_of(of) if of else {}
        groups: dict[str, list[tuple[str, str]]] = {}
        for term in terms(vocabulary):
            value = str(term.attributes.get(attribute, ""))
            groups.setdefault(headings.get(value, value), []).append((term.code, _told(term)))
        return grouped_choices(groups)

    return made


def goal_choices() -> list[SelectChoice]:
    """The targets of the Sustainable Development Goals, under their goals."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for term in terms("sdg-target"):
        goal = _("Goal %(number)s", number=term.attributes.get("goal", ""))
        groups.setdefault(goal, []).append((term.code, f"{term.code} {term.label}"))
    return grouped_choices(groups)


def currency_choices() -> list[SelectChoice]:
    """Every currency in use, the usual ones first and by name, the others by code alone."""
    return choices(
        (code, f"{code} – {name}" if code in USUAL_CURRENCIES else code)
        for code, name in currencies(str(reader()))
    )


def language_choices() -> list[SelectChoice]:
    """Languages to write in, by their names in the reader's language.

    Those of the United Nations first, then every national language; a record may have others all the same.
    """
    names = reader().languages
    first = [(code, str(names.get(code, code))) for code in UN_LANGUAGES]
    others = [(code, str(names[code])) for code in _national_languages() if code in names]
    rest = sorted((pair for pair in others if pair[0] not in UN_LANGUAGES), key=_by_words)
    return choices([*first, *rest, (NO_LANGUAGE, _("another language"))])


def offer_present(field: SelectField) -> None:
    """Offer the choice that a field holds, where it stands in no list: what a record has, it keeps."""
    code, offered = field.data, list[Any](field.choices or ())
    if code and all(choice.value != code for choice in offered):
        names = {**reader().languages, **reader().currencies}
        added: list[Any] = choices([(code, str(names.get(code, code)))])
        field.choices = [*offered, *added]


@cache
def _national_languages() -> frozenset[str]:
    """The languages that are official in some country or are used as such."""
    territories = (str(code) for code in Locale("en").territories)
    spoken = (
        language.partition("_")[0]
        for territory in territories
        if len(territory) == _LETTERS
        for language in get_official_languages(territory, de_facto=True)
    )
    return frozenset(language for language in spoken if len(language) == _LETTERS)


class CountryField(StringField):
    """A country, typed by its name in any language of the United Nations, or by its code; `data` is the code.

    The page offers the names in a list with the id `known-countries`.
    """

    def __init__(self, label: Any = None, validators: Any = (), **kwargs: Any) -> None:
        offered = {"list": "known-countries", "autocomplete": "off"}
        super().__init__(label, validators, render_kw=offered, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Find the code; raises ValueError with the reader's words where no country is called so."""
        typed = valuelist[0].strip() if valuelist else ""
        self.data = _country_called(typed) or ""
        if typed and not self.data:
            raise ValueError(
                _("No country has this name. Choose one of those that are offered as you type.")
            )

    def _value(self) -> str:
        if self.data:
            return country_name(self.data, reader())
        return str(self.raw_data[0]) if self.raw_data else ""


def country_names() -> list[str]:
    """The names of all countries in the reader's language, to be offered where one is typed."""
    return sorted(words_of("country").values(), key=normalise)


def _country_called(typed: str) -> str | None:
    """The country with this name. A code is taken in capitals alone: "co" may be the beginning of a longer name."""
    if len(typed) <= _LETTERS_OF_A_CODE and typed != typed.upper():
        return None
    plain = normalise(typed)
    shown = (code for code, name in words_of("country").items() if normalise(name) == plain)
    return find_country(typed) or next(shown, None)


def language_code(code: str) -> str:
    """The choice for the language of a text; the one for all others where it has none of its own."""
    return code if code in reader().languages and len(code) == _LETTERS else NO_LANGUAGE


def group_choices() -> list[SelectChoice]:
    """The coordination groups by name."""
    if "group_names" not in g:
        query = select(CoordinationGroup.code, CoordinationGroup.name)
        g.group_names = [
            (code, f"{name} ({code})")
            for code, name in db.session().execute(query.order_by(CoordinationGroup.name))
        ]
    return choices(g.group_names)


def reader() -> Locale:
    """The reader's locale, English where none is known."""
    return get_locale() or Locale("en")


def _told(term: Term) -> str:
    reference = str(term.attributes.get("reference", ""))
    return f"{reference} – {term.label}" if reference else term.label


def _by_words(pair: tuple[str, str]) -> str:
    """Sort a code and its words by the words, accents aside."""
    return normalise(pair[1])
