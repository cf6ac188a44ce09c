"""Money made comparable: one total in US dollars, by the European Central Bank's rates of its year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from currency_converter import CurrencyConverter

from tacoord.matching.facts import Money

_FIRST_YEAR = 1999


@cache
def _converter() -> CurrencyConverter:
    return CurrencyConverter(fallback_on_missing_rate=True, fallback_on_wrong_date=True)


@cache
def dollars_per(currency: str, year: int) -> float | None:
    """US dollars for one unit of `currency` in the middle of `year`; None where no rate is known."""
    if currency == "USD":
        return 1.0
    converter = _converter()
    if currency not in converter.currencies:
        return None
    rate = converter.convert(1.0, currency, "USD", date=date(max(year, _FIRST_YEAR), 7, 1))
    return float(rate) if rate and rate > 0 else None


def total(budgets: Sequence[Money], *, year: int | None) -> tuple[float, str | None] | None:
    """The whole of some budgets and its currency.

    In the one currency of all of them, else in dollars of each one's own year (else of `year`);
    the currency is None where none is told. None where there is no budget, or no rate.
    """
    if not budgets:
        return None
    currencies = {budget.currency for budget in budgets}
    if len(currencies) == 1:
        return sum(budget.amount for budget in budgets), budgets[0].currency
    amounts = [in_dollars(budget, year=year) for budget in budgets]
    known = [amount for amount in amounts if amount is not None]
    return (sum(known), "USD") if len(known) == len(amounts) else None


def in_dollars(budget: Money, *, year: int | None) -> float | None:
    """The amount in US dollars of its own year, else of `year`; None where no rate is known."""
    if budget.currency is None:
        return None
    when = budget.on.year if budget.on else year or 2020
    rate = dollars_per(budget.currency, when)
    return None if rate is None else budget.amount * rate
