"""Words for one reader outside a request: translated texts, days and numbers as the language writes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, lists, numbers
from babel.support import NullTranslations, Translations

from tacoord import paths
from tacoord.services.terms.country_names import country_name

DOMAIN: Final = "messages"
_INTERNATIONAL_ENGLISH: Final = Locale("en", "001")


def isolated(words: str, locale: Locale) -> str:
    """Words of a language that runs from right to left, kept together in a sentence that may run the other way."""
    return f"\u2068{words}\u2069" if locale.text_direction == "rtl" else words


def day_words(value: date, locale: Locale) -> str:
    """A day as "21 Nov 2026", as a language writes it."""
    if locale.language == "en":
        return dates.format_date(value, "d MMM y", locale="en")  # "Sep" everywhere, not "Sept"
    words = dates.format_skeleton("yMMMd", datetime.combine(value, time()), locale=locale)
    return isolated(words, locale)


def as_of_words(value: str, locale: Locale) -> str:
    """The date of a source as it is known: a year, "Apr 2009", or a day.

    value: an ISO date of which the day, or the month too, may be missing.
    """
    year, _, rest = value.partition("-")
    if not rest:
        return year
    day = date.fromisoformat(value if "-" in rest else f"{value}-01")
    if "-" in rest:
        return day_words(day, locale)
    return isolated(dates.format_skeleton("yMMM", day, locale=locale), locale)


@dataclass(frozen=True, slots=True)
class Words:
    """A reader's language and time zone."""

    locale: Locale
    zone: ZoneInfo

    @property
    def language(self) -> str:
        """The language as HTML says it (`en`, `zh-Hans`)."""
        language = Locale("en") if self.locale == _INTERNATIONAL_ENGLISH else self.locale
        return str(language).replace("_", "-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.locale.text_direction)

    @property
    def translations(self) -> NullTranslations:
        """The translated texts of the language; the texts themselves where there are none."""
        return _translations(str(self.locale))

    def gettext(self, message: str, **values: Any) -> str:
        """A marked text in the reader's language, with its values."""
        words = str(self.translations.ugettext(message))
        return words % values if values else words

    def ngettext(self, one: str, many: str, num: int, **values: Any) -> str:
        """The form of a marked text that a number needs; `%(num)s` stands for the number."""
        return str(self.translations.ungettext(one, many, num)) % {
            "num": self.number(num),
            **values,
        }

    def day(self, value: date) -> str:
        """A day as "21 Nov 2026"; a moment gives the day in the reader's zone."""
        if isinstance(value, datetime):
            value = value.astimezone(self.zone).date()
        return day_words(value, self.locale)

    def as_of(self, value: str) -> str:
        """The date of a source as it is known: a year, "Apr 2009", or a day."""
        return as_of_words(value, self.locale)

    def number(self, value: int) -> str:
        """A whole number with the language's separators."""
        return numbers.format_decimal(value, locale=self.locale)

    def series(self, parts: Iterable[str]) -> str:
        """ "A, B and C"."""
        return lists.format_list(list(parts), "standard", self.locale)

    def country(self, code: str) -> str:
        """The name of a country."""
        return country_name(code, self.locale)


def words_for(language: str, zone: str = "UTC") -> Words:
    """The words of a language; English where it is unknown, UTC where the zone is."""
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = _INTERNATIONAL_ENGLISH
    if locale.language == "en" and locale.territory is None:
        locale = _INTERNATIONAL_ENGLISH
    try:
        return Words(locale, ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        return Words(locale, ZoneInfo("UTC"))


@lru_cache(maxsize=64)
def _translations(locale: str) -> NullTranslations:
    return Translations.load(paths.PACKAGE / "translations", [Locale.parse(locale)], DOMAIN)
