"""Amounts with their currency beside them, and shares, as people write them: `€ 1 250 000`, `1,000 USD`, `30,5 %`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import get_currency_symbol, list_currencies

from tacoord.errors import N_
from tacoord.services.terms.amounts import read_amount
from tacoord.services.terms.money import currencies

OTHER_CURRENCY: Final = N_(
    "The amount says %(mark)s, but the currency beside it is %(currency)s. Change one of them."
)
"""What is said where `WrittenMoney.agrees_with` is false."""

_SIDE: Final = r"[^\d\s.,'’()+-]{0,4}"
_MONEY: Final = re.compile(rf"({_SIDE})\s*(-?\s*\d.*?|)\s*({_SIDE})")
_SHARE: Final = re.compile(r"([+-]?[0-9]{1,12})(?:[.,]([0-9]{1,12}))?\s*%?")
_SHARED_SIGNS: Final[Mapping[str, frozenset[str]]] = {
    "¥": frozenset({"JPY", "CNY"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP"}),
    "US$": frozenset({"USD"}),
}


@dataclass(frozen=True, slots=True)
class WrittenMoney:
    """An amount in major units, None where nothing is written, and the currency that is named beside it.

    mark: the sign or code as typed, "" where there is none; currencies: what it may mean, empty where there is none.
    """

    amount: Decimal | None
    mark: str = ""
    currencies: frozenset[str] = frozenset()

    def agrees_with(self, currency: str) -> bool:
        """Whether `currency` is what the mark may mean; any is, where there is no mark."""
        return not self.mark or currency in self.currencies

    def only_currency(self) -> str:
        """The one currency that the mark means; "" where there is none or could be several."""
        return next(iter(self.currencies)) if len(self.currencies) == 1 else ""


def read_money(text: str, beside: str = "") -> WrittenMoney:
    """An amount, with or without a sign or code of its currency before or behind it.

    beside: the sign or code in the field or cell next to it, which tells what a mark between digits can be.

    Raises AmbiguousAmount where a mark between digits could be either kind, and ValueError for what is no amount.
    """
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        return WrittenMoney(read_amount(text, currencies_of(beside)))
    marks = [mark for mark in (found[1], found[3]) if mark]
    meant = frozenset.intersection(*map(currencies_of, marks or [beside]))
    amount = read_amount(found[2], meant)
    if not marks:
        return WrittenMoney(amount)
    if amount is None or not meant:
        raise ValueError(text)
    return WrittenMoney(amount, " ".join(marks), meant)


def currencies_of(mark: str) -> frozenset[str]:
    """The codes of the currencies that a code or a sign may mean: one for `eur` and `€`, many for `$`, else none."""
    mark = mark.strip().upper()
    return frozenset({mark}) if mark in list_currencies() else _signs().get(mark, frozenset())


def read_share(text: str) -> Decimal | None:
    """A share in per cent, with or without its sign, a point or a comma before its fraction; None for nothing.

    No share has thousands, so that a comma can only be the one of a fraction. Whether it is one of 0 to 100 is not
    looked at. Raises ValueError for what is no number.
    """
    text = text.strip()
    if not text:
        return None
    found = _SHARE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Decimal(".".join(filter(None, found.groups())))


@cache
def _signs() -> Mapping[str, frozenset[str]]:
    """The signs of currencies that are in use, each with all that it may mean."""
    signs = {
        get_currency_symbol(code, locale="en").upper(): frozenset({code})
        for code, _ in currencies()
    }
    dollars = frozenset(code for code, name in currencies() if "Dollar" in name or "Peso" in name)
    return {**signs, **_SHARED_SIGNS, "$": dollars}
