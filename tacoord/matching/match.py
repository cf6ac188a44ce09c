"""A Match: two records, how probably they are one activity, which kind of overlap, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tacoord.matching.evidence import FEATURES, Floats
from tacoord.matching.facts import Day, Precision
from tacoord.matching.model import Kind, Model
from tacoord.matching.prepared import Prepared

# These features only ever speak for a pair; their similarity is the feature itself.
ONLY_FOR: Final = frozenset({"rare_words", "part_of_amount", "named", "copy", "identifier"})
_LONGEST_SHOWN = 160

Shown = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One feature of a pair: both values, similarity 0..1 (None for base), weight and contribution (log-odds)."""

    feature: str
    left: Any
    right: Any
    similarity: float | None
    weight: float
    contribution: float

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "feature": self.feature,
            "left": self.left,
            "right": self.right,
            "similarity": self.similarity,
            "weight": self.weight,
            "contribution": self.contribution,
        }


@dataclass(frozen=True, slots=True)
class Match:
    """A pair, left id before right id; score 0..1: the probability that both describe one activity.

    The contributions of the evidence add up to the log-odds of the score.
    """

    left: str
    right: str
    score: float
    kind: Kind
    evidence: tuple[Evidence, ...]
    model_version: str

    @property
    def flagged(self) -> bool:
        """Whether the model would show it to a reviewer."""
        return self.kind is not Kind.UNRELATED

    def other(self, one: str) -> str:
        """The id that is not `one`."""
        return self.right if self.left == one else self.left


def evidence_of(
    model: Model, row: Floats, left: Shown, right: Shown, margin: float, margin_contribution: float
) -> tuple[Evidence, ...]:
    """The evidence of one pair, from the strongest on; what is unknown or without weight is left out."""
    found = []
    pros, cons = model.same.arrays()
    for name, value, pro, con in zip(
        FEATURES, row.tolist(), pros.tolist(), cons.tolist(), strict=True
    ):
        only_for = name in ONLY_FOR
        # NaN is not equal to itself.
        if value != value or (value == 0 and only_for):
            continue
        weight, group = pro if value > 0 else con, _SHOWN_AS.get(name, name)
        likeness = round(value if only_for else (value + 1) / 2, 4)
        found.append(
            Evidence(name, left.get(group), right.get(group), likeness, weight, value * weight)
        )
    if np.isfinite(margin):
        weight = model.margin[0] if margin > 0 else model.margin[1]
        likeness = round((margin + 1) / 2, 4)
        found.append(Evidence("margin", None, None, likeness, weight, margin_contribution))
    found.sort(key=lambda one: (-abs(one.contribution), one.feature))
    return (Evidence("base", None, None, None, model.same.base, model.same.base), *found)


_SHOWN_AS: Final = {
    "title_words": "title",
    "title_spelling": "title",
    "title_contained": "title",
    "title_names": "title",
    "text_words": "text",
    "rare_words": "text",
    "text_spelling": "text",
    "phase": "phases",
    "component": "title",
    "part_of_amount": "amount",
    "crossing": "parties",
    "partners": "partners",
    "named": "reporter",
    "copy": "title",
    "identifier": "identifiers",
}


def shown(record: Prepared) -> dict[str, Any]:
    """What of a record is shown as evidence: short, plain values."""
    facts = record.facts
    reporter = facts.reporter.name or facts.reporter.ref if facts.reporter else None
    others = [p.party.name or p.party.ref for p in facts.participants if p.party != facts.reporter]
    partners = list(dict.fromkeys(filter(None, others)))[:6]
    description = next(iter(facts.descriptions.values()), "")
    values = {
        "title": _short(
            next((facts.titles[key] for key in sorted(facts.titles, key=_english_first)), "")
        ),
        "text": _short(description) or None,
        "phases": _first(face.phases for face in record.faces),
        "numbers": _first(face.numbers for face in record.faces),
        "codes": _first(face.codes for face in record.faces),
        "amount": None
        if record.amount is None
        else f"{record.amount:.0f} {record.currency or ''}".strip(),
        "start": _day(record.start),
        "end": _day(record.end),
        "period": f"{_day(record.start) or '?'}/{_day(record.end) or '?'}"
        if record.start or record.end
        else None,
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


def _english_first(language: str) -> tuple[bool, str]:
    return language != "en", language


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 1] + "…"


def _first(sets: Iterable[frozenset[str]]) -> Sequence[str] | None:
    return next((sorted(one)[:8] for one in sets if one), None)


def _day(day: Day | None) -> str | None:
    return None if day is None else day.value.isoformat()[: _SIGNS[day.precision]]


_SIGNS: Final = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}
