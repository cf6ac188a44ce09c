"""Jinja filters: days, money, scores and people's own text, in the reader's language and zone."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final
from urllib.parse import urlencode

from babel import Locale, dates, lists, numbers
from flask import Flask, current_app, url_for
from flask_babel import get_locale, get_timezone, get_translations, gettext
from markupsafe import Markup, escape

from tacoord.months import months_between
from tacoord.services.terms import wording
from tacoord.services.terms.wording import isolated

_INTERNATIONAL_ENGLISH: Final = Locale("en", "001")
_NEARLY_ONE: Final = 0.995
_THREE_DIGITS: Final = Context(prec=3, rounding=ROUND_HALF_UP)
_NO_BREAK: Final = "\u00a0"
_DAYS_OF_A_WEEK: Final = 7
_FEW_WEEKS: Final = 45
_MONTHS_OF_A_YEAR: Final = 12
_BABELS_MONTH: Final = 30
_BABELS_YEAR: Final = 365
_ABOUT_TWO: Final = 1.95


def reader_locale() -> Locale:
    """The locale of dates, numbers and lists; plain English is the international one."""
    locale = get_locale() or Locale("en")
    if locale.language == "en" and locale.territory is None:
        return _INTERNATIONAL_ENGLISH
    return locale


def reader_language() -> str:
    """The reader's language as HTML says it (`en`, `zh-Hans`)."""
    return str(get_locale() or "en").replace("_", "-")


def reader_direction() -> str:
    """`ltr` or `rtl`, from the reader's language."""
    return str(reader_locale().text_direction)


def page_language() -> str:
    """The language in which our own words stand on the page: the reader's, or English while nobody translated them."""
    return reader_language() if _is_translated() else "en"


def page_direction() -> str:
    """`ltr` or `rtl`, from the language of our own words, so that their signs and lists stand right.

    What people wrote, and names of countries and terms, tell their own direction.
    """
    return reader_direction() if _is_translated() else "ltr"


def _is_translated() -> bool:
    return reader_locale().language == "en" or bool(getattr(get_translations(), "files", ()))


def reader_language_name() -> str:
    """The name of the reader's language in that language ("English", "العربية")."""
    locale = get_locale() or Locale("en")
    return str(locale.get_display_name(locale) or locale)


def reader_time_zone() -> str:
    """The name of the reader's time zone (`Europe/Vienna`)."""
    return str(get_timezone() or "UTC")


def not_stated(value: object) -> Any:
    """The value itself, or "not stated" where nothing is known (None, "", an empty list)."""
    if value is None or value == "" or value == [] or value == ():
        return Markup('<span class="not-stated">{}</span>').format(_unknown())
    return value


def day(value: date | None) -> Markup:
    """A day as "21 Nov 2026", with its ISO form for machines; a moment gives the reader's day."""
    if value is None:
        return Markup(not_stated(None))
    if isinstance(value, datetime):
        value = _in_reader_zone(value).date()
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), day_words(value))


def day_words(value: date) -> str:
    """A day as "21 Nov 2026" without any markup, for sentences, titles and labels."""
    return wording.day_words(value, reader_locale())


def day_distance(value: date | None, today: date | None = None) -> str:
    """How far a day is from `today` (the reader's): "in 3 months", "2 days ago", "today"."""
    if value is None:
        return _unknown()
    today = today or _in_reader_zone(datetime.now(UTC)).date()
    distance = (value - today).days
    if abs(distance) <= 1:
        near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
        return str(near[distance])
    days = _even_days(today, value)
    locale = reader_locale()
    words = dates.format_timedelta(
        timedelta(days=days if distance > 0 else -days),
        granularity="day" if days < _DAYS_OF_A_WEEK else "week",
        threshold=1.5 if days < _FEW_WEEKS else _ABOUT_TWO,
        add_direction=True,
        locale=locale,
    )
    return isolated(words, locale)


def moment(value: datetime | None) -> Markup:
    """A moment as "21 Nov 2026, 14:05" in the reader's zone, with its UTC form for machines."""
    if value is None:
        return Markup(not_stated(None))
    local = _in_reader_zone(value)
    words = f"{day_words(local.date())}, {local:%H:%M}"
    machine = _aware(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{}</time>').format(machine, words)


def money(minor: int | None, currency: str | None, full: bool = False) -> str:
    """Whole minor units as "USD 1.25 million", three digits and half up, or with `full` exactly ("USD 1,234,567")."""
    if minor is None or not currency:
        return _unknown()
    places = numbers.get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-places)
    locale = reader_locale()
    if full:
        shown = places if amount % 1 else 0
        words = numbers.format_decimal(amount, _plain_pattern(shown), locale=locale)
    elif abs(amount) < 1000:
        words = numbers.format_decimal(amount, _plain_pattern(0), locale=locale)
    else:
        words = numbers.format_compact_decimal(
            _THREE_DIGITS.create_decimal(amount),
            format_type="long",
            fraction_digits=2,
            locale=locale,
        )
    return f"{currency}{_NO_BREAK}{words.replace(' ', _NO_BREAK)}"


def number(value: float | Decimal | None, places: int | None = None) -> str:
    """A number with the reader's separators; `places` fixes the digits after the point."""
    if value is None:
        return _unknown()
    pattern = None if places is None else _plain_pattern(places)
    return numbers.format_decimal(value, pattern, locale=reader_locale())


def share(value: float | Decimal | None) -> str:
    """A share of a hundred as per cent: 60 is "60%", 33.33 is "33.3%"."""
    if value is None:
        return _unknown()
    part = Decimal(str(value)) / 100
    return numbers.format_percent(part, "#,##0.#%", locale=reader_locale())


def score(value: float | None) -> str:
    """A score from 0 to 1 with two digits: "0.87"; what is nearly 1 is not said to be 1."""
    if value is not None and _NEARLY_ONE <= value < 1:
        return f">{number(0.99, places=2)}"
    return number(value, places=2)


def narrative_language(texts: Mapping[str, str] | None) -> str | None:
    """The language of `texts` for this reader: theirs, else English, else the first by code."""
    known = sorted(language for language, text in (texts or {}).items() if text)
    wanted = reader_language()
    for language in (wanted, wanted.split("-")[0], "en"):
        if language in known:
            return language
    return known[0] if known else None


def narrative(texts: Mapping[str, str] | str | None) -> str:
    """The best text for this reader out of one text a language."""
    if isinstance(texts, str):
        return texts
    language = narrative_language(texts)
    if texts is None or language is None:
        return _unknown()
    return texts[language]


def sentence_list(values: Iterable[object], either: bool = False) -> Markup:
    """ "A, B and C", or with `either` "A, B or C"; markup in a value is kept, text is escaped."""
    safe = [str(escape(value)) for value in values]
    if not safe:
        return Markup(not_stated(None))
    return Markup(lists.format_list(safe, "or" if either else "standard", reader_locale()))


def query(values: Mapping[str, object]) -> str:
    """Values as the question of an address: `a=1&b=2&b=3`; lists repeat their name."""
    return urlencode({name: value for name, value in values.items() if value}, doseq=True)


def address_of(endpoint: str) -> str | None:
    """The address of a page without parts, None where this installation has no such page."""
    return url_for(endpoint) if endpoint in current_app.view_functions else None


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "day": day,
    "day_words": day_words,
    "day_distance": day_distance,
    "moment": moment,
    "money": money,
    "number": number,
    "share": share,
    "score": score,
    "not_stated": not_stated,
    "narrative": narrative,
    "narrative_language": narrative_language,
    "sentence_list": sentence_list,
    "query": query,
}


GLOBALS: Final[tuple[Callable[..., Any], ...]] = (
    reader_language,
    reader_language_name,
    reader_direction,
    page_language,
    page_direction,
    reader_time_zone,
    address_of,
)


def register_filters(app: Flask) -> None:
    """Give the templates of `app` every filter, and the reader's language, direction and zone."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update({function.__name__: function for function in GLOBALS})


def _even_days(one: date, other: date) -> int:
    """The days between two days, such that Babel, whose months have 30 days, names the whole months of the calendar."""
    first, last = sorted((one, other))
    months, days = months_between(first, last), (last - first).days
    if months >= 2 * _MONTHS_OF_A_YEAR:
        return months // _MONTHS_OF_A_YEAR * _BABELS_YEAR
    if months >= 2:
        return months * _BABELS_MONTH
    return days if days < _FEW_WEEKS else days // _DAYS_OF_A_WEEK * _DAYS_OF_A_WEEK


def _unknown() -> str:
    return str(gettext("not stated"))


def _in_reader_zone(value: datetime) -> datetime:
    zone = get_timezone()
    return _aware(value).astimezone(zone) if zone else _aware(value)


def _aware(value: datetime) -> datetime:
    """A moment without a zone is UTC, as everywhere in tacoord."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _plain_pattern(places: int) -> str:
    return "#,##0." + "0" * places if places else "#,##0"
