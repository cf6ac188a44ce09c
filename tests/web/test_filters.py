"""What readers are shown: days, money, numbers and texts in their own language and zone."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from babel import support
from flask import Flask, render_template_string
from flask_babel import Babel, force_locale
from markupsafe import Markup

from tacoord.web import filters


@pytest.fixture
def app() -> Flask:
    app = Flask("filters")
    app.add_url_rule("/gaps", "gaps.index", lambda: "")
    Babel(app, default_timezone="Asia/Phnom_Penh")
    filters.register_filters(app)
    return app


@pytest.fixture(autouse=True)
def reader(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def test_a_day_is_written_for_people_and_for_machines() -> None:
    assert filters.day(date(2026, 11, 21)) == '<time datetime="2026-11-21">21 Nov 2026</time>'


def test_every_month_has_three_letters_in_english() -> None:
    assert filters.day_words(date(2026, 9, 1)) == "1 Sep 2026"


def test_a_moment_shows_the_day_of_the_readers_zone() -> None:
    late = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    assert "21 Nov 2026" in filters.day(late)
    assert filters.moment(late) == (
        '<time datetime="2026-11-20T18:30:00Z">21 Nov 2026, 01:30</time>'
    )


def test_a_moment_without_a_zone_is_utc() -> None:
    assert "01:30" in filters.moment(datetime(2026, 11, 20, 18, 30))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 21), "today"),
        (date(2026, 11, 22), "tomorrow"),
        (date(2026, 11, 20), "yesterday"),
        (date(2026, 11, 24), "in 3 days"),
        (date(2026, 12, 5), "in 2 weeks"),
        (date(2027, 1, 20), "in 8 weeks"),
        (date(2027, 1, 21), "in 2 months"),
        (date(2027, 2, 20), "in 2 months"),
        (date(2027, 2, 21), "in 3 months"),
        (date(2027, 12, 31), "in 13 months"),
        (date(2028, 11, 20), "in 23 months"),
        (date(2028, 11, 21), "in 2 years"),
        (date(2030, 11, 20), "in 3 years"),
        (date(2025, 10, 1), "13 months ago"),
        (date(2024, 11, 20), "2 years ago"),
    ],
)
def test_a_day_says_how_far_it_is(day: date, words: str) -> None:
    assert filters.day_distance(day, today=date(2026, 11, 21)) == words


@pytest.mark.parametrize(
    ("minor", "currency", "full", "words"),
    [
        (120_000_000, "USD", False, "USD 1.2 million"),
        (123_456_789, "USD", True, "USD 1,234,567.89"),
        (123_456_700, "USD", True, "USD 1,234,567"),
        (1_200_000, "JPY", False, "JPY 1.2 million"),
        (125_000_000, "USD", False, "USD 1.25 million"),
        (124_500_000, "USD", False, "USD 1.25 million"),
        (12_345_600_000, "USD", False, "USD 123 million"),
        (99_950_000, "USD", False, "USD 1 million"),
        (99_900, "EUR", False, "EUR 999"),
        (0, "USD", False, "USD 0"),
    ],
)
def test_money_is_short_in_lists_and_exact_in_full(
    minor: int, currency: str, full: bool, words: str
) -> None:
    assert filters.money(minor, currency, full).replace("\u00a0", " ") == words


def test_numbers_shares_and_scores_have_the_readers_separators() -> None:
    assert filters.number(1234567) == "1,234,567"
    assert filters.share(33.333) == "33.3%"
    assert filters.share(60) == "60%"
    assert filters.score(0.87) == "0.87"
    assert filters.score(0.9987) == ">0.99"
    assert filters.score(1) == "1.00"
    with force_locale("fr"):
        assert filters.score(0.87) == "0,87"


@pytest.mark.parametrize("name", ["day", "day_distance", "moment", "number", "share", "score"])
def test_what_is_unknown_is_said_to_be_so(name: str) -> None:
    assert "not stated" in filters.FILTERS[name](None)


def test_money_without_a_currency_is_not_stated() -> None:
    assert filters.money(100, None) == filters.money(None, "USD") == "not stated"


def test_nothing_known_is_not_mistaken_for_zero() -> None:
    assert filters.not_stated(0) == 0
    assert "not stated" in filters.not_stated("")
    assert "not stated" in filters.not_stated([])


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        ({"en": "Return", "fr": "Retour"}, "fr"),
        ({"en": "Return", "ar": "عودة"}, "en"),
        ({"es": "Retorno", "ar": "عودة"}, "ar"),
        ({"en": "", "es": "Retorno"}, "es"),
        ({}, None),
        (None, None),
    ],
)
def test_a_text_is_shown_in_the_readers_language_then_english_then_any(
    texts: dict[str, str] | None, language: str | None
) -> None:
    with force_locale("fr"):
        assert filters.narrative_language(texts) == language
        assert filters.narrative(texts) == (texts[language] if texts and language else "not stated")


def test_a_list_reads_as_a_sentence_and_keeps_links_but_no_foreign_markup() -> None:
    values: list[Any] = ["A & B", Markup('<a href="/x">C</a>'), "<b>"]
    assert filters.sentence_list(values) == 'A &amp; B, <a href="/x">C</a> and &lt;b&gt;'
    assert filters.sentence_list(["A", "B"], either=True) == "A or B"


def test_the_page_knows_the_readers_language_and_direction() -> None:
    page = "{{ reader_language() }} {{ reader_direction() }} {{ reader_time_zone() }}"
    assert render_template_string(page) == "en ltr Asia/Phnom_Penh"
    with force_locale("ar"):
        assert render_template_string(page) == "ar rtl Asia/Phnom_Penh"


def test_a_day_of_a_language_from_right_to_left_stays_in_one_piece() -> None:
    assert filters.day_words(date(2026, 11, 22)) == "22 Nov 2026"
    with force_locale("ar"):
        assert re.fullmatch(
            "\u2068[^\u2068]*نوفمبر[^\u2069]*\u2069", filters.day_words(date(2026, 11, 22))
        )


def test_words_of_ours_that_nobody_translated_stand_as_english_from_left_to_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = "{{ page_language() }} {{ page_direction() }}"
    with force_locale("ar"):
        assert render_template_string(page) == "en ltr"
        translated = support.Translations()
        translated.files.append("ar.mo")
        monkeypatch.setattr(filters, "get_translations", lambda: translated)
        assert render_template_string(page) == "ar rtl"


def test_a_page_that_is_not_there_has_no_address() -> None:
    assert filters.address_of("gaps.index") == "/gaps"
    assert filters.address_of("gaps.nothing") is None


def test_a_question_leaves_out_what_is_empty() -> None:
    assert filters.query({"country": ["KH", "TH"], "sort": "-ends", "q": ""}) == (
        "country=KH&country=TH&sort=-ends"
    )
