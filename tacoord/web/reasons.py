"""Why a pair was flagged: the evidence as sentences in the reader's language, the strongest for and against first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from babel import numbers
from flask_babel import get_locale, gettext

from tacoord.matching.explain import explain
from tacoord.matching.match import Evidence, Match
from tacoord.matching.why_kind import why_kind
from tacoord.services.terms.country_names import country_name
from tacoord.web.filters import day_words, money, sentence_list

MOST_FOR: Final = 3
MOST_AGAINST: Final = 2
_SMALLEST: Final = 0.05
_DAYS: Final = frozenset({"start", "end"})
_AMOUNTS: Final = frozenset({"amount", "part_of_amount"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence: its sentence, and what it adds to the log-odds (below 0: against)."""

    sentence: str
    contribution: float


def reasons_of(evidence: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Every piece of kept evidence that has weight, the strongest first."""
    pieces = [Evidence(**one) for one in evidence]
    known = [one for one in pieces if one.feature != "base" and abs(one.contribution) >= _SMALLEST]
    known.sort(key=lambda one: -abs(one.contribution))
    return [Reason(_sentence(one), one.contribution) for one in known]


def reasons_for(match: Match) -> list[str]:
    """The sentences of what speaks most for a pair that nobody has flagged yet."""
    reasons = reasons_of([one.as_json() for one in match.evidence])
    return [one.sentence for one in strongest(reasons) if one.contribution > 0]


def why_called(kind: str, evidence: Sequence[Mapping[str, Any]]) -> str:
    """What speaks for the kind of a pair with this kept evidence; "" where that was withdrawn."""
    reason = why_kind(kind, [Evidence(**one) for one in evidence])
    return _capitalised(gettext(reason.template)) if reason else ""


def strongest(reasons: Sequence[Reason]) -> list[Reason]:
    """The few that decide: what speaks for the pair, then what speaks against it."""
    pro = [one for one in reasons if one.contribution >= 0][:MOST_FOR]
    con = [one for one in reasons if one.contribution < 0][:MOST_AGAINST]
    return [*pro, *con]


def _sentence(piece: Evidence) -> str:
    said = explain(piece)
    values = {
        side: _value(piece.feature, getattr(piece, side), str(said.values[side]))
        for side in ("left", "right")
    }
    return _capitalised(gettext(said.template, **values))


def _capitalised(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _value(feature: str, value: Any, otherwise: str) -> str:
    """One side's value as the reader writes such things; as matching says it where that is all there is."""
    if value is None:
        return str(gettext("not stated"))
    if feature in _DAYS and isinstance(value, str) and len(value) == len("2026-11-21"):
        return day_words(date.fromisoformat(value))
    if feature in _AMOUNTS and isinstance(value, str):
        return _amount(value)
    if feature == "countries" and isinstance(value, list):
        names = [country_name(code, str(get_locale() or "en")) for code in value]
        return sentence_list(names).unescape()
    return otherwise


def _amount(value: str) -> str:
    """`1250000 USD` as money."""
    digits, _, currency = value.partition(" ")
    if not digits.isdecimal() or not currency:
        return value
    minor = int(digits) * 10 ** numbers.get_currency_precision(currency)
    return money(minor, currency)
