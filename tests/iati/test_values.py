from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tacoord.iati.texts import language, tidy_line, tidy_text
from tacoord.iati.values import read_day, read_flag, read_moment, read_number, read_percentage


@pytest.mark.parametrize(
    "raw", ["2019-10-11", " 2019-10-11 ", "2019-10-11T00:00:00Z", "2019-10-11Z", "2019-10-11+02:00"]
)
def test_a_day_is_read_with_or_without_time_and_zone(raw: str) -> None:
    assert read_day(raw) == date(2019, 10, 11)


@pytest.mark.parametrize(
    "raw", ["", "2019", "11/10/2019", "2019-13-01", "2019-02-30", "0001-01-01", "9999-12-31",
            "2019-10-111", "２０１９-10-11", "Planned end"]
)  # fmt: skip
def test_what_is_no_day_of_a_project_is_not_read(raw: str) -> None:
    assert read_day(raw) is None


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("8100000", "8100000"),
        (" 1,234,567.50 ", "1234567.5"),
        ("-.75", "-0.75"),
        ("1.5E6", "1500000"),
        ("0.00", "0"),
        ("-0", "0"),
        ("+3.", "3"),
    ],
)
def test_amounts_are_read_and_equal_ones_look_equal(raw: str, amount: str) -> None:
    assert repr(read_number(raw)) == repr(Decimal(amount))


@pytest.mark.parametrize(
    "raw",
    ["", "n/a", "NaN", "Infinity", "1 000", "1,23", "12.345.678", "1e99", "٣", "9" * 50, "$5"],
)
def test_what_is_no_amount_is_not_read(raw: str) -> None:
    assert read_number(raw) is None


@pytest.mark.parametrize(("raw", "share"), [("100", 100), ("40.0", 40), ("25%", 25), ("0", 0)])
def test_percentages_are_read(raw: str, share: int) -> None:
    assert read_percentage(raw) == share


@pytest.mark.parametrize("raw", ["", "-1", "100.1", "half"])
def test_what_is_no_percentage_is_not_read(raw: str) -> None:
    assert read_percentage(raw) is None


def test_moments_are_in_utc() -> None:
    assert read_moment("2025-01-03T00:00:00-04:00") == datetime(2025, 1, 3, 4, tzinfo=UTC)
    assert read_moment("2021-05-30T03:09:00.63") == datetime(2021, 5, 30, 3, 9, 0, 630000, UTC)
    assert read_moment("yesterday") is None
    assert read_moment("0001-01-01T00:00:00+14:00") is None
    assert read_moment(None) is None


def test_flags_are_read() -> None:
    assert [read_flag(raw) for raw in ("1", "true", "0", "False", "", None, "yes")] == [
        True, True, False, False, None, None, None,
    ]  # fmt: skip


def test_a_line_has_single_spaces() -> None:
    assert tidy_line("\n\t  Support  to\n shelters ") == "Support to shelters"


def test_a_text_keeps_its_paragraphs() -> None:
    assert tidy_text(" One\r\n   two. \n\n\n\n Three. ") == "One\ntwo.\n\nThree."


def test_quotation_marks_of_windows_are_seen_as_such() -> None:
    assert tidy_line("the Governments\x92 bodies \x96 and") == "the Governments’ bodies – and"
    assert tidy_text("\x93so\x94\x81") == "“so”"


@pytest.mark.parametrize(
    ("raw", "code"), [("EN", "en"), ("fr-CA", "fr"), ("pt_BR", "pt"), ("", "xx"), ("7", "xx")]
)
def test_languages_are_two_or_three_small_letters(raw: str, code: str) -> None:
    assert language(raw, "xx") == code
