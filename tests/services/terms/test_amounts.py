"""An amount is read in one way only, whichever door it comes through."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacoord.services.terms.amounts import AmbiguousAmount, plain_amount, read_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1500", "1500"),
        ("1 500", "1500"),
        ("1,250,000", "1250000"),
        ("1.250.000", "1250000"),
        ("1.250.000,50", "1250000.50"),
        ("1,250.5", "1250.5"),
        ("1’250’000", "1250000"),
        ("12,5", "12.5"),
        ("1.50", "1.5"),
        ("1500.125", "1500.125"),
        ("-3", "-3"),
    ],
)
def test_an_amount_is_read_as_it_is_written(text, amount):
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["300,000", "300.000"])
@pytest.mark.parametrize("currencies", [set(), {"USD"}, {"JPY"}, {"USD", "FJD"}])
def test_three_digits_behind_one_mark_are_thousands_where_no_currency_has_three_decimals(
    text, currencies
):
    assert read_amount(text, currencies) == 300_000


@pytest.mark.parametrize("text", ["0.500", "0,125", "-0.500", "012,500"])
def test_no_group_of_thousands_begins_with_zero(text):
    with pytest.raises(AmbiguousAmount):
        read_amount(text, {"USD"})


def test_nothing_written_is_no_amount():
    assert read_amount(" \u00a0") is None


@pytest.mark.parametrize(
    ("text", "thousands", "fraction"),
    [("1.500", "1500", "1.5"), ("1,500", "1500", "1.5"), ("12.345", "12345", "12.3450")],
)
@pytest.mark.parametrize("currency", ["BHD", "JOD", "KWD", "LYD", "OMR", "TND"])
def test_in_a_currency_of_three_decimals_what_could_be_two_is_refused_with_both(
    text, thousands, fraction, currency
):
    with pytest.raises(AmbiguousAmount) as refused:
        read_amount(text, {currency})
    assert (refused.value.thousands, refused.value.fraction) == (thousands, fraction)


@pytest.mark.parametrize("text", ["1e5", "NaN", "٣", "1,50,0", "a million", "1" * 19])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read_amount(text)


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=3))
def test_an_amount_that_was_written_plainly_is_read_again(amount):
    assert read_amount(plain_amount(amount)) == amount
    assert read_amount(plain_amount(amount), {"KWD"}) == amount
