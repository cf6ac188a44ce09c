"""Amounts as people write them: one reading for every door, and none where there could be two."""

import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Final

from babel.numbers import get_currency_precision

from tacoord.errors import N_

_BLANKS: Final = re.compile(r"[\s\u00a0\u202f'’]")
_COMMAS_GROUP: Final = re.compile(r"-?\d{1,3}(,\d{3}){2,}(\.\d+)?|-?\d{1,3},\d{3}\.\d+")
_POINTS_GROUP: Final = re.compile(
    r"-?\d{1,3}(\.\d{3}){2,}(,\d+)?|-?\d{1,3}\.\d{3},\d+|-?\d+,\d{1,2}"
)
_EITHER: Final = re.compile(r"-?\d{1,3}[.,]\d{3}")
_PLAIN: Final = re.compile(r"-?\d+(\.\d+)?")
_DIGITS_OF_A_GROUP: Final = 3
MOST: Final = Decimal(10) ** 18
AMBIGUOUS: Final = N_(
    "“%(text)s” can mean %(thousands)s or %(fraction)s. Write the one that you mean in just this way: "
    "%(thousands)s or %(fraction)s."
)
"""What is said of an AmbiguousAmount."""


class AmbiguousAmount(ValueError):
    """`KWD 1.500`: a thousand and a half, or one and a half? Both readings are given as they can be written plainly."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.thousands = text.replace(",", "").replace(".", "")
        self.fraction = plain_amount(Decimal(text.replace(",", ".")))


def read_amount(text: str, currencies: Collection[str] = ()) -> Decimal | None:
    """The amount, with or without marks between thousands; None where nothing is written.

    currencies: the codes of what it may be in, as far as that is known. Three digits behind one mark are thousands,
    unless one of these has three decimals.
    Raises AmbiguousAmount where a mark could be either kind, and ValueError for what is no amount.
    """
    text = _BLANKS.sub("", text)
    if not text:
        return None
    if _COMMAS_GROUP.fullmatch(text):
        text = text.replace(",", "")
    elif _POINTS_GROUP.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif _EITHER.fullmatch(text):
        if text.lstrip("-").startswith("0") or any(map(_has_three_decimals, currencies)):
            raise AmbiguousAmount(text)
        text = text.replace(",", "").replace(".", "")
    if not text.isascii() or not _PLAIN.fullmatch(text):
        raise ValueError(text)
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if abs(found) >= MOST:
        raise ValueError(text)
    return found


def _has_three_decimals(currency: str) -> bool:
    return get_currency_precision(currency) >= _DIGITS_OF_A_GROUP


def plain_amount(amount: Decimal) -> str:
    """An amount such that `read_amount` reads the same again: no marks between thousands, never three digits behind."""
    said = f"{amount.normalize():f}"
    return said + "0" * (len(said.partition(".")[2]) == _DIGITS_OF_A_GROUP)
