"""What of a record is shown beside the evidence of a pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from tacoord.matching.facts import Day, Facts, Participant, Party, Precision
from tacoord.matching.languages import language_of
from tacoord.matching.prepared import Prepared

_LONGEST_SHOWN = 160
# By language, beside the values that stand for the record.
_BY_LANGUAGE: Final = "languages"

# A record in English alone, or in a language that it does not tell, offers no choice, and has no values by language.
_ALONE: Final = frozenset({"en", ""})

Shown = Mapping[str, Any]


def shown(record: Prepared) -> dict[str, Any]:
    """What of a record is shown as evidence: short, plain values."""
    facts = record.facts
    reporter = facts.reporter.name or facts.reporter.ref if facts.reporter else None
    partners = list(_partners(facts.reporter, facts.participants))
    start, end = _day(record.start), _day(record.end)
    values = {
        "title": _short(_first_text(facts.titles)),
        "text": _short(_first_text(facts.descriptions)) or None,
        _BY_LANGUAGE: _by_language(facts) if {*map(language_of, facts.titles)} - _ALONE else None,
        "phases": _first(face.phases for face in record.faces),
        "numbers": _first(face.numbers for face in record.faces),
        "codes": _first(face.codes for face in record.faces),
        "amount": None
        if record.amount is None
        else f"{record.amount:.0f} {record.currency or ''}".strip(),
        "start": start,
        "end": end,
        "period": f"{start or '?'}/{end or '?'}" if start or end else None,
        "countries": sorted(record.countries)[:12] or None,
        "reporter": reporter,
        "parties": {"reporter": reporter, "partners": partners} if reporter or partners else None,
        "partners": partners or None,
        "sectors": sorted({code for _, code in facts.sectors})[:8] or None,
        "themes": sorted({*facts.pillars, *facts.measures, *facts.mandates})[:12] or None,
        "identifiers": ([facts.iati_identifier] if facts.iati_identifier else [])
        + [p.activity_id for p in facts.participants if p.activity_id][:4]
        + list(facts.other_identifiers[:4])
        or None,
    }
    return {name: value for name, value in values.items() if value not in (None, "")}


def side_by_side(left: Shown, right: Shown) -> tuple[Shown, Shown]:
    """What is shown of two records, their title and text in a language that both have; English before others."""
    if _BY_LANGUAGE not in left and _BY_LANGUAGE not in right:
        return left, right
    one, two = left.get(_BY_LANGUAGE, {}), right.get(_BY_LANGUAGE, {})
    common = sorted(one.keys() & two.keys(), key=_english_first)
    if not common:
        return left, right
    return {**left, **one[common[0]]}, {**right, **two[common[0]]}


def _by_language(facts: Facts) -> dict[str, dict[str, str | None]]:
    return {
        language_of(tag): {
            "title": _short(facts.titles[tag]),
            "text": _short(facts.descriptions.get(tag, "")) or None,
        }
        for tag in sorted(facts.titles, reverse=True)
    }


# A reporter has the same few partners in most of its records.
@lru_cache(maxsize=10_000)
def _partners(reporter: Party | None, participants: tuple[Participant, ...]) -> tuple[str, ...]:
    others = [p.party.name or p.party.ref for p in participants if p.party != reporter]
    return tuple(dict.fromkeys(filter(None, others)))[:6]


def _first_text(texts: Mapping[str, str]) -> str:
    return next((texts[tag] for tag in sorted(texts, key=_english_first)), "")


def _english_first(tag: str) -> tuple[bool, str]:
    return language_of(tag) != "en", tag


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 1] + "…"


def _first(sets: Iterable[frozenset[str]]) -> Sequence[str] | None:
    return next((sorted(one)[:8] for one in sets if one), None)


def _day(day: Day | None) -> str | None:
    return None if day is None else day.value.isoformat()[: _SIGNS[day.precision]]


_SIGNS: Final = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}
