"""Money of a budget: which lines count, what they come to in US dollars, and the currencies there are."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final, Protocol, TypeVar

from babel import Locale
from babel.numbers import get_currency_name, get_currency_precision, get_territory_currencies

from tacoord.matching.facts import Money
from tacoord.matching.money import in_dollars

REVISED: Final = "2"
USUAL_CURRENCIES: Final = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY", "NOK", "SEK", "DKK")


class Amount(Protocol):
    """A line of a budget, as a draft or the database has it; read only."""

    @property
    def amount_minor(self) -> int: ...  # noqa: D102
    @property
    def currency(self) -> str: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def starts(self) -> date | None: ...  # noqa: D102
    @property
    def ends(self) -> date | None: ...  # noqa: D102
    @property
    def value_date(self) -> date | None: ...  # noqa: D102


A = TypeVar("A", bound=Amount)


def standing(lines: Iterable[A]) -> list[A]:
    """The lines that count: an original one does not where a revised one is for the same days."""
    lines = list(lines)
    revised = {(line.starts, line.ends) for line in lines if line.type == REVISED}
    return [
        line for line in lines if line.type == REVISED or (line.starts, line.ends) not in revised
    ]


def usd_minor(lines: Iterable[Amount], *, year: int | None) -> int | None:
    """What the standing lines come to in cents of US dollars, each at the rates of its own year (else `year`).

    None where there is no line, or one whose currency has no known rate: a part would pass for the whole.
    """
    amounts = [in_dollars(as_money(line), year=year) for line in standing(lines)]
    known = [amount for amount in amounts if amount is not None]
    if not amounts or len(known) < len(amounts):
        return None
    return int(Decimal(str(sum(known) * 100)).quantize(Decimal(1), ROUND_HALF_UP))


def as_money(line: Amount) -> Money:
    """A line as matching takes it: major units, valued on its own day."""
    amount = float(Decimal(line.amount_minor).scaleb(-get_currency_precision(line.currency)))
    return Money(amount, line.currency, line.value_date or line.starts)


def minor_units(amount: Decimal, currency: str) -> int:
    """An amount in major units as whole minor units of its currency (as many decimals as Babel gives it)."""
    return int(amount.scaleb(get_currency_precision(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def major_units(amount_minor: int, currency: str) -> Decimal:
    """Whole minor units of a currency as major units."""
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))


def totals(lines: Iterable[Amount]) -> list[tuple[int, str]]:
    """The sum of the standing lines in minor units, one for each currency, in the order they are named."""
    sums: dict[str, int] = {}
    for line in standing(lines):
        sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
    return [(amount, currency) for currency, amount in sums.items()]


@cache
def currencies(locale: str = "en") -> Sequence[tuple[str, str]]:
    """(code, name) of every currency in use, the usual ones of donors first, the others by code."""
    known = Locale.parse(locale, sep="-" if "-" in locale else "_")
    others = sorted(_in_use() - {*USUAL_CURRENCIES})
    return tuple(
        (code, get_currency_name(code, locale=known)) for code in (*USUAL_CURRENCIES, *others)
    )


@cache
def _in_use() -> frozenset[str]:
    """The currencies that are legal tender somewhere today."""
    territories = Locale("en").territories
    return frozenset(
        currency
        for territory in map(str, territories)
        if len(territory) == 2
        for currency in get_territory_currencies(territory)
    )
