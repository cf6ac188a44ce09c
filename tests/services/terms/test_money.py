"""Money of a budget: what counts, and what it comes to."""

from datetime import date

import pytest

from tacoord.services.projects.drafts import BudgetAmount
from tacoord.services.terms.money import currencies, standing, totals, usd_minor

YEAR = (date(2020, 1, 1), date(2020, 12, 31))


def test_a_revised_line_takes_the_place_of_the_original_of_the_same_days() -> None:
    original = BudgetAmount(100, "USD", "1", "1", *YEAR)
    revised = BudgetAmount(70, "USD", "2", "1", *YEAR)
    other = BudgetAmount(5, "USD", "1", "1", date(2021, 1, 1), date(2021, 12, 31))
    assert standing([original, other, revised]) == [other, revised]
    assert usd_minor([original, other, revised], year=2020) == 75


def test_amounts_are_turned_at_the_rate_of_their_own_year() -> None:
    early = usd_minor([BudgetAmount(100_00, "EUR", value_date=date(2001, 7, 1))], year=2008)
    late = usd_minor([BudgetAmount(100_00, "EUR")], year=2008)
    assert early is not None
    assert late is not None
    assert 80_00 < early < 95_00
    assert 150_00 < late < 165_00


def test_minor_units_are_those_of_the_currency() -> None:
    yen = usd_minor([BudgetAmount(1000, "JPY")], year=2020)
    assert yen is not None
    assert 8_00 < yen < 11_00


@pytest.mark.parametrize(
    "lines", [[], [BudgetAmount(5, "ZZZ")], [BudgetAmount(5, "ZZZ"), BudgetAmount(5, "USD")]]
)
def test_a_part_does_not_pass_for_the_whole(lines: list[BudgetAmount]) -> None:
    assert usd_minor(lines, year=2020) is None


def test_totals_keep_currencies_apart() -> None:
    lines = [BudgetAmount(1, "EUR"), BudgetAmount(2, "CHF"), BudgetAmount(3, "EUR")]
    assert totals(lines) == [(4, "EUR"), (2, "CHF")]


def test_the_currencies_of_today_are_offered() -> None:
    codes = [code for code, _ in currencies("fr")]
    assert codes[0] == "USD"
    assert {"EUR", "KHR", "XOF", "MMK"} <= set(codes)
    assert not {"DEM", "XXX", "XAU", "FRF"} & set(codes)
    assert len(codes) == len(set(codes))
