"""Amounts with their currency beside them, and shares, are read as people write them."""

from decimal import Decimal

import pytest

from tacoord.services.terms.amounts import AmbiguousAmount
from tacoord.services.terms.written_money import currencies_of, read_money, read_share


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("€ 1 250 000", 1_250_000, "EUR"),
        ("EUR 1 250 000", 1_250_000, "EUR"),
        ("1 250 000 USD", 1_250_000, "USD"),
        ("US$1,250,000", 1_250_000, "USD"),
        ("chf 1’250’000", 1_250_000, "CHF"),
        ("US$ 5 USD", 5, "USD"),
        ("1,250,000", 1_250_000, ""),
    ],
)
def test_an_amount_may_name_its_currency_on_either_side(
    text: str, amount: int, currency: str
) -> None:
    read = read_money(text)
    assert (read.amount, read.only_currency()) == (amount, currency)


def test_a_sign_of_several_currencies_agrees_with_each_and_means_none_alone() -> None:
    read = read_money("$ 100")
    assert read.only_currency() == ""
    assert read.agrees_with("USD")
    assert read.agrees_with("FJD")
    assert not read.agrees_with("EUR")


def test_an_amount_without_a_currency_agrees_with_any() -> None:
    assert read_money("100").agrees_with("NPR")


@pytest.mark.parametrize("text", ["€", "1250k", "5 € USD", "1e5", "a million", "(5)", "٣", "5 ZZZ"])
def test_what_is_no_amount_with_a_currency_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_money(text)


@pytest.mark.parametrize(
    ("text", "beside"),
    [("EUR 1,250", ""), ("1.250 €", ""), ("$ 1,250", "USD"), ("$ 1,250", ""), ("1,250", "")],
)
def test_what_has_no_three_decimals_in_its_currency_is_thousands(text: str, beside: str) -> None:
    assert read_money(text, beside).amount == 1250


@pytest.mark.parametrize(
    ("text", "beside"), [("KWD 1,250", ""), ("1.250", "kwd"), ("1.250", "TND")]
)
def test_where_its_currency_has_three_decimals_an_amount_is_ambiguous(
    text: str, beside: str
) -> None:
    with pytest.raises(AmbiguousAmount) as refused:
        read_money(text, beside)
    assert (refused.value.thousands, refused.value.fraction) == ("1250", "1.25")


@pytest.mark.parametrize(
    ("mark", "codes"), [("eur", {"EUR"}), ("€", {"EUR"}), ("US$", {"USD"}), ("euros", set())]
)
def test_a_sign_means_the_currencies_that_use_it(mark: str, codes: set[str]) -> None:
    assert currencies_of(mark) == codes


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("60", "60"),
        ("60%", "60"),
        ("60 %", "60"),
        ("60\u00a0%", "60"),
        ("30,5", "30.5"),
        ("30.5 %", "30.5"),
        ("33,333", "33.333"),
        ("-5", "-5"),
    ],
)
def test_a_share_may_have_its_sign_and_either_mark_before_its_fraction(
    text: str, share: str
) -> None:
    assert read_share(text) == Decimal(share)


def test_nothing_written_is_no_share() -> None:
    assert read_share("  ") is None


@pytest.mark.parametrize("text", ["half", "6 0", "1e2", "٣", "%", "10%%", "1,2,3"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_share(text)
